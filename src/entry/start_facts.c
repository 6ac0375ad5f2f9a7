/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "entry/start_facts.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "entry/entry.h"
#include "entry/module_files.h"
#include "entry/mounts.h"
#include "entry/root_device.h"
#include "plan/command_line.h"

/* Words by which an initrd makes devices: initramfs-tools(7), dracut.cmdline(7), mkinitcpio(8),
 * systemd-cryptsetup-generator(8). */
static const char *const makers[] = {"cryptdevice", "cryptopts", "rd.luks.uuid", "rd.luks.name",
	"rd.lvm.lv", "rd.lvm.vg", "rd.md.uuid", "rd.luks", "zfs", "iscsi_initiator", "netroot",
	"rd.multipath", "rd.auto", "rd.md.conf", "rd.bcache", "rd.iscsi.initiator",
	"rd.nvmf.discover", "luks", "luks.uuid", "luks.name"};

/* The value of root=, the last one, without the quotes around or in it. */
static struct error *take_last(const char *value, void *data)
{
	char **ret = data, *to;

	free(*ret);
	*ret = to = strdup(value);
	if (!*ret)
		return error_no_memory();
	for (; *value; value++)
		if (*value != '"')
			*to++ = *value;
	*to = '\0';
	return NULL;
}

/* Does an initrd make the root out of what is on the disks? */
static bool is_made(const char *command_line)
{
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
		if (command_line_has(command_line, makers[i]))
			return true;
	return false;
}

/*
 * Missing for certain, or only by its name? A word that the running system came up with is believed
 * where udev has no name for the running root at all: then it is the list that lacks something.
 */
static enum start_root settle_missing(
	const struct start_question *question, const struct start_facts *facts)
{
	char running[DEVICE_NAME_MAX];

	if (is_made(question->command_line))
		return START_ROOT_IN_DOUBT;
	if (!facts->running_root || strcmp(facts->running_root, facts->root_word) != 0)
		return START_ROOT_MISSING;
	root_running_device(question->root, running);
	return root_has_other_name(question->root, facts->root_word, running) ? START_ROOT_MISSING
									      : START_ROOT_UNKNOWN;
}

/* The last value of @name in @command_line; NULL if there is none. */
static struct error *value_of(const char *command_line, const char *name, char **ret)
{
	*ret = NULL;
	return command_line ? command_line_each(command_line, name, take_last, ret) : NULL;
}

/* A subvolume of btrfs is named in rootflags= (btrfs(5)). */
static bool names_other_subvolume(const char *flags, const char *running)
{
	const char *wanted = flags ? strstr(flags, "subvol") : NULL;
	const char *there = running ? strstr(running, "subvol") : NULL;

	if (!wanted || !there)
		return wanted != there;
	return strcspn(wanted, ",") != strcspn(there, ",") ||
	       strncmp(wanted, there, strcspn(wanted, ",")) != 0;
}

/*
 * Is the new kernel's root another one than the running kernel's? Then that has its modules, which
 * are out of sight here. @device is the one that root= leads to, "" if it is not known.
 */
static struct error *find_other_root(
	const struct start_question *question, const char *device, struct start_facts *facts)
{
	char running[DEVICE_NAME_MAX], *flags, *running_flags;
	struct error *error;

	if (!facts->running_root)
		return NULL;
	TRY(value_of(question->command_line, "rootflags", &flags));
	error = value_of(question->running_command_line, "rootflags", &running_flags);
	facts->other_root = !error && names_other_subvolume(flags, running_flags);
	free(flags);
	free(running_flags);
	if (error || facts->other_root || strcmp(facts->root_word, facts->running_root) == 0)
		return error;
	root_look_up(question->root, facts->running_root, running);
	facts->other_root = !*device || strcmp(device, running) != 0;
	return NULL;
}

/* The type of the file system, if the root is what is mounted now; else as it was asked for. */
static struct error *add_file_system(const struct start_question *question, const char *device,
	struct module_files *files, struct start_facts *facts)
{
	_cleanup_blob_ struct blob names = {0};
	char running[DEVICE_NAME_MAX], alias[80], what[96];
	struct mount mount;

	root_running_device(question->root, running);
	if (strcmp(running, device) != 0 || !mount_find(question->root, "/", &mount))
		return NULL;
	snprintf(alias, sizeof(alias), "\n%s\n", mount.type);
	TRY(blob_append(&names, alias, strlen(alias)));
	snprintf(alias, sizeof(alias), "fs-%s", mount.type);
	TRY(module_files_by_alias(files, alias, &names));
	snprintf(what, sizeof(what), "the file system %s", mount.type);
	return root_add_need(files, &names, what, facts);
}

