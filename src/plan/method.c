/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/method.h"

#include "arch/arch.h"
#include "base/error.h"
#include "decision/decision.h"
#include "decision/question.h"
#include "image/image.h"
#include "machine/machine.h"
#include "plan/plan.h"

static bool asks_no_digests(const struct request *request)
{
	return request->no_verify;
}

static bool asks_screen(const struct request *request)
{
	return request->screen == SCREEN_REUSE;
}

static bool asks_console(const struct request *request)
{
	return request->console;
}

/*
 * What only kexec_load can do, because with kexec_file_load the kernel builds boot_params, chooses
 * the addresses and brings its own purgatory. NULL if nothing of the kind was asked for.
 */
static const char *needs_kexec_load(const struct question *question)
{
	const struct request *request = question->request;
	if (question->image->kind != IMAGE_BZIMAGE)
		return "an ELF kernel, which kexec_file_load does not take";
	if (request->entry_choice == ENTRY_DIRECT)
		return "direct entry";
	if (request->no_efi)
		return "hiding the EFI";
	if (request->screen == SCREEN_NONE)
		return "leaving out the screen information";
	if (request->memory_min || request->memory_max)
		return "bounds on memory addresses";
	if (request->has_entry)
		return "an entry address";
	return arch_of(question->machine)->needs_kexec_load(question);
}

/*
 * What is about the way to the next kernel and not about what comes of it. kexec_load is taken for
 * it where both calls are open; where not, the plan does without and says so.
 */
static const struct {
	bool (*is_asked)(const struct request *request);
	const char *what;
	const char *instead; /* with kexec_file_load */
} preferences[] = {
	{asks_no_digests, "leaving the digests out",
		"the kernel compares its own digests before the jump all the same"},
	{asks_screen, "choosing the screen information",
		"the kernel hands on the screen information that it was given, in any case"},
	{asks_console, "purgatory's console",
		"nothing is printed before the jump and no screen reset: the kernel's own purgatory "
		"does neither"},
};

/* Why kexec_load is preferred; NULL if nothing asks for it. */
static const char *prefers_kexec_load(const struct request *request)
{
	for (size_t i = 0; i < sizeof(preferences) / sizeof(preferences[0]); i++)
		if (preferences[i].is_asked(request))
			return preferences[i].what;
	return NULL;
}

static void note_left_out(const struct request *request, struct notes *notes)
{
	for (size_t i = 0; i < sizeof(preferences) / sizeof(preferences[0]); i++)
		if (preferences[i].is_asked(request))
			note_add(notes, NOTE_WARNING, "%s is not for kexec_file_load: %s",
				preferences[i].what, preferences[i].instead);
}

/* The next kernel's list begins anew, and then explains the TPM's register no longer. */
static bool loses_measurements(const struct machine *machine)
{
	return machine_measures(machine) && machine->ima.tpm;
}

static void warn_of_measurements(const struct question *question, struct decision *decision)
{
	const struct machine *machine = question->machine;
	bool carried = decision->method == METHOD_FILE_LOAD && machine->ima.carried != TRISTATE_NO;

	if (question->request->target == TARGET_CRASH || decision->method == METHOD_ELF || carried)
		return;
	if (machine->ima.hidden)
		note_add(&decision->notes, NOTE_NOT_CHECKED,
			"whether IMA has a list of measurements that would be lost while the TPM goes "
			"on from it: securityfs is not mounted (/sys/kernel/security)");
	else if (loses_measurements(machine))
		note_add(&decision->notes, NOTE_WARNING,
			"IMA's list of measurements is lost with this handoff, but the TPM goes on from "
			"them: attestation fails until the next boot through firmware; %s",
			machine->ima.carried == TRISTATE_NO
				? "only a kernel with CONFIG_IMA_KEXEC hands the list on"
				: "kexec_file_load would hand the list on");
}

