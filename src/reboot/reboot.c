/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reboot/reboot.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "handoff/handoff.h"
#include "handoff/mailbox.h"
#include "machine/machine.h"

static struct error *run_program(const char *const argv[])
{
	/* An ignored signal stays ignored in the program that replaces us. */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	fflush(NULL);
	execvp(argv[0], (char *const *)argv);
	return error_hint(error_system(errno, "%s", argv[0]),
		"the kernel stays loaded; jump without stopping services by baton reboot --no-load "
		"--now");
}

const struct reboot_system reboot_system_live = {
	.root = "/",
	.calls = &handoff_calls_kernel,
	.run = run_program,
	.interfaces_down = reboot_interfaces_down,
};

static const char *const systemctl_kexec[] = {"systemctl", "kexec", NULL};
static const char *const systemctl_reboot[] = {"systemctl", "reboot", NULL};

/* In order of preference. The last one always applies. */
static const struct reboot_way reboot_ways[] = {
	{
		.name = "systemd",
		.marker = "/run/systemd/system", /* sd_booted(3) */
		.argv = systemctl_kexec,
		.explanation = "systemd stops the services, unmounts and jumps (systemctl kexec)",
	},
	{
		.name = "systemd",
		.marker = "/run/systemd/system",
		.by_module = true,
		.argv = systemctl_reboot,
		.explanation = "systemd stops the services, unmounts and restarts (systemctl "
			       "reboot), which the module turns into the jump",
	},
	{
		.name = "direct",
		.explanation =
			"no service is stopped and nothing is unmounted: sync, then the jump",
	},
};

enum { REBOOT_WAY_COUNT = sizeof(reboot_ways) / sizeof(reboot_ways[0]) };

static bool applies(const struct reboot_way *way, const char *root)
{
	char path[4096];

	if (!way->marker)
		return true;
	if (snprintf(path, sizeof(path), "%s%s", root, way->marker) >= (int)sizeof(path))
		return false;
	return access(path, F_OK) == 0;
}

const struct reboot_way *reboot_choose(
	const struct reboot_system *system, bool now, const struct machine *machine)
{
	bool by_module = machine->module.loaded == TRISTATE_YES;

	for (int i = 0; i < REBOOT_WAY_COUNT - 1; i++)
		if (!now && reboot_ways[i].by_module == by_module &&
			applies(&reboot_ways[i], system->root))
			return &reboot_ways[i];
	return &reboot_ways[REBOOT_WAY_COUNT - 1];
}

/* Something went wrong that is no reason to stay. */
static void tell(struct error *error, void (*warn)(struct error *error, void *data), void *data)
{
	if (error && warn)
		warn(error, data);
	else
		error_free(error);
}

struct error *reboot_go(const struct reboot_system *system, const struct reboot_way *way,
	const struct machine *machine, void (*warn)(struct error *error, void *data), void *data)
{
	if (way->argv) {
		tell(mailbox_mark_asked(system->calls, system->root), warn, data);
		return system->run(way->argv);
	}
	return reboot_jump(
		system, (struct reboot_steps){.no_interfaces_down = true}, machine, warn, data);
}

struct error *reboot_jump(const struct reboot_system *system, struct reboot_steps steps,
	const struct machine *machine, void (*warn)(struct error *error, void *data), void *data)
{
	/* Before the network is taken away for nothing. */
	if (machine_loaded(machine) == TRISTATE_NO)
		return error_new(ERROR_NOT_LOADED,
			"no kernel is loaded for the next reboot; load one first: baton load");
	if (!steps.no_sync)
		system->calls->sync();
	if (!steps.no_interfaces_down)
		tell(system->interfaces_down(), warn, data);
	tell(mailbox_mark_reboot_call(system->calls, system->root), warn, data);
	return handoff_execute(system->calls, machine);
}

struct error *reboot_shutdown(const struct reboot_system *system)
{
	static const char *const argv[] = {"shutdown", "-r", "now", NULL};

	error_free(mailbox_mark_asked(system->calls, system->root));
	return system->run(argv);
}
