/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kexec: the drop-in for kexec-tools' program. The same options, in the same order of effect, and
 * the same exit statuses; its messages are baton's own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/kexec/kexec_options.h"
#include "cli/print.h"
#include "cli/verbs.h"

#include "handoff/handoff.h"
#include "handoff/mailbox.h"
#include "job/load.h"
#include "job/machine.h"
#include "store/loaded.h"
#include "store/prepared.h"

/* Exit statuses, documented in kexec(8). */
enum {
	KEXEC_OK = 0,
	KEXEC_USAGE = 1,
	KEXEC_LOADED = 1, /* -S */
	KEXEC_NO_FILE_LOAD = 253,
	KEXEC_NO_RESERVATION = 254,
	KEXEC_FAILED = 255,
};

/** What is the status of an error that nothing more is known about? */
static int status_of(const struct error *error)
{
	if (!error)
		return KEXEC_OK;
	return error_code(error) == ERROR_USAGE ? KEXEC_USAGE : KEXEC_FAILED;
}

static void print_help(void)
{
	printf("kexec (baton) starts a new Linux kernel from the running one.\n\n"
	       "Usage: kexec [OPTION]... [KERNEL]\n\n"
	       "With no action, KERNEL is loaded, and the init system ends the system and starts it.\n"
	       "The manual is kexec(8); `baton reboot` does the same with fewer things to know.\n\n"
	       "Options:\n");
	kexec_options_print();
}

/** -S */
static int tell_status(
	struct cli *cli, const struct kexec_options *options, struct error **ret_error)
{
	_cleanup_machine_ struct machine machine = {0};
	_cleanup_source_ struct source *source = NULL;
	enum tristate loaded;

	*ret_error = read_machine(cli, options->choice.job.record, &source, &machine);
	if (*ret_error)
		return KEXEC_FAILED;
	loaded = options->load_seen ? machine_loaded(&machine) : machine.kexec.crash_loaded;
	if (loaded != TRISTATE_UNKNOWN)
		return loaded == TRISTATE_YES ? KEXEC_LOADED : KEXEC_OK;
	*ret_error = error_new(ERROR_OTHER,
		"-S: %s cannot be read; is the kernel built without kexec?",
		options->load_seen ? "/sys/kernel/kexec_loaded" : "/sys/kernel/kexec_crash_loaded");
	return KEXEC_FAILED;
}

static struct error *print_crash_size(struct cli *cli, const struct kexec_options *options)
{
	_cleanup_machine_ struct machine machine = {0};
	_cleanup_source_ struct source *source = NULL;

	TRY(read_machine(cli, options->choice.job.record, &source, &machine));
	printf("%llu\n", (unsigned long long)machine.kexec.crash_size);
	return NULL;
}

/** What the options say together, and the one argument. */
static struct error *finish(struct kexec_options *options, int argc, char **argv, int rest)
{
	struct choice *choice = &options->choice;
	bool crash = choice->job.request.target == TARGET_CRASH;
	const char *argument = rest < argc ? argv[rest] : NULL;

	if (rest + 1 < argc)
		return error_new(ERROR_USAGE, "%s: one kernel is loaded, and it is %s already",
			argv[rest + 1], argument);
	if (options->status || options->print_crash_size)
		options->load = false;
	else if (!options->any_action)
		options->load = true;
	if (argument && !options->load)
		return error_new(ERROR_USAGE,
			"%s: nothing is loaded by -e or -u; load it by -l first, or use -f for both at "
			"once",
			argument);
	if (options->load && !argument)
		return error_new(ERROR_USAGE,
			"no kernel was named; as in kexec -l /boot/vmlinuz-VERSION "
			"--initrd=FILE --reuse-cmdline");
	if ((options->hotplug || options->core_headers) && !crash)
		return error_new(ERROR_USAGE, "--%s: only for a crash kernel (-p)",
			options->hotplug	 ? "hotplug"
			: options->other_headers ? "elf32-core-headers"
						 : "elf64-core-headers");
	if (choice->job.record && !options->dry_run && !options->status &&
		!options->print_crash_size)
		return error_new(ERROR_USAGE,
			"--machine: only with --dry-run, -S or --print-ckr-size; a plan for a recorded "
			"machine cannot be carried out on this one");
	if (options->json && !options->dry_run)
		return error_new(ERROR_USAGE, "--json: only with --dry-run");
	if (options->dry_run && !options->load)
		return error_new(ERROR_USAGE, "--dry-run: only a load can be planned");
	choice->job.kernel = argument;
	return NULL;
}

