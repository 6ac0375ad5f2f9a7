/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libbaton: start the next Linux kernel from the running one. baton(3) has an example.
 *
 *     baton_machine_read ──► baton_plan_make ──► baton_load ──► baton_execute
 *     baton_request_*    ──┘
 *
 * A plan is made of request, machine and files, so it can be made without privileges, shown,
 * and thrown away. For this machine it is refused for what a load is known to be refused for. Only
 * baton_load(), baton_unload() and baton_execute() touch the running system.
 *
 * Fallible functions return NULL on success, or an error that the caller frees. Out-parameters come
 * last, and are NULL after an error. Every *_free() takes NULL. Strings that are passed in are
 * copied. Objects are not shared between threads; different objects may be used in different
 * threads. The library never prints, never exits, and changes nothing of the process.
 *
 * What is here stays as it is within a major version; enumerations may get more values.
 */
#ifndef BATON_H
#define BATON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BATON_API __attribute__((visibility("default")))

/** "0.1.0", of the library that runs. */
BATON_API const char *baton_version(void);

struct baton_error;
struct baton_machine;
struct baton_request;
struct baton_plan;

enum baton_error_code {
	BATON_ERROR_NONE = 0,
	BATON_ERROR_OTHER = 1,
	BATON_ERROR_NO_MEMORY = 2, /* this process ran out of memory */
	BATON_ERROR_SYSTEM = 3,	   /* a system call failed: see baton_error_errno() */
	BATON_ERROR_USAGE = 4,	   /* the request contradicts itself or is malformed */
	BATON_ERROR_FORMAT = 5,	   /* a file is not what it claims to be */
	BATON_ERROR_DAMAGED = 6,   /* a file is damaged: the next kernel could not use it either */
	BATON_ERROR_UNSUPPORTED = 7, /* well-formed, but the library or this machine cannot do it */
	BATON_ERROR_NO_SPACE = 8,    /* no hole in the memory map fits, or memory is short */
	BATON_ERROR_NOT_PERMITTED = 9, /* the kernel's policy or the caller's rights forbid it */
	BATON_ERROR_NOT_LOADED = 10,   /* there is nothing loaded to act on */
	BATON_ERROR_LIMIT = 11,	       /* a bound that protects against hostile input was hit */
};

/** One sentence: what, where in the file, found, expected, what to try. Lives as long as @error. */
BATON_API const char *baton_error_message(const struct baton_error *error);
/** What kind of thing went wrong; BATON_ERROR_NONE for NULL. */
BATON_API enum baton_error_code baton_error_code(const struct baton_error *error);
/** The errno behind it, where one is known; else 0. */
BATON_API int baton_error_errno(const struct baton_error *error);
BATON_API void baton_error_free(struct baton_error *error);

/**
 * Read every fact about this machine (@record NULL), or about a recorded one from the file that
 * `baton machine --record` wrote. Needs no privileges, but without them some facts stay unknown.
 */
BATON_API struct baton_error *baton_machine_read(const char *record, struct baton_machine **ret);
/** Everything known, as JSON with addresses as hexadecimal strings; to be freed with free(). */
BATON_API struct baton_error *baton_machine_json(const struct baton_machine *machine, char **ret);
BATON_API void baton_machine_free(struct baton_machine *machine);

enum baton_target {
	BATON_TARGET_NORMAL = 0, /* for the next reboot */
	BATON_TARGET_CRASH = 1,	 /* for a panic */
};

enum baton_method {
	BATON_METHOD_AUTO = 0, /* the plan chooses, and says why */
	BATON_METHOD_KEXEC_LOAD = 1,
	BATON_METHOD_FILE_LOAD = 2,
	BATON_METHOD_MODULE = 3, /* baton's own kernel module */
	BATON_METHOD_ELF = 4,	 /* not to be loaded, but for baton_plan_write_elf() */
};

/**
 * An empty request: reuse the running kernel's usual command line, no initrd, automatic method.
 * @param kernel_path  NULL: the kernel, and its initrd, that the system would boot by default
 */
