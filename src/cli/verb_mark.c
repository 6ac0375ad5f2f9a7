/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For init systems' hooks: note for the ledger that something happens now. */
#include <string.h>

#include "cli/print.h"
#include "cli/verbs.h"
#include "handoff/mailbox.h"
#include "ledger/mark.h"

static struct error *mark_shutdown(const struct cli_system *system)
{
	return mailbox_mark_shutdown(system->reboot.calls, system->reboot.root, system->started);
}

static struct error *mark_reboot_call(const struct cli_system *system)
{
	return mailbox_mark_reboot_call(system->reboot.calls, system->reboot.root);
}

static struct error *mark_up(const struct cli_system *system)
{
	return ledger_mark_up(system->reboot.root);
}

static const struct {
	const char *name;
	struct error *(*mark)(const struct cli_system *system);
} events[] = {
	{"shutdown", mark_shutdown},
	{"reboot-call", mark_reboot_call},
	{"up", mark_up},
};

struct error *verb_mark(struct cli *cli, struct options *options, const char *argument)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (argument && strcmp(argument, events[i].name) == 0) {
			TRY(cli_check_permission(cli, "baton mark"));
			return events[i].mark(cli->system);
		}
	return error_new(ERROR_USAGE, "%s%sname an event: shutdown, reboot-call or up",
		argument ? argument : "", argument ? ": no such event; " : "");
}
