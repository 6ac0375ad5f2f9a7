/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A history file of anyone's making: what is taken from it is sound, and goes back into a line. */
#include "base/error.h"
#include "ledger/history.h"
#include "ledger/ledger_json.h"
#include "ledger/phases.h"

#include <json-c/json.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_phases(const struct ledger_boot *boot)
{
	struct ledger_phase phases[LEDGER_PHASES_MAX];
	unsigned int count = ledger_phases(boot, phases);
	int64_t outage;

	for (unsigned int i = 0; i < count; i++)
		if (phases[i].to <= phases[i].from || phases[i].ns < 0 ||
			(i && phases[i].from != phases[i - 1].to))
			abort();
	if (ledger_outage(boot, &outage) && outage < 0)
		abort();
}

static void check_again(const struct ledger_boot *boot)
{
	struct json_object *object;
	struct ledger_boot again;
	struct error *error = ledger_to_json(boot, &object);

	if (error || (error = ledger_from_json(object, &again)))
		abort();
	/* Of the same length, though perhaps with question marks in it. */
	if (strlen(boot->boot_id) != strlen(again.boot_id) ||
		ledger_knowledge(boot) != ledger_knowledge(&again))
		abort();
	json_object_put(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct history history;
	struct error *error = history_parse(bytes_of(data, size), size & 1, &history);

	if (!error && history.count > HISTORY_ENTRIES_MAX)
		abort();
	for (size_t i = 0; i < history.count; i++) {
		const struct ledger_boot *boot = &history.items[i].boot;

		if (!ledger_is_in_order(boot) || history_find(&history, boot->boot_id) != boot)
			abort();
		check_phases(boot);
		check_again(boot);
	}
	history_deinit(&history);
	error_free(error);
	return 0;
}