static void show_plan(
	const struct cli *cli, const struct kexec_options *options, const struct job *job)
{
	struct json_object *object;

	if (!options->json) {
		print_plan(cli, job, options->dry_run);
		return;
	}
	object = json_object_new_object();
	json_add_plan(object, job, true);
	json_print(object);
}

/** The exit status of a load that failed, with what was known by then. */
static int failed_load(
	const struct kexec_options *options, const struct job *job, const struct error *error)
{
	bool by_file = options->choice.job.request.method == METHOD_FILE_LOAD;

	if (by_file && options->choice.via_option && job->machine_known &&
		(job->machine.kexec.has_file_load == TRISTATE_NO || error_errno(error) == ENOSYS))
		return KEXEC_NO_FILE_LOAD;
	return status_of(error);
}

/** -p without crashkernel= on the running kernel's command line. */
static bool lacks_reservation(const struct kexec_options *options, const struct machine *machine)
{
	return options->choice.job.request.target == TARGET_CRASH && !machine->kexec.crash_size &&
	       !range_set_total(&machine->crash_reserved);
}

/** Plan, and check what only the machine can tell. */
static int plan(
	struct cli *cli, struct kexec_options *options, struct job *job, struct error **ret_error)
{
	_cleanup_progress_ struct progress *progress = progress_start(cli);

	options->choice.job.request.describe_only = options->dry_run;
	options->choice.job.hotplug = options->hotplug;
	/* Scripts have no way to lift a refusal that kexec-tools does not know. */
	options->choice.job.warn_of_start = true;
	*ret_error = choice_plan(cli, &options->choice, progress, job);
	/* The machine was read first, so that a missing reservation is told before anything else.
	 */
	if (job->machine_known && lacks_reservation(options, &job->machine)) {
		error_free(*ret_error);
		*ret_error = error_new(ERROR_UNSUPPORTED,
			"no memory is reserved for a crash kernel; boot with crashkernel=256M and try "
			"again");
		return KEXEC_NO_RESERVATION;
	}
	return *ret_error ? failed_load(options, job, *ret_error) : KEXEC_OK;
}

static int load(
	struct cli *cli, struct kexec_options *options, struct job *job, struct error **ret_error)
{
	int status = plan(cli, options, job, ret_error);

	/* Also after a failure: what is not known about the machine may be why. */
	if (status || !options->dry_run)
		tell_warnings(cli, job);
	if (status)
		return status;
	if (options->dry_run || options->debug)
		show_plan(cli, options, job);
	if (options->dry_run)
		return KEXEC_OK;
	*ret_error = load_job(cli, job);
	if (*ret_error)
		return failed_load(options, job, *ret_error);
	/* Once for each kernel: scripts call this at every reboot. */
	if (is_installed_unprepared(job) &&
		prepared_hint_wanted(cli->system->reboot.root, &job->image, job_payload(job)))
		fprintf(stderr, "%s: %s\n", cli->program, PREPARE_HINT);
	return KEXEC_OK;
}

static struct error *unload(struct cli *cli, const struct kexec_options *options)
{
	_cleanup_machine_ struct machine machine = {0};
	_cleanup_source_ struct source *source = NULL;
	const struct job_system system = cli_job_system(cli);

	TRY(read_machine(cli, NULL, &source, &machine));
	return job_unload(&system, options->choice.job.request.target,
		options->choice.job.request.method, &machine);
}

/** For the ledger: this is the command that ends the old system. */
static void mark_command(struct cli *cli, bool just_loaded)
{
	const struct cli_system *system = cli->system;

	cli_warn(mailbox_mark_command(
			 system->reboot.calls, system->reboot.root, system->started, just_loaded),
		cli);
}

static struct error *execute(
	struct cli *cli, const struct kexec_options *options, const struct job *job)
{
	struct reboot_steps steps = {
		.no_sync = options->no_sync,
		.no_interfaces_down = options->no_interfaces_down,
	};
	const struct job_system system = cli_job_system(cli);
	struct machine machine = {0};

	if (!reboot_is_under_way(&cli->system->reboot))
		mark_command(cli, job->machine_known);
	fflush(stdout);
	if (job->machine_known)
		return reboot_jump(&cli->system->reboot, steps, &job->machine, cli_warn, cli);
	job_read_loaded(&system, &machine);
	return reboot_jump(&cli->system->reboot, steps, &machine, cli_warn, cli);
}

