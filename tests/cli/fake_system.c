/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command lines on a system that writes each call into the file FAKE_LOG instead of making it.
 *
 *	FAKE_ROOT=DIR FAKE_LOG=FILE fake-system baton|kexec ARGUMENT...
 *
 * FAKE_RIGHTS: "root" (the default), "contained" (root without CAP_SYS_BOOT) or "user".
 * FAKE_ERRNO: number that kexec_load and kexec_file_load fail with.
 * FAKE_UNPACK: also write down that kernel and initrd are unpacked.
 * FAKE_DECIDE: also write down that a method is chosen, and that it is looked for hazards.
 * FAKE_DOWN_ERRNO: number that taking the interfaces down fails with.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86/direct.h"
#include "cli/cli.h"
#include "handoff/handoff.h"
#include "plan/method.h"
#include "plan/unpack.h"

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
	FILE *log = fopen(getenv("FAKE_LOG"), "a");
	va_list arguments;

	if (!log)
		abort();
	va_start(arguments, format);
	vfprintf(log, format, arguments);
	va_end(arguments);
	fputc('\n', log);
	fclose(log);
}

/* The linker puts the one in the place of the other (--wrap in src/cli/meson.build). */
__typeof__(plan_unpack) __real_plan_unpack, __wrap_plan_unpack;

struct error *__wrap_plan_unpack(const struct question *question, const struct decision *decision,
	struct unpacked_kernel *kernel, struct initrd *initrd)
{
	if (getenv("FAKE_UNPACK"))
		note("unpack");
	return __real_plan_unpack(question, decision, kernel, initrd);
}

__typeof__(method_choose) __real_method_choose, __wrap_method_choose;

struct error *__wrap_method_choose(const struct question *question, struct decision *decision)
{
	if (getenv("FAKE_DECIDE"))
		note("method");
	return __real_method_choose(question, decision);
}

__typeof__(direct_hazard) __real_direct_hazard, __wrap_direct_hazard;

const char *__wrap_direct_hazard(const struct question *question, const char *command_line)
{
	if (getenv("FAKE_DECIDE"))
		note("hazards");
	return __real_direct_hazard(question, command_line);
}

static int number(const char *name)
{
	const char *text = getenv(name);

	return text ? atoi(text) : 0;
}

static int fake_kexec_load(uint64_t entry, unsigned long count,
	const struct kexec_segment_abi *segments, unsigned long flags)
{
	note("kexec_load %s flags=0x%lx", count ? "load" : "unload", flags & 0xffff);
	return -number("FAKE_ERRNO");
}

static int fake_kexec_file_load(int kernel_fd, int initrd_fd, unsigned long size,
	const char *command_line, unsigned long flags)
{
	note("kexec_file_load %s flags=0x%lx", flags & 1 ? "unload" : "load", flags);
	return -number("FAKE_ERRNO");
}

static int fake_reboot(void)
{
	note("reboot");
	return 0;
}

static int fake_crash_loaded(void)
{
	return 0;
}

static void fake_sync(void)
{
	note("sync");
}

static struct error *fake_run(const char *const argv[])
{
	char line[512] = "run";

	for (; *argv; argv++) {
		size_t used = strlen(line);

		snprintf(line + used, sizeof(line) - used, " %s", *argv);
	}
	note("%s", line);
	return NULL;
}

static struct error *fake_interfaces_down(void)
{
	int failed = number("FAKE_DOWN_ERRNO");

	note("interfaces down");
	return failed ? error_system(failed, "eth0") : NULL;
}

static struct error *fake_read_only(const char *root)
{
	note("read-only");
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct handoff_calls calls = {
		.kexec_load = fake_kexec_load,
		.kexec_file_load = fake_kexec_file_load,
		.reboot_kexec = fake_reboot,
		.sync = fake_sync,
		.crash_loaded = fake_crash_loaded,
	};
	static const struct ledger_system nothing_to_ask = {0};
	const char *rights = getenv("FAKE_RIGHTS") ? getenv("FAKE_RIGHTS") : "root";
	const struct cli_system system = {
		.reboot =
			{
				.root = getenv("FAKE_ROOT"),
				.calls = &calls,
				.run = fake_run,
				.interfaces_down = fake_interfaces_down,
				.read_only = fake_read_only,
			},
		.ledger = &nothing_to_ask,
		.may_reboot = strcmp(rights, "root") == 0,
		.is_root = strcmp(rights, "user") != 0,
	};

	if (argc < 2 || !system.reboot.root || !getenv("FAKE_LOG"))
		return 97;
	if (strcmp(argv[1], "kexec") == 0)
		return cli_run(kexec_main, argc - 1, argv + 1, &system);
	return cli_run(baton_main, argc - 1, argv + 1, &system);
}
