/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger of one boot: what is known comes out exactly, and what is not has its reason. */
#include "fake_root.h"

#include "base/blob.h"
#include "ledger/axis.h"
#include "ledger/collect.h"
#include "ledger/kernel_log.h"
#include "ledger/mark.h"
#include "machine/machine.h"
#include "machine/source.h"
#include "wire/handoff.h"

#include <errno.h>
#include <signal.h>

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

/* What the stand-in system answers. */
static struct {
	struct ledger_clocks clocks;
	const char *log;
	const char *systemctl;
	const char *units; /* of systemctl with patterns; NULL: it fails */
	uint64_t measured_hz;
	unsigned int measured;
} answers;

static struct error *fake_clocks(struct ledger_clocks *ret)
{
	*ret = answers.clocks;
	return NULL;
}

static struct error *fake_measure(uint64_t *ret_hz)
{
	answers.measured++;
	*ret_hz = answers.measured_hz;
	return NULL;
}

static struct error *fake_log(struct blob *ret)
{
	if (!answers.log)
		return error_system(EPERM, "/dev/kmsg");
	return blob_append(ret, answers.log, strlen(answers.log));
}

static struct error *fake_run(const char *const argv[], struct blob *ret)
{
	assert_string_equal(argv[0], "systemctl");
	if (argv[3])
		return answers.units ? blob_append(ret, answers.units, strlen(answers.units))
				     : error_system(ENOENT, "systemctl");
	if (!answers.systemctl)
		return error_system(ENOENT, "systemctl");
	return blob_append(ret, answers.systemctl, strlen(answers.systemctl));
}

static const struct ledger_system system_all = {
	.clocks = fake_clocks,
	.measure_counter = fake_measure,
	.kernel_log = fake_log,
	.run = fake_run,
};

struct fixture {
	struct fake_root root;
	struct machine machine;
	struct handoff_record record;
	struct ledger_boot boot;
};

/* The kernel's clock is 10 s old and 100 ms ahead; the counter runs at 2 GHz and was 100 s old when
 * it began. */
static const struct ledger_clocks clocks_by_rate = {
	.counter = UINT64_C(220000000000),
	.raw_ns = 9990 * MS, /* it started 10 ms after the kernel's clock */
	.monotonic_ns = 9995 * MS,
	.boottime_ns = 9995 * MS,
	.kernel_known = true,
	.kernel_ns = 10100 * MS,
	.uncertain_ns = 700,
};

static const char whole_log[] =
	"6,0,0,-;Linux version 6.1.0\n SUBSYSTEM=x\n"
	"6,1,3,-;tsc: Detected 1999.900 MHz processor\n"
	"30,2,400000,-;Run /forged as init process\n"
	"6,3,500000,-;tsc: Refined TSC clocksource calibration: 2000.000 MHz\n"
	"6,4,1000000,-;sched_clock: Marking stable (7, 8)->(900000000, 100000000)\n"
	"6,5,1334567,-,caller=T1;Run /init as init process\n"
	"6,6,2000000,-;Run /sbin/init as init process\n";

static void set_clock_sources(struct fixture *fixture, const char *available, const char *current)
{
	fake_root_text(&fixture->root,
		"sys/devices/system/clocksource/clocksource0/available_clocksource", available);
	fake_root_text(&fixture->root,
		"sys/devices/system/clocksource/clocksource0/current_clocksource", current);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	memset(&answers, 0, sizeof(answers));
	answers.clocks = clocks_by_rate;
	answers.log = whole_log;
	fixture->root = fake_root_make();
	set_clock_sources(fixture, "tsc hpet acpi_pm \n", "tsc\n");
	fake_root_text(&fixture->root, "proc/stat", "cpu 1 2\nctxt 9\nbtime 1700000000\n");
	fixture->machine.boot_id = strdup("new-boot");
	fixture->machine.release = strdup("6.12.0");
	fixture->machine.bootloader_type = 0xd0;
	/* In seconds before the kernel's clock: 40, 38, 5, 4.5, 4.25, 4.125; 100 s are 200e9. */
	fixture->record = (struct handoff_record){
		.magic = HANDOFF_RECORD_MAGIC,
		.version = HANDOFF_RECORD_VERSION,
		.size = sizeof(fixture->record),
		.chain = 2,
		.digest_result = HANDOFF_DIGEST_GOOD,
		.stage = {120000000000, 124000000000, 190000000000, 191000000000, 191500000000,
			191750000000},
		.from_release = "6.1.0",
		.from_boot_id = "old-boot",
		.entry = HANDOFF_ENTRY_DIRECT,
		.mailbox = HANDOFF_MAILBOX_READ,
	};
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	machine_deinit(&fixture->machine);
	fake_root_remove(&fixture->root);
	free(fixture);
	return 0;
}