BATON_API struct baton_error *baton_request_create(
	const char *kernel_path, struct baton_request **ret);
/**
 * The same of a kernel in an open file: a regular one, a block device or a memory file. It is
 * duplicated, read from its beginning through /proc, and named in messages by its number. No initrd
 * is looked for beside it.
 */
BATON_API struct baton_error *baton_request_create_fd(int kernel, struct baton_request **ret);

/** Add an initrd; several are concatenated in the order they were added. */
BATON_API struct baton_error *baton_request_add_initrd(
	struct baton_request *request, const char *path);
/** The same of an open file, as with baton_request_create_fd(). */
BATON_API struct baton_error *baton_request_add_initrd_fd(
	struct baton_request *request, int initrd);
/** Where none is added, look for one beside the kernel, by its name. */
BATON_API void baton_request_set_find_initrd(struct baton_request *request, int find_initrd);
/** Use @command_line in place of the running kernel's; NULL goes back to that. */
BATON_API struct baton_error *baton_request_set_command_line(
	struct baton_request *request, const char *command_line);
/**
 * Add to the command line for this handoff alone: the next one's begins without it. Several are
 * joined by spaces; what comes after "--" goes to init.
 */
BATON_API struct baton_error *baton_request_append(
	struct baton_request *request, const char *parameters);
BATON_API void baton_request_set_method(struct baton_request *request, enum baton_method method);
BATON_API void baton_request_set_target(struct baton_request *request, enum baton_target target);
/** The plan is to be shown, and baton_load() refuses it: only headers are unpacked, and sizes are
 * bounds.
 */
BATON_API void baton_request_set_describe_only(struct baton_request *request, int describe_only);

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
BATON_API void baton_request_set_entry(struct baton_request *request, enum baton_entry entry);
/** Whether the initrds are unpacked before they are handed over. */
BATON_API void baton_request_set_unpack_initrd(
	struct baton_request *request, enum baton_unpack unpack);
/**
 * A plan for this machine is refused where its files tell that what is started will not come up: no
 * modules, no root file system, an initrd without what the root needs. With @go_ahead that is a
 * warning. A file that is damaged goes ahead by BATON_ENTRY_STUB and BATON_UNPACK_NEVER.
 */
BATON_API void baton_request_set_go_ahead(struct baton_request *request, int go_ahead);
/** Make plans repeatable: 64 bytes in place of the system's random ones. */
BATON_API void baton_request_set_seed(struct baton_request *request, const uint8_t seed[64]);
/**
 * Keep a page for the times of this handoff, which `baton report` shows in the new system. It is
 * made with the plan, and given back with it unless the plan was loaded.
 */
BATON_API void baton_request_set_ledger(struct baton_request *request, int ledger);
/**
 * The folder that is / to the system whose files are loaded: below it are looked for the kernel
 * that nobody has named, and what tells whether it will come up. NULL: the running system's.
 */
BATON_API struct baton_error *baton_request_set_root(
	struct baton_request *request, const char *root);
/**
 * Anything that can be asked of a plan on baton's command line, by the option's name without its
 * dashes ("mem-max", "64M"; "no-efi", NULL): baton(3) lists them. BATON_ERROR_USAGE for a name or a
 * value that is none, and then the request is as it was. Two options that contradict are told of by
 * baton_plan_make().
 */
BATON_API struct baton_error *baton_request_set(
	struct baton_request *request, const char *name, const char *value);

/** The steps of making a plan real, in order. */
enum baton_stage {
	BATON_STAGE_MACHINE = 0, /* reading facts */
	BATON_STAGE_KERNEL = 1,
	BATON_STAGE_INITRD = 2,
	BATON_STAGE_UNPACK = 3,
	BATON_STAGE_PLAN = 4,
	BATON_STAGE_LOAD = 5,
};

typedef void (*baton_progress)(void *data, enum baton_stage stage);
/** Call @progress as each step begins, in the thread that called the library. */
BATON_API void baton_request_set_progress(
	struct baton_request *request, baton_progress progress, void *data);

