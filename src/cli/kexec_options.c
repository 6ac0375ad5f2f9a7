/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of kexec(8). To add one: its row and setter here, kexec(8), the completion in
 * integration/completion/kexec; tests/cli compares them with the help.
 */
#include "cli/kexec_options.h"

#include <getopt.h>
#include <string.h>

#include "wire/purgatory_params.h"

#define FLAG(function, statement)                                                                  \
	static struct error *function(struct kexec_options *options, const char *value)            \
	{                                                                                          \
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
FLAG(set_reuse_command_line, options->choice.job.request.reuse_command_line =
				     options->choice.job.request.reuse_whole = true)
FLAG(set_dry_run, options->dry_run = true)
FLAG(set_json, options->json = true)
FLAG(set_machine, options->choice.job.record = value)
FLAG(set_args_linux, (void)0)
FLAG(set_no_cma, options->choice.job.request.file_flags |= FILE_FLAG_NO_CMA)
ON_THE_WAY_FLAG(set_no_checks, options->choice.job.request.no_verify = true)
KEXEC_LOAD_FLAG(set_no_efi, "--noefi", options->choice.job.request.no_efi = true)
ON_THE_WAY_FLAG(set_reuse_video, options->choice.job.request.screen = SCREEN_REUSE)
KEXEC_LOAD_FLAG(set_entry_32bit, "--entry-32bit", options->choice.job.request.entry_32bit = true)
KEXEC_LOAD_FLAG(set_device_tree, "--dtb", options->choice.job.device_tree = value)
ON_THE_WAY_FLAG(set_reset_vga, options->choice.job.request.console |= PURGATORY_RESET_VGA)
ON_THE_WAY_FLAG(set_console_vga, options->choice.job.request.console |= PURGATORY_CONSOLE_VGA)
ON_THE_WAY_FLAG(set_console_serial, options->choice.job.request.console |= PURGATORY_CONSOLE_SERIAL)
/* Of a crash kernel, whose boot_params and core headers are the running kernel's to make. */
FLAG(set_core_headers_32, options->core_headers = options->other_headers = true)
FLAG(set_memmap_words, options->memmap_words = true)

static struct error *set_load(struct kexec_options *options, const char *value)
{
	options->any_action = options->load_seen = true;
	options->load = true;
	options->execute = false;
	return NULL;
}

static struct error *set_force(struct kexec_options *options, const char *value)
{
	options->any_action = true;
	options->load = options->execute = true;
	return NULL;
}

static struct error *set_execute(struct kexec_options *options, const char *value)
{
	options->any_action = true;
	options->load = false;
	options->execute = true;
	return NULL;
}

static struct error *set_unload(struct kexec_options *options, const char *value)
{
	options->any_action = true;
	options->unload = true;
	options->load = options->execute = false;
	return NULL;
}

/** With -u, in either order, it says which kernel to unload and loads none. */
static struct error *set_panic(struct kexec_options *options, const char *value)
{
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

static struct error *set_via_file(struct kexec_options *options, const char *value)
{
	return set_via(options, METHOD_FILE_LOAD, "-s");
}

static struct error *set_via_kexec_load(struct kexec_options *options, const char *value)
{
	return set_via(options, METHOD_KEXEC_LOAD, "-c");
}

static struct error *set_via_auto(struct kexec_options *options, const char *value)
{
	return set_via(options, METHOD_AUTO, "-a");
}

/** baton's own spelling of the three, and the way that they have not. */
static struct error *set_via_name(struct kexec_options *options, const char *value)
{
	static const enum method methods[] = {
		METHOD_AUTO, METHOD_KEXEC_LOAD, METHOD_FILE_LOAD, METHOD_MODULE};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(value, method_name(methods[i])) == 0)
			return set_via(options, methods[i], "--via");
	return error_new(ERROR_USAGE,
		"--via: \"%s\" is no way to load; expected auto, kexec_load, kexec_file_load or module",
		value);
}

static struct error *set_type(struct kexec_options *options, const char *value)
{
	choice_says_how(&options->choice);
	return choice_set_format(&options->choice, "--type", value);
}

static struct error *set_memory_min(struct kexec_options *options, const char *value)
{
	choice_needs_kexec_load(&options->choice, "--mem-min");
	return parse_number(
		"--mem-min", value, false, UINT64_MAX, &options->choice.job.request.memory_min);
}

/** kexec-tools names the last address, baton the first past it. */
static struct error *set_memory_max(struct kexec_options *options, const char *value)
{
	uint64_t *last = &options->choice.job.request.memory_max;

	choice_needs_kexec_load(&options->choice, "--mem-max");
	TRY(parse_number("--mem-max", value, false, UINT64_MAX, last));
	if (*last != UINT64_MAX)
		++*last;
	return NULL;
}

static struct error *set_entry(struct kexec_options *options, const char *value)
{
	choice_needs_kexec_load(&options->choice, "--entry");
	options->choice.job.request.has_entry = true;
	return parse_number(
		"--entry", value, false, UINT64_MAX, &options->choice.job.request.entry);
}

/** Whoever names a port wants to see something there. */
static struct error *set_serial(struct kexec_options *options, const char *value)
{
	choice_says_how(&options->choice);
	options->choice.job.request.console |= PURGATORY_CONSOLE_SERIAL;
	return parse_serial_port("--serial", value, &options->choice.job.request.serial_port);
}

static struct error *set_baud(struct kexec_options *options, const char *value)
{
	choice_says_how(&options->choice);
	options->choice.job.request.console |= PURGATORY_CONSOLE_SERIAL;
	return parse_baud("--serial-baud", value, &options->choice.job.request.serial_baud);
}

static struct error *set_force_device_tree(struct kexec_options *options, const char *value)
{
	options->choice.needs_file_load = "--force-dtb";
	options->choice.job.request.file_flags |= FILE_FLAG_FORCE_DTB;
	return NULL;
}

static struct error *set_append(struct kexec_options *options, const char *value)
{
	return choice_append(&options->choice, value);
}

static struct error *set_initrd(struct kexec_options *options, const char *value)
{
	return choice_add_initrd(&options->choice, "--initrd", value);
}

static struct error *set_reuse_initrd(struct kexec_options *options, const char *value)
{
	/* The file that the kernel shows when it was started with retain_initrd. */
	if (options->reuse_initrd)
		return NULL;
	options->reuse_initrd = true;
	options->choice.job.initrd_hint =
		"the kernel keeps its initrd only if it was booted with retain_initrd; name the file by "
		"--initrd";
	return choice_add_initrd(&options->choice, "--reuseinitrd", "/sys/firmware/initrd");
}

static struct error *set_seed(struct kexec_options *options, const char *value)
{
	options->choice.job.seed_given = true;
	return parse_seed("--seed", value, options->choice.job.request.seed, REQUEST_SEED_SIZE);
}

static const char no_xen[] =
	"baton does not drive Xen: the hypervisor has calls of its own for this";
static const char no_jump[] =
	"baton does not do kexec jump: the kernel that is left cannot be returned to";

static const struct kexec_option_row rows[] = {
	{"help", 'h', NULL, "explain", set_help, NULL},
	{"version", 'v', NULL, "print the version", set_version, NULL},
	{"debug", 'd', NULL, "print the plan, and ask the kernel for its own messages", set_debug,
		NULL},
	{"load", 'l', NULL, "load a kernel for the next reboot", set_load, NULL},
	{"load-panic", 'p', NULL, "load a kernel for a crash; with -u unload that one", set_panic,
		NULL},
	{"unload", 'u', NULL, "unload", set_unload, NULL},
	{"exec", 'e', NULL, "start what is loaded: sync, interfaces down, jump", set_execute, NULL},
	{"force", 'f', NULL, "load and start at once, without a shutdown", set_force, NULL},
	{"no-ifdown", 'x', NULL, "leave the network interfaces up", set_no_interfaces_down, NULL},
	{"no-sync", 'y', NULL, "do not write back the disks", set_no_sync, NULL},
	{"status", 'S', NULL, "exit 1 if a crash kernel (with -l: a kernel) is loaded, else 0",
		set_status, NULL},
	{"kexec-file-syscall", 's', NULL, "use kexec_file_load", set_via_file, NULL},
	{"kexec-syscall", 'c', NULL, "use kexec_load", set_via_kexec_load, NULL},
	{"kexec-syscall-auto", 'a', NULL, "choose by itself (the default)", set_via_auto, NULL},
	{"type", 't', "TYPE", "accept only this format", set_type, NULL},
	{"no-checks", 'i', NULL, "compare no digests before the jump", set_no_checks, NULL},
	{"append", 0, "TEXT", "the command line; repeated ones are joined", set_append, NULL},
	{"command-line", 0, "TEXT", "the same as --append", set_append, NULL},
	{"reuse-cmdline", 0, NULL, "begin with the running kernel's command line",
		set_reuse_command_line, NULL},
	{"initrd", 0, "FILE", "an initrd; repeated ones are used in this order", set_initrd, NULL},
	{"ramdisk", 0, "FILE", "the same as --initrd", set_initrd, NULL},
	{"reuseinitrd", 0, NULL, "the initrd this system was booted with (retain_initrd)",
		set_reuse_initrd, NULL},
	{"dtb", 0, "FILE", "pass a device tree to the kernel", set_device_tree, NULL},
	{"mem-min", 0, "ADDRESS", "put nothing below this address", set_memory_min, NULL},
	{"mem-max", 0, "ADDRESS", "put nothing above this address", set_memory_max, NULL},
	{"entry", 0, "ADDRESS", "jump here, not to the kernel's own entry point", set_entry, NULL},
	{"entry-32bit", 0, NULL, "enter at the 32-bit entry point", set_entry_32bit, NULL},
	{"noefi", 0, NULL, "hide the EFI firmware from the kernel", set_no_efi, NULL},
	{"reuse-video-type", 0, NULL, "hand the screen over as it was at boot", set_reuse_video,
		NULL},
	{"reset-vga", 0, NULL, "set VGA text mode before the jump", set_reset_vga, NULL},
	{"console-vga", 0, NULL, "messages before the jump on the VGA screen", set_console_vga,
		NULL},
	{"console-serial", 0, NULL, "messages before the jump on the serial port",
		set_console_serial, NULL},
	{"serial", 0, "PORT", "which serial port: ttyS0 to ttyS3, or an I/O port", set_serial,
		NULL},
	{"serial-baud", 0, "RATE", "its speed", set_baud, NULL},
	{"print-ckr-size", 0, NULL, "print the size of the crash reservation", set_print_crash_size,
		NULL},
	{"hotplug", 0, NULL, "crash kernel: follow CPU and memory hotplug (the kernel does)",
		set_hotplug, NULL},
	{"elf64-core-headers", 0, NULL, "crash kernel: 64-bit headers (always)", set_core_headers,
		NULL},
	{"no-cma", 0, NULL, "kexec_file_load: take no memory from the CMA", set_no_cma, NULL},
	{"force-dtb", 0, NULL, "kexec_file_load: carry the running device tree over",
		set_force_device_tree, NULL},
	{"args-linux", 0, NULL, "enter ELF kernels by the Linux protocol (always)", set_args_linux,
		NULL},
	{"args-elf", 0, NULL, NULL, NULL,
		"no kernel reads ELF boot notes; baton enters ELF kernels by the Linux protocol, as with "
		"--args-linux"},
	{"args-none", 0, NULL, NULL, NULL,
		"baton starts Linux kernels, which need their arguments; see --args-linux"},
	{"module", 0, "FILE", NULL, NULL,
		"modules belong to multiboot images, which baton does not load"},
	{"real-mode", 0, NULL, NULL, NULL,
		"baton enters kernels in 32-bit or 64-bit mode only: firmware calls are not safe after Linux "
		"has run"},
	{"elf32-core-headers", 0, NULL,
		"crash kernel: taken, but the headers are 64-bit all the same", set_core_headers_32,
		NULL},
	{"pass-memmap-cmdline", 0, NULL,
		"taken; the memory map is passed in boot_params in any case", set_memmap_words,
		NULL},
	{"load-preserve-context", 0, NULL, NULL, NULL, no_jump},
	{"load-jump-back-helper", 0, NULL, NULL, NULL, no_jump},
	{"load-live-update", 0, NULL, NULL, NULL, no_xen},
	{"exec-live-update", 0, NULL, NULL, NULL, no_xen},
	/* baton's own */
	{"via", 0, "WAY", "auto, kexec_load, kexec_file_load, or module (baton's own)",
		set_via_name, NULL},
	{"dry-run", 0, NULL, "print the plan and change nothing", set_dry_run, NULL},
	{"machine", 0, "FILE", "with --dry-run: plan for a recorded machine", set_machine, NULL},
	{"json", 0, NULL, "with --dry-run: print JSON", set_json, NULL},
	{"seed", 0, "HEX", "all the plan's randomness, so that it repeats", set_seed, NULL},
	{"show-addresses", 0, NULL,
		"with -d: also where what is loaded will lie, which is a secret",
		set_show_addresses, NULL},
};

enum {
	ROW_COUNT = sizeof(rows) / sizeof(rows[0]),
	FIRST_LONG = 256, /* getopt's value of the first row; past every short option */
};

void kexec_options_deinit(struct kexec_options *options)
{
	choice_deinit(&options->choice);
}

static struct error *unknown_option(const char *written)
{
	const char *names[ROW_COUNT + 1] = {0};
	size_t count = 0, matches = 0;
	const char *near;
	char word[64];

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(written + 2, "="), written + 2);
	for (size_t i = 0; i < ROW_COUNT; i++) {
		names[count++] = rows[i].name;
		matches += strncmp(rows[i].name, word, strlen(word)) == 0;
	}
	if (matches > 1)
		return error_new(ERROR_USAGE, "--%s: could be one of %zu options; write it out",
			word, matches);
	near = suggest(word, names);
	if (near)
		return error_new(
			ERROR_USAGE, "--%s: no such option; did you mean --%s?", word, near);
	return error_new(ERROR_USAGE, "--%s: no such option; kexec --help lists them", word);
}