static void put_record(struct fixture *fixture, size_t size)
{
	machine_deinit(&fixture->machine);
	fixture->machine = (struct machine){.bootloader_type = 0xd0, .setup_data_count = 1};
	fixture->machine.setup_data = calloc(1, sizeof(*fixture->machine.setup_data));
	fixture->machine.setup_data[0].type = SETUP_DATA_BATON;
	assert_ok(
		blob_copy(bytes_of(&fixture->record, size), &fixture->machine.setup_data[0].data));
}

static void collect(struct fixture *fixture, const struct ledger_system *system)
{
	_cleanup_source_ struct source *source = NULL;

	assert_ok(source_open_live(fixture->root.path, &source));
	assert_ok(ledger_collect(source, &fixture->machine, system, &fixture->boot));
	assert_int_equal(fixture->boot.at[LEDGER_KERNEL].ns, 0);
	for (int i = 0; i < LEDGER_EVENT_COUNT; i++)
		assert_true(fixture->boot.at[i].known == !fixture->boot.at[i].why);
}

static void collect_handoff_record(struct fixture *fixture)
{
	put_record(fixture, sizeof(fixture->record));
	collect(fixture, &system_all);
}

static void assert_at(const struct fixture *fixture, enum ledger_event event, int64_t ns)
{
	const struct ledger_time *time = &fixture->boot.at[event];

	if (!time->known)
		fail_msg("%s is unknown: %s", ledger_event_id(event), time->why);
	assert_int_equal(time->ns, ns);
}

static void assert_unknown(const struct fixture *fixture, enum ledger_event event, const char *part)
{
	const struct ledger_time *time = &fixture->boot.at[event];

	if (time->known || !strstr(time->why, part))
		fail_msg("%s: %s; expected to be unknown: %s", ledger_event_id(event),
			time->known ? "known" : time->why, part);
}

/* The six stamps of the old system and of purgatory. */
static void assert_old_unknown(const struct fixture *fixture, const char *part)
{
	for (int event = LEDGER_COMMAND; event < LEDGER_KERNEL; event++)
		assert_unknown(fixture, (enum ledger_event)event, part);
	assert_null(fixture->boot.clock);
	assert_at(fixture, LEDGER_KERNEL, 0);
}

static void assert_old_known(const struct fixture *fixture)
{
	assert_at(fixture, LEDGER_KERNEL, 0);
	assert_at(fixture, LEDGER_COMMAND, -40 * S);
	assert_at(fixture, LEDGER_LOADED, -38 * S);
	assert_at(fixture, LEDGER_REBOOT_CALL, -5 * S);
	assert_at(fixture, LEDGER_PURGATORY, -4500 * MS);
	assert_at(fixture, LEDGER_VERIFIED, -4250 * MS);
	assert_at(fixture, LEDGER_LEFT, -4125 * MS);
}

static void a_handoff_is_told_with_its_record(void **state)
{
	struct fixture *fixture = *state;
	const struct ledger_boot *boot = &fixture->boot;

	put_record(fixture, sizeof(fixture->record));
	fixture->machine.boot_id = strdup("new-boot");
	fixture->machine.release = strdup("6.12.0");
	collect(fixture, &system_all);
	assert_int_equal(boot->kind, LEDGER_KIND_BATON);
	assert_string_equal(boot->boot_id, "new-boot");
	assert_string_equal(boot->release, "6.12.0");
	assert_string_equal(boot->from_boot_id, "old-boot");
	assert_string_equal(boot->from_release, "6.1.0");
	assert_int_equal(boot->chain, 2);
	assert_int_equal(boot->digest_result, HANDOFF_DIGEST_GOOD);
	assert_true(boot->direct);
	assert_int_equal(boot->started_at, 1700000000);
}

