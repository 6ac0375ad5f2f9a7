/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/trust.h"

#include "base/bytes.h"
#include "base/error.h"
#include "machine/source.h"

#define CLOCK_SOURCES "sys/devices/system/clocksource/clocksource0/"

/* They differ by the time asleep, and by a little because they cannot be read at once. */
#define SUSPENDED_NS  INT64_C(10000000)

/*
 * The clock sources that are the counter: the TSC itself, and what hypervisors make of it. The last
 * two are Hyper-V's and Xen's.
 */
static const char *const counter_clocks[] = {
	"tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "xen"};

/* Is @word one of the words in @text? */
static bool has_word(struct bytes text, const char *word)
{
	uint64_t length = strlen(word), start = 0;

	while (start < text.size) {
		uint64_t end = start;

		while (end < text.size && text.data[end] != ' ' && text.data[end] != '\n')
			end++;
		if (end - start == length && bytes_match(text, start, word, length))
			return true;
		start = end + 1;
	}
	return false;
}

static bool is_counter_clock(struct bytes current)
{
	for (size_t i = 0; i < sizeof(counter_clocks) / sizeof(counter_clocks[0]); i++)
		if (has_word(current, counter_clocks[i]))
			return true;
	return false;
}

struct error *ledger_distrust_counter(
	struct source *source, const struct ledger_clocks *clocks, const char **ret_why)
{
	struct bytes available, current;
	bool has_available, has_current;

	TRY(source_file(source, CLOCK_SOURCES "available_clocksource", &has_available, &available));
	TRY(source_file(source, CLOCK_SOURCES "current_clocksource", &has_current, &current));
	*ret_why = NULL;
	if (clocks->boottime_ns - clocks->monotonic_ns > SUSPENDED_NS)
		*ret_why =
			"the machine was suspended since its start, and the CPU's counter may have "
			"stopped or started anew";
	else if (!has_available || !has_current)
		*ret_why = "the kernel does not say whether the CPU's counter can be trusted";
	/* A counter that was found to be unstable is not offered any more. */
	else if (!has_word(available, "tsc"))
		*ret_why = "the kernel found the CPU's counter (TSC) to be unstable";
	else if (!is_counter_clock(current))
		*ret_why = "the kernel does not use the CPU's counter (TSC) as its clock";
	return NULL;
}
