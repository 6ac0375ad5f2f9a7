/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/grub.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "grub/interpreter.h"

/* What GRUB 2.00 and later says it can do; configurations ask. */
static const char *const features[] = {
	"feature_chainloader_bpb",
	"feature_ntldr",
	"feature_platform_search_hint",
	"feature_default_font_path",
	"feature_all_video_module",
	"feature_menuentry_id",
	"feature_menuentry_options",
	"feature_200_final",
	"feature_nativedisk_cmd",
	"feature_timeout_style",
};

static struct error *preset(struct grub *grub, const char *name, const char *value)
{
	struct grub_variables *variables = &grub->context->variables;

	TRY(grub_variable_set(variables, &grub->arena, name, value ? value : ""));
	return grub_variable_export(variables, &grub->arena, name);
}

static struct error *preset_all(struct grub *grub)
{
	const struct grub_setup *setup = &grub->setup;

	TRY(preset(grub, "root", setup->root));
	TRY(preset(grub, "prefix", setup->prefix));
	TRY(preset(grub, "cmdpath", ""));
	TRY(preset(grub, "grub_platform", setup->platform));
	TRY(preset(grub, "grub_cpu", setup->cpu));
	TRY(preset(grub, "pager", ""));
	TRY(preset(grub, "color_normal", "light-gray/black"));
	TRY(preset(grub, "color_highlight", "black/light-gray"));
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		TRY(preset(grub, features[i], "y"));
	return NULL;
}

struct error *grub_create(const struct grub_setup *setup, struct grub **ret)
{
	_cleanup_grub_ struct grub *grub = calloc(1, sizeof(*grub));

	*ret = NULL;
	if (!grub)
		return error_no_memory();
	grub->setup = *setup;
	if (!grub->setup.steps)
		grub->setup.steps = GRUB_STEPS_MAX;
	grub->arena.limit = GRUB_MEMORY_MAX;
	grub->scratch.limit = GRUB_MEMORY_MAX / 4;
	grub->lexer.arena = &grub->arena;
	TAKE(&grub->arena, grub->context, arena_take(&grub->arena, sizeof(*grub->context)));
	TRY(preset_all(grub));
	*ret = grub;
	grub = NULL;
	return NULL;
}

void grub_destroy(struct grub *grub)
{
	if (!grub)
		return;
	arena_deinit(&grub->arena);
	arena_deinit(&grub->scratch);
	grub_lexer_deinit(&grub->lexer);
	free(grub);
}

void grub_destroyp(struct grub **grub)
{
	grub_destroy(*grub);
	*grub = NULL;
}

struct error *grub_run(struct grub *grub, const char *path, bool *ret_found)
{
	TRY(grub_execute_file(grub, path, ret_found));
	grub->stopped = false;
	return NULL;
}

const struct grub_menu *grub_menu(const struct grub *grub)
{
	static const struct grub_menu none;
	const struct grub_level *level = grub->level ? &grub->levels[grub->level - 1] : NULL;

	/* An entry that is no submenu, and did not go over to another file, opens none. */
	if (level && grub->context == level->context)
		return &none;
	return &grub->context->menu;
}

/* What runs from here on changes copies. */
static struct error *push_level(struct grub *grub)
{
	struct grub_functions *functions = &grub->functions;
	struct grub_function *list;
	struct grub_level *level;

	if (grub->level == GRUB_LEVELS_MAX)
		return error_new(ERROR_LIMIT, "more than %d menus in each other", GRUB_LEVELS_MAX);
	level = &grub->levels[grub->level++];
	*level = (struct grub_level){
		.mark = arena_mark(&grub->arena),
		.context = grub->context,
		.kept = *grub->context,
		.functions = *functions,
		.scope = grub->scope,
		.boot = grub->boot,
		.saved_count = grub->saved_count,
	};
	TRY(grub_variables_copy(
		&level->kept.variables, false, &grub->arena, &grub->context->variables));
	if (!functions->count)
		return NULL;
	TAKE(&grub->arena, list, arena_take(&grub->arena, functions->count * sizeof(*list)));
	memcpy(list, functions->list, functions->count * sizeof(*list));
	functions->list = list;
	functions->room = functions->count;
	return NULL;
}