static void stages_come_to_the_axis_by_the_rate_in_the_kernels_log(void **state)
{
	struct fixture *fixture = *state;

	collect_handoff_record(fixture);
	assert_old_known(fixture);
	assert_at(fixture, LEDGER_FIRST_PROGRAM, 1234567000);
	assert_non_null(strstr(fixture->boot.clock, "log"));
	/* 50 s at half a kHz in 2 GHz, and a moment's length. */
	assert_in_range(fixture->boot.precision_ns, 12500, 16000);
	assert_int_equal(answers.measured, 0);
}

static void stages_come_to_the_axis_by_the_kernels_own_factors(void **state)
{
	struct fixture *fixture = *state;

	/* ns = counter / 2 - 100 s, and 100 ms ahead */
	answers.clocks.kernel_known = false;
	answers.clocks.factors_known = true;
	answers.clocks.shift = 10;
	answers.clocks.mult = 512;
	answers.clocks.zero = (uint64_t)(-100 * S + 100 * MS);
	answers.log = "6,0,0,-;no frequency here\n"
		      "6,4,1000000,-;sched_clock: Marking stable (7, 8)->(9, 100000000)\n";
	collect_handoff_record(fixture);
	assert_old_known(fixture);
	assert_non_null(strstr(fixture->boot.clock, "factors"));
	assert_int_equal(fixture->boot.precision_ns, 1000);
	assert_int_equal(answers.measured, 0);
}

static void without_it_in_the_log_the_rate_is_the_cpus_or_measured(void **state)
{
	struct fixture *fixture = *state;

	answers.log = "6,4,1000000,-;sched_clock: Marking stable (7, 8)->(9, 100000000)\n";
	answers.clocks.counter_hz = 2000000000;
	collect_handoff_record(fixture);
	assert_old_known(fixture);
	assert_non_null(strstr(fixture->boot.clock, "CPUID"));
	answers.clocks.counter_hz = 0;
	answers.measured_hz = 2000000000;
	collect_handoff_record(fixture);
	assert_old_known(fixture);
	assert_non_null(strstr(fixture->boot.clock, "measured"));
	answers.measured_hz = 0;
	collect_handoff_record(fixture);
	assert_old_unknown(fixture, "frequency");
}

static void without_the_clocks_correction_its_start_is_unknown_and_the_rest_is_right(void **state)
{
	struct fixture *fixture = *state;

	answers.log = "6,812,1334567,-;Run /init as init process\n"
		      "6,813,2000000,-;tsc: Refined TSC clocksource calibration: 2000.000 MHz\n";
	collect_handoff_record(fixture);
	assert_unknown(fixture, LEDGER_KERNEL, "corrected");
	assert_at(fixture, LEDGER_COMMAND, -39900 * MS);
	assert_at(fixture, LEDGER_FIRST_PROGRAM, 1334567000);
	/* By the log's reckoning it left after the clock's start, which is no contradiction. */
	answers.clocks.kernel_ns += 5 * S;
	answers.log = "6,812,6234567,-;Run /init as init process\n"
		      "6,813,7000000,-;tsc: Refined TSC clocksource calibration: 2000.000 MHz\n";
	collect_handoff_record(fixture);
	assert_at(fixture, LEDGER_LEFT, 975 * MS);
	answers.log = NULL;
	answers.clocks.counter_hz = 2000000000;
	collect_handoff_record(fixture);
	assert_unknown(fixture, LEDGER_KERNEL, "run as root");
	assert_unknown(fixture, LEDGER_FIRST_PROGRAM, "run as root");
	assert_at(fixture, LEDGER_LEFT, 975 * MS);
}