/* Is @word one of those in @list, separated by commas? */
static bool is_among(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (; *list; list += strcspn(list, ","), list += *list == ',')
		if (strcspn(list, ",") == length && strncmp(list, word, length) == 0)
			return true;
	return false;
}

/* init= and rootfstype=, where the root is the one that is mounted here. */
static struct error *compare_with_running(
	const struct start_question *question, const char *device, struct start_facts *facts)
{
	char running[DEVICE_NAME_MAX], path[PATH_MAX];
	struct mount mount;

	root_running_device(question->root, running);
	if (facts->root != START_ROOT_THERE || facts->other_root || !*device ||
		strcmp(running, device) != 0 || !mount_find(question->root, "/", &mount))
		return NULL;
	TRY(value_of(question->command_line, "init", &facts->missing_init));
	if (facts->missing_init &&
		(*facts->missing_init != '/' ||
			snprintf(path, sizeof(path), "%s%s", question->root, facts->missing_init) >=
				(int)sizeof(path) ||
			faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)) {
		free(facts->missing_init);
		facts->missing_init = NULL;
	}
	TRY(value_of(question->command_line, "rootfstype", &facts->other_type));
	if (facts->other_type && (!*facts->other_type || is_among(facts->other_type, "auto") ||
					 is_among(facts->other_type, mount.type))) {
		free(facts->other_type);
		facts->other_type = NULL;
	}
	return NULL;
}

static struct error *read_root(const struct start_question *question, struct module_files *files,
	struct start_facts *facts)
{
	char device[DEVICE_NAME_MAX];

	TRY(command_line_each(question->command_line, "root", take_last, &facts->root_word));
	if (question->running_command_line)
		TRY(command_line_each(
			question->running_command_line, "root", take_last, &facts->running_root));
	if (!facts->root_word || !*facts->root_word) {
		facts->root = START_ROOT_UNNAMED;
		return NULL;
	}
	facts->initrd_only_root = root_is_for_initrd(facts->root_word);
	facts->root = root_look_up(question->root, facts->root_word, device);
	TRY(find_other_root(question, device, facts));
	if (facts->root == START_ROOT_MISSING)
		facts->root = settle_missing(question, facts);
	TRY(compare_with_running(question, device, facts));
	if (facts->root != START_ROOT_THERE || !*device || !files->folder)
		return NULL;
	TRY(root_add_drivers(question->root, device, files, facts));
	return add_file_system(question, device, files, facts);
}

struct consoles {
	const struct start_question *question;
	struct start_facts *facts;
};

static struct error *match(const char *value, void *data)
{
	const char **wanted = data;

	if (*wanted && strcmp(value, *wanted) == 0)
		*wanted = NULL;
	return NULL;
}

/* The running kernel was given it too: whoever wrote it knows, as for images that run anywhere. */
static struct error *is_known(const struct consoles *consoles, const char *value, bool *ret)
{
	const char *wanted = value;

	if (consoles->question->running_command_line)
		TRY(command_line_each(
			consoles->question->running_command_line, "console", match, &wanted));
	*ret = !wanted;
	return NULL;
}

/* A port of the 8250 driver that nothing was found at: serial_core's "type", PORT_UNKNOWN. */
static bool is_empty_port(const char *path)
{
	char name[PATH_MAX + 8], type = '1';
	FILE *file;

	snprintf(name, sizeof(name), "%s/type", path);
	file = fopen(name, "re");
	if (file) {
		type = (char)fgetc(file);
		fclose(file);
	}
	return type == '0';
}

/* kernel-parameters.txt, console=: a device's name, and options after a comma. */
static struct error *look_at_console(const char *value, void *data)
{
	struct consoles *consoles = data;
	struct start_facts *facts = consoles->facts;
	size_t length = strcspn(value, ",");
	char path[PATH_MAX];
	bool known;

	if (strncmp(value, "tty", 3) != 0 || facts->console_count == START_CONSOLES_MAX)
		return NULL;
	TRY(is_known(consoles, value, &known));
	if (known)
		return NULL;
	snprintf(path, sizeof(path), "%s/sys/class/tty/%.*s", consoles->question->root, (int)length,
		value);
	if (access(path, F_OK) == 0 && !is_empty_port(path))
		return NULL;
	facts->consoles[facts->console_count] = strndup(value, length);
	if (!facts->consoles[facts->console_count])
		return error_no_memory();
	facts->console_count++;
	return NULL;
}

static struct error *read_consoles(const struct start_question *question, struct start_facts *facts)
{
	struct consoles consoles = {question, facts};
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/sys/class/tty", question->root);
	if (access(path, F_OK) < 0)
		return NULL;
	return command_line_each(question->command_line, "console", look_at_console, &consoles);
}

