/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that read files, and that look for the device on which one is. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "grub/commands.h"

enum { ENVIRONMENT_MAX = 64 << 10 };

static struct error *note_missing(const struct grub_call *call, const char *name)
{
	char text[256];

	snprintf(text, sizeof(text), "%s: %.200s is not there", call->name, name);
	grub_note_mistake(call->grub, call->grub->line, text);
	return NULL;
}

/* It is part of the file that asks for it: the same variables, the same menu. */
struct error *grub_command_source(const struct grub_call *call, enum grub_status *ret)
{
	bool found;

	*ret = call->count == 1 ? GRUB_OK : GRUB_BAD_ARGUMENT;
	if (*ret != GRUB_OK)
		return NULL;
	TRY(grub_execute_file(call->grub, call->words[0], &found));
	/* GRUB tells of that, and takes it for a success. */
	return found ? NULL : note_missing(call, call->words[0]);
}

/* $prefix/NAME */
static struct error *in_prefix(const struct grub_call *call, const char *name, const char **ret)
{
	const char *prefix = grub_variable_get(&call->grub->context->variables, "prefix");
	struct arena *arena = &call->grub->scratch;
	char *path;

	*ret = NULL;
	if (!prefix)
		return NULL;
	TAKE(arena, path, arena_take(arena, strlen(prefix) + strlen(name) + 2));
	sprintf(path, "%s/%s", prefix, name);
	*ret = path;
	return NULL;
}

/*
 * configfile and normal go over to another file for good: if that has entries, it is its menu that
 * is shown, and nothing behind the command happens.
 */
struct error *grub_command_configfile(const struct grub_call *call, enum grub_status *ret)
{
	struct grub *grub = call->grub;
	const char *path = call->count ? call->words[0] : NULL;
	bool found = false;

	if (!path && call->name[0] == 'n')
		TRY(in_prefix(call, "grub.cfg", &path));
	*ret = path ? GRUB_OK : GRUB_BAD_ARGUMENT;
	if (!path)
		return NULL;
	TRY(grub_open_context(grub));
	TRY(grub_execute_file(grub, path, &found));
	if (!found)
		TRY(note_missing(call, path));
	if (grub->context->menu.count)
		grub->stopped = true;
	if (!grub->stopped)
		grub_close_context(grub);
	return NULL;
}

/* Entries of another file, run with variables of its own, in the present menu. */
struct error *grub_command_extract(const struct grub_call *call, enum grub_status *ret)
{
	struct grub *grub = call->grub;
	struct grub_context *inner;
	bool found = false;

	*ret = call->count == 1 ? GRUB_OK : GRUB_BAD_ARGUMENT;
	if (*ret != GRUB_OK)
		return NULL;
	TRY(grub_open_context(grub));
	inner = grub->context;
	TRY(grub_execute_file(grub, call->words[0], &found));
	if (grub->stopped)
		return NULL;
	grub_close_context(grub);
	for (size_t i = 0; i < inner->menu.count; i++)
		TRY(grub_menu_add(grub, &inner->menu.entries[i]));
	return found ? NULL : note_missing(call, call->words[0]);
}

/* The words and the file of load_env and save_env. */
static struct error *environment_options(const struct grub_call *call, const char **ret_path,
	struct grub_words *ret_words, enum grub_status *ret)
{
	struct grub_option options[] = {{.name = "file", .letter = 'f', .value = GRUB_VALUE},
		{.name = "skip-sig", .letter = 's'}, {0}};

	TRY(grub_options_read(call, options, 0, ret_words, ret));
	*ret_path = options[0].text;
	if (!*ret_path)
		TRY(in_prefix(call, "grubenv", ret_path));
	if (*ret == GRUB_OK && !*ret_path)
		*ret = GRUB_FILE_NOT_FOUND;
	return NULL;
}

struct error *grub_command_load_env(const struct grub_call *call, enum grub_status *ret)
{
	_cleanup_blob_ struct blob blob = {0};
	struct grub_words words;
	const char *path;
	bool found;

	TRY(environment_options(call, &path, &words, ret));
	if (*ret != GRUB_OK)
		return NULL;
	TRY(grub_read(call->grub, path, ENVIRONMENT_MAX, &found, &blob));
	if (found)
		return grub_environment_block(call->grub, blob_bytes(&blob), &words, ret);
	*ret = GRUB_FILE_NOT_FOUND;
	return note_missing(call, path);
}

/* Nothing is written; that it was asked for is what tells a one-time entry. */
struct error *grub_command_save_env(const struct grub_call *call, enum grub_status *ret)
{
	struct grub *grub = call->grub;
	struct grub_words words;
	const char *path;

	TRY(environment_options(call, &path, &words, ret));
	if (*ret == GRUB_OK && !words.count)
		*ret = GRUB_BAD_ARGUMENT;
	for (size_t i = 0; i < words.count && *ret == GRUB_OK; i++)
		if (!grub_saved(grub, words.list[i]) && grub->saved_count < GRUB_SAVED_MAX)
			snprintf(grub->saved[grub->saved_count++], sizeof(grub->saved[0]), "%s",
				words.list[i]);
	return NULL;
}

/* Hints are for speed; but a file may be on several devices, and then they decide. */
static struct error *search_hints(struct grub *grub, const char *key, const char *const *hints,
	size_t count, char ret[static 256])
{
	const struct grub_world *world = grub->setup.world;

	*ret = '\0';
	for (size_t i = 0; i < count && !*ret; i++)
		if (hints[i] && world->has_device(world->data, hints[i]) &&
			world->look(world->data, hints[i], key).there)
			snprintf(ret, 256, "%s", hints[i]);
	return NULL;
}