static void a_clock_can_be_behind(void **state)
{
	struct fixture *fixture = *state;

	answers.clocks.kernel_ns -= 200 * MS;
	answers.log = "6,1,3,-;tsc: Detected 2000.000 MHz TSC\n"
		      "6,4,1000000,-;sched_clock: Marking stable (7, -8)->(9, -100000000)\n"
		      "6,5,1134567,-;Run /init as init process\n";
	collect_handoff_record(fixture);
	assert_old_known(fixture);
	assert_at(fixture, LEDGER_FIRST_PROGRAM, 1234567000);
}

static void what_cannot_be_exact_is_unknown(void **state)
{
	struct fixture *fixture = *state;

	/* 2 ppm of a week are more than a second. */
	answers.log = NULL;
	answers.clocks.counter_hz = 2000000000;
	answers.clocks.counter += UINT64_C(7) * 24 * 3600 * 2000000000;
	answers.clocks.kernel_ns += INT64_C(7) * 24 * 3600 * S;
	answers.clocks.raw_ns += INT64_C(7) * 24 * 3600 * S;
	collect_handoff_record(fixture);
	assert_old_unknown(fixture, "too long");
}

static void a_counter_that_may_have_stopped_is_not_believed(void **state)
{
	struct fixture *fixture = *state;

	answers.clocks.boottime_ns += 20 * MS;
	collect_handoff_record(fixture);
	assert_old_unknown(fixture, "suspended");
	assert_at(fixture, LEDGER_FIRST_PROGRAM, 1234567000);
	answers.clocks.boottime_ns = answers.clocks.monotonic_ns;
	set_clock_sources(fixture, "hpet acpi_pm \n", "hpet\n");
	collect_handoff_record(fixture);
	assert_old_unknown(fixture, "unstable");
	set_clock_sources(fixture, "tsc-early hpet \n", "hpet\n");
	collect_handoff_record(fixture);
	assert_old_unknown(fixture, "unstable");
	set_clock_sources(fixture, "tsc hpet acpi_pm \n", "hpet\n");
	collect_handoff_record(fixture);
	assert_old_unknown(fixture, "does not use");
	set_clock_sources(fixture, "kvm-clock tsc acpi_pm \n", "kvm-clock\n");
	collect_handoff_record(fixture);
	assert_old_known(fixture);
	unlink(fake_root_path(
		&fixture->root, "sys/devices/system/clocksource/clocksource0/current_clocksource"));
	collect_handoff_record(fixture);
	assert_old_unknown(fixture, "does not say");
}

static void times_in_the_wrong_order_are_none(void **state)
{
	struct fixture *fixture = *state;
	uint64_t *stage = fixture->record.stage, call = stage[HANDOFF_STAGE_REBOOT_CALL];

	stage[HANDOFF_STAGE_REBOOT_CALL] = stage[HANDOFF_STAGE_COMMAND] - 1;
	collect_handoff_record(fixture);
	assert_old_unknown(fixture, "contradict");
	stage[HANDOFF_STAGE_REBOOT_CALL] = call;
	/* Left 1 ms after the new kernel began. */
	stage[HANDOFF_STAGE_LEFT] = 200002000000;
	collect_handoff_record(fixture);
	assert_old_unknown(fixture, "contradict");
	/* As good as together: not more exact than that. */
	stage[HANDOFF_STAGE_LEFT] = 200000002000;
	collect_handoff_record(fixture);
	assert_at(fixture, LEDGER_LEFT, 0);
	stage[HANDOFF_STAGE_COMMAND] = UINT64_MAX;
	collect_handoff_record(fixture);
	assert_old_unknown(fixture, "contradict");
}

