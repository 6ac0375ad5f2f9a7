/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of kexec(8). To add one: its row and setter here, kexec(8), the completion in
 * integration/completion/kexec; tests/cli compares them with the help.
 */
#include "cli/kexec/kexec_options.h"

#include <string.h>

#include "base/parse.h"
#include "job/choice_options.h"
#include "wire/purgatory_params.h"

#define FLAG(function, statement)                                                                  \
	static struct error *function(void *data, const char *value)                               \
	{                                                                                          \
		struct kexec_options *options = data;                                              \
                                                                                                   \
		statement;                                                                         \
		return NULL;                                                                       \
	}

/* Changes what comes after the jump, and only kexec_load can do it. */
#define KEXEC_LOAD_FLAG(function, option, statement)                                               \
	FLAG(function, (choice_needs_kexec_load(&options->choice, option), statement))

/* About the way there only: where another call is used, it is left out with a note. */
#define ON_THE_WAY_FLAG(function, statement)                                                       \
	FLAG(function, (choice_says_how(&options->choice), statement))

FLAG(set_help, options->help = true)
FLAG(set_version, options->version = true)
FLAG(set_show_addresses, options->show_addresses = true)
FLAG(set_debug, options->debug = options->choice.job.request.file_debug = true)
FLAG(set_status, options->status = true)
FLAG(set_no_interfaces_down, options->no_interfaces_down = true)
FLAG(set_no_sync, options->no_sync = true)
FLAG(set_print_crash_size, options->print_crash_size = true)
FLAG(set_hotplug, options->hotplug = true)
FLAG(set_core_headers, options->core_headers = true)
FLAG(set_dry_run, options->dry_run = true)
FLAG(set_json, options->json = true)
FLAG(set_machine, options->choice.job.record = value)
FLAG(set_args_linux, (void)options)
FLAG(set_no_cma, options->choice.job.request.file_flags |= FILE_FLAG_NO_CMA)
ON_THE_WAY_FLAG(set_no_checks, options->choice.job.request.no_verify = true)
KEXEC_LOAD_FLAG(set_no_efi, "--noefi", options->choice.job.request.no_efi = true)
ON_THE_WAY_FLAG(set_reuse_video, options->choice.job.request.screen = SCREEN_REUSE)
KEXEC_LOAD_FLAG(set_entry_32bit, "--entry-32bit", options->choice.job.request.entry_32bit = true)
ON_THE_WAY_FLAG(set_reset_vga, options->choice.job.request.console |= PURGATORY_RESET_VGA)
ON_THE_WAY_FLAG(set_console_vga, options->choice.job.request.console |= PURGATORY_CONSOLE_VGA)
ON_THE_WAY_FLAG(set_console_serial, options->choice.job.request.console |= PURGATORY_CONSOLE_SERIAL)
/* Of a crash kernel, whose boot_params and core headers are the running kernel's to make. */
FLAG(set_core_headers_32, options->core_headers = options->other_headers = true)
FLAG(set_memmap_words, options->memmap_words = true)

static struct error *set_load(void *data, const char *value)
{
	struct kexec_options *options = data;

	options->any_action = options->load_seen = true;
	options->load = true;
	options->execute = false;
	return NULL;
}

static struct error *set_force(void *data, const char *value)
{
	struct kexec_options *options = data;

	options->any_action = true;
	options->load = options->execute = true;
	return NULL;
}

static struct error *set_execute(void *data, const char *value)
{
	struct kexec_options *options = data;

	options->any_action = true;
	options->load = false;
	options->execute = true;
	return NULL;
}

static struct error *set_unload(void *data, const char *value)
{
	struct kexec_options *options = data;

	options->any_action = true;
	options->unload = true;
	options->load = options->execute = false;
	return NULL;
}

/** With -u, in either order, it says which kernel to unload and loads none. */
static struct error *set_panic(void *data, const char *value)
{
	struct kexec_options *options = data;

	options->any_action = true;
	options->choice.job.request.target = TARGET_CRASH;
	options->execute = false;
	if (!options->unload)
		options->load = true;
	return NULL;
}

static struct error *set_via(struct kexec_options *options, enum method method, const char *option)
{
	options->choice.job.request.method = method;
	options->choice.via_option = option;
	return NULL;
}

static struct error *set_via_file(void *data, const char *value)
{
	struct kexec_options *options = data;

	return set_via(options, METHOD_FILE_LOAD, "-s");
}

static struct error *set_via_kexec_load(void *data, const char *value)
{
	struct kexec_options *options = data;

	return set_via(options, METHOD_KEXEC_LOAD, "-c");
}

static struct error *set_via_auto(void *data, const char *value)
{
	struct kexec_options *options = data;

	return set_via(options, METHOD_AUTO, "-a");
}

