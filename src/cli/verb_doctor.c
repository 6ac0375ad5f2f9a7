/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the three ways to start a kernel are open here, and how to open one. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch/arch.h"
#include "cli/print.h"
#include "cli/verbs.h"
#include "plan/plan.h"

enum state {
	STATE_WORKS,
	STATE_CLOSED,  /* there, but something stands in the way */
	STATE_ABSENT,  /* not there; can perhaps be had */
	STATE_UNKNOWN, /* has to be asked as root */
};

struct diagnosis {
	enum method method;
	enum state state;
	char *reason;	    /* owned; NULL for none */
	const char *advice; /* how to open this way; NULL if that is no way out */
};

enum { WAYS = 3 };

static void diagnoses_deinit(struct diagnosis (*ways)[WAYS])
{
	for (int i = 0; i < WAYS; i++)
		free((*ways)[i].reason);
}

static struct error *say(struct diagnosis *way, enum state state, const char *reason)
{
	way->state = state;
	way->reason = strdup(reason);
	return way->reason ? NULL : error_no_memory();
}

/** What closes every way: the administrator's switches. NULL if nothing does. */
static const char *switched_off(const struct machine *machine)
{
	if (machine->kexec.load_disabled == TRISTATE_YES)
		return "kernel.kexec_load_disabled is 1, until the next ordinary reboot";
	if (machine->kexec.limit_reboot == 0)
		return "kernel.kexec_load_limit_reboot is used up, until the next ordinary reboot";
	return NULL;
}

static struct error *look_at_kexec_load(const struct machine *machine, struct diagnosis *way)
{
	const char *off = switched_off(machine);

	if (machine->kexec.has_kexec_load == TRISTATE_NO) {
		way->advice = "boot a kernel with CONFIG_KEXEC=y, as the distributions' own have";
		return say(way, STATE_ABSENT, "this kernel was built without it (CONFIG_KEXEC)");
	}
	if (off)
		return say(way, STATE_CLOSED, off);
	if (machine->lockdown > LOCKDOWN_NONE)
		return say(way, STATE_CLOSED, "the kernel is locked down (secure boot)");
	if (machine->kexec.load_refused)
		return say(way, STATE_CLOSED, "the security policy (IMA) refuses it");
	if (machine->kexec.has_kexec_load == TRISTATE_UNKNOWN)
		return say(way, STATE_UNKNOWN, "only root may ask the kernel");
	return say(way, STATE_WORKS,
		"baton chooses the places, compares digests, skips the decompressor");
}

static struct error *look_at_file_load(const struct machine *machine, struct diagnosis *way)
{
	const char *off = switched_off(machine), *lack = arch_of(machine)->lacks_file_load(machine);

	if (lack)
		return say(way, STATE_ABSENT, lack);
	if (machine->kexec.has_file_load == TRISTATE_NO && machine->kexec.file_load_is_64bit) {
		way->advice = "use a 64-bit baton";
		return say(way, STATE_ABSENT, "the kernel offers it to 64-bit programs only");
	}
	if (machine->kexec.has_file_load == TRISTATE_NO) {
		way->advice = "boot a kernel with CONFIG_KEXEC_FILE=y";
		return say(
			way, STATE_ABSENT, "this kernel was built without it (CONFIG_KEXEC_FILE)");
	}
	if (off)
		return say(way, STATE_CLOSED, off);
	if (machine->kexec.has_file_load == TRISTATE_UNKNOWN)
		return say(way, STATE_UNKNOWN, "only root may ask the kernel");
	if (machine->lockdown > LOCKDOWN_NONE)
		return say(way, STATE_WORKS,
			"for a bzImage that is signed with a key that this kernel trusts");
	return say(way, STATE_WORKS, "for a bzImage; the kernel chooses the places");
}

/** Is the file below the root, in the running kernel's folder of modules? */
static bool has_modules_file(const struct cli *cli, const struct machine *machine, const char *name)
{
	char path[4096];

	return machine->release &&
	       snprintf(path, sizeof(path), "%s/lib/modules/%s/%s", cli->system->reboot.root,
		       machine->release, name) < (int)sizeof(path) &&
	       access(path, F_OK) == 0;
}