static void a_stage_that_nobody_noted_says_why(void **state)
{
	struct fixture *fixture = *state;
	uint64_t *stage = fixture->record.stage;

	stage[HANDOFF_STAGE_COMMAND] = stage[HANDOFF_STAGE_LOADED] =
		stage[HANDOFF_STAGE_REBOOT_CALL] = 0;
	collect_handoff_record(fixture);
	assert_unknown(fixture, LEDGER_COMMAND, "or the memory for it had been moved");
	assert_unknown(fixture, LEDGER_LOADED, "not noted");
	assert_unknown(fixture, LEDGER_REBOOT_CALL, "or the memory for it had been moved");
	assert_at(fixture, LEDGER_PURGATORY, -4500 * MS);
	fixture->record.loaded_before = 1;
	collect_handoff_record(fixture);
	assert_unknown(fixture, LEDGER_LOADED, "before the command");
	fixture->record.mailbox = HANDOFF_MAILBOX_LOST;
	collect_handoff_record(fixture);
	assert_unknown(fixture, LEDGER_COMMAND, "something else");
	assert_unknown(fixture, LEDGER_REBOOT_CALL, "something else");
	fixture->record.mailbox = HANDOFF_MAILBOX_NONE;
	stage[HANDOFF_STAGE_VERIFIED] = 0;
	collect_handoff_record(fixture);
	assert_unknown(fixture, LEDGER_LOADED, "no memory");
	assert_unknown(fixture, LEDGER_VERIFIED, "purgatory");
}

static void a_record_of_version_1_has_purgatorys_times(void **state)
{
	struct fixture *fixture = *state;
	uint64_t *stage = fixture->record.stage;

	fixture->record.version = 1;
	fixture->record.size = offsetof(struct handoff_record, entry);
	memmove(stage + 1, stage + HANDOFF_STAGE_PURGATORY_ENTERED, 3 * sizeof(*stage));
	put_record(fixture, fixture->record.size);
	collect(fixture, &system_all);
	assert_unknown(fixture, LEDGER_COMMAND, "too old");
	assert_at(fixture, LEDGER_PURGATORY, -4500 * MS);
	assert_at(fixture, LEDGER_LEFT, -4125 * MS);
	assert_false(fixture->boot.direct);
}

static void a_damaged_record_is_still_batons(void **state)
{
	struct fixture *fixture = *state;

	put_record(fixture, 100);
	collect(fixture, &system_all);
	assert_int_equal(fixture->boot.kind, LEDGER_KIND_BATON);
	assert_old_unknown(fixture, "cut short");
	assert_int_equal(fixture->boot.chain, 0);
}

static void without_a_record_the_loader_type_tells_the_kind(void **state)
{
	struct fixture *fixture = *state;

	collect(fixture, &system_all);
	assert_int_equal(fixture->boot.kind, LEDGER_KIND_KEXEC);
	assert_old_unknown(fixture, "file call");
	fixture->machine.bootloader_type = 0x72;
	collect(fixture, &system_all);
	assert_int_equal(fixture->boot.kind, LEDGER_KIND_FIRMWARE);
	assert_old_unknown(fixture, "firmware");
	assert_at(fixture, LEDGER_FIRST_PROGRAM, 1234567000);
	fixture->machine.bootloader_type = -1;
	collect(fixture, &system_all);
	assert_int_equal(fixture->boot.kind, LEDGER_KIND_UNKNOWN);
	assert_old_unknown(fixture, "does not tell");
}

static void a_log_without_its_beginning_says_so(void **state)
{
	struct fixture *fixture = *state;

	answers.log = "6,812,99000000,-;something later\n";
	collect(fixture, &system_all);
	assert_unknown(fixture, LEDGER_FIRST_PROGRAM, "overwritten");
	answers.log = "6,0,0,-;Linux\n12,1,1,-;Run /init as init process\n";
	collect(fixture, &system_all);
	assert_unknown(fixture, LEDGER_FIRST_PROGRAM, "does not say");
}

static void systemd_tells_when_the_system_is_up(void **state)
{
	struct fixture *fixture = *state;

	fake_root_folders(&fixture->root, "run/systemd/system/x");
	answers.systemctl = "FinishTimestampMonotonic=8000000\n";
	collect(fixture, &system_all);
	/* 10 ms between the two clocks' zeros; that CLOCK_MONOTONIC was slewed later counts not. */
	assert_at(fixture, LEDGER_UP, 8010 * MS);
	answers.systemctl = "FinishTimestampMonotonic=0\n";
	collect(fixture, &system_all);
	assert_unknown(fixture, LEDGER_UP, "not started everything yet");
	answers.systemctl = "FinishTimestampMonotonic=99999999999999999999\n";
	collect(fixture, &system_all);
	assert_unknown(fixture, LEDGER_UP, "not understood");
	answers.systemctl = "nonsense";
	collect(fixture, &system_all);
	assert_unknown(fixture, LEDGER_UP, "not understood");
	answers.systemctl = NULL;
	collect(fixture, &system_all);
	assert_unknown(fixture, LEDGER_UP, "did not answer");
	answers.systemctl = "FinishTimestampMonotonic=1000000\n";
	collect(fixture, &system_all);
	assert_unknown(fixture, LEDGER_UP, "contradict");
}

