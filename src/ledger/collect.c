/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/collect.h"

#include "base/blob.h"
#include "base/command_line.h"
#include "base/error.h"
#include "ledger/axis.h"
#include "ledger/kernel_log.h"
#include "ledger/mark.h"
#include "ledger/phases.h"
#include "ledger/trust.h"
#include "ledger/units.h"
#include "machine/source.h"
#include "machine/start.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A time that may be wrong by more is not told. */
#define PRECISION_MAX_NS UINT64_C(100000000)

/* What the steps below share. */
struct collecting {
	struct source *source;
	const struct machine *machine;
	const struct ledger_system *system;
	struct ledger_boot *boot;

	struct kernel_log log;
	const char *log_why; /* it could not be read; NULL: it could */
	struct ledger_axis axis;
	const char *axis_why; /* NULL: the axis is known */
};

static void unknown(struct ledger_boot *boot, enum ledger_event event, const char *why)
{
	boot->at[event] = (struct ledger_time){.why = why};
}

static void known(struct ledger_boot *boot, enum ledger_event event, int64_t ns)
{
	boot->at[event] = (struct ledger_time){.known = true, .ns = ns};
}

/* Everything before the new kernel. */
static void old_system_unknown(struct ledger_boot *boot, const char *why)
{
	for (int event = LEDGER_COMMAND; event < LEDGER_KERNEL; event++)
		unknown(boot, (enum ledger_event)event, why);
}

/* Where the kernel has its own idea of the rate, that is the one its clock goes by. */
static struct ledger_rate find_rate(const struct collecting *collecting)
{
	struct ledger_rate rate = {0};

	rate.hz = collecting->log.counter_hz;
	if (rate.hz) {
		/* Given to the kHz, so half of one wrong at most. */
		rate.error_ppb = UINT64_C(500) * 1000000000 / rate.hz + 1;
		rate.source = "the counter's frequency in the kernel's log";
		return rate;
	}
	rate.hz = collecting->axis.now.counter_hz;
	if (rate.hz) {
		rate.error_ppb = 100000; /* as good as a quartz is */
		rate.source = "the counter's frequency as the CPU tells it (CPUID 0x15)";
		return rate;
	}
	if (collecting->system->measure_counter) {
		error_free(collecting->system->measure_counter(&rate.hz));
		rate.error_ppb = 100000;
		rate.source = "the counter's frequency as measured";
	}
	return rate;
}

static void read_log(struct collecting *collecting)
{
	_cleanup_blob_ struct blob records = {0};
	_cleanup_error_ struct error *error = NULL;

	if (collecting->system->kernel_log)
		error = collecting->system->kernel_log(&records);
	if (!collecting->system->kernel_log || error) {
		collecting->log_why = "the kernel's log cannot be read; run as root";
		return;
	}
	collecting->log = kernel_log_read(blob_bytes(&records));
}

static void read_axis(struct collecting *collecting)
{
	_cleanup_error_ struct error *error = NULL;
	struct ledger_clocks clocks = {0};
	bool have = collecting->system->clocks;

	if (have)
		error = collecting->system->clocks(&clocks);
	collecting->axis_why = ledger_axis_init(have && !error ? &clocks : NULL, &collecting->axis);
	if (!collecting->axis_why && !collecting->axis.now.factors_known)
		collecting->axis.rate = find_rate(collecting);
	collecting->axis.start_ns = collecting->log.start_ns;
}

/* Which stage of the record is which event, and why it may be missing. */
static const struct {
	enum ledger_event event;
	enum handoff_stage stage;
	const char *missing; /* from a mailbox that was read, or by purgatory */
} stages[] = {
	{LEDGER_COMMAND, HANDOFF_STAGE_COMMAND,
		"it was not noted: the init system ended the old system without baton's hooks, or "
		"the memory for it had been moved"},
	{LEDGER_LOADED, HANDOFF_STAGE_LOADED, "it was not noted"},
	{LEDGER_REBOOT_CALL, HANDOFF_STAGE_REBOOT_CALL,
		"it was not noted: baton's hook for the end of the shutdown did not run on the old "
		"system, or the memory for it had been moved"},
	{LEDGER_PURGATORY, HANDOFF_STAGE_PURGATORY_ENTERED, "purgatory did not note it"},
	{LEDGER_VERIFIED, HANDOFF_STAGE_VERIFIED, "purgatory did not note it"},
	{LEDGER_LEFT, HANDOFF_STAGE_LEFT, "purgatory did not note it"},
};

enum { STAGE_COUNT = sizeof(stages) / sizeof(stages[0]) };

