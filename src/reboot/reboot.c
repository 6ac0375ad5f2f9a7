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
#include "reboot/file_systems.h"
#include "reboot/inhibitors.h"
#include "reboot/program.h"

static struct error *run_program(const char *const argv[])
{
	/* An ignored signal stays ignored in the program that replaces us. */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	fflush(NULL);
	execv(argv[0], (char *const *)argv);
	return error_hint(error_system(errno, "%s", argv[0]),
		"the kernel stays loaded; jump without stopping services by baton reboot --no-load "
		"--now");
}

const struct reboot_system reboot_system_live = {
	.root = "/",
	.calls = &handoff_calls_kernel,
	.run = run_program,
	.interfaces_down = reboot_interfaces_down,
	.read_only = file_systems_read_only,
};

/* sd_booted(3) */
static const char systemd_runs[] = "/run/systemd/system";

/* In order of preference. The last one always applies. */
static const struct reboot_way reboot_ways[] = {
	{
		.name = "systemd",
		.marker = systemd_runs,
		.systemctl = "kexec",
		.target = "kexec.target",
		.explanation = "systemd stops the services, unmounts and jumps (systemctl kexec)",
	},
	{
		.name = "systemd",
		.marker = systemd_runs,
		.by_module = true,
		.systemctl = "reboot",
		.target = "reboot.target",
		.explanation = "systemd stops the services, unmounts and restarts (systemctl "
			       "reboot), which the module turns into the jump",
	},
	{
		.name = "direct",
		.explanation = "no service is stopped: disks are written back and made read-only, "
			       "then the jump",
	},
};

enum { REBOOT_WAY_COUNT = sizeof(reboot_ways) / sizeof(reboot_ways[0]) };

static bool is_there(const char *root, const char *marker)
{
	char path[4096];

	if (!marker)
		return true;
	if (snprintf(path, sizeof(path), "%s%s", root, marker) >= (int)sizeof(path))
		return false;
	return access(path, F_OK) == 0;
}

const struct reboot_way *reboot_choose(
	const struct reboot_system *system, struct reboot_wish wish, const struct machine *machine)
{
	bool by_module = machine->module.loaded == TRISTATE_YES;

	for (int i = 0; i < REBOOT_WAY_COUNT - 1; i++)
		if (!wish.now && reboot_ways[i].by_module == by_module &&
			is_there(system->root, reboot_ways[i].marker))
			return &reboot_ways[i];
	return &reboot_ways[REBOOT_WAY_COUNT - 1];
}

struct error *reboot_check(
	const struct reboot_system *system, struct reboot_wish wish, reboot_warn warn, void *data)
{
	struct program_path program;

	if (!is_there(system->root, systemd_runs))
		return NULL;
	if (!wish.now)
		TRY(error_hint(program_find(system->root, &program_systemctl, &program),
			"baton reboot --now stops no services"));
	return wish.ignore_inhibitors ? NULL : inhibitors_check(system->root, warn, data);
}

/* Something went wrong that is no reason to stay. */
static void tell(struct error *error, reboot_warn warn, void *data)
{
	if (error && warn)
		warn(error, data);
	else
		error_free(error);
}

struct error *reboot_go(const struct reboot_system *system, const struct reboot_way *way,
	struct reboot_wish wish, const struct machine *machine, reboot_warn warn, void *data)
{
	const char *argv[] = {NULL, way->systemctl, wish.ignore_inhibitors ? "-i" : NULL, NULL};
	/*
	 * From 257 on systemctl asks logind, which does not let root go ahead against an inhibitor,
	 * its -i or not, where there is no polkit to say that it may. Then systemd itself is asked
	 * for what logind would have it do.
	 */
	const char *past_logind[] = {
		NULL, "start", "--job-mode=replace-irreversibly", "--no-block", way->target, NULL};
	struct program_path program;
	bool past = false;

	if (!way->systemctl)
		return reboot_jump(system,
			(struct reboot_steps){.no_interfaces_down = true, .end_disks = true},
			machine, warn, data);
	TRY(program_find(system->root, &program_systemctl, &program));
	argv[0] = past_logind[0] = program.text;
	if (wish.ignore_inhibitors)
		past = inhibitors_are_there(system->root);
	tell(mailbox_mark_asked(system->calls, system->root), warn, data);
	return system->run(past ? past_logind : argv);
}

struct error *reboot_jump(const struct reboot_system *system, struct reboot_steps steps,
	const struct machine *machine, reboot_warn warn, void *data)
{
	struct error *error;

	/* Before the network is taken away for nothing. */
	if (machine_loaded(machine) == TRISTATE_NO)
		return error_new(ERROR_NOT_LOADED,
			"no kernel is loaded for the next reboot; load one first: baton load");
	if (!steps.no_sync)
		tell(write_back(system->root, system->calls->sync, steps.end_disks), warn, data);
	if (!steps.no_interfaces_down)
		tell(system->interfaces_down(), warn, data);
	if (steps.end_disks)
		tell(system->read_only(system->root), warn, data);
	tell(mailbox_mark_reboot_call(system->calls, system->root), warn, data);
	error = handoff_execute(system->calls, machine);
	return steps.end_disks
		       ? error_hint(error,
				 "file systems are read-only now: restart in another way, or "
				 "make them writable by mount -o remount,rw")
		       : error;
}

struct error *reboot_shutdown_check(
	const struct reboot_system *system, reboot_warn warn, void *data)
{
	struct program_path program;

	if (is_there(system->root, systemd_runs))
		return reboot_check(system, (struct reboot_wish){0}, warn, data);
	return error_hint(program_find(system->root, &program_shutdown, &program),
		"baton reboot needs no such program");
}

struct error *reboot_shutdown(const struct reboot_system *system, const struct machine *machine,
	reboot_warn warn, void *data)
{
	const struct reboot_wish wish = {0};
	struct program_path program;
	const char *const argv[] = {program.text, "-r", "now", NULL};

	if (is_there(system->root, systemd_runs))
		return reboot_go(
			system, reboot_choose(system, wish, machine), wish, machine, warn, data);
	TRY(program_find(system->root, &program_shutdown, &program));
	tell(mailbox_mark_asked(system->calls, system->root), warn, data);
	return system->run(argv);
}