/* systemd's own word, whichever program the initrd has. */
static void systemd_tells_where_the_initrd_ends(void **state)
{
	struct fixture *fixture = *state;

	fake_root_folders(&fixture->root, "run/systemd/system/x");
	answers.systemctl =
		"UserspaceTimestampMonotonic=4500000\nFinishTimestampMonotonic=8000000\n";
	collect(fixture, &system_all);
	assert_at(fixture, LEDGER_SYSTEM, 4510 * MS);
	assert_at(fixture, LEDGER_UP, 8010 * MS);
	answers.systemctl =
		"FinishTimestampMonotonic=8000000\nUserspaceTimestampMonotonic=4500000\n";
	collect(fixture, &system_all);
	assert_at(fixture, LEDGER_SYSTEM, 4510 * MS);
	assert_at(fixture, LEDGER_UP, 8010 * MS);
	/* They must come in order. */
	answers.systemctl =
		"UserspaceTimestampMonotonic=9000000\nFinishTimestampMonotonic=8000000\n";
	collect(fixture, &system_all);
	assert_at(fixture, LEDGER_SYSTEM, 9010 * MS);
	assert_unknown(fixture, LEDGER_UP, "contradict");
	answers.systemctl = "FinishTimestampMonotonic=8000000\n";
	collect(fixture, &system_all);
	assert_unknown(fixture, LEDGER_SYSTEM, "not understood");
	assert_at(fixture, LEDGER_UP, 8010 * MS);
}

#define UNIT(id, exit, active, inactive)                                                           \
	"ActiveEnterTimestampMonotonic=" #active "\nInactiveExitTimestampMonotonic=" #exit         \
	"\nId=" id "\nInactiveEnterTimestampMonotonic=" #inactive "\n"

static void assert_unit(const struct fixture *fixture, unsigned int index, const char *label,
	int64_t start, int64_t ns)
{
	const struct ledger_unit *unit = &fixture->boot.slowest[index];

	assert_string_equal(unit->label, label);
	assert_int_equal(unit->start_ns, start);
	assert_int_equal(unit->ns, ns);
}

static void the_slowest_units_are_those_of_the_start(void **state)
{
	struct fixture *fixture = *state;

	fake_root_folders(&fixture->root, "run/systemd/system/x");
	answers.systemctl =
		"UserspaceTimestampMonotonic=4500000\nFinishTimestampMonotonic=8000000\n";
	answers.units = UNIT("quick.service", 5000000, 5001000, 0) "\n" UNIT(
		"once.service", 5000000, 0, 5900000)		   /* done, and never active */
		"\n" UNIT("initrds.service", 4000000, 4499999, 0)  /* before the system */
		"\n" UNIT("later.service", 9000000, 9900000, 0)	   /* when it was up */
		"\n" UNIT("never.service", 0, 0, 0)		   /* did not start */
		"\n" UNIT("starting.service", 7000000, 0, 6000000) /* again, and is not up */
		"\n" UNIT("data.mount", 4600000, 6600000, 0) "\n" UNIT(
			"second.service", 5000000, 6500000, 0) "\n" UNIT("fourth.service", 5000000,
			5400000, 0) "\n" UNIT("fifth.service", 5000000, 5300000,
			0) "\n" UNIT("sixth.service", 5000000, 5200000, 0);
	collect(fixture, &system_all);
	assert_int_equal(fixture->boot.slowest_count, 5);
	assert_unit(fixture, 0, "data.mount", 4610 * MS, 2000 * MS);
	assert_unit(fixture, 1, "second", 5010 * MS, 1500 * MS);
	assert_unit(fixture, 2, "once", 5010 * MS, 900 * MS);
	assert_unit(fixture, 3, "fourth", 5010 * MS, 400 * MS);
	assert_unit(fixture, 4, "fifth", 5010 * MS, 300 * MS);
	answers.units =
		"\n\nId=\n\nnonsense\nId=x\nInactiveExitTimestampMonotonic=99999999999999999999\n";
	collect(fixture, &system_all);
	assert_int_equal(fixture->boot.slowest_count, 0);
	answers.units = NULL;
	collect(fixture, &system_all);
	assert_int_equal(fixture->boot.slowest_count, 0);
	assert_at(fixture, LEDGER_UP, 8010 * MS);
}