static const char *const mailbox_whys[] = {
	[HANDOFF_MAILBOX_UNKNOWN] = "the old system's baton was too old to note it",
	[HANDOFF_MAILBOX_NONE] =
		"the old system had no memory to note it in; there, baton load -v tells why",
	[HANDOFF_MAILBOX_READ] = NULL,
	[HANDOFF_MAILBOX_LOST] =
		"it was noted in memory that the old kernel moved or used for something else",
};

static const char *why_missing(const struct handoff_record *record, size_t at)
{
	if (stages[at].event > LEDGER_REBOOT_CALL)
		return stages[at].missing;
	if (mailbox_whys[record->mailbox])
		return mailbox_whys[record->mailbox];
	if (stages[at].event == LEDGER_LOADED && record->loaded_before)
		return "it was loaded before the command was given";
	return stages[at].missing;
}

/* The end of the old system's time: nothing of it comes later. */
static int64_t latest(const struct ledger_boot *boot)
{
	if (boot->at[LEDGER_KERNEL].known)
		return boot->at[LEDGER_KERNEL].ns;
	return boot->at[LEDGER_FIRST_PROGRAM].known ? boot->at[LEDGER_FIRST_PROGRAM].ns
						    : LEDGER_NS_MAX;
}

/* True if what is known of the old system comes in order, as far as it is exact. */
static bool is_in_order(struct ledger_boot *boot)
{
	int64_t before = -LEDGER_NS_MAX, end = latest(boot), slack = (int64_t)boot->precision_ns;

	for (size_t i = 0; i < STAGE_COUNT; i++) {
		struct ledger_time *time = &boot->at[stages[i].event];

		if (!time->known)
			continue;
		if (time->ns < before || time->ns > end + slack)
			return false;
		if (time->ns > end)
			time->ns = end;
		before = time->ns;
	}
	return true;
}

static void place_stage(
	struct collecting *collecting, const struct handoff_record *record, size_t at)
{
	uint64_t counter = record->stage[stages[at].stage], precision;
	struct ledger_boot *boot = collecting->boot;
	int64_t ns;

	if (!counter) {
		unknown(boot, stages[at].event, why_missing(record, at));
	} else if (!ledger_axis_counter(&collecting->axis, counter, &ns, &precision)) {
		unknown(boot, stages[at].event, "the counter's frequency is not known");
	} else if (precision > PRECISION_MAX_NS) {
		unknown(boot, stages[at].event,
			"the system has run for too long to tell it exactly; record the report soon "
			"after the start (baton-report.service)");
	} else {
		known(boot, stages[at].event, ns);
		boot->clock = ledger_axis_source(&collecting->axis);
		if (precision > boot->precision_ns)
			boot->precision_ns = precision;
	}
}

static void place_stages(struct collecting *collecting, const struct handoff_record *record)
{
	struct ledger_boot *boot = collecting->boot;
	const char *why = collecting->log_why;

	/* Then the axis' zero is only near the clock's start, and the rest is right all the same.
	 */
	if (!collecting->log.start_known)
		unknown(boot, LEDGER_KERNEL,
			why ? why
			    : "the kernel's log does not tell, or not any more, how its clock was "
			      "corrected");
	for (size_t i = 0; i < STAGE_COUNT; i++)
		place_stage(collecting, record, i);
	if (!is_in_order(boot)) {
		boot->clock = NULL;
		boot->precision_ns = 0;
		old_system_unknown(boot,
			"the counter's values contradict their order: it was set or stopped in between");
	}
	if (!boot->clock)
		known(boot, LEDGER_KERNEL, 0);
}

static struct error *collect_handoff_record(
	struct collecting *collecting, const struct handoff_record *record)
{
	struct ledger_boot *boot = collecting->boot;
	const char *why = collecting->axis_why;

	boot->kind = LEDGER_KIND_BATON;
	boot->chain = record->chain;
	boot->digest_result = (int)record->digest_result;
	boot->direct = record->entry == HANDOFF_ENTRY_DIRECT;
	snprintf(boot->from_release, sizeof(boot->from_release), "%s", record->from_release);
	snprintf(boot->from_boot_id, sizeof(boot->from_boot_id), "%s", record->from_boot_id);
	if (!why)
		TRY(ledger_distrust_counter(collecting->source, &collecting->axis.now, &why));
	if (why)
		old_system_unknown(boot, why);
	else
		place_stages(collecting, record);
	return NULL;
}

static struct error *collect_old_system(struct collecting *collecting)
{
	struct ledger_boot *boot = collecting->boot;
	enum tristate kexec = machine_was_kexec(collecting->machine);
	struct handoff_record record;
	const char *why;