/** As in options.c: optopt tells what getopt complained about. */
static struct error *complaint(int kind, char **argv)
{
	const struct kexec_option_row *row = &rows[optopt < FIRST_LONG ? 0 : optopt - FIRST_LONG];

	if (!optopt)
		return unknown_option(argv[optind - 1]);
	if (optopt < FIRST_LONG && kind == ':')
		return error_new(ERROR_USAGE, "-%c: expects a value", optopt);
	if (optopt < FIRST_LONG)
		return error_new(
			ERROR_USAGE, "-%c: no such option; kexec --help lists them", optopt);
	if (kind == ':')
		return error_new(ERROR_USAGE, "--%s: expects a value: --%s=%s", row->name,
			row->name, row->value);
	return error_new(ERROR_USAGE, "--%s: takes no value", row->name);
}

static void make_getopt(struct option *long_options, char *short_options)
{
	*short_options++ = ':';
	for (size_t i = 0; i < ROW_COUNT; i++) {
		*long_options++ = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].value ? required_argument : no_argument,
			.val = FIRST_LONG + (int)i,
		};
		if (!rows[i].short_name)
			continue;
		*short_options++ = rows[i].short_name;
		if (rows[i].value)
			*short_options++ = ':';
	}
	*long_options = (struct option){0};
	*short_options = 0;
}

