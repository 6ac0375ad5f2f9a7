/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libbaton: start the next Linux kernel from the running one.
 *
 *     baton_machine_read ──► baton_plan_make ──► baton_load ──► baton_execute
 *     baton_request_*    ──┘
 *
 * A plan is made of request, machine and files, so it can be made without privileges, shown,
 * and thrown away. For this machine it is refused for what a load is known to be refused for. Only
 * baton_load(), baton_unload() and baton_execute() touch the running system.
 *
 * Fallible functions return NULL on success, or an error that the caller frees. Out-parameters come
 * last. Every *_free() takes NULL. Objects are not shared between threads; different objects may be
 * used in different threads. The library never prints and never exits.
 */
#ifndef BATON_H
#define BATON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct baton_error;
struct baton_machine;
struct baton_request;
struct baton_plan;

/** One sentence: what, where in the file, found, expected, what to try. Lives as long as @error. */
const char *baton_error_message(const struct baton_error *error);
void baton_error_free(struct baton_error *error);

/**
 * Read every fact about this machine (@record NULL), or about a recorded one from the file that
 * `baton machine --record` wrote. Needs no privileges, but without them some facts stay unknown.
 */
struct baton_error *baton_machine_read(const char *record, struct baton_machine **ret);
/** Everything known, as JSON with addresses as hexadecimal strings; to be freed with free(). */
struct baton_error *baton_machine_json(const struct baton_machine *machine, char **ret);
void baton_machine_free(struct baton_machine *machine);

enum baton_target {
	BATON_TARGET_NORMAL = 0, /* for the next reboot */
	BATON_TARGET_CRASH = 1,	 /* for a panic */
};

enum baton_method {
	BATON_METHOD_AUTO = 0, /* the plan chooses, and says why */
	BATON_METHOD_KEXEC_LOAD = 1,
	BATON_METHOD_FILE_LOAD = 2,
	BATON_METHOD_MODULE = 3, /* baton's own kernel module */
};

/** An empty request: reuse the running kernel's usual command line, no initrd, automatic method. */
struct baton_error *baton_request_create(const char *kernel_path, struct baton_request **ret);
/** Add an initrd; several are concatenated in the order they were added. */
struct baton_error *baton_request_add_initrd(struct baton_request *request, const char *path);
/** Use @command_line in place of the running kernel's; NULL goes back to that. */
struct baton_error *baton_request_set_command_line(
	struct baton_request *request, const char *command_line);
/**
 * Add to the command line for this handoff alone: the next one's begins without it. Several are
 * joined by spaces; what comes after "--" goes to init.
 */
struct baton_error *baton_request_append(struct baton_request *request, const char *parameters);
void baton_request_set_method(struct baton_request *request, enum baton_method method);
void baton_request_set_target(struct baton_request *request, enum baton_target target);
/** The plan is to be shown, and baton_load() refuses it: only headers are unpacked, and sizes are
 * bounds.
 */
void baton_request_set_describe_only(struct baton_request *request, int describe_only);

enum baton_entry {
	BATON_ENTRY_AUTO = 0,	/* directly where nothing stands in the way */
	BATON_ENTRY_DIRECT = 1, /* past the kernel's own decompressor, or not at all */
	BATON_ENTRY_STUB = 2,	/* at its decompressor, whatever is known of the file */
};

enum baton_unpack {
	BATON_UNPACK_AUTO = 0, /* where memory allows it */
	BATON_UNPACK_ALWAYS = 1,
	BATON_UNPACK_NEVER = 2, /* the initrd goes as it is, whatever is known of it */
};

/** Where the kernel is entered. */
void baton_request_set_entry(struct baton_request *request, enum baton_entry entry);
/** Whether the initrds are unpacked before they are handed over. */
void baton_request_set_unpack_initrd(struct baton_request *request, enum baton_unpack unpack);
/**
 * A plan for this machine is refused where its files tell that what is started will not come up: no
 * modules, no root file system, an initrd without what the root needs. With @go_ahead that is a
 * warning. A file that is damaged goes ahead by BATON_ENTRY_STUB and BATON_UNPACK_NEVER.
 */
void baton_request_set_go_ahead(struct baton_request *request, int go_ahead);
/** Make plans repeatable: 64 bytes in place of the system's random ones. */
void baton_request_set_seed(struct baton_request *request, const uint8_t seed[64]);
void baton_request_free(struct baton_request *request);

/**
 * Read the files and decide where everything goes. The plan keeps copies of all it needs: request
 * and machine may be freed before it.
 */
struct baton_error *baton_plan_make(const struct baton_request *request,
	const struct baton_machine *machine, struct baton_plan **ret);
void baton_plan_free(struct baton_plan *plan);

enum baton_method baton_plan_method(const struct baton_plan *plan);
/** As the new kernel will see it. Strings below live as long as the plan. */
const char *baton_plan_command_line(const struct baton_plan *plan);
/** Bytes that the kernel will copy. */
uint64_t baton_plan_handed_over(const struct baton_plan *plan);

/** Where a piece goes. With kexec_file_load the kernel chooses, and there are none. */
struct baton_segment {
	const char *name;
	uint64_t address;     /* physical */
	uint64_t memory_size; /* bytes occupied there */
	uint64_t source_size; /* bytes copied there; the rest is zero */
	const char *reason;   /* why there */
};

size_t baton_plan_segment_count(const struct baton_plan *plan);
struct baton_segment baton_plan_segment(const struct baton_plan *plan, size_t index);

/** A decision: @ret_topic is one word or two, @ret_text a sentence. */
size_t baton_plan_reason_count(const struct baton_plan *plan);
void baton_plan_reason(
	const struct baton_plan *plan, size_t index, const char **ret_topic, const char **ret_text);

/**
 * What of a plan should be known before it is carried out, facts about the machine included: each a
 * sentence. `baton load` prints the same.
 */
size_t baton_plan_warning_count(const struct baton_plan *plan);
const char *baton_plan_warning(const struct baton_plan *plan, size_t index);

/**
 * Load the plan into the running kernel (CAP_SYS_BOOT). A plan made for a recorded machine, and a
 * recorded @machine, are refused, here and below. On failure what was loaded before is
 * untouched, or the message says that the kernel discarded it.
 */
struct baton_error *baton_load(struct baton_plan *plan, const struct baton_machine *machine);
struct baton_error *baton_unload(enum baton_target target, const struct baton_machine *machine);
/**
 * Jump into what is loaded, now: nothing is stopped, nothing is synced. Returns only on failure.
 */
struct baton_error *baton_execute(const struct baton_machine *machine);

#ifdef __cplusplus
}
#endif

#endif
