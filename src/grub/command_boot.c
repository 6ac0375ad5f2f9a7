/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that say what is started. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "grub/commands.h"

/* Bytes of a word as Linux is given it (GRUB's lib/cmdline.c), without the quotes around it. */
static size_t escaped_length(const char *word)
{
	size_t length = 0;

	for (; *word; word++)
		length += strchr("\\'\"", *word) ? 2 : 1;
	return length;
}

static char *add_escaped(char *to, const char *word)
{
	bool quoted = strchr(word, ' ');

	if (quoted)
		*to++ = '"';
	for (; *word; word++) {
		if (strchr("\\'\"", *word))
			*to++ = '\\';
		*to++ = *word;
	}
	if (quoted)
		*to++ = '"';
	return to;
}

/* "BOOT_IMAGE=", and all words with a blank between them. */
static struct error *command_line(const struct grub_call *call, const char **ret)
{
	static const char image[] = "BOOT_IMAGE=";
	size_t length = sizeof(image);
	char *line, *to;

	for (size_t i = 0; i < call->count; i++)
		length += escaped_length(call->words[i]) + 3;
	TAKE(&call->grub->arena, line, arena_take(&call->grub->arena, length));
	to = stpcpy(line, image);
	for (size_t i = 0; i < call->count; i++) {
		if (i)
			*to++ = ' ';
		to = add_escaped(to, call->words[i]);
	}
	*ret = line;
	return NULL;
}

/* What a word says, for as long as the interpreter lives; GRUB fails where no such file is. */
static struct error *named_file(
	const struct grub_call *call, const char *name, struct grub_path *ret, bool *ret_missing)
{
	const struct grub_world *world = call->grub->setup.world;
	struct arena *arena = &call->grub->arena;

	TRY(grub_split_path(call->grub, name, ret));
	TAKE(arena, ret->path, arena_text(arena, ret->path, strlen(ret->path)));
	TAKE(arena, ret->device, arena_text(arena, ret->device, strlen(ret->device)));
	*ret_missing = world->has_device(world->data, ret->device) &&
		       !world->look(world->data, ret->device, ret->path).there;
	return NULL;
}

/* A second kernel takes the place of the first, and its initrds with it. */
static struct error *begin(const struct grub_call *call, struct grub_boot *boot, bool *ret_missing)
{
	*boot = (struct grub_boot){0};
	TAKE(&call->grub->arena, boot->command,
		arena_text(&call->grub->arena, call->name, strlen(call->name)));
	return named_file(call, call->words[0], &boot->kernel, ret_missing);
}

struct error *grub_command_linux(const struct grub_call *call, enum grub_status *ret)
{
	struct grub_boot *boot = &call->grub->boot;
	bool missing = false;

	*ret = call->count ? GRUB_OK : GRUB_BAD_ARGUMENT;
	if (!call->count)
		return NULL;
	TRY(begin(call, boot, &missing));
	if (missing)
		*ret = GRUB_FILE_NOT_FOUND;
	return command_line(call, &boot->command_line);
}

/* chainloader, multiboot and others: what they start is not for baton, and is told as such. */
struct error *grub_command_other_system(const struct grub_call *call, enum grub_status *ret)
{
	size_t first = 0;
	struct grub_call rest = *call;
	bool missing = false;

	while (first < call->count && call->words[first][0] == '-')
		first++;
	rest.words += first;
	rest.count -= first;
	*ret = rest.count ? GRUB_OK : GRUB_BAD_ARGUMENT;
	return rest.count ? begin(&rest, &call->grub->boot, &missing) : NULL;
}

/* `newc:NAME:FILE` is a file that becomes a member of an archive. */
static struct error *add_initrd(const struct grub_call *call, const char *word, bool *ret_missing)
{
	struct grub_boot *boot = &call->grub->boot;
	struct arena *arena = &call->grub->arena;
	struct grub_initrd *initrd;
	const char *colon;

	if (boot->initrd_count == GRUB_INITRDS_MAX)
		return error_new(ERROR_LIMIT, "more than %d initrds", GRUB_INITRDS_MAX);
	initrd = &boot->initrds[boot->initrd_count++];
	*initrd = (struct grub_initrd){0};
	if (strncmp(word, "newc:", 5) == 0 && (colon = strchr(word + 5, ':'))) {
		TAKE(arena, initrd->member,
			arena_text(arena, word + 5, (size_t)(colon - word - 5)));
		word = colon + 1;
	}
	return named_file(call, word, &initrd->file, ret_missing);
}

struct error *grub_command_initrd(const struct grub_call *call, enum grub_status *ret)
{
	struct grub_boot *boot = &call->grub->boot;
	bool missing = false;

	*ret = call->count && boot->command_line ? GRUB_OK : GRUB_BAD_ARGUMENT;
	if (*ret != GRUB_OK)
		return NULL;
	boot->initrd_count = 0;
	for (size_t i = 0; i < call->count; i++) {
		TRY(add_initrd(call, call->words[i], &missing));
		if (missing)
			*ret = GRUB_FILE_NOT_FOUND;
	}
	return NULL;
}

struct error *grub_command_device_tree(const struct grub_call *call, enum grub_status *ret)
{
	bool missing = false;

	*ret = call->count ? GRUB_OK : GRUB_BAD_ARGUMENT;
	if (!call->count)
		return NULL;
	TRY(named_file(call, call->words[0], &call->grub->boot.device_tree, &missing));
	if (missing)
		*ret = GRUB_FILE_NOT_FOUND;
	return NULL;
}

/* halt, reboot, exit: GRUB is over. */
struct error *grub_command_leave(const struct grub_call *call, enum grub_status *ret)
{
	*ret = GRUB_OK;
	call->grub->boot = (struct grub_boot){0};
	TAKE(&call->grub->arena, call->grub->boot.command,
		arena_text(&call->grub->arena, call->name, strlen(call->name)));
	call->grub->stopped = true;
	return NULL;
}

struct error *grub_command_firmware_setup(const struct grub_call *call, enum grub_status *ret)
{
	bool can = call->grub->setup.world->has_firmware_setup;

	if (!call->count)
		return grub_command_leave(call, ret);
	*ret = can ? GRUB_OK : GRUB_FALSE;
	return NULL;
}
