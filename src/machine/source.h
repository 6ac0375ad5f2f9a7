/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one gateway through which facts about a machine are read: the live system below a root
 * directory, or a recorded archive. What was read can be written as such an archive.
 *
 * A record is a ustar archive (POSIX.1-1988), compressed with zstd as a whole when its name ends in
 * .zst, so that `tar tf` shows it. The member "baton-machine" comes first and holds "version 1".
 *
 * - A file that was read is a member of the same path; a directory that was looked for and found is
 *   a directory member.
 * - A directory whose entries are alike (a "table": /sys/firmware/memmap/N/{start,end,type}) is one
 *   member PATH.table with a line an entry and its columns in the order asked for, tab-separated,
 * so that 20,000 ranges are one member and not 60,000. White space around a value is dropped, a tab
 * or newline inside it becomes a space, and "-" stands for a missing or empty file. A later baton
 * may append columns; a reader takes missing last columns as absent.
 * - What did not come from a file (uname, system call probes) is a member below "baton/".
 * - What was looked for and absent has no member.
 *
 * - What was read from physical memory, source_memory(), is a member "baton/memory-ADDRESS".
 *
 * A record holds what was read through this gateway and nothing else: no serial number, no MAC
 * address, no random seed (the RNG_SEED node of setup_data is not read), and of the memory only the
 * firmware's own boot record (boot_times.h), which is five times. It does hold the kernel's command
 * line as it is, the machine's vendor and product name, and the boot id.
 */
#ifndef BATON_MACHINE_SOURCE_H
#define BATON_MACHINE_SOURCE_H

#include "base/blob.h"
#include "base/bytes.h"

struct error;
struct source;

/** The live system below @root ("/" or a test's folder). */
struct error *source_open_live(const char *root, struct source **ret);
/** A record from @path. Bounded against hostile archives; errors name the member and offset. */
struct error *machine_record_open(const char *path, struct source **ret);
/** A record from memory, not yet decompressed (for fuzzing and tests). */
struct error *source_open_bytes(const char *name, struct bytes bytes, struct source **ret);
void source_close(struct source *source);
void source_closep(struct source **source);
#define _cleanup_source_ __attribute__((cleanup(source_closep)))

/**
 * True for the live system at "/", where system calls may be asked too. A record and a live source
 * below any other root answer from their files alone; nothing of the host that replays them shows.
 */
bool source_is_live(const struct source *source);

/**
 * Contents of the file @path (without a leading slash): "proc/cmdline".
 * @param ret_found  false, with empty bytes, when it is not there or not readable
 * @param ret        a view that lives as long as the source, with a NUL after its last byte
 * An error is out of memory or a limit, never absence.
 */
struct error *source_file(
	struct source *source, const char *path, bool *ret_found, struct bytes *ret);

/**
 * As source_file(), but no more than the first @limit bytes, for files whose rest is repetition
 * (/proc/cpuinfo of a machine with hundreds of CPUs). The record holds what was read. Where the
 * file was cut no NUL follows.
 */
struct error *source_file_head(struct source *source, const char *path, uint64_t limit,
	bool *ret_found, struct bytes *ret);

/**
 * As source_file(), but of a text, which may be packed with gzip, only the lines that begin with
 * one of @beginnings (NULL-terminated); the record holds those alone, unpacked. What cannot be
 * unpacked is not found.
 */
struct error *source_file_lines(struct source *source, const char *path,
	const char *const *beginnings, bool *ret_found, struct bytes *ret);

/** Is there a directory @path that can be opened? */
struct error *source_directory(struct source *source, const char *path, bool *ret_found);

/**
 * The table below the directory @path, one line an entry in numeric order of the entries' names,
 * @columns (NULL-terminated) are the paths of the files below an entry. An entry without any of
 * them is left out. Same lifetime and absence rules; a directory without entries is found, and
 * empty.
 */
struct error *source_table(struct source *source, const char *path, const char *const *columns,
	bool *ret_found, struct bytes *ret);

/**
 * @size bytes (at most 4096) of physical memory from @address on, through /dev/mem; the caller has
 * made sure that they are the firmware's, neither a device's nor anybody's data. Same lifetime and
 * absence rules: not found without root, under lockdown, and where the kernel denies it.
 */
struct error *source_memory(
	struct source *source, uint64_t address, uint64_t size, bool *ret_found, struct bytes *ret);

/**
 * Note a fact that did not come from a file (system call probes), so that it is recorded too. @path
 * begins with "baton/"; a second note of the same path replaces the first for later readers, and
 * earlier views stay valid.
 */
struct error *source_note(struct source *source, const char *path, struct bytes contents);

/**
 * Write everything that was read so far. The file appears whole or not at all, readable by its
 * owner only, and nothing is left behind on failure. Compressed when @path ends in ".zst".
 */
struct error *machine_record_write(const struct source *source, const char *path);

#endif
