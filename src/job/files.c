/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "job/files.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "image/read.h"
#include "job/entries.h"

/** Most bytes of a device tree: the kernel's own scratch area for one is smaller. */
#define DEVICE_TREE_LIMIT (UINT64_C(4) << 20)

bool job_is_recorded(const struct job_options *options)
{
	return options->record || options->recorded;
}

const char *job_root(const struct job_system *system, const struct job_options *options)
{
	return options->root ?: system->root;
}

static struct error *find_initrd(const struct job_options *options, struct job *job)
{
	_cleanup_boot_entry_pair_ struct boot_entry_pair pair = {0};

	if (options->initrd_count || options->no_initrd || !options->find_initrd)
		return NULL;
	TRY(boot_entry_find_pair(options->kernel, NULL, &pair));
	job->initrd_beside = pair.initrd;
	job->why_no_initrd = pair.why;
	pair = (struct boot_entry_pair){0};
	return NULL;
}

static struct error *name_kernel(const char *path, struct job *job)
{
	job->kernel = strdup(path);
	return job->kernel ? NULL : error_no_memory();
}

/* A word that is no file's name may be that of an entry of the boot loader. */
static bool may_be_entry(const struct job_options *options)
{
	struct stat status;

	return options->find_kernel && !strchr(options->kernel, '/') && !job_is_recorded(options) &&
	       stat(options->kernel, &status) < 0;
}

static struct error *find_named(
	const struct job_options *options, const char *root, struct job *job)
{
	if (may_be_entry(options))
		TRY(job_entry_named(root, options->kernel, &job->boot_entry));
	if (job->boot_entry.kernel)
		return name_kernel(job->boot_entry.kernel, job);
	TRY(name_kernel(options->kernel, job));
	return find_initrd(options, job);
}

/* What the system's links lead to; what was wrong with the boot loader's configuration is told. */
static struct error *find_linked(const struct boot_entry_question *question, struct job *job)
{
	char *warning = job->boot_entry.warning;
	struct error *error = boot_entry_find_default(question, &job->boot_entry);

	if (error || !warning || job->boot_entry.warning)
		free(warning);
	else
		job->boot_entry.warning = warning;
	return error;
}

/* What the boot loader would start next, where it has something to say. */
static struct error *find_default(const struct job_options *options,
	const struct boot_entry_question *question, struct job *job)
{
	if (options->request.target == TARGET_NORMAL)
		TRY(job_entry_next(question->root, &job->boot_entry));
	if (!job->boot_entry.kernel)
		TRY(find_linked(question, job));
	return name_kernel(job->boot_entry.kernel, job);
}

/** Name the kernel and, where none was named, the initrds that go with it. */
struct error *job_find_files(
	const struct job_system *system, const struct job_options *options, struct job *job)
{
	struct boot_entry_question question = {
		.root = job_root(system, options),
		.release = job->machine.release,
		.had_initrd = machine_had_initrd(&job->machine),
	};

	if (options->kernel && !*options->kernel)
		return error_new(ERROR_USAGE, "the kernel's name is empty; name a file");
	if (options->kernel)
		return find_named(options, question.root, job);
	if (!options->find_kernel)
		return error_new(ERROR_USAGE, "no kernel was named");
	if (job_is_recorded(options))
		return error_new(ERROR_USAGE,
			"--machine needs a kernel: the recorded machine's own is not in the record");
	/* Whatever is said about initrds, none is looked for. */
	if (options->no_initrd || options->initrd_count)
		question.had_initrd = TRISTATE_NO;
	return find_default(options, &question, job);
}

/** 0 for what cannot be looked at: the error comes when it is read. Nor has a device a size here.
 */
static uint64_t file_size(const char *path)
{
	struct stat status;

	return path && stat(path, &status) == 0 && S_ISREG(status.st_mode)
		       ? (uint64_t)status.st_size
		       : 0;
}

static uint64_t kernel_size(const char *path)
{
	uint64_t size;

	error_free(image_file_size(path, &size));
	return size;
}

/**
 * What is loaded is read, and the kernel copies it: refuse what does not fit before the kernel has
 * to kill a process for it.
 */
