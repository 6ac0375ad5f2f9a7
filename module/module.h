/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * baton.ko: the kernel half. An image is loaded as by kexec_load; the next ordinary restart starts
 * it. Which file does what:
 *
 *   device.c      /dev/baton and its files in sysfs
 *   policy.c      who may load, and what stands in the way on this machine
 *   memory_map.c  where RAM is
 *   image.c       from user memory to pages: load and free
 *   pages.c       each page where it is needed, or else where no destination is
 *   moves.c       the list of what is copied in the moment of the jump
 *   tables_64.c   page tables for that moment and for the next kernel's first; tables_32.c
 *   cpus.c        no processor may be left asleep in memory that is about to change
 *   hooks.c       the moments of a restart
 *   jump.c        the last of them; switch_64.S or switch_32.S carries it out
 *
 * Functions return 0 or a negative errno. Nothing here looks at the kernel's version.
 */
#ifndef BATON_MODULE_H
#define BATON_MODULE_H

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/io.h>
#include <linux/linkage.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/types.h>

#include "uapi/baton.h"

/** What goes to one place. pages[i] holds page i of it; NULL while, or because, there is nothing
 * to hold: such a page is cleared at the end. */
struct baton_part {
	u64 address;
	unsigned long page_count;
	unsigned long content_count; /* of them, those that have contents */
	struct page **pages;
};

struct baton_image {
	struct baton_part parts[BATON_SEGMENTS_MAX];
	unsigned int part_count;
	u64 entry;

	/* All of these lie outside of every destination. */
	struct list_head own;	/* pages of tables, list and mover, by page->lru */
	struct list_head spare; /* pages taken and not needed yet */
	void *root;		/* of the page tables */
	void *control;		/* the page of the mover, and of its stack at the end */
	u64 moves;		/* physical address of the first page of the list */

	unsigned long in_place, to_copy, to_clear, held; /* pages */
};

/* image.c */

/** Load what @load describes. @ret is not published yet. */
int baton_image_load(const struct baton_load *load, struct baton_image **ret);
/** Give back every page. NULL is nothing. */
void baton_image_free(struct baton_image *image);

/* pages.c */

/** Take what can be had of the destinations themselves, whoever has it now. */
void baton_pages_claim(struct baton_image *image);
/** A page for page @index of @part: the destination if it can be had. It is not cleared, and may be
 * high memory. */
struct page *baton_page_for(
	struct baton_image *image, struct baton_part *part, unsigned long index);
/** A cleared page of the image's own, which no move overwrites, mapped; freed with the image. */
void *baton_page_own(struct baton_image *image);

/* moves.c */

/** Make the list of moves; no page may be taken afterwards. */
int baton_moves_make(struct baton_image *image);

/* tables_64.c, tables_32.c */

/** Make page tables: the code that switches to them where it runs, and at their own addresses the
 * mover, and on 64-bit kernels RAM, ACPI's tables and @mapped. */
int baton_tables_make(
	struct baton_image *image, const struct baton_range *mapped, unsigned int count);

/* memory_map.c */

/** The last address that a destination may have. */
u64 baton_memory_address_max(void);
/** 0 if [start, end) is System RAM throughout, which may be a destination, else -EADDRNOTAVAIL. */
int baton_memory_is_ram(u64 start, u64 end);
/** Call @map for every range that the next kernel must find mapped. */
int baton_memory_each_mapped(int (*map)(void *context, u64 start, u64 end), void *context);

/* policy.c */

int baton_policy_init(void);
void baton_policy_exit(void);

/** May this process load, or @unload, which concerns no new image? Each yes to a load may count. */
int baton_policy_check(bool unload);
/** Why nothing can be loaded on this machine into @reason (BATON_REASON_MAX bytes); false: it can.
 */
bool baton_policy_obstacle(char *reason);
/** The same without switches that can be set at run time. For sysfs, which must not read itself. */
bool baton_policy_lasting_obstacle(char *reason);

/* cpus.c */

/** Bring every present processor up. On failure @ret_cpu is one that stayed down. */
int baton_cpus_bring_up(unsigned int *ret_cpu);

/* hooks.c */

int baton_hooks_register(void);
void baton_hooks_unregister(void);
/** BATON_HOOK_... that are in place. */
unsigned int baton_hooks_present(void);

/* device.c: the image that a restart starts, or NULL. Only the last processor may use it. */
struct baton_image *baton_armed(void);
/** Forget it, for good: something went wrong on the way. */
void baton_disarm(const char *why);

/* jump.c */

int baton_jump_set_up(struct baton_image *image);
/** Start @image. All other processors are stopped. Never returns,
 * which objtool only believes of functions that it knows. */
void baton_jump(struct baton_image *image);

/* switch_64.S, switch_32.S */

/** Go over to the page tables @root (physical), and to @mover. The code lies in one page. @cr4 is
 * the register's present value, 0 if the processor has none. */
asmlinkage void baton_switch(unsigned long root, unsigned long mover, unsigned long moves,
	unsigned long entry, unsigned long stack, unsigned long cr4);
/** Position-independent; copied into the control page. */
extern const char baton_mover[], baton_mover_end[];

#endif
