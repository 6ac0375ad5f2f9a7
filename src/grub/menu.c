/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries, and which of them starts by itself. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "grub/commands.h"

static struct error *copy_text(struct arena *arena, const char *text, const char **ret)
{
	*ret = NULL;
	if (text)
		TAKE(arena, *ret, arena_text(arena, text, strlen(text)));
	return NULL;
}

static struct error *copy_list(
	struct arena *arena, const char *const *list, const char *const **ret)
{
	size_t count = 0;
	const char **copy;

	while (list && list[count])
		count++;
	TAKE(arena, copy, arena_take(arena, (count + 1) * sizeof(*copy)));
	for (size_t i = 0; i < count; i++)
		TRY(copy_text(arena, list[i], &copy[i]));
	*ret = copy;
	return NULL;
}

static struct error *make_room(struct grub *grub, struct grub_menu *menu)
{
	size_t room = menu->room ? menu->room * 2 : 16;
	struct grub_entry *entries;

	if (++grub->entry_count > GRUB_ENTRIES_MAX)
		return error_new(ERROR_LIMIT, "more than %d entries", GRUB_ENTRIES_MAX);
	if (menu->count < menu->room)
		return NULL;
	TAKE(&grub->arena, entries, arena_take(&grub->arena, room * sizeof(*entries)));
	if (menu->count)
		memcpy(entries, menu->entries, menu->count * sizeof(*entries));
	menu->entries = entries;
	menu->room = room;
	return NULL;
}

struct error *grub_menu_add(struct grub *grub, const struct grub_entry *entry)
{
	struct grub_menu *menu = &grub->context->menu;
	struct arena *arena = &grub->arena;
	struct grub_entry copy = *entry;

	TRY(copy_text(arena, entry->title, &copy.title));
	TRY(copy_text(arena, entry->id, &copy.id));
	TRY(copy_text(arena, entry->hotkey, &copy.hotkey));
	TRY(copy_text(arena, entry->body, &copy.body));
	TRY(copy_list(arena, entry->classes, &copy.classes));
	TRY(copy_list(arena, entry->params, &copy.params));
	TRY(make_room(grub, menu));
	menu->entries[menu->count++] = copy;
	return NULL;
}

enum { CLASS, USERS, HOTKEY, SOURCE, ID, UNRESTRICTED };

/* Of a block only its text is kept: it is parsed and run when the entry is chosen. */
static struct error *add_entry(const struct grub_call *call, const struct grub_words *words,
	const struct grub_option *options)
{
	const char *id = options[ID].text;

	return grub_menu_add(call->grub,
		&(struct grub_entry){
			.title = words->list[0],
			.id = id ? id : words->list[0],
			.classes = options[CLASS].texts,
			.hotkey = options[HOTKEY].text,
			.is_submenu = call->name[0] == 's',
			.is_restricted = options[USERS].accepted || !options[UNRESTRICTED].accepted,
			.file = call->grub->file,
			.line = call->grub->line,
			.body = call->block ? call->block : options[SOURCE].text,
			.params = words->list,
		});
}

/* menuentry and submenu */
struct error *grub_command_menuentry(const struct grub_call *call, enum grub_status *ret)
{
	struct grub_option options[] = {
		[CLASS] = {.name = "class", .letter = 1, .value = GRUB_VALUE},
		[USERS] = {.name = "users", .letter = 2, .value = GRUB_VALUE},
		[HOTKEY] = {.name = "hotkey", .letter = 3, .value = GRUB_VALUE},
		[SOURCE] = {.name = "source", .letter = 4, .value = GRUB_VALUE},
		[ID] = {.name = "id", .value = GRUB_VALUE},
		[UNRESTRICTED] = {.name = "unrestricted"},
		{0}};
	struct grub_words words;

	TRY(grub_options_read(call, options, GRUB_KEEPS_OTHERS, &words, ret));
	if (*ret != GRUB_OK)
		return NULL;
	if (!words.count)
		*ret = call->block ? GRUB_MENU_ERROR : GRUB_BAD_ARGUMENT;
	else if ((call->block != NULL) == options[SOURCE].accepted)
		*ret = GRUB_BAD_ARGUMENT;
	else
		return add_entry(call, &words, options);
	grub_note_mistake(call->grub, call->grub->line, "an entry without a title or commands");
	return NULL;
}

/*
 * Is @name what @wanted says up to its first single > or, with @words, up to a blank? ">>" in
 * @wanted is a > of the name.
 */
static bool is_named(const char *name, const char *wanted, bool words)
{
	for (;; name++, wanted++) {
		if (*wanted == '>' && wanted[1] != '>')
			return !*name;
		if (*wanted == '>')
			wanted++;
		if (words && !*name && *wanted == ' ')
			return true;
		if (*name != *wanted)
			return false;
		if (!*name)
			return true;
	}
}

static size_t find_named(
	const struct grub_menu *menu, const char *wanted, bool by_id, bool by_title, bool words)
{
	for (size_t i = 0; i < menu->count; i++)
		if ((by_title && is_named(menu->entries[i].title, wanted, false)) ||
			(by_id && is_named(menu->entries[i].id, wanted, words)))
			return i;
	return menu->count;
}

/*
 * Upstream takes what begins with a digit for a number, whatever comes behind it; Red Hat's looks
 * at ids and titles first, and at numbers only if nothing but a blank comes behind them.
 */
static size_t find_default(
	const struct grub *grub, const struct grub_menu *menu, const char *wanted)
{
	bool red_hat = grub->setup.make == GRUB_RED_HAT;
	unsigned long number;
	const char *end;
	size_t found;

	if (red_hat) {
		found = find_named(menu, wanted, true, false, true);
		if (found == menu->count)
			found = find_named(menu, wanted, false, true, false);
		if (found < menu->count)
			return found;
	}
	if (!grub_number(wanted, &number, &end))
		return red_hat ? menu->count : find_named(menu, wanted, true, true, false);
	if (red_hat && *end && *end != ' ')
		return menu->count;
	return number < menu->count ? number : menu->count;
}

size_t grub_default(struct grub *grub, bool *ret_known)
{
	const struct grub_menu *menu = grub_menu(grub);
	const char *wanted = grub_get(grub, "default");
	size_t found = wanted ? find_default(grub, menu, wanted) : menu->count;

	*ret_known = found < menu->count;
	return *ret_known ? found : 0;
}