/* Why this machine wants kexec_file_load; NULL if it does not care. */
static const char *wants_file_load(const struct machine *machine)
{
	if (machine->lockdown > LOCKDOWN_NONE)
		return "the kernel is locked down, and then takes signed images by kexec_file_load "
		       "only";
	if (machine->efi.secure_boot == TRISTATE_YES)
		return "secure boot is on";
	if (machine->kexec.load_refused)
		return "the security policy (IMA) refuses kexec_load";
	if (machine->kho_active == TRISTATE_YES)
		return "kexec handover is active, and only kexec_file_load passes it on";
	if (loses_measurements(machine) && machine->ima.carried != TRISTATE_NO)
		return "IMA's list of measurements is handed on with kexec_file_load only, and the "
		       "TPM keeps a sum of them";
	if (machine->confidential_guest)
		return "this is a confidential guest (SEV or TDX), where only the kernel knows how "
		       "to prepare memory";
	if (machine->memory_encryption)
		return "memory encryption (SME) is active";
	if (machine->cpu_unknown)
		return "the CPU's features are not known (no flags in /proc/cpuinfo), and only the "
		       "running kernel knows which page tables it leaves";
	if (machine->kexec.has_kexec_load == TRISTATE_NO)
		return "this kernel was built without kexec_load";
	return NULL;
}

/* What the next kernel finds is told by the CPU: 5-level page tables, encrypted memory. */
static struct error *check_cpu(const struct machine *machine)
{
	if (!machine->cpu_unknown)
		return NULL;
	return error_new(ERROR_UNSUPPORTED,
		"the CPU's features are not known (no flags in /proc/cpuinfo), and so not which page "
		"tables the running kernel leaves; mount /proc, or use kexec_file_load");
}

static struct error *check_file_load(const struct question *question)
{
	const struct image *image = question->image;
	const struct machine *machine = question->machine;
	const char *need = needs_kexec_load(question);

	TRY(arch_of(machine)->check_file_load(question));
	if (need && image->kind == IMAGE_BZIMAGE)
		return error_new(ERROR_USAGE,
			"%s needs kexec_load, but kexec_file_load was asked for; leave out one of "
			"the two",
			need);
	if (need)
		return error_new(ERROR_UNSUPPORTED,
			"kexec_file_load takes a bzImage only, and this is %s; use kexec_load",
			image->format);
	if (machine->kexec.has_file_load == TRISTATE_NO && machine->kexec.file_load_is_64bit)
		return error_new(ERROR_UNSUPPORTED,
			"kexec_file_load is there for 64-bit programs only, and this baton is a "
			"32-bit one; use a 64-bit baton");
	if (machine->kexec.has_file_load == TRISTATE_NO)
		return error_new(ERROR_UNSUPPORTED,
			"this kernel was built without kexec_file_load (CONFIG_KEXEC_FILE)");
	return NULL;
}

static struct error *check_kexec_load(const struct request *request, const struct machine *machine)
{
	if (request->target == TARGET_CRASH)
		return error_new(ERROR_UNSUPPORTED,
			"a crash kernel is loaded with kexec_file_load; loading one with kexec_load "
			"comes with baton's kdump support");
	if (machine->lockdown > LOCKDOWN_NONE)
		return error_new(ERROR_NOT_PERMITTED,
			"the kernel is locked down and refuses kexec_load; use kexec_file_load with "
			"a signed bzImage");
	if (machine->kexec.has_kexec_load == TRISTATE_NO)
		return error_new(ERROR_UNSUPPORTED,
			"this kernel was built without kexec_load (CONFIG_KEXEC)");
	return check_cpu(machine);
}

static struct error *check_module(const struct request *request, const struct machine *machine)
{
	const char *obstacle = machine_module_obstacle(machine);

	if (request->target == TARGET_CRASH)
		return error_new(ERROR_UNSUPPORTED,
			"baton's module starts kernels after a restart, not after a crash; for "
			"those the kernel needs kexec_file_load");
	if (!machine->module.present)
		return error_new(ERROR_UNSUPPORTED,
			"baton's kernel module is not there (no /dev/baton): modprobe baton, or ask "
			"baton doctor how to get it");
	if (obstacle)
		return error_new(ERROR_UNSUPPORTED,
			"baton's module cannot start a kernel on this machine: %s", obstacle);
	if (machine->lockdown > LOCKDOWN_NONE)
		return error_new(ERROR_NOT_PERMITTED,
			"the kernel is locked down, and so baton's module takes nothing; use "
			"kexec_file_load with a signed bzImage");
	return check_cpu(machine);
}

/* Whether the kernel has the one that this program cannot see is then told by its own error. */
static bool has_no_call(const struct machine *machine)
{
	return !machine->kexec.file_load_is_64bit && machine->kexec.has_kexec_load == TRISTATE_NO &&
	       machine->kexec.has_file_load == TRISTATE_NO;
}

