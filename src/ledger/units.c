/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/units.h"

#include <stdlib.h>
#include <string.h>

/*
 * Devices are left out: theirs is the time until the kernel had found them, each several times over
 * by its many names. The rest (targets, sockets, slices) takes no time of its own.
 */
const char *const ledger_units_argv[] = {"systemctl", "show",
	"--property=Id,InactiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic,"
	"InactiveEnterTimestampMonotonic",
	"*.service", "*.mount", "*.swap", NULL};

enum { NS_PER_MICROSECOND = 1000 };

/* org.freedesktop.systemd1(5), Unit: microseconds on CLOCK_MONOTONIC, 0 for never. */
struct unit_times {
	struct bytes id;
	uint64_t inactive_exit, active_enter, inactive_enter;
};

static bool take_value(struct bytes line, const char *name, struct bytes *ret)
{
	uint64_t length = strlen(name);

	if (!bytes_match(line, 0, name, length))
		return false;
	*ret = bytes_part(line, length, line.size - length);
	return true;
}

/* 0 for what is no number, or none that nanoseconds can tell. */
static uint64_t number_of(struct bytes text)
{
	uint64_t number = 0;

	for (uint64_t i = 0; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9' ||
			number > INT64_MAX / NS_PER_MICROSECOND / 10 - 1)
			return 0;
		number = number * 10 + (uint64_t)(text.data[i] - '0');
	}
	return number;
}

static void take_line(struct bytes line, struct unit_times *times)
{
	struct bytes value;

	if (take_value(line, "Id=", &value))
		times->id = value;
	else if (take_value(line, "InactiveExitTimestampMonotonic=", &value))
		times->inactive_exit = number_of(value);
	else if (take_value(line, "ActiveEnterTimestampMonotonic=", &value))
		times->active_enter = number_of(value);
	else if (take_value(line, "InactiveEnterTimestampMonotonic=", &value))
		times->inactive_enter = number_of(value);
}

void ledger_unit_set_name(struct ledger_unit *unit, struct bytes name)
{
	static const char suffix[] = ".service", more[] = "...";
	uint64_t length = name.size;

	if (length > sizeof(unit->name) - 1)
		length = sizeof(unit->name) - 1;
	for (uint64_t i = 0; i < length; i++)
		unit->name[i] =
			name.data[i] > ' ' && name.data[i] < 0x7f ? (char)name.data[i] : '?';
	unit->name[length] = '\0';
	if (length >= strlen(suffix) && strcmp(unit->name + length - strlen(suffix), suffix) == 0)
		length -= strlen(suffix);
	memcpy(unit->label, unit->name,
		length < sizeof(unit->label) ? length : sizeof(unit->label));
	if (length < sizeof(unit->label))
		unit->label[length] = '\0';
	else
		memcpy(unit->label + sizeof(unit->label) - sizeof(more), more, sizeof(more));
}

/* False for one that is not up, or that started at another time. */
static bool make_unit(
	const struct unit_times *times, int64_t from_ns, int64_t to_ns, struct ledger_unit *ret)
{
	uint64_t start = times->inactive_exit, end = times->active_enter;

	if (end < start)
		end = times->inactive_enter;
	if (!times->id.size || !start || end <= start)
		return false;
	ret->start_ns = (int64_t)(start * NS_PER_MICROSECOND);
	ret->ns = (int64_t)((end - start) * NS_PER_MICROSECOND);
	ledger_unit_set_name(ret, times->id);
	return ret->start_ns >= from_ns && ret->start_ns <= to_ns;
}

/* Keep the slowest, sorted. */
static void keep(const struct ledger_unit *unit, struct ledger_unit *units, unsigned int *count)
{
	unsigned int at = *count < LEDGER_UNITS_MAX ? (*count)++ : LEDGER_UNITS_MAX;

	for (; at && units[at - 1].ns < unit->ns; at--)
		if (at < LEDGER_UNITS_MAX)
			units[at] = units[at - 1];
	if (at < LEDGER_UNITS_MAX)
		units[at] = *unit;
}

unsigned int ledger_units_read(struct bytes text, int64_t from_ns, int64_t to_ns,
	struct ledger_unit ret[static LEDGER_UNITS_MAX])
{
	struct unit_times times = {0};
	struct ledger_unit unit;
	unsigned int count = 0;

	while (text.size) {
		const uint8_t *end = memchr(text.data, '\n', text.size);
		uint64_t size = end ? (uint64_t)(end - text.data) : text.size;

		take_line(bytes_part(text, 0, size), &times);
		if (!size || size + 1 >= text.size) {
			if (make_unit(&times, from_ns, to_ns, &unit))
				keep(&unit, ret, &count);
			times = (struct unit_times){0};
		}
		size += end ? 1 : 0;
		text = bytes_part(text, size, text.size - size);
	}
	return count;
}