static void a_system_without_an_initrd_begins_with_its_first_program(void **state)
{
	struct fixture *fixture = *state;

	fake_root_folders(&fixture->root, "run/systemd/system/x");
	answers.systemctl =
		"UserspaceTimestampMonotonic=4500000\nFinishTimestampMonotonic=8000000\n";
	answers.log = "6,0,0,-;Linux version 6.1.0\n"
		      "6,1,1000000,-;sched_clock: Marking stable (7, 8)->(900000000, 100000000)\n"
		      "6,2,1334567,-;Run /sbin/init as init process\n";
	collect(fixture, &system_all);
	assert_int_equal(
		fixture->boot.at[LEDGER_SYSTEM].ns, fixture->boot.at[LEDGER_FIRST_PROGRAM].ns);
	assert_true(fixture->boot.at[LEDGER_SYSTEM].known);
	/* It can have any name there. */
	fixture->machine.command_line = strdup("quiet rdinit=/sbin/init");
	collect(fixture, &system_all);
	assert_at(fixture, LEDGER_SYSTEM, 4510 * MS);
}

static void a_system_that_stays_in_its_initrd_has_no_other(void **state)
{
	struct fixture *fixture = *state;

	collect(fixture, &system_all);
	assert_unknown(fixture, LEDGER_SYSTEM, "not systemd");
	fake_root_text(&fixture->root, "proc/self/mounts",
		"rootfs / rootfs rw 0 0\nproc /proc proc rw 0 0\n");
	collect(fixture, &system_all);
	assert_at(fixture, LEDGER_SYSTEM, fixture->boot.at[LEDGER_FIRST_PROGRAM].ns);
	fake_root_text(&fixture->root, "proc/self/mounts",
		"rootfs / rootfs rw 0 0\n/dev/vda1 / ext4 rw 0 0\nproc /proc proc rw 0 0\n");
	collect(fixture, &system_all);
	assert_unknown(fixture, LEDGER_SYSTEM, "not systemd");
}

static void another_init_system_can_mark_it(void **state)
{
	struct fixture *fixture = *state;

	collect(fixture, &system_all);
	assert_unknown(fixture, LEDGER_UP, "baton mark up");
	fake_root_text(&fixture->root, "run/baton/up", "7.250000001\n");
	collect(fixture, &system_all);
	assert_at(fixture, LEDGER_UP, 7260 * MS + 1);
	fake_root_text(&fixture->root, "run/baton/up", "7.2500\nmore");
	collect(fixture, &system_all);
	assert_unknown(fixture, LEDGER_UP, "baton mark up");
}

static void the_first_mark_counts(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_source_ struct source *first = NULL, *second = NULL;
	int64_t once, again;
	bool found;

	fake_root_folders(&fixture->root, "run/x");
	assert_ok(ledger_mark_up(fixture->root.path));
	assert_ok(source_open_live(fixture->root.path, &first));
	assert_ok(ledger_read_up(first, &found, &once));
	assert_true(found && once > 0);
	assert_ok(ledger_mark_up(fixture->root.path));
	assert_ok(source_open_live(fixture->root.path, &second));
	assert_ok(ledger_read_up(second, &found, &again));
	assert_true(found && once == again);
}

static void a_system_that_cannot_be_asked_is_unknown_all_over(void **state)
{
	struct fixture *fixture = *state;
	static const struct ledger_system nothing;

	put_record(fixture, sizeof(fixture->record));
	fake_root_folders(&fixture->root, "run/systemd/system/x");
	collect(fixture, &nothing);
	assert_int_equal(fixture->boot.kind, LEDGER_KIND_BATON);
	assert_old_unknown(fixture, "clock");
	assert_unknown(fixture, LEDGER_FIRST_PROGRAM, "log");
	assert_unknown(fixture, LEDGER_UP, "systemd");
}