	if (machine_handoff_record(collecting->machine, &record, &why))
		return collect_handoff_record(collecting, &record);
	if (why) {
		boot->kind = LEDGER_KIND_BATON;
		old_system_unknown(boot, why);
	} else if (kexec == TRISTATE_YES) {
		boot->kind = LEDGER_KIND_KEXEC;
		old_system_unknown(boot,
			"this kernel was started without a handoff record: by the file call, or by "
			"another tool than baton");
	} else if (kexec == TRISTATE_NO) {
		boot->kind = LEDGER_KIND_FIRMWARE;
		old_system_unknown(boot,
			"this kernel was started by firmware and a boot loader, which leave "
			"no record");
	} else {
		old_system_unknown(boot, "the kernel does not tell what started it");
	}
	return NULL;
}

static void collect_first_program(struct collecting *collecting)
{
	if (collecting->log_why)
		unknown(collecting->boot, LEDGER_FIRST_PROGRAM, collecting->log_why);
	else if (collecting->log.first_program_known)
		known(collecting->boot, LEDGER_FIRST_PROGRAM,
			ledger_axis_log(&collecting->axis, collecting->log.first_program_ns));
	else
		unknown(collecting->boot, LEDGER_FIRST_PROGRAM,
			collecting->log.whole
				? "the kernel's log does not say when its first program started"
				: "the beginning of the kernel's log has been overwritten");
}

/* When the init system was ready for what: CLOCK_MONOTONIC, or why it is not known. */
struct init_times {
	const char *system_why, *up_why;
	int64_t system_ns, up_ns;
};

/* The line "NAME=MICROSECONDS" of systemd's answer; 0 is not yet. */
static const char *find_timestamp(struct bytes text, const char *name, int64_t *ret_ns)
{
	static const char not_understood[] = "systemd's answer is not understood (systemctl show)";
	uint64_t length = strlen(name), microseconds = 0, at = 0;

	while (!bytes_match(text, at, name, length) || !bytes_match(text, at + length, "=", 1)) {
		const uint8_t *end =
			at < text.size ? memchr(text.data + at, '\n', text.size - at) : NULL;

		if (!end)
			return not_understood;
		at = (uint64_t)(end - text.data) + 1;
	}
	for (at += length + 1; at < text.size && text.data[at] >= '0' && text.data[at] <= '9'; at++)
		if (__builtin_mul_overflow(microseconds, 10, &microseconds) ||
			__builtin_add_overflow(
				microseconds, (uint64_t)(text.data[at] - '0'), &microseconds) ||
			microseconds > INT64_MAX / 1000)
			return not_understood;
	*ret_ns = (int64_t)microseconds * 1000;
	return NULL;
}

/*
 * org.freedesktop.systemd1(5), Manager: UserspaceTimestampMonotonic is when the systemd that runs
 * now began, which is the real system's also where the initrd has one of its own.
 */
static void ask_systemd(const struct collecting *collecting, struct init_times *ret)
{
	static const char *const argv[] = {"systemctl", "show",
		"--property=UserspaceTimestampMonotonic,FinishTimestampMonotonic", NULL};
	_cleanup_blob_ struct blob output = {0};
	_cleanup_error_ struct error *error = NULL;

	if (!collecting->system->run) {
		ret->system_why = ret->up_why = "systemd cannot be asked here";
		return;
	}
	error = collecting->system->run(argv, &output);
	if (error) {
		ret->system_why = ret->up_why = "systemd did not answer (systemctl show)";
		return;
	}
	ret->system_why =
		find_timestamp(blob_bytes(&output), "UserspaceTimestampMonotonic", &ret->system_ns);
	if (!ret->system_why && !ret->system_ns)
		ret->system_why = "systemd does not tell when it started";
	ret->up_why = find_timestamp(blob_bytes(&output), "FinishTimestampMonotonic", &ret->up_ns);
	if (!ret->up_why && !ret->up_ns)
		ret->up_why = "systemd has not started everything yet";
}

static struct error *ask_init_system(const struct collecting *collecting, struct init_times *ret)
{
	bool systemd, marked;

	TRY(source_directory(collecting->source, "run/systemd/system", &systemd));
	if (systemd) {
		ask_systemd(collecting, ret);
		return NULL;
	}
	ret->system_why = "the init system is not systemd, which would tell when the initrd ended";
	TRY(ledger_read_up(collecting->source, &marked, &ret->up_ns));
	if (!marked)
		ret->up_why = "the init system is not systemd, and did not call `baton mark up`";
	return NULL;
}

