/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The small texts of /proc and /sys: the first byte chooses the parser. */
#include "base/error.h"
#include "machine/facts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_cpuinfo(struct bytes bytes)
{
	_cleanup_machine_ struct machine machine = {0};

	error_free(cpuinfo_parse(bytes, &machine));
}

static void parse_display_memory(struct bytes bytes)
{
	_cleanup_range_set_ struct range_set set = {0};

	error_free(display_memory_parse(bytes, &set));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct range_set display = {0};
	struct bytes bytes;
	const char *reason;

	if (!size)
		return -1;
	bytes = bytes_of(data + 1, size - 1);
	switch (data[0]) {
	case 'c':
		parse_cpuinfo(bytes);
		return 0;
	case 'd':
		parse_display_memory(bytes);
		return 0;
	case 'l':
		cpu_list_count(text_of(bytes));
		lockdown_parse(text_of(bytes));
		return 0;
	case 's':
		if (bytes.size >= 0x40)
			screen_info_is_valid(bytes.data, bytes.size & 1 ? "i915drmfb" : NULL,
				(struct screen_mode){1024, 768, 32, 4096}, &display, &reason);
		return 0;
	default:
		return -1;
	}
}
