/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The history of boots: one file that is only ever appended to, /var/lib/baton/history.jsonl.
 *
 * A line is one JSON object: "version": 1, then what ledger_json.h lists, for one boot. A boot is
 * known by its boot id; of several lines with the same one the last counts.
 *
 * A crash in mid-write can leave half a line, or a block of zeros where the file system had made
 * room but not written yet. That loses this one entry and nothing else: whoever appends begins a
 * new line where the file does not end with one, and readers pass over (and count) what is not a
 * whole, valid line. The file may be cut, moved away or deleted at any time.
 *
 * Entries of a higher version are passed over too, and counted apart. New keys do not change the
 * version; a new meaning of an old key does.
 */
#ifndef BATON_LEDGER_HISTORY_H
#define BATON_LEDGER_HISTORY_H

#include "base/bytes.h"
#include "ledger/ledger.h"

struct error;
struct json_object;

#define HISTORY_FOLDER	"var/lib/baton"
#define HISTORY_FILE	"history.jsonl"
#define HISTORY_PATH	"/" HISTORY_FOLDER "/" HISTORY_FILE
#define HISTORY_VERSION 1

enum {
	HISTORY_LINE_MAX = 16 << 10, /* bytes; ours have some 2,000 */
	HISTORY_ENTRIES_MAX = 1000,  /* the newest are read */
	HISTORY_BYTES_MAX = 4 << 20, /* and no more than the last so many bytes */
};

struct history_item {
	struct ledger_boot boot;
	struct json_object *object; /* holds the boot's strings */
};

/** Boots, the newest last, each once. */
struct history {
	struct history_item *items;
	size_t count;
	uint64_t passed_over; /* lines that are not a whole, valid entry */
	uint64_t newer;	      /* entries of a version that this baton does not know */
	bool shortened;	      /* there are older ones, which were not read */
};

/**
 * Read the history below @root ("/" or a test's folder). No file is an empty history.
 * @param ret  to be freed with history_deinit(), also after an error; the boots live as long
 * ERROR_SYSTEM if it is there and cannot be read.
 */
struct error *history_read(const char *root, struct history *ret);

/** The same for the file's bytes, or for its end: then @shortened, and it begins in mid-line. */
struct error *history_parse(struct bytes bytes, bool shortened, struct history *ret);

void history_deinit(struct history *history);
#define _cleanup_history_ __attribute__((cleanup(history_deinit)))

/** The boot with this id, or NULL. */
const struct ledger_boot *history_find(const struct history *history, const char *boot_id);

/**
 * Append @boot, unless the history has it already and @boot knows no more of it. Whoever else
 * appends at the same time is waited for. When this returns without an error, the entry is on the
 * disk, as far as the disk tells the truth.
 *
 * @param ret_added  whether a line was written
 * ERROR_SYSTEM names the folder or file that cannot be made or written; a disk that is full leaves
 * the file as it was.
 */
struct error *history_add(const char *root, const struct ledger_boot *boot, bool *ret_added);

#endif
