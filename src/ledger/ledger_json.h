/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A boot as JSON, for the history file and for `baton report --json`, and back:
 *
 *	kind		"baton", "kexec", "firmware", "unknown"
 *	boot_id, release	of the system that was started
 *	from_boot_id, from_release	of the one before; null if unknown
 *	chain		handoffs in a row since the firmware; null if unknown or none
 *	digests		"good", "skipped", "not run"; null unless kind is "baton"
 *	direct		true: entered past the kernel's decompressor
 *	started_at	seconds since 1970 UTC; null if unknown
 *	at_ns		{event: nanoseconds since the new kernel's clock started, or null}
 *	unknown		{event: the reason}, for those that are null
 *	clock, precision_ns	how the old system's times were brought to this axis, and how
 *			exactly; null without any
 *	firmware	{firmware_ns, firmware_source, loader_ns, loader_source, why}; as firmware
 *and loader report; null, and why, if they do not
 *	slowest_units	[{name, start_ns, ns}], the slowest first; start_ns as in at_ns
 */
#ifndef BATON_LEDGER_LEDGER_JSON_H
#define BATON_LEDGER_LEDGER_JSON_H

#include "ledger/ledger.h"

struct error;
struct json_object;

/**
 * @param ret  owned by the caller: json_object_put(). Every string in it is UTF-8: each byte that
 * is none, or is a control character, becomes a question mark.
 */
struct error *ledger_to_json(const struct ledger_boot *boot, struct json_object **ret);

/**
 * What ledger_to_json() made; unknown keys are passed over, missing ones are "unknown".
 * @param ret  its strings of any length (`why`, `clock`, sources) are @object's, and live as long
 * ERROR_FORMAT for a wrong type, a text too long for its place, or times out of order.
 */
struct error *ledger_from_json(struct json_object *object, struct ledger_boot *ret);

/** "good", "skipped", "not run"; static. @result as struct ledger_boot has it. */
const char *ledger_digest_id(int result);

#endif