static bool module_is_installed(const struct cli *cli, const struct machine *machine)
{
	/* DKMS, make modules_install, and distributions that compress. */
	static const char *const names[] = {"updates/dkms/baton.ko", "updates/dkms/baton.ko.xz",
		"updates/dkms/baton.ko.zst", "updates/baton.ko", "updates/baton.ko.xz",
		"updates/baton.ko.zst", "extra/baton.ko"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (has_modules_file(cli, machine, names[i]))
			return true;
	return false;
}

static struct error *look_for_module_files(
	const struct cli *cli, const struct machine *machine, bool recorded, struct diagnosis *way)
{
	if (recorded)
		return say(way, STATE_ABSENT, "it was not inserted on that machine");
	if (module_is_installed(cli, machine)) {
		way->advice = "insert the module: modprobe baton";
		return say(way, STATE_ABSENT, "it is installed, but not inserted");
	}
	if (has_modules_file(cli, machine, "build/Makefile")) {
		way->advice = "build the module, in baton's folder module: make && "
			      "make modules_install && depmod -a && modprobe baton";
		return say(way, STATE_ABSENT,
			"it is not built for this kernel; the kernel's headers are here");
	}
	way->advice = "install this kernel's headers (Debian: linux-headers-$(uname -r)), then "
		      "build the module, in baton's folder module: make && make modules_install && "
		      "depmod -a && modprobe baton";
	return say(way, STATE_ABSENT,
		"it is not built for this kernel, and the kernel's headers are not here");
}

static struct error *look_at_module(
	const struct cli *cli, const struct machine *machine, bool recorded, struct diagnosis *way)
{
	const char *off = switched_off(machine);
	char root_modules[4096];

	if (off)
		return say(way, STATE_CLOSED, off);
	if (machine->lockdown > LOCKDOWN_NONE)
		return say(way, STATE_CLOSED,
			"the kernel is locked down: the module then takes nothing");
	if (machine->module.present) {
		const char *obstacle = machine_module_obstacle(machine);

		return obstacle ? say(way, STATE_CLOSED, obstacle)
				: say(way, STATE_WORKS, "an ordinary restart becomes the handoff");
	}
	snprintf(root_modules, sizeof(root_modules), "%s/proc/modules", cli->system->reboot.root);
	if (!recorded && access(root_modules, F_OK) != 0)
		return say(way, STATE_CLOSED, "this kernel takes no modules (CONFIG_MODULES)");
	return look_for_module_files(cli, machine, recorded, way);
}

static const char *state_name(enum state state)
{
	static const char *const names[] = {
		[STATE_WORKS] = "yes",
		[STATE_CLOSED] = "closed",
		[STATE_ABSENT] = "no",
		[STATE_UNKNOWN] = "unknown",
	};

	return names[state];
}

/** The first one that is @state, in the order in which baton chooses; NULL for none. */
static const struct diagnosis *first_that(const struct diagnosis ways[WAYS], enum state state)
{
	for (int i = 0; i < WAYS; i++)
		if (ways[i].state == state)
			return &ways[i];
	return NULL;
}

static void print_diagnoses(const struct cli *cli, const struct diagnosis ways[WAYS])
{
	static const char *const labels[WAYS] = {"kexec_load", "file_load", "module"};
	const struct diagnosis *best = first_that(ways, STATE_WORKS);
	bool advised = false;

	for (int i = 0; i < WAYS; i++) {
		print_label(cli, labels[i]);
		printf("%s%s%s: ",
			style_out(cli, ways[i].state == STATE_WORKS ? STYLE_GOOD : STYLE_WARN),
			state_name(ways[i].state), style_out(cli, STYLE_PLAIN));
		print_escaped(stdout, ways[i].reason);
		putchar('\n');
	}
	print_label(cli, "To do next");
	if (best) {
		printf("nothing: baton load works, by %s\n", method_name(best->method));
		return;
	}
	if (first_that(ways, STATE_UNKNOWN)) {
		puts("sudo baton doctor knows more");
		return;
	}
	for (int i = WAYS - 1; i >= 0; i--) {
		if (!ways[i].advice)
			continue;
		if (advised)
			print_label(cli, "or");
		puts(ways[i].advice);
		advised = true;
	}
	if (!advised)
		puts("an ordinary reboot; nothing opens a way on this system while it runs");
}

static void print_diagnoses_json(const struct diagnosis ways[WAYS])
{
	struct json_object *object = json_object_new_object();
	const struct diagnosis *best = first_that(ways, STATE_WORKS);
	struct json_object *array;

	json_add_number(object, "schema", JSON_SCHEMA);
	json_add_text(object, "best", best ? method_name(best->method) : NULL);
	array = json_add_array(object, "ways");
	for (int i = 0; i < WAYS; i++) {
		struct json_object *way = json_push_object(array);

		json_add_text(way, "name", method_name(ways[i].method));
		json_add_text(way, "state", state_name(ways[i].state));
		json_add_text(way, "reason", ways[i].reason);
		json_add_text(way, "advice", ways[i].advice);
	}
	json_print(object);
}

static struct error *diagnose(
	struct cli *cli, const struct options *options, struct diagnosis ways[WAYS])
{
	_cleanup_machine_ struct machine machine = {0};
	_cleanup_source_ struct source *source = NULL;

	TRY(read_machine(cli, options->choice.job.record, &source, &machine));
	TRY(look_at_kexec_load(&machine, &ways[0]));
	TRY(look_at_file_load(&machine, &ways[1]));
	TRY(look_at_module(cli, &machine, options->choice.job.record, &ways[2]));
	if (cli->json)
		print_diagnoses_json(ways);
	else if (!cli->quiet)
		print_diagnoses(cli, ways);
	if (first_that(ways, STATE_WORKS) || first_that(ways, STATE_UNKNOWN))
		return NULL;
	/* Everything was said. */
	cli->silent = true;
	return error_new(ERROR_OTHER, "no way to start a kernel is open");
}

struct error *verb_doctor(struct cli *cli, struct options *options, const char *argument)
{
	struct diagnosis ways[WAYS] = {{.method = METHOD_KEXEC_LOAD}, {.method = METHOD_FILE_LOAD},
		{.method = METHOD_MODULE}};
	struct error *error = diagnose(cli, options, ways);

	diagnoses_deinit(&ways);
	return error;
}
