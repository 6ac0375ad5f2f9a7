/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/kernel_log.h"

#include <stddef.h>

/* One record's first line. */
struct line {
	uint64_t priority, sequence, microseconds;
	struct bytes message;
};

static bool take_number(struct bytes *text, char after, uint64_t *ret)
{
	uint64_t digits = 0;

	*ret = 0;
	for (; digits < text->size; digits++) {
		uint8_t digit = (uint8_t)(text->data[digits] - '0');

		if (digit > 9)
			break;
		if (__builtin_mul_overflow(*ret, 10, ret) ||
			__builtin_add_overflow(*ret, digit, ret))
			return false;
	}
	if (!digits || digits == text->size || text->data[digits] != (uint8_t)after)
		return false;
	*text = bytes_part(*text, digits + 1, text->size - digits - 1);
	return true;
}

static bool read_line(struct bytes text, struct line *ret)
{
	const uint8_t *end;

	/* Behind the third comma come flags and, from some kernels, more. */
	if (!take_number(&text, ',', &ret->priority) || !take_number(&text, ',', &ret->sequence) ||
		!take_number(&text, ',', &ret->microseconds))
		return false;
	end = text.size ? memchr(text.data, ';', text.size) : NULL;
	if (!end)
		return false;
	ret->message = bytes_of(end + 1, text.size - (uint64_t)(end + 1 - text.data));
	return true;
}

static bool take_signed(struct bytes *text, char after, int64_t *ret)
{
	bool negative = text->size && text->data[0] == '-';
	uint64_t value;

	if (negative)
		*text = bytes_part(*text, 1, text->size - 1);
	if (!take_number(text, after, &value) || value > INT64_MAX)
		return false;
	*ret = negative ? -(int64_t)value : (int64_t)value;
	return true;
}

static bool take_word(struct bytes *text, const char *word)
{
	uint64_t length = strlen(word);

	if (!bytes_match(*text, 0, word, length))
		return false;
	*text = bytes_part(*text, length, text->size - length);
	return true;
}

static bool ends_with(struct bytes text, const char *word)
{
	uint64_t length = strlen(word);

	return text.size >= length && bytes_match(text, text.size - length, word, length);
}

/* init/main.c, run_init_process(): "Run /init as init process". */
static bool is_first_program(struct bytes message)
{
	return take_word(&message, "Run /") && ends_with(message, " as init process");
}

/*
 * arch/x86/kernel/tsc.c: "tsc: Detected 2599.998 MHz processor" (or "TSC"), and later, where it was
 * measured again, "tsc: Refined TSC clocksource calibration: 2600.012 MHz".
 */
static uint64_t counter_frequency(struct bytes message)
{
	uint64_t mhz, khz;

	if (!take_word(&message, "tsc: Detected ") &&
		!take_word(&message, "tsc: Refined TSC clocksource calibration: "))
		return 0;
	if (!take_number(&message, '.', &mhz))
		return 0;
	if (bytes_match(message, 3, " MHz", 4) && take_number(&message, ' ', &khz) && mhz < 1000000)
		return mhz * 1000000 + khz * 1000;
	return 0;
}

/*
 * kernel/sched/clock.c: "sched_clock: Marking stable (TICK, A)->(RAW, B)": from here on the clock
 * is the raw one, which began at 0, plus B.
 */
static bool read_correction(struct bytes message, int64_t *ret)
{
	int64_t ignored;

	return take_word(&message, "sched_clock: Marking stable (") &&
	       take_signed(&message, ',', &ignored) && take_word(&message, " ") &&
	       take_signed(&message, ')', &ignored) && take_word(&message, "->(") &&
	       take_signed(&message, ',', &ignored) && take_word(&message, " ") &&
	       take_signed(&message, ')', ret);
}

static void note(const struct line *line, struct kernel_log *log)
{
	uint64_t hz;

	/* Bits 3 and up are the facility, 0 the kernel's, which no program can write as. */
	if (line->priority >> 3)
		return;
	hz = counter_frequency(line->message);
	if (hz)
		log->counter_hz = hz;
	if (read_correction(line->message, &log->start_ns))
		log->start_known = true;
	if (log->first_program_known || !is_first_program(line->message) ||
		line->microseconds > INT64_MAX / 1000)
		return;
	log->first_program_known = true;
	log->first_program_is_initrds =
		bytes_match(line->message, 0, "Run /init as", strlen("Run /init as"));
	log->first_program_ns = (int64_t)line->microseconds * 1000;
}

struct kernel_log kernel_log_read(struct bytes records)
{
	struct kernel_log log = {0};
	bool first = true;

	while (records.size) {
		const uint8_t *end = memchr(records.data, '\n', records.size);
		uint64_t size = end ? (uint64_t)(end - records.data) : records.size;
		struct line line;

		if (read_line(bytes_part(records, 0, size), &line)) {
			if (first)
				log.whole = line.sequence == 0;
			first = false;
			note(&line, &log);
		}
		size += end ? 1 : 0;
		records = bytes_part(records, size, records.size - size);
	}
	return log;
}