static struct error *check_size(
	const struct job_options *options, const struct job *job, uint64_t size)
{
	uint64_t available = job->machine.memory_available;

	if (job_is_recorded(options) || !available || size <= available / 2)
		return NULL;
	return error_new(ERROR_NO_SPACE,
		"memory: the kernel and initrd have %" PRIu64
		" MiB, and are there twice while they are loaded, but only %" PRIu64
		" MiB are available; free some memory, or use a smaller initrd",
		(size >> 20) + 1, available >> 20);
}

/** Before any file is opened, as far as that can be told then. */
struct error *job_check_room(const struct job_options *options, const struct job *job)
{
	uint64_t size = kernel_size(job->kernel) + file_size(job->initrd_beside);

	for (unsigned int i = 0; i < options->initrd_count; i++)
		size += file_size(options->initrds[i]);
	for (unsigned int i = 0; i < job->boot_entry.initrd_count; i++)
		size += file_size(job->boot_entry.initrds[i]);
	return check_size(options, job, size);
}

/** An error about the kernel's file, and why it may not be there. */
static struct error *hint_at_boot(const char *root, const struct job *job, struct error *error)
{
	char *unmounted = NULL;

	if (!error || !strstr(job->kernel, "/boot/"))
		return error;
	error_free(boot_entry_unmounted_boot(root, &unmounted));
	if (unmounted)
		error = error_hint(error, "/boot is not mounted (/etc/fstab names %s)", unmounted);
	free(unmounted);
	return error;
}

/* Links are followed while they lead where they do now; NULL: as it was named. */
static char *known_as(const char *path)
{
	char *real = realpath(path, NULL);

	/* An open file without a name, as a memory file is. */
	if (!real && strncmp(path, "/proc/self/fd/", 14) == 0)
		return strdup("(a file without a name)");
	return real;
}

struct error *job_read_image(
	const struct job_system *system, const struct job_options *options, struct job *job)
{
	struct error *error;

	job->kernel_known_as = known_as(job->kernel);
	error = image_read(job->kernel, options->format, &job->image);
	if (error && options->kernel && may_be_entry(options))
		error = job_entry_hint(job_root(system, options), options->kernel, error);
	return hint_at_boot(job_root(system, options), job, error);
}

static struct error *open_paths(const struct job_options *options, const char *const *paths,
	unsigned int count, struct job *job)
{
	TRY(initrd_open(paths, count, &job->initrd));
	/* What is on block devices had no size before. */
	return check_size(options, job, job->image.file_size + initrd_size(&job->initrd));
}

static struct error *hint(const struct job_options *options, struct error *error)
{
	return error && options->initrd_count && options->initrd_hint
		       ? error_hint(error, "%s", options->initrd_hint)
		       : error;
}

struct error *job_read_initrds(const struct job_options *options, struct job *job)
{
	return hint(options, initrd_load(&job->initrd));
}

struct error *job_open_initrds(const struct job_options *options, struct job *job)
{
	const char *beside = job->initrd_beside;

	if (options->no_initrd)
		return NULL;
	if (options->initrd_count)
		return hint(
			options, open_paths(options, options->initrds, options->initrd_count, job));
	if (job->boot_entry.initrd_count)
		return open_paths(options, (const char *const *)job->boot_entry.initrds,
			job->boot_entry.initrd_count, job);
	return beside ? open_paths(options, &beside, 1, job) : NULL;
}

/** flattened device tree, Devicetree Specification 0.4, section 5.2: the magic is big-endian. */
struct error *job_read_device_tree(struct job_options *options, struct job *job)
{
	if (!options->device_tree)
		return NULL;
	TRY(blob_read_file(options->device_tree, DEVICE_TREE_LIMIT, &job->device_tree));
	if (!bytes_match(blob_bytes(&job->device_tree), 0, "\xd0\x0d\xfe\xed", 4))
		return error_new(ERROR_FORMAT,
			"%s: not a flattened device tree: it does not begin with d0 0d fe ed; compile it "
			"with dtc -O dtb",
			options->device_tree);
	options->request.device_tree = blob_bytes(&job->device_tree);
	return NULL;
}
