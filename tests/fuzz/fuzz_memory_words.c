/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a command line takes of memory: never more than there is, whatever it says. */
#include "base/error.h"
#include "plan/memory_words.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void succeed(struct error *error)
{
	if (error)
		abort();
}

/* Added memory may be anywhere, but ends below 2^64, and is counted once. */
static void check(const char *line, const struct memory_words_for *what)
{
	struct memory_words words;

	succeed(memory_words_read(line, what, &words));
	if (words.taken > words.memory || words.surely > words.taken)
		abort();
	if (words.kept_back > range_set_total(what->memory))
		abort();
	if ((words.taken || words.kept_back) && !words.text)
		abort();
	if (words.text && strlen(words.text) > 2 * strlen(line))
		abort();
	memory_words_deinit(&words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t gib = UINT64_C(1) << 30;
	_cleanup_range_set_ struct range_set memory = {0};
	struct memory_words_for what = {.memory = &memory};
	char *line;

	if (!size)
		return 0;
	line = strndup((const char *)data + 1, size - 1);
	what.kernel_32bit = data[0] & 1;
	what.cpus = data[0] >> 4;
	if (data[0] & 2)
		succeed(range_set_add(&memory, (struct range){0, 3 * gib}));
	if (data[0] & 4)
		succeed(range_set_add(&memory, (struct range){4 * gib, 64 * 1024 * gib}));
	check(line, &what);
	free(line);
	return 0;
}