/* The module stands in for what the kernel was built without, for nothing else. */
static bool takes_module(const struct machine *machine, const char *need)
{
	if (!machine->module.present || machine_module_obstacle(machine) ||
		machine->lockdown > LOCKDOWN_NONE)
		return false;
	return has_no_call(machine) || (need && machine->kexec.has_kexec_load == TRISTATE_NO);
}

static struct error *choose_automatically(
	const struct question *question, struct decision *decision)
{
	const struct request *request = question->request;
	const struct machine *machine = question->machine;
	const char *want = wants_file_load(machine);
	const char *need = needs_kexec_load(question);
	const char *asked = need ?: prefers_kexec_load(request);

	if (request->target == TARGET_CRASH)
		want = "crash kernels are loaded that way: the kernel writes the core's header";
	else if (takes_module(machine, asked)) {
		decision->method = METHOD_MODULE;
		note_add(&decision->notes, NOTE_METHOD,
			"baton's module: this kernel was built without %s",
			has_no_call(machine) ? "kexec" : "kexec_load");
		return NULL;
	}
	if (want && need)
		return error_new(ERROR_UNSUPPORTED,
			"the request needs kexec_load for %s, but %s; leave out the one or lift the "
			"other",
			need, want);
	decision->method = want ? METHOD_FILE_LOAD : METHOD_KEXEC_LOAD;
	if (want)
		note_add(&decision->notes, NOTE_METHOD, "kexec_file_load, because %s", want);
	else if (asked)
		note_add(&decision->notes, NOTE_METHOD, "kexec_load, because it is needed for %s",
			asked);
	else
		note_add(&decision->notes, NOTE_METHOD,
			"kexec_load: baton's own placement, digest and handoff record; nothing on this "
			"machine asks for kexec_file_load");
	return NULL;
}

struct error *method_choose(const struct question *question, struct decision *decision)
{
	const struct request *request = question->request;
	const struct machine *machine = question->machine;
	bool by_itself = request->method == METHOD_AUTO && takes_module(machine, NULL);

	if (has_no_call(machine) && !by_itself && request->method != METHOD_ELF &&
		request->method != METHOD_MODULE)
		return error_new(ERROR_UNSUPPORTED,
			"this kernel was built without kexec (neither CONFIG_KEXEC nor "
			"CONFIG_KEXEC_FILE)%s%s; boot one that has it, or bring baton's module: "
			"baton doctor tells how",
			machine->module.present ? ", and the module cannot help: " : "",
			machine->module.present
				? machine_module_obstacle(machine) ?: "the kernel is locked down"
				: "");
	decision->method = request->method;
	if (request->method == METHOD_AUTO)
		TRY(choose_automatically(question, decision));
	else
		note_add(&decision->notes, NOTE_METHOD, "%s, as asked for",
			method_name(request->method));
	warn_of_measurements(question, decision);
	if (decision->method == METHOD_FILE_LOAD) {
		TRY(check_file_load(question));
		note_left_out(request, &decision->notes);
	}
	if (decision->method == METHOD_KEXEC_LOAD)
		return check_kexec_load(request, machine);
	if (decision->method == METHOD_MODULE)
		return check_module(request, machine);
	return NULL;
}

struct error *method_switched_off(
	const char *call, enum target target, const struct machine *machine)
{
	const struct kexec_facts *kexec = &machine->kexec;
	bool crash = target == TARGET_CRASH;

	if (kexec->load_disabled == TRISTATE_YES)
		return error_new(ERROR_NOT_PERMITTED,
			"%s: kernel.kexec_load_disabled is 1, which only a reboot undoes; reboot "
			"through firmware",
			call);
	if ((crash ? kexec->limit_panic : kexec->limit_reboot) == 0)
		return error_new(ERROR_NOT_PERMITTED,
			"%s: kernel.kexec_load_limit_%s is used up, and can only be lowered; "
			"reboot through firmware",
			call, crash ? "panic" : "reboot");
	return NULL;
}

struct error *method_refusal(enum method method, enum target target, const struct machine *machine)
{
	TRY(method_switched_off(
		method == METHOD_MODULE ? "/dev/baton" : method_name(method), target, machine));
	if (target == TARGET_CRASH && !machine->kexec.crash_size && !machine->crash_reserved.count)
		return error_new(ERROR_NO_SPACE,
			"no memory is reserved for a crash kernel; boot with crashkernel=256M and try "
			"again");
	return NULL;
}