void grub_leave(struct grub *grub)
{
	struct grub_level *level = &grub->levels[--grub->level];

	grub->context = level->context;
	*grub->context = level->kept;
	grub->functions = level->functions;
	grub->scope = level->scope;
	grub->boot = level->boot;
	grub->saved_count = level->saved_count;
	grub->stopped = grub->returning = false;
	grub->breaks = grub->loops = 0;
	arena_rewind(&grub->arena, level->mark);
}

/* The rest of `default` behind its first single >, for the menu that may open. */
static struct error *pass_default_on(struct grub *grub)
{
	struct grub_variables *variables = &grub->context->variables;
	const char *rest = grub_variable_get(variables, "default");

	for (; rest && *rest; rest++) {
		if (rest[0] == '>' && rest[1] == '>')
			rest++;
		else if (rest[0] == '>')
			break;
	}
	if (rest && rest[0] && rest[1])
		return grub_variable_set(variables, &grub->arena, "default", rest + 1);
	grub_variable_unset(variables, "default");
	return NULL;
}

/* `chosen` is the path of the ids of what was chosen, each > in one doubled. */
static struct error *note_chosen(struct grub *grub, const char *id)
{
	struct grub_variables *variables = &grub->context->variables;
	const char *chosen = grub_variable_get(variables, "chosen");
	char *path, *to;

	TAKE(&grub->arena, path,
		arena_take(&grub->arena, strlen(chosen ? chosen : "") + 2 * strlen(id) + 2));
	to = path;
	if (chosen) {
		to = stpcpy(to, chosen);
		*to++ = '>';
	}
	for (; *id; id++) {
		if (*id == '>')
			*to++ = '>';
		*to++ = *id;
	}
	TRY(grub_variable_set(variables, &grub->arena, "chosen", path));
	return grub_variable_export(variables, &grub->arena, "chosen");
}

static struct error *run_body(struct grub *grub, const struct grub_entry *entry)
{
	struct grub_scope scope = {.params = entry->params};
	struct grub_lines lines = {.text = bytes_of(entry->body, strlen(entry->body)),
		.name = entry->file ? entry->file : "",
		.first = entry->line ? entry->line - 1 : 0};
	enum grub_status status;

	while (entry->params[scope.count])
		scope.count++;
	grub->scope = &scope;
	TRY(grub_execute_text(grub, &lines, &status));
	grub->scope = NULL;
	return NULL;
}

static struct error *choose(struct grub *grub, const struct grub_entry *entry)
{
	/* GRUB sets these in the new menu's variables, and those that are not exported end here. */
	if (entry->is_submenu) {
		TRY(grub_variable_export(&grub->context->variables, &grub->arena, "default"));
		TRY(grub_open_context(grub));
		TRY(grub_variable_set(&grub->context->variables, &grub->arena, "timeout", "0"));
	}
	TRY(note_chosen(grub, entry->id));
	TRY(pass_default_on(grub));
	return run_body(grub, entry);
}

struct error *grub_enter(struct grub *grub, size_t index, struct grub_boot *ret)
{
	const struct grub_entry entry = grub_menu(grub)->entries[index];

	*ret = (struct grub_boot){0};
	TRY(push_level(grub));
	grub->boot = (struct grub_boot){0};
	TRY(choose(grub, &entry));
	grub->scope = NULL;
	grub->stopped = grub->returning = false;
	grub->breaks = grub->loops = 0;
	*ret = grub->boot;
	return NULL;
}

const char *grub_get(const struct grub *grub, const char *name)
{
	return grub_variable_get(&grub->context->variables, name);
}

struct error *grub_set(struct grub *grub, const char *name, const char *value)
{
	return grub_variable_set(&grub->context->variables, &grub->arena, name, value);
}

bool grub_saved(const struct grub *grub, const char *name)
{
	for (size_t i = 0; i < grub->saved_count; i++)
		if (strcmp(grub->saved[i], name) == 0)
			return true;
	return false;
}

const struct grub_mistake *grub_mistakes(
	const struct grub *grub, size_t *ret_count, size_t *ret_total)
{
	*ret_count = grub->mistake_count;
	*ret_total = grub->mistake_total;
	return grub->mistakes;
}