/* Beside a kernel that somebody names anything may lie, a pipe that nobody writes to as well. */
static FILE *open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;
	FILE *file = NULL;

	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		file = fdopen(fd, "r");
	if (fd >= 0 && !file)
		close(fd);
	return file;
}

/* A kernel that was built without modules says so in the configuration that lies beside it. */
static bool is_without_modules(const struct start_question *question)
{
	char path[PATH_MAX], line[256];
	const char *slash = strrchr(question->kernel, '/');
	bool without = false;
	FILE *file;

	snprintf(path, sizeof(path), "%.*s/config-%s", slash ? (int)(slash - question->kernel) : 1,
		slash ? question->kernel : ".", question->release);
	file = open_regular(path);
	while (file && !without && fgets(line, sizeof(line), file))
		without = strncmp(line, "# CONFIG_MODULES is not set", 27) == 0;
	if (file)
		fclose(file);
	return without;
}

/* However it was named: from a folder's inside, or by a link. */
static bool lies_in_boot(const struct start_question *question)
{
	char boot[PATH_MAX], folder[PATH_MAX], kernel[PATH_MAX];

	snprintf(boot, sizeof(boot), "%s/boot", question->root);
	return realpath(boot, folder) && realpath(question->kernel, kernel) &&
	       strncmp(kernel, folder, strlen(folder)) == 0 && kernel[strlen(folder)] == '/';
}

/*
 * Where the new system's /lib/modules is: below the deployment that an ostree= names
 * (ostree-prepare-root(1)), else below the root.
 */
static struct error *open_modules(const struct start_question *question, struct module_files *files)
{
	char path[PATH_MAX], *deployment;
	bool there;

	TRY(value_of(question->command_line, "ostree", &deployment));
	there = deployment && *deployment == '/' &&
		snprintf(path, sizeof(path), "%s%s", question->root, deployment) <
			(int)sizeof(path) &&
		access(path, F_OK) == 0;
	free(deployment);
	return module_files_open(there ? path : question->root, question->release, files);
}

static struct error *read_files(const struct start_question *question, struct module_files *files,
	struct start_facts *facts)
{
	enum module_use use;

	facts->kernel_in_boot = lies_in_boot(question);
	TRY(boot_entry_unmounted_boot(question->root, &facts->unmounted_boot));
	facts->modules_there = TRISTATE_UNKNOWN;
	if (!facts->release)
		return NULL;
	TRY(open_modules(question, files));
	facts->modules_there =
		files->folder || is_without_modules(question) ? TRISTATE_YES : TRISTATE_NO;
	facts->modules_used = true;
	if (files->folder)
		return NULL;
	use = system_module_use(question->root);
	facts->modules_used = use != MODULES_UNUSED;
	facts->modules_elsewhere = use == MODULES_ELSEWHERE;
	return NULL;
}

/* Names separated by commas, as a list of modules: "-" is "_" to kernel and modprobe. */
static struct error *add_names(const char *value, void *data)
{
	char **list = data, *longer, *to;

	if (asprintf(&longer, "%s\n%s\n", *list ? *list : "", value) < 0)
		return error_no_memory();
	for (to = longer; *to; to++)
		*to = *to == ',' ? '\n' : *to == '-' ? '_' : *to;
	free(*list);
	*list = longer;
	return NULL;
}

/*
 * module_blacklist= (kernel/module/main.c, blacklisted(); the last one counts) and
 * modprobe.blacklist= (modprobe.d(5): each one does, for what is asked for by an alias).
 */
static struct error *read_blocked(const struct start_question *question, struct start_facts *facts)
{
	char *value;
	struct error *error;

	TRY(value_of(question->command_line, "module_blacklist", &value));
	error = value ? add_names(value, &facts->blocked) : NULL;
	free(value);
	TRY(error);
	return command_line_each(
		question->command_line, "modprobe.blacklist", add_names, &facts->blocked_by_name);
}

struct error *start_facts_read(const struct start_question *given, struct start_facts *ret)
{
	_cleanup_module_files_ struct module_files files = {0};
	struct start_question question = *given;

	*ret = (struct start_facts){0};
	/* Paths begin with a slash of their own. */
	if (strcmp(question.root, "/") == 0)
		question.root = "";
	if (question.release && *question.release) {
		ret->release = strdup(question.release);
		if (!ret->release)
			return error_no_memory();
	}
	TRY(value_of(question.command_line, "rdinit", &ret->first_program));
	TRY(read_blocked(&question, ret));
	TRY(read_files(&question, &files, ret));
	TRY(read_root(&question, &files, ret));
	ret->unread_list = files.unread;
	files.unread = NULL;
	return read_consoles(&question, ret);
}