static struct error *search(const struct grub_call *call, enum grub_search kind, const char *key,
	const char *into, const char *const *hints, size_t hint_count, enum grub_status *ret)
{
	struct grub *grub = call->grub;
	const struct grub_world *world = grub->setup.world;
	char device[256] = "";

	if (kind == GRUB_SEARCH_FILE)
		TRY(search_hints(grub, key, hints, hint_count, device));
	if (!*device && !world->search(world->data, kind, key, device)) {
		/* The variable stays what it was. */
		*ret = GRUB_FILE_NOT_FOUND;
		return note_missing(call, key);
	}
	*ret = GRUB_OK;
	if (!into)
		return NULL;
	return grub_variable_set(&grub->context->variables, &grub->arena, into, device);
}

enum { FILE_KIND, LABEL_KIND, UUID_KIND, SET, HINT };

/* What is looked for, and the variable that is set: a name behind --set may be either. */
static const char *search_key(
	const struct grub_words *words, const struct grub_option *options, const char **ret_into)
{
	size_t i = 0;

	*ret_into = options[SET].accepted ? options[SET].text : NULL;
	if (options[SET].accepted && !*ret_into)
		*ret_into = "root";
	/* Hints for machines that this GRUB does not know. */
	while (i < words->count && strncmp(words->list[i], "--hint-", 7) == 0)
		i++;
	if (i < words->count)
		return words->list[i];
	*ret_into = "root";
	return options[SET].text;
}

struct error *grub_command_search(const struct grub_call *call, enum grub_status *ret)
{
	struct grub_option options[] = {[FILE_KIND] = {.name = "file", .letter = 'f'},
		[LABEL_KIND] = {.name = "label", .letter = 'l'},
		[UUID_KIND] = {.name = "fs-uuid", .letter = 'u'},
		[SET] = {.name = "set", .letter = 's', .value = GRUB_OPTIONAL_VALUE},
		[HINT] = {.name = "hint", .letter = 'h', .value = GRUB_VALUE},
		{.name = "no-floppy", .letter = 'n'},
		{.name = "efidisk-only"},
		{.name = "cryptodisk-only"},
		{.name = "root-dev-only", .letter = 'r'},
		{.name = "hint-ieee1275", .value = GRUB_VALUE},
		{.name = "hint-bios", .value = GRUB_VALUE},
		{.name = "hint-baremetal", .value = GRUB_VALUE},
		{.name = "hint-efi", .value = GRUB_VALUE},
		{.name = "hint-arc", .value = GRUB_VALUE},
		{0}};
	enum grub_search kind = GRUB_SEARCH_FILE;
	const char *key = NULL, *into;
	struct grub_words words;

	TRY(grub_options_read(call, options, GRUB_KEEPS_OTHERS, &words, ret));
	if (*ret == GRUB_OK)
		key = search_key(&words, options, &into);
	if (!key)
		*ret = GRUB_BAD_ARGUMENT;
	else if (options[LABEL_KIND].accepted)
		kind = GRUB_SEARCH_LABEL;
	else if (options[UUID_KIND].accepted)
		kind = GRUB_SEARCH_UUID;
	else if (!options[FILE_KIND].accepted)
		*ret = GRUB_INVALID_COMMAND;
	if (*ret != GRUB_OK)
		return NULL;
	return search(call, kind, key, into, options[HINT].texts, options[HINT].text_count, ret);
}

/* search.fs_uuid KEY [VARIABLE [HINT…]] */
struct error *grub_command_search_by_name(const struct grub_call *call, enum grub_status *ret)
{
	enum grub_search kind = strcmp(call->name, "search.fs_uuid") == 0    ? GRUB_SEARCH_UUID
				: strcmp(call->name, "search.fs_label") == 0 ? GRUB_SEARCH_LABEL
									     : GRUB_SEARCH_FILE;

	*ret = call->count ? GRUB_OK : GRUB_BAD_ARGUMENT;
	if (!call->count)
		return NULL;
	return search(call, kind, call->words[0], call->count > 1 ? call->words[1] : NULL,
		call->words + 2, call->count > 2 ? call->count - 2 : 0, ret);
}

/* probe --set=NAME --fs-uuid DEVICE, and its like. */
struct error *grub_command_probe(const struct grub_call *call, enum grub_status *ret)
{
	struct grub_option options[] = {{.name = "set", .letter = 's', .value = GRUB_VALUE},
		{.name = "fs-uuid", .letter = 'u'}, {.name = "label", .letter = 'l'},
		{.name = "part-uuid"}, {.name = "driver", .letter = 'd'},
		{.name = "partmap", .letter = 'p'}, {.name = "fs", .letter = 'f'}, {0}};
	const struct grub_world *world = call->grub->setup.world;
	struct grub_words words;
	const char *value;
	char device[256];
	char which;

	TRY(grub_options_read(call, options, 0, &words, ret));
	if (*ret == GRUB_OK && words.count != 1)
		*ret = GRUB_BAD_ARGUMENT;
	if (*ret != GRUB_OK)
		return NULL;
	snprintf(device, sizeof(device), "%s", words.list[0] + (words.list[0][0] == '('));
	device[strcspn(device, ")")] = '\0';
	which = options[1].accepted   ? 'u'
		: options[2].accepted ? 'l'
		: options[3].accepted ? 'p'
				      : 0;
	value = which ? world->identity(world->data, device, which) : NULL;
	if (!value) {
		*ret = GRUB_UNKNOWN_DEVICE;
		return NULL;
	}
	if (!options[0].accepted)
		return NULL;
	return grub_variable_set(
		&call->grub->context->variables, &call->grub->arena, options[0].text, value);
}
