/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine record of anyone's making: read, described, and its usable memory really free. */
#include "base/error.h"
#include "machine/machine.h"
#include "machine/source.h"

#include <json-c/json.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_memory(const struct machine *machine)
{
	const struct memory_map *map = &machine->memory;

	for (size_t i = 0; i < map->count; i++) {
		struct range range = {map->ranges[i].start, map->ranges[i].end};

		if (range_is_empty(range) || (i && map->ranges[i - 1].end > range.start))
			abort();
		if (map->ranges[i].type != MEMORY_RAM &&
			range_set_overlaps(&machine->usable, range))
			abort();
	}
	for (size_t i = 0; i < machine->crash_reserved.count; i++)
		if (range_set_overlaps(&machine->usable, machine->crash_reserved.ranges[i]))
			abort();
}

static void check_descriptions(const struct machine *machine)
{
	struct json_object *json = NULL;
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	machine_describe_text(machine, true, stream);
	fclose(stream);
	free(text);
	error_free(machine_describe_json(machine, &json));
	json_object_put(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_source_ struct source *source = NULL;
	_cleanup_machine_ struct machine machine = {0};
	_cleanup_error_ struct error *error = NULL;

	error = source_open_bytes("fuzz", bytes_of(data, size), &source);
	if (error)
		return 0;
	error = machine_read(source, &machine);
	if (error)
		return 0;
	check_memory(&machine);
	check_descriptions(&machine);
	return 0;
}
