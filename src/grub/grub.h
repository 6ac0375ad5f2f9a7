/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB's configuration, interpreted: which entries its menu has, which one it would start, and
 * what that one starts with. Nothing is written: save_env is noted only.
 */
#ifndef BATON_GRUB_GRUB_H
#define BATON_GRUB_GRUB_H

#include <stdbool.h>
#include <stddef.h>

#include "grub/world.h"

struct error;
struct grub;

/** Whose GRUB it is: they differ in how `default` is read, and in blscfg. */
enum grub_make { GRUB_UPSTREAM, GRUB_RED_HAT };

struct grub_setup {
	const struct grub_world *world;
	enum grub_make make;
	const char *platform; /* "efi", "pc" */
	const char *cpu;      /* "x86_64", "i386" */
	const char *root;     /* the device that GRUB was started from: "hd0,gpt2" */
	const char *prefix;   /* its folder: "(hd0,gpt2)/boot/grub" */
	bool has_long_mode;   /* for `cpuid -l` */
	unsigned int steps;   /* commands that may run in all; 0: as many as are reasonable */
};

/** A file, by device and path. */
struct grub_path {
	const char *device, *path;
};

enum { GRUB_INITRDS_MAX = 64 };

struct grub_initrd {
	struct grub_path file;
	const char *member; /* `newc:NAME:FILE`: the file becomes a member of that name; or NULL */
};

/** What an entry does; strings live until grub_leave(). */
struct grub_boot {
	/** The command that was last to name what is started: "linux", "chainloader"; or NULL. */
	const char *command;
	struct grub_path kernel;
	const char *command_line; /* as Linux is given it, BOOT_IMAGE= in front */
	struct grub_initrd initrds[GRUB_INITRDS_MAX];
	unsigned int initrd_count;
	struct grub_path device_tree; /* both NULL: none */
};

/** An entry of a menu. */
struct grub_entry {
	const char *title, *id;
	const char *const *classes; /* NULL-terminated */
	const char *hotkey;	    /* or NULL */
	bool is_submenu;
	bool is_restricted; /* GRUB asks for a password, if the configuration names users */
	const char *file;   /* where it stands */
	unsigned int line;
	const char *body;	   /* its commands */
	const char *const *params; /* NULL-terminated: $1 is the title */
};

struct grub_menu {
	struct grub_entry *entries;
	size_t count, room;
};

/** A mistake in the configuration that was passed over, as GRUB passes over it. */
struct grub_mistake {
	char file[128];
	unsigned int line;
	char what[128];
};

struct error *grub_create(const struct grub_setup *setup, struct grub **ret);
void grub_destroy(struct grub *grub);
void grub_destroyp(struct grub **grub);
#define _cleanup_grub_ __attribute__((cleanup(grub_destroyp)))

/**
 * Run a configuration file, "(DEVICE)/PATH", up to where GRUB would show its menu.
 * @param ret_found  false: there is no such file
 * Errors: ERROR_LIMIT for one that goes on for ever, or is too large; ERROR_NO_MEMORY.
 */
struct error *grub_run(struct grub *grub, const char *path, bool *ret_found);

/** The menu that is shown now. */
const struct grub_menu *grub_menu(const struct grub *grub);

/**
 * The index of the entry that starts by itself, by the variable `default`; @ret_known is false if
 * that names none, and GRUB takes the first. The menu must not be empty.
 */
size_t grub_default(struct grub *grub, bool *ret_known);

/**
 * Do what choosing an entry of the present menu does. grub_menu() is then the one that opens, if
 * the entry is a submenu, or goes over to another configuration; it is empty for others.
 * grub_leave() goes back to as it was before, to the letter. They nest.
 */
struct error *grub_enter(struct grub *grub, size_t index, struct grub_boot *ret);
void grub_leave(struct grub *grub);

/** A variable; NULL if it is not set. */
const char *grub_get(const struct grub *grub, const char *name);
struct error *grub_set(struct grub *grub, const char *name, const char *value);
/** Has `save_env` been asked to write this variable since grub_run()? */
bool grub_saved(const struct grub *grub, const char *name);

/** What was passed over; *@ret_count of them, of @ret_total. */
const struct grub_mistake *grub_mistakes(
	const struct grub *grub, size_t *ret_count, size_t *ret_total);

#endif