/**
 * Tell what has no effect with these actions. No error: `kexec -e` runs at the end of a shutdown,
 * when nobody is there to correct it.
 */
static void warn_of_no_effect(struct cli *cli, const struct kexec_options *options)
{
	const struct choice *choice = &options->choice;

	if (!options->load &&
		(choice->append || choice->job.initrd_count || choice->says_how ||
			choice->needs_file_load || choice->job.request.reuse_command_line))
		cli_warn(
			error_new(ERROR_USAGE,
				"what says how to load has no effect, as no kernel is loaded here"),
			cli);
	if (options->other_headers)
		cli_warn(
			error_new(ERROR_USAGE,
				"--elf32-core-headers: the kernel makes the crash kernel's core headers, "
				"and makes them 64-bit"),
			cli);
	if (options->memmap_words)
		cli_warn(
			error_new(ERROR_USAGE,
				"--pass-memmap-cmdline: the memory map is passed in boot_params, where "
				"every kernel reads it, and not on the command line"),
			cli);
	if (!options->execute && (options->no_sync || options->no_interfaces_down))
		cli_warn(error_new(ERROR_USAGE, "-x and -y have no effect without -e or -f"), cli);
}

/** The automatic mode's second half. Loading takes its time, and what began in it counts as well.
 */
static struct error *end_system(struct cli *cli, const struct job *job)
{
	const struct reboot_system *system = &cli->system->reboot;

	TRY(error_hint(reboot_shutdown_check(system, cli_warn, cli),
		"the kernel stays loaded: baton reboot --no-load starts it"));
	mark_command(cli, true);
	return reboot_shutdown(system, &job->machine, cli_warn, cli);
}

/** Unload, load, execute, as far as each was asked for. */
static int act(struct cli *cli, struct kexec_options *options, struct error **ret_error)
{
	_cleanup_job_ struct job job = {0};
	int status;

	if (!options->dry_run)
		*ret_error = cli_check_permission(cli, options->load	 ? "loading a kernel"
						       : options->unload ? "unloading a kernel"
									 : "starting a kernel");
	if (!*ret_error && !options->any_action && !options->dry_run)
		*ret_error = error_hint(reboot_shutdown_check(&cli->system->reboot, cli_warn, cli),
			"nothing was loaded, which kexec -l does alone");
	if (!*ret_error && options->unload && !options->dry_run)
		*ret_error = unload(cli, options);
	if (*ret_error)
		return status_of(*ret_error);
	if (options->load) {
		status = load(cli, options, &job, ret_error);
		if (status || options->dry_run)
			return status;
	}
	if (options->execute)
		*ret_error = execute(cli, options, &job);
	else if (!options->any_action)
		*ret_error = end_system(cli, &job);
	return status_of(*ret_error);
}

static int run(struct cli *cli, int argc, char **argv, struct error **ret_error)
{
	/* Scripts know what they gave: no word of our own beside it. */
	_cleanup_kexec_options_ struct kexec_options options = {
		.choice.job.request.unmarked = true};
	int rest;

	*ret_error = kexec_options_read(argc, argv, &options, &rest);
	if (*ret_error)
		return KEXEC_USAGE;
	if (options.help) {
		print_help();
		return KEXEC_OK;
	}
	if (options.version) {
		printf("kexec (baton) %s\n", BATON_VERSION);
		return KEXEC_OK;
	}
	*ret_error = finish(&options, argc, argv, rest);
	if (*ret_error)
		return KEXEC_USAGE;
	cli->verbose = options.debug;
	cli->show_addresses = options.show_addresses;
	if (options.status)
		return tell_status(cli, &options, ret_error);
	if (options.print_crash_size) {
		*ret_error = print_crash_size(cli, &options);
		return status_of(*ret_error);
	}
	warn_of_no_effect(cli, &options);
	return act(cli, &options, ret_error);
}

int kexec_main(int argc, char **argv, const struct cli_system *system)
{
	struct cli cli = {.program = "kexec", .system = system};
	_cleanup_error_ struct error *error = NULL;
	_cleanup_error_ struct error *output = NULL;
	int status;

	cli_choose_color(&cli, COLOR_AUTO);
	status = run(&cli, argc, argv, &error);
	if (error)
		cli_tell_error(&cli, error);
	output = cli_close_output();
	if (output && !error) {
		cli_tell_error(&cli, output);
		status = KEXEC_USAGE;
	}
	return status;
}