static const struct kexec_option_row *row_of(int value)
{
	if (value >= FIRST_LONG)
		return &rows[value - FIRST_LONG];
	for (const struct kexec_option_row *row = rows;; row++)
		if (row->short_name == value)
			return row;
}

static struct error *apply(struct kexec_options *options, const struct kexec_option_row *row)
{
	if (row->refused)
		return error_new(ERROR_UNSUPPORTED, "--%s: %s", row->name, row->refused);
	return row->set(options, optarg);
}

struct error *kexec_options_read(
	int argc, char **argv, struct kexec_options *options, int *ret_rest)
{
	struct option long_options[ROW_COUNT + 1];
	char short_options[2 * ROW_COUNT + 2];
	int value;

	make_getopt(long_options, short_options);
	opterr = 0;
	optind = 0;
	while ((value = getopt_long(argc, argv, short_options, long_options, NULL)) >= 0) {
		/* -? is an option too; getopt gives the same for what it does not know. */
		if (value == '?' && optopt == '?')
			options->help = true;
		else if (value == ':' || value == '?')
			return complaint(value, argv);
		else
			TRY(apply(options, row_of(value)));
	}
	*ret_rest = optind;
	return NULL;
}

void kexec_options_print(void)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		const struct kexec_option_row *row = &rows[i];
		char left[48];

		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", row->short_name ? '-' : ' ',
			row->short_name ? row->short_name : ' ', row->short_name ? "," : " ",
			row->name, row->value ? "=" : "", row->value ? row->value : "");
		printf(" %-26s %s\n", left, row->refused ? "(refused; see kexec(8))" : row->help);
	}
}