static struct error *set_type(void *data, const char *value)
{
	struct kexec_options *options = data;

	choice_says_how(&options->choice);
	return choice_set_format(&options->choice, "--type", value);
}

static struct error *set_memory_min(void *data, const char *value)
{
	struct kexec_options *options = data;

	choice_needs_kexec_load(&options->choice, "--mem-min");
	return parse_number(
		"--mem-min", value, false, UINT64_MAX, &options->choice.job.request.memory_min);
}

/** kexec-tools names the last address, baton the first past it. */
static struct error *set_memory_max(void *data, const char *value)
{
	struct kexec_options *options = data;
	uint64_t *last = &options->choice.job.request.memory_max;

	choice_needs_kexec_load(&options->choice, "--mem-max");
	TRY(parse_number("--mem-max", value, false, UINT64_MAX, last));
	if (*last != UINT64_MAX)
		++*last;
	return NULL;
}

static struct error *set_entry(void *data, const char *value)
{
	struct kexec_options *options = data;

	choice_needs_kexec_load(&options->choice, "--entry");
	options->choice.job.request.has_entry = true;
	return parse_number(
		"--entry", value, false, UINT64_MAX, &options->choice.job.request.entry);
}

/** Whoever names a port wants to see something there. */
static struct error *set_serial(void *data, const char *value)
{
	struct kexec_options *options = data;

	choice_says_how(&options->choice);
	options->choice.job.request.console |= PURGATORY_CONSOLE_SERIAL;
	return parse_serial_port("--serial", value, &options->choice.job.request.serial_port);
}

static struct error *set_baud(void *data, const char *value)
{
	struct kexec_options *options = data;

	choice_says_how(&options->choice);
	options->choice.job.request.console |= PURGATORY_CONSOLE_SERIAL;
	return parse_baud("--serial-baud", value, &options->choice.job.request.serial_baud);
}

static struct error *set_force_device_tree(void *data, const char *value)
{
	struct kexec_options *options = data;

	options->choice.needs_file_load = "--force-dtb";
	options->choice.job.request.file_flags |= FILE_FLAG_FORCE_DTB;
	return NULL;
}

static struct error *set_reuse_initrd(void *data, const char *value)
{
	struct kexec_options *options = data;

	/* The file that the kernel shows when it was started with retain_initrd. */
	if (options->reuse_initrd)
		return NULL;
	options->reuse_initrd = true;
	options->choice.job.initrd_hint =
		"the kernel keeps its initrd only if it was booted with retain_initrd; name the file by "
		"--initrd";
	return choice_add_initrd(&options->choice, "--reuseinitrd", "/sys/firmware/initrd");
}

static const char no_xen[] =
	"baton does not drive Xen: the hypervisor has calls of its own for this";
static const char no_jump[] =
	"baton does not do kexec jump: the kernel that is left cannot be returned to";

