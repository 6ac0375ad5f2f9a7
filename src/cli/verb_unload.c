/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/print.h"
#include "cli/verbs.h"
#include "job/load.h"

struct error *verb_unload(struct cli *cli, struct options *options, const char *argument)
{
	_cleanup_machine_ struct machine machine = {0};
	_cleanup_source_ struct source *source = NULL;
	enum target target = options->choice.job.request.target;
	const struct job_system system = cli_job_system(cli);
	bool crash = target == TARGET_CRASH;

	TRY(cli_check_permission(cli, "baton unload"));
	TRY(read_machine(cli, NULL, &source, &machine));
	if ((crash ? machine.kexec.crash_loaded : machine_loaded(&machine)) == TRISTATE_NO)
		return error_new(ERROR_NOT_LOADED, "no kernel is loaded for %s%s",
			crash ? "a crash" : "the next reboot",
			!crash && machine.kexec.crash_loaded == TRISTATE_YES
				? "; the one for a crash is unloaded with --crash"
				: "");
	TRY(job_unload(&system, target, METHOD_AUTO, &machine));
	if (cli->json) {
		struct json_object *object = json_object_new_object();

		json_add_number(object, "schema", JSON_SCHEMA);
		json_add_bool(object, "loaded", false);
		json_add_text(object, "target", target_text(target));
		json_print(object);
	} else if (!cli->quiet) {
		printf("Unloaded what was loaded for %s.\n", crash ? "a crash" : "the next reboot");
	}
	return NULL;
}