static void a_kernel_clock_that_cannot_be_read_says_why(void **state)
{
	struct fixture *fixture = *state;

	answers.clocks.kernel_known = false;
	answers.clocks.kernel_why = "no perf today";
	fake_root_text(&fixture->root, "run/baton/up", "7.250000000\n");
	collect_handoff_record(fixture);
	assert_old_unknown(fixture, "no perf today");
	assert_unknown(fixture, LEDGER_UP, "no perf today");
}

static void factors_that_make_no_sense_are_not_used(void **state)
{
	struct fixture *fixture = *state;

	answers.clocks.factors_known = true;
	answers.clocks.shift = 64;
	answers.clocks.mult = 1;
	collect_handoff_record(fixture);
	assert_old_known(fixture);
}

static void odd_records_of_the_log_are_passed_over(void **state)
{
	static const char odd[] =
		"\n,,,;\nx,1,2,-;y\n6,1\n6,1,99999999999999999999,-;Run /a as init process\n"
		"6,2,18446744073709551615,-;Run /b as init process\n6,3,5,-\n"
		"6,4,6,-;tsc: Detected 2000.00 MHz\n6,5,6,-;tsc: Detected 9999999.000 MHz\n"
		"6,6,7,-;Run /c as init process and more\n6,7,8,-;tsc: Detected \n6,9,8,-;sched_clock: Marking stable (1, 2)->(3, -99999999999999999999)\n"
		"6,9,9,-;sched_clock: Marking stable (1, 2)->(3, -";
	struct kernel_log log = kernel_log_read(bytes_of(odd, sizeof(odd) - 1));

	assert_false(log.first_program_known);
	assert_false(log.whole);
	assert_false(log.start_known);
	assert_int_equal(log.counter_hz, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* As some shells, supervisors and languages leave it to what they start. */
static void a_programs_answer_counts_where_sigchld_was_ignored(void **state)
{
	static const char *const argv[] = {"echo", "word", NULL};
	_cleanup_blob_ struct blob output = {0};

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	assert_ok(ledger_system_live.run(argv, &output));
	assert_int_equal(output.size, 5);
	assert_ptr_equal(signal(SIGCHLD, SIG_DFL), SIG_IGN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_handoff_is_told_with_its_record),
		TEST(stages_come_to_the_axis_by_the_rate_in_the_kernels_log),
		TEST(stages_come_to_the_axis_by_the_kernels_own_factors),
		TEST(without_it_in_the_log_the_rate_is_the_cpus_or_measured),
		TEST(without_the_clocks_correction_its_start_is_unknown_and_the_rest_is_right),
		TEST(a_clock_can_be_behind),
		TEST(what_cannot_be_exact_is_unknown),
		TEST(a_counter_that_may_have_stopped_is_not_believed),
		TEST(times_in_the_wrong_order_are_none),
		TEST(a_stage_that_nobody_noted_says_why),
		TEST(a_record_of_version_1_has_purgatorys_times),
		TEST(a_damaged_record_is_still_batons),
		TEST(without_a_record_the_loader_type_tells_the_kind),
		TEST(a_log_without_its_beginning_says_so),
		TEST(systemd_tells_when_the_system_is_up),
		TEST(systemd_tells_where_the_initrd_ends),
		TEST(the_slowest_units_are_those_of_the_start),
		TEST(a_system_without_an_initrd_begins_with_its_first_program),
		TEST(a_system_that_stays_in_its_initrd_has_no_other),
		TEST(another_init_system_can_mark_it),
		TEST(the_first_mark_counts),
		TEST(a_system_that_cannot_be_asked_is_unknown_all_over),
		TEST(a_kernel_clock_that_cannot_be_read_says_why),
		TEST(factors_that_make_no_sense_are_not_used),
		TEST(odd_records_of_the_log_are_passed_over),
		TEST(a_programs_answer_counts_where_sigchld_was_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
