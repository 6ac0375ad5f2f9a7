/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "entry/entry.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

/*
 * Order of belief. A boot loader's own configuration, once it can be read, goes before the links,
 * because it is what firmware would have started; the links before the running release, because
 * after an upgrade one reboots to get the newer kernel.
 */
static const struct boot_entry_source *const boot_entry_sources[] = {
	&boot_entry_source_root_link,
	&boot_entry_source_boot_link,
	&boot_entry_source_running_release,
};

void boot_entry_deinit(struct boot_entry *entry)
{
	free(entry->origin);
	free(entry->kernel);
	free(entry->command_line);
	free(entry->why_no_initrd);
	free(entry->warning);
	for (unsigned int i = 0; i < entry->initrd_count; i++)
		free(entry->initrds[i]);
	*entry = (struct boot_entry){0};
}

static struct error *nothing_found(const struct boot_entry_question *question)
{
	const char *release = question->release ? question->release : "unknown";
	char places[512] = "", *unmounted;
	struct error *error;
	size_t used = 0;

	for (size_t i = 0; i < sizeof(boot_entry_sources) / sizeof(boot_entry_sources[0]); i++) {
		int length = snprintf(places + used, sizeof(places) - used, "%s%s", i ? ", " : "",
			boot_entry_sources[i]->looked_for);

		if (length > 0 && (size_t)length < sizeof(places) - used)
			used += (size_t)length;
	}
	TRY(boot_entry_unmounted_boot(question->root, &unmounted));
	if (unmounted)
		error = error_new(ERROR_OTHER,
			"no kernel found: /boot is not mounted (/etc/fstab names %s); mount /boot",
			unmounted);
	else
		error = error_new(ERROR_OTHER,
			"no kernel found: looked for %s (running release: %s); name a kernel and its "
			"initrd, as in /boot/vmlinuz-VERSION --initrd=/boot/initrd.img-VERSION",
			places, release);
	free(unmounted);
	return error;
}

static struct error *find_first(const struct boot_entry_question *question, struct boot_entry *ret)
{
	for (size_t i = 0; i < sizeof(boot_entry_sources) / sizeof(boot_entry_sources[0]); i++) {
		TRY(boot_entry_sources[i]->find_default(question->root, question->release, ret));
		if (ret->kernel) {
			ret->source = boot_entry_sources[i]->name;
			return NULL;
		}
	}
	return nothing_found(question);
}

/* " (X is empty, …)", or nothing. */
static const char *in_brackets(const struct boot_entry *entry, char buffer[static 512])
{
	if (!entry->why_no_initrd)
		return "";
	snprintf(buffer, 512, " (%s)", entry->why_no_initrd);
	return buffer;
}

static struct error *warn(struct boot_entry *entry, const char *format, ...) BATON_PRINTF(2, 3);
static struct error *warn(struct boot_entry *entry, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&entry->warning, format, arguments);
	va_end(arguments);
	if (length >= 0)
		return NULL;
	entry->warning = NULL;
	return error_no_memory();
}

/* What the running kernel was started from, if it is another one than @found and is whole. */
static struct error *find_running_pair(const struct boot_entry_question *question,
	const struct boot_entry *found, struct boot_entry *ret)
{
	TRY(boot_entry_source_running_release.find_default(question->root, question->release, ret));
	ret->source = boot_entry_source_running_release.name;
	if (!ret->kernel || !ret->initrd_count || strcmp(ret->kernel, found->kernel) == 0)
		boot_entry_deinit(ret);
	return NULL;
}

/* Nothing tells whether the running kernel had one: does this system make initrds? */
static bool makes_initrds(
	const struct boot_entry_question *question, const struct boot_entry *found)
{
	const char *slash = strrchr(found->kernel, '/');
	char path[1024];
	struct stat status;

	snprintf(path, sizeof(path), "%.*s/initrd.img-%s", slash ? (int)(slash - found->kernel) : 0,
		found->kernel, question->release ? question->release : "");
	return found->why_no_initrd || stat(path, &status) == 0;
}

/* The kernel that was found has no initrd. */
static struct error *settle_without(
	const struct boot_entry_question *question, struct boot_entry *found)
{
	_cleanup_boot_entry_ struct boot_entry running = {0};
	char why[512];

	if (question->had_initrd == TRISTATE_NO)
		return NULL;
	TRY(find_running_pair(question, found, &running));
	if (running.kernel) {
		TRY(warn(&running,
			"%s has no initrd of its version%s: its upgrade may be unfinished, so this is "
			"the running kernel's own pair",
			found->kernel, in_brackets(found, why)));
		boot_entry_deinit(found);
		*found = running;
		running = (struct boot_entry){0};
		return NULL;
	}
	if (question->had_initrd == TRISTATE_UNKNOWN && !makes_initrds(question, found))
		return warn(found,
			"%s has no initrd, and it is not known whether the running kernel had one",
			found->kernel);
	return error_new(ERROR_OTHER,
		"%s: there is no initrd of its version%s, and the running kernel was started with "
		"one: the upgrade may be unfinished; make it (update-initramfs -u -k all, dracut), or "
		"name one by --initrd=, or use --no-initrd",
		found->kernel, in_brackets(found, why));
}

struct error *boot_entry_find_default(
	const struct boot_entry_question *question, struct boot_entry *ret)
{
	struct error *error;

	*ret = (struct boot_entry){0};
	error = find_first(question, ret);
	if (!error && !ret->initrd_count)
		error = settle_without(question, ret);
	if (error)
		boot_entry_deinit(ret);
	return error;
}