/* proc(5), /proc/PID/mounts: is "/", which is mounted last there, still the initrd's? */
static struct error *lives_in_initrd(const struct collecting *collecting, bool *ret)
{
	struct bytes text;
	const char *at;
	bool found;

	*ret = false;
	TRY(source_file(collecting->source, "proc/self/mounts", &found, &text));
	for (at = found ? (const char *)text.data : NULL; at; at = strchr(at, '\n')) {
		const char *place;

		at += *at == '\n';
		place = at + strcspn(at, " \n");
		if (strncmp(place, " / ", 3) == 0)
			*ret = strncmp(place + 3, "rootfs ", strlen("rootfs ")) == 0;
	}
	return NULL;
}

/* Is there no initrd before the system: none at all, or the system never leaves it? */
static struct error *begins_at_once(const struct collecting *collecting, bool *ret)
{
	const char *line = collecting->machine->command_line;

	*ret = collecting->log.first_program_known && !collecting->log.first_program_is_initrds &&
	       !(line && command_line_has(line, "rdinit"));
	return *ret ? NULL : lives_in_initrd(collecting, ret);
}

/* @event, which the init system tells of, if it does and that fits what came @before it. */
static void place_told(const struct collecting *collecting, enum ledger_event event,
	const char *why, int64_t monotonic_ns)
{
	struct ledger_boot *boot = collecting->boot;
	int64_t ns = 0, before = 0;

	why = why ? why : collecting->axis_why;
	if (!why)
		ns = ledger_axis_monotonic(&collecting->axis, monotonic_ns);
	for (int i = LEDGER_FIRST_PROGRAM; i < (int)event; i++)
		before = boot->at[i].known ? boot->at[i].ns : before;
	if (!why && ns < before)
		why = "it comes before the first program, so the clocks contradict each other";
	if (why)
		unknown(boot, event, why);
	else
		known(boot, event, ns);
}

/* Where they cannot be told, the report is without them. */
static void collect_slowest_units(
	const struct collecting *collecting, const struct init_times *times)
{
	struct ledger_boot *boot = collecting->boot;
	_cleanup_blob_ struct blob output = {0};
	_cleanup_error_ struct error *error = NULL;

	if (times->system_why || !boot->at[LEDGER_UP].known)
		return;
	error = collecting->system->run(ledger_units_argv, &output);
	if (error)
		return;
	boot->slowest_count = ledger_units_read(
		blob_bytes(&output), times->system_ns, times->up_ns, boot->slowest);
	for (unsigned int i = 0; i < boot->slowest_count; i++)
		boot->slowest[i].start_ns =
			ledger_axis_monotonic(&collecting->axis, boot->slowest[i].start_ns);
}

static struct error *collect_init(struct collecting *collecting)
{
	const struct ledger_time *first = &collecting->boot->at[LEDGER_FIRST_PROGRAM];
	struct init_times times = {0};
	bool at_once;

	TRY(ask_init_system(collecting, &times));
	TRY(begins_at_once(collecting, &at_once));
	if (at_once)
		collecting->boot->at[LEDGER_SYSTEM] = *first;
	else
		place_told(collecting, LEDGER_SYSTEM, times.system_why, times.system_ns);
	place_told(collecting, LEDGER_UP, times.up_why, times.up_ns);
	collect_slowest_units(collecting, &times);
	return NULL;
}

/* proc(5), /proc/stat: "btime SECONDS", when the system started. */
static struct error *collect_started_at(struct collecting *collecting)
{
	struct bytes text;
	const char *line;
	bool found;

	TRY(source_file(collecting->source, "proc/stat", &found, &text));
	line = found ? strstr((const char *)text.data, "\nbtime ") : NULL;
	if (line)
		collecting->boot->started_at = strtoull(line + strlen("\nbtime "), NULL, 10);
	return NULL;
}

struct error *ledger_collect(struct source *source, const struct machine *machine,
	const struct ledger_system *system, struct ledger_boot *ret)
{
	struct collecting collecting = {
		.source = source,
		.machine = machine,
		.system = system,
		.boot = ret,
	};

	*ret = (struct ledger_boot){0};
	snprintf(
		ret->boot_id, sizeof(ret->boot_id), "%s", machine->boot_id ? machine->boot_id : "");
	snprintf(
		ret->release, sizeof(ret->release), "%s", machine->release ? machine->release : "");
	known(ret, LEDGER_KERNEL, 0);
	read_log(&collecting);
	read_axis(&collecting);
	TRY(collect_started_at(&collecting));
	collect_first_program(&collecting);
	TRY(collect_old_system(&collecting));
	return collect_init(&collecting);
}