static const struct option_row rows[] = {
	{"help", 'h', NULL, 0, "explain", set_help},
	{"version", 'v', NULL, 0, "print the version", set_version},
	{"debug", 'd', NULL, 0, "print the plan, and ask the kernel for its own messages",
		set_debug},
	{"load", 'l', NULL, 0, "load a kernel for the next reboot", set_load},
	{"load-panic", 'p', NULL, 0, "load a kernel for a crash; with -u unload that one",
		set_panic},
	{"unload", 'u', NULL, 0, "unload", set_unload},
	{"exec", 'e', NULL, 0, "start what is loaded: sync, interfaces down, jump", set_execute},
	{"force", 'f', NULL, 0, "load and start at once, without a shutdown", set_force},
	{"no-ifdown", 'x', NULL, 0, "leave the network interfaces up", set_no_interfaces_down},
	{"no-sync", 'y', NULL, 0, "do not write back the disks", set_no_sync},
	{"status", 'S', NULL, 0, "exit 1 if a crash kernel (with -l: a kernel) is loaded, else 0",
		set_status},
	{"kexec-file-syscall", 's', NULL, 0, "use kexec_file_load", set_via_file},
	{"kexec-syscall", 'c', NULL, 0, "use kexec_load", set_via_kexec_load},
	{"kexec-syscall-auto", 'a', NULL, 0, "choose by itself (the default)", set_via_auto},
	{"type", 't', "TYPE", 0, "accept only this format", set_type},
	{"no-checks", 'i', NULL, 0, "compare no digests before the jump", set_no_checks},
	{"append", 0, "TEXT", 0, "the command line; repeated ones are joined",
		choice_option_append},
	{"command-line", 0, "TEXT", 0, "the same as --append", choice_option_append},
	{"reuse-cmdline", 0, NULL, 0, "begin with the running kernel's command line",
		choice_option_reuse_cmdline},
	{"initrd", 0, "FILE", 0, "an initrd; repeated ones are used in this order",
		choice_option_initrd},
	{"ramdisk", 0, "FILE", 0, "the same as --initrd", choice_option_initrd},
	{"reuseinitrd", 0, NULL, 0, "the initrd this system was booted with (retain_initrd)",
		set_reuse_initrd},
	{"dtb", 0, "FILE", 0, "pass a device tree to the kernel", choice_option_dtb},
	{"mem-min", 0, "ADDRESS", 0, "put nothing below this address", set_memory_min},
	{"mem-max", 0, "ADDRESS", 0, "put nothing above this address", set_memory_max},
	{"entry", 0, "ADDRESS", 0, "jump here, not to the kernel's own entry point", set_entry},
	{"entry-32bit", 0, NULL, 0, "enter at the 32-bit entry point", set_entry_32bit},
	{"noefi", 0, NULL, 0, "hide the EFI firmware from the kernel", set_no_efi},
	{"reuse-video-type", 0, NULL, 0, "hand the screen over as it was at boot", set_reuse_video},
	{"reset-vga", 0, NULL, 0, "set VGA text mode before the jump", set_reset_vga},
	{"console-vga", 0, NULL, 0, "messages before the jump on the VGA screen", set_console_vga},
	{"console-serial", 0, NULL, 0, "messages before the jump on the serial port",
		set_console_serial},
	{"serial", 0, "PORT", 0, "which serial port: ttyS0 to ttyS3, or an I/O port", set_serial},
	{"serial-baud", 0, "RATE", 0, "its speed", set_baud},
	{"print-ckr-size", 0, NULL, 0, "print the size of the crash reservation",
		set_print_crash_size},
	{"hotplug", 0, NULL, 0, "crash kernel: follow CPU and memory hotplug (the kernel does)",
		set_hotplug},
	{"elf64-core-headers", 0, NULL, 0, "crash kernel: 64-bit headers (always)",
		set_core_headers},
	{"no-cma", 0, NULL, 0, "kexec_file_load: take no memory from the CMA", set_no_cma},
	{"force-dtb", 0, NULL, 0, "kexec_file_load: carry the running device tree over",
		set_force_device_tree},
	{"args-linux", 0, NULL, 0, "enter ELF kernels by the Linux protocol (always)",
		set_args_linux},
	{"args-elf", 0, NULL, 0,
		"no kernel reads ELF boot notes; baton enters ELF kernels by the Linux protocol, as with "
		"--args-linux",
		NULL},
	{"args-none", 0, NULL, 0,
		"baton starts Linux kernels, which need their arguments; see --args-linux", NULL},
	{"module", 0, "FILE", 0, "modules belong to multiboot images, which baton does not load",
		NULL},
	{"real-mode", 0, NULL, 0,
		"baton enters kernels in 32-bit or 64-bit mode only: firmware calls are not safe after Linux "
		"has run",
		NULL},
	{"elf32-core-headers", 0, NULL, 0,
		"crash kernel: taken, but the headers are 64-bit all the same",
		set_core_headers_32},
	{"pass-memmap-cmdline", 0, NULL, 0,
		"taken; the memory map is passed in boot_params in any case", set_memmap_words},
	{"load-preserve-context", 0, NULL, 0, no_jump, NULL},
	{"load-jump-back-helper", 0, NULL, 0, no_jump, NULL},
	{"load-live-update", 0, NULL, 0, no_xen, NULL},
	{"exec-live-update", 0, NULL, 0, no_xen, NULL},
	/* baton's own */
	{"via", 0, "WAY", 0, "auto, kexec_load, kexec_file_load, or module (baton's own)",
		choice_option_via},
	{"dry-run", 0, NULL, 0, "print the plan and change nothing", set_dry_run},
	{"machine", 0, "FILE", 0, "with --dry-run: plan for a recorded machine", set_machine},
	{"json", 0, NULL, 0, "with --dry-run: print JSON", set_json},
	{"seed", 0, "HEX", 0, "all the plan's randomness, so that it repeats", choice_option_seed},
	{"show-addresses", 0, NULL, 0,
		"with -d: also where what is loaded will lie, which is a secret",
		set_show_addresses},
	{0},
};

void kexec_options_deinit(struct kexec_options *options)
{
	choice_deinit(&options->choice);
}

static const struct option_table table = {
	.rows = rows,
	.see = "kexec --help lists them",
	.question_mark_is_help = true,
};

struct error *kexec_options_read(
	int argc, char **argv, struct kexec_options *options, int *ret_rest)
{
	return option_table_read(&table, argc, argv, options, ret_rest);
}

void kexec_options_print(void)
{
	option_table_print(&table, 1, 26);
}