enum baton_log_level {
	BATON_LOG_WARNING = 0, /* should be known before the plan is carried out */
	BATON_LOG_REASON = 1,  /* why the plan is as it is: "entry: direct: the kernel is …" */
};

typedef void (*baton_log)(void *data, enum baton_log_level level, const char *text);
/** Call @log for everything that is worth telling while the plan is made and loaded. @text lives
 * as long as the call. */
BATON_API void baton_request_set_log(struct baton_request *request, baton_log log, void *data);
BATON_API void baton_request_free(struct baton_request *request);

/**
 * Read the files and decide where everything goes. The plan keeps copies of all it needs: request
 * and machine may be freed before it.
 */
BATON_API struct baton_error *baton_plan_make(const struct baton_request *request,
	const struct baton_machine *machine, struct baton_plan **ret);
BATON_API void baton_plan_free(struct baton_plan *plan);

BATON_API enum baton_method baton_plan_method(const struct baton_plan *plan);
/** As the new kernel will see it. Strings below live as long as the plan. */
BATON_API const char *baton_plan_command_line(const struct baton_plan *plan);
/** Bytes that the kernel will copy. */
BATON_API uint64_t baton_plan_handed_over(const struct baton_plan *plan);

/* Where each piece goes. With kexec_file_load the kernel chooses, and there are none. @index is
 * less than the count. */
BATON_API size_t baton_plan_segment_count(const struct baton_plan *plan);
BATON_API const char *baton_plan_segment_name(const struct baton_plan *plan, size_t index);
/** Physical. */
BATON_API uint64_t baton_plan_segment_address(const struct baton_plan *plan, size_t index);
/** Bytes occupied there. */
BATON_API uint64_t baton_plan_segment_memory_size(const struct baton_plan *plan, size_t index);
/** Bytes copied there; the rest is zero. */
BATON_API uint64_t baton_plan_segment_source_size(const struct baton_plan *plan, size_t index);
/** Why there: one sentence. */
BATON_API const char *baton_plan_segment_reason(const struct baton_plan *plan, size_t index);

/** A decision: @ret_topic is one word or two, @ret_text a sentence. */
BATON_API size_t baton_plan_reason_count(const struct baton_plan *plan);
BATON_API void baton_plan_reason(
	const struct baton_plan *plan, size_t index, const char **ret_topic, const char **ret_text);

/**
 * What of a plan should be known before it is carried out, facts about the machine included: each a
 * sentence. `baton load` prints the same.
 */
BATON_API size_t baton_plan_warning_count(const struct baton_plan *plan);
BATON_API const char *baton_plan_warning(const struct baton_plan *plan, size_t index);

/**
 * The whole plan as `baton plan --json` prints it (baton(8)).
 *
 * @param machine    that the plan was made for
 * @param addresses  0: without them, as the next kernel's place is a secret where it is random
 * @param ret        to be freed with free()
 */
BATON_API struct baton_error *baton_plan_json(const struct baton_plan *plan,
	const struct baton_machine *machine, int addresses, char **ret);
/**
 * Write a plan of BATON_METHOD_ELF as an ELF file that QEMU starts with -kernel, in place of a
 * first kernel. The file appears whole or not at all.
 */
BATON_API struct baton_error *baton_plan_write_elf(const struct baton_plan *plan, const char *path);

/**
 * Load the plan into the running kernel (CAP_SYS_BOOT). A plan made for a recorded machine, and a
 * recorded @machine, are refused, here and below. On failure what was loaded before is
 * untouched, or the message says that the kernel discarded it.
 */
BATON_API struct baton_error *baton_load(
	struct baton_plan *plan, const struct baton_machine *machine);
BATON_API struct baton_error *baton_unload(
	enum baton_target target, const struct baton_machine *machine);
/**
 * Jump into what is loaded, now: nothing is stopped, nothing is synced. Returns only on failure.
 */
BATON_API struct baton_error *baton_execute(const struct baton_machine *machine);

#ifdef __cplusplus
}
#endif

#endif
