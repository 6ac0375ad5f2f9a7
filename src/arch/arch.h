/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an architecture knows and the plan asks: rules and bytes, no addresses. It chooses no place,
 * looks at no file and makes no system call; src/plan allocates.
 *
 * To add one: its folder with its row, the row in arch.c, purgatory/ARCH/, its kernels in the lab's
 * list. What each member comes to elsewhere is in docs/arch.md.
 */
#ifndef BATON_ARCH_ARCH_H
#define BATON_ARCH_ARCH_H

#include "base/blob.h"
#include "base/range.h"
#include "decision/request.h"
#include "decision/rules.h"
#include "wire/digest.h"
#include "wire/purgatory_params.h"

struct decision;
struct error;
struct image;
struct layout;
struct machine;
struct notes;
struct question;
struct unpacked_kernel;

/** Bounds of the memory that everything lies in. */
struct arch_limits {
	uint64_t reach;		  /* end of what may be placed */
	uint64_t purgatory_reach; /* end of what purgatory reads, if that is less; UINT64_MAX */
	const char *purgatory_reach_text; /* "below 4 GiB, where a 32-bit purgatory reads" */
	struct range_set taken;		  /* by the new command line; freed by whoever asked */
};

/** How the kernel is entered: decided of what was unpacked, before places are looked for. */
struct arch_entry {
	bool direct; /* past its own decompressor, and moved by whoever loads it */
	bool randomize_virtual;
	bool randomize_physical;
	uint64_t virtual_offset; /* what a kernel with virtual addresses is to be relocated by */
	bool clears; /* purgatory can zero its end, so that the zeros need not be handed over */
};

/** What the kernel reads at its start: made without addresses, then told them. */
struct start_data {
	struct blob bytes;
	uint64_t record;		  /* offset of the handoff record in it; 0: there is none */
	unsigned int ranges, more_ranges; /* of the memory map, in the first and the second place */
	void *own;			  /* the architecture's */
};

struct arch {
	const char *name;

	/* Which call loads. */

	/** What of the request only kexec_load can do, for this architecture; NULL: nothing. */
	const char *(*needs_kexec_load)(const struct question *question);
	/** ERROR_UNSUPPORTED if kexec_file_load cannot start that image from this machine. */
	struct error *(*check_file_load)(const struct question *question);

	/** Why the machine's kernels have no kexec_file_load at all; NULL: they may have. */
	const char *(*lacks_file_load)(const struct machine *machine);

	/* plan/decide.h */

	/**
	 * Can this CPU, as the running kernel leaves it, enter that image at all? Notes the mode
	 * where it is not the usual one.
	 */
	struct error *(*check)(
		const struct question *question, enum method method, struct notes *notes);
	/** Most bytes of a command line, without the NUL. */
	uint64_t (*command_line_max)(const struct image *image);
	/** Will the record of this handoff reach the new system? */
	bool (*takes_handoff_record)(const struct image *image);
	/**
	 * What the kernel's own decompressor would do and nobody else does, so that it must run, as
	 * far as that is known without a look at what it unpacks; NULL: nothing. Static.
	 */
	const char *(*hazard)(const struct question *question, const char *command_line);

	/* plan/lay_out.h */

	struct error *(*limits)(const struct question *question, const struct decision *decision,
		struct arch_limits *ret);
	/** Decide how the kernel is entered, and note why. */
	struct error *(*enter)(const struct question *question, const struct decision *decision,
		const struct unpacked_kernel *kernel, struct notes *notes, struct arch_entry *ret);
	/** Where the kernel may lie, all of it in one place. */
	void (*kernel_rules)(const struct question *question, const struct unpacked_kernel *kernel,
		const struct arch_entry *entry, struct rules *ret);
	/** May it go elsewhere than to one place? Else it is placed before all others. */
	bool (*is_movable)(const struct question *question, const struct arch_entry *entry);
	/** Add its segments at @address, and where it is entered. */
	struct error *(*add_kernel)(const struct question *question,
		const struct unpacked_kernel *kernel, const struct arch_entry *entry,
		uint64_t address, const char *reason, struct layout *layout);
	/** Where an initrd of @size bytes may lie. */
	void (*initrd_rules)(const struct question *question, uint64_t size, struct rules *ret);
	/** Where a small piece of baton's own may lie, which every entry mode must reach. */
	void (*small_rules)(const char *name, uint64_t size, struct rules *ret);
	/**
	 * Bytes of the page tables that purgatory is to go over to, 0: none; what they map, but for
	 * themselves, goes into layout->mapped. Everything else is in the layout by then.
	 */
	struct error *(*tables_size)(const struct question *question,
		const struct decision *decision, struct layout *layout, uint64_t *ret);
	/** Bytes of memory that purgatory takes, its stack included. */
	uint64_t (*purgatory_size)(const struct machine *machine, enum method method);
	/** The same of what stands for the first kernel in a plan as an ELF file. */
	uint64_t (*first_kernel_size)(void);

	/* plan/fill.h */

	/**
	 * Make what the kernel reads at its start, with no address in it yet.
	 * @param record  struct handoff_record and its texts
	 * @param ret     to be freed with start_data_deinit(), also after an error
	 */
	struct error *(*make_start_data)(const struct question *question,
		const struct decision *decision, struct bytes record, struct notes *notes,
		struct start_data *ret);
	/** Store the addresses of everything in the layout. */
	void (*place_start_data)(const struct layout *layout, struct start_data *data);
	void (*free_start_data)(void *own);
	/** The page tables of layout->mapped at @address. */
	struct error *(*make_tables)(
		const struct layout *layout, uint64_t address, struct blob *ret);
	/** Do tables at @address map @range to itself, throughout? Reads nothing else. */
	bool (*tables_map)(
		struct bytes tables, uint64_t address, unsigned int levels, struct range range);
	/** Purgatory runs without page tables, and none of the old kernel's are in use. */
	bool (*runs_unpaged)(const struct machine *machine, enum method method);
	/** What purgatory is told of the machine and of how the kernel is entered. */
	void (*fill_params)(const struct question *question, struct purgatory_params *params);
	struct error *(*make_purgatory)(const struct machine *machine, enum method method,
		const struct purgatory_params *params, uint64_t address, struct blob *ret);
	/** @entry is purgatory's. */
	struct error *(*make_first_kernel)(uint64_t address, uint64_t entry, struct blob *ret);

	/** The digest that purgatory is quickest at on this machine. */
	enum digest_algorithm (*digest)(const struct machine *machine);

	/* handoff/ */

	/** The kernel's own KEXEC_ARCH_*: a 32-bit program must not pass KEXEC_ARCH_DEFAULT. */
	unsigned long (*kexec_flag)(const struct machine *machine);
	/** What is to be mapped beside RAM when the module jumps; returns how many. */
	unsigned int (*mapped)(const struct machine *machine, struct range ret[static 2]);
};

/** The architecture of the machine, whatever the image is for. Never NULL: see its check(). */
const struct arch *arch_of(const struct machine *machine);

void start_data_deinit(const struct arch *arch, struct start_data *data);

extern const struct arch arch_x86;

#endif
