/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/check_start.h"
#include "cli/print.h"
#include "cli/verbs.h"
#include "store/prepared.h"

/** --no-load goes with what is there, so that nothing may be asked of the load. */
static struct error *check_loaded(
	const struct cli *cli, const struct options *options, struct prepared *prepared)
{
	const struct choice *choice = &options->choice;

	if (choice->kernel || choice->initrd_count || choice->append ||
		choice->request.command_line || choice->request.reuse_command_line ||
		choice->no_initrd || choice->says_how || choice->via_option)
		return error_new(ERROR_USAGE,
			"--no-load starts what is loaded already; leave out --no-load to load another "
			"kernel, or what says how to load");
	read_loaded(cli, &prepared->machine);
	if (machine_loaded(&prepared->machine) == TRISTATE_NO)
		return error_new(ERROR_NOT_LOADED,
			"no kernel is loaded for the next reboot; leave out --no-load to load the "
			"default one");
	return check_start_loaded(cli, choice);
}

/** Once for each kernel: at every reboot it would be noise. */
static void print_hint(const struct cli *cli, const struct prepared *prepared)
{
	if (!cli->json && !cli->quiet && is_installed_unprepared(prepared) &&
		prepared_hint_wanted(
			cli->system->reboot.root, &prepared->image, payload_of_prepared(prepared)))
		puts(PREPARE_HINT);
}

/** A load takes seconds, in which somebody may have begun what must not be interrupted. */
static struct error *load_and_check(
	struct cli *cli, struct choice *choice, struct reboot_wish wish, struct prepared *ret)
{
	TRY(load_now(cli, choice, ret));
	print_hint(cli, ret);
	return error_hint(reboot_check(&cli->system->reboot, wish, cli_warn, cli),
		"the kernel stays loaded: baton reboot --no-load");
}

struct error *verb_reboot(struct cli *cli, struct options *options, const char *argument)
{
	_cleanup_prepared_ struct prepared prepared = {0};
	const struct reboot_wish wish = {
		.now = options->now,
		.ignore_inhibitors = options->ignore_inhibitors,
	};
	const struct reboot_way *way;

	if (options->dry_run && options->no_load)
		return error_new(ERROR_USAGE, "--dry-run and --no-load: there is nothing to plan");
	if (options->dry_run)
		return verb_plan(cli, options, argument);
	if (options->no_load && argument)
		options->choice.kernel = argument;
	else
		TRY(options_finish(options, argument));
	TRY(refuse_record(options, "reboot"));
	TRY(cli_check_permission(cli, "baton reboot"));
	TRY(reboot_check(&cli->system->reboot, wish, cli_warn, cli));
	if (options->no_load)
		TRY(check_loaded(cli, options, &prepared));
	else
		TRY(load_and_check(cli, &options->choice, wish, &prepared));
	way = reboot_choose(&cli->system->reboot, wish, &prepared.machine);
	cli_warn(mailbox_mark_command(cli->system->reboot.calls, cli->system->reboot.root,
			 cli->system->started, !options->no_load),
		cli);
	if (!cli->json && !cli->quiet)
		printf("Rebooting: %s.\n", way->explanation);
	fflush(stdout);
	return reboot_go(&cli->system->reboot, way, wish, &prepared.machine, cli_warn, cli);
}
