/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Statements, as GRUB runs them: what fails is told and passed over, the status is $?, and nothing
 * but a bound ends a script.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "grub/interpreter.h"

static struct error *set_status(struct grub *grub, enum grub_status status)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)status);
	return grub_variable_set(&grub->context->variables, &grub->arena, "?", text);
}

void grub_note_mistake(struct grub *grub, unsigned int line, const char *what)
{
	struct grub_mistake *mistake = grub->mistakes + grub->mistake_count;

	grub->mistake_total++;
	if (grub->mistake_count == GRUB_MISTAKES_MAX)
		return;
	snprintf(mistake->file, sizeof(mistake->file), "%s", grub->file ? grub->file : "");
	snprintf(mistake->what, sizeof(mistake->what), "%s", what);
	mistake->line = line;
	grub->mistake_count++;
}

static void note_about(struct grub *grub, const char *name, const char *what)
{
	char text[256];

	snprintf(text, sizeof(text), "%.100s: %s", name, what);
	grub_note_mistake(grub, grub->line, text);
}

static bool is_over(const struct grub *grub)
{
	return grub->stopped || grub->returning;
}

static struct error *make_room(struct grub *grub)
{
	struct grub_functions *functions = &grub->functions;
	size_t room = functions->room ? functions->room * 2 : 16;
	struct grub_function *list;

	if (functions->count < functions->room)
		return NULL;
	if (functions->count == GRUB_FUNCTIONS_MAX)
		return error_new(ERROR_LIMIT, "more than %d functions", GRUB_FUNCTIONS_MAX);
	TAKE(&grub->arena, list, arena_take(&grub->arena, room * sizeof(*list)));
	if (functions->count)
		memcpy(list, functions->list, functions->count * sizeof(*list));
	functions->list = list;
	functions->room = room;
	return NULL;
}

static struct grub_function *find_function(const struct grub *grub, const char *name)
{
	for (size_t i = 0; i < grub->functions.count; i++)
		if (strcmp(grub->functions.list[i].name, name) == 0)
			return &grub->functions.list[i];
	return NULL;
}

/* A function, which a later one of the same name takes the place of. */
static struct error *define(void *data, const char *name, struct grub_statement *body)
{
	struct grub *grub = data;
	struct grub_function *function = find_function(grub, name);

	if (!function) {
		TRY(make_room(grub));
		function = &grub->functions.list[grub->functions.count++];
	}
	*function = (struct grub_function){.name = name, .body = body};
	return NULL;
}

static void note_parser(void *data, unsigned int line, const char *what)
{
	grub_note_mistake(data, line, what);
}

static struct error *enter_call(struct grub *grub)
{
	if (grub->calls == GRUB_CALLS_MAX)
		return error_new(ERROR_LIMIT, "more than %d calls in each other", GRUB_CALLS_MAX);
	grub->calls++;
	return NULL;
}

static struct error *run_function(struct grub *grub, const struct grub_function *function,
	const char **params, size_t count, enum grub_status *ret)
{
	struct grub_scope scope = {.params = params, .count = count, .outer = grub->scope};
	unsigned int loops = grub->loops;
	struct error *error;

	TRY(enter_call(grub));
	grub->loops = 0;
	grub->scope = &scope;
	error = grub_execute(grub, function->body, ret);
	grub->scope = scope.outer;
	grub->loops = loops;
	grub->returning = false;
	grub->calls--;
	return error;
}

/* `a=b`, where there is neither a command nor a function of that name. */
static struct error *assign(struct grub *grub, const char *word, const char *equals)
{
	char *name;

	TAKE(&grub->scratch, name, arena_text(&grub->scratch, word, (size_t)(equals - word)));
	if (grub_is_parameter(name)) {
		note_about(grub, name, "not the name of a variable");
		return NULL;
	}
	return grub_variable_set(&grub->context->variables, &grub->arena, name, equals + 1);
}

static bool takes_block(const char *name)
{
	return strcmp(name, "menuentry") == 0 || strcmp(name, "submenu") == 0;
}

/* To all others a block is a word. */
static struct error *block_to_word(struct grub *grub, struct grub_words *words)
{
	size_t length = strlen(words->block);
	const char **list;
	char *word;

	TAKE(&grub->scratch, list, arena_take(&grub->scratch, (words->count + 2) * sizeof(*list)));
	TAKE(&grub->scratch, word, arena_take(&grub->scratch, length + 3));
	word[0] = '{';
	memcpy(word + 1, words->block, length);
	word[length + 1] = '}';
	memcpy(list, words->list, words->count * sizeof(*list));
	list[words->count++] = word;
	words->list = list;
	words->block = NULL;
	return NULL;
}

/* The command is @words->list[0]. */
static struct error *run_named(struct grub *grub, struct grub_words *words, enum grub_status *ret)
{
	const char *name = words->list[0], *equals = strchr(name, '=');
	const struct grub_command *command = grub_command_find(name);
	const struct grub_function *function = command ? NULL : find_function(grub, name);

	if (words->block && !takes_block(name))
		TRY(block_to_word(grub, words));
	if (command) {
		const struct grub_call call = {.grub = grub,
			.name = name,
			.count = words->count - 1,
			.words = words->list + 1,
			.block = words->block};

		return command->run(&call, ret);
	}
	if (function)
		return run_function(grub, function, words->list + 1, words->count - 1, ret);
	if (equals)
		return assign(grub, name, equals);
	/* GRUB says so, and takes it for a success. */
	note_about(grub, name, "no such command");
	return NULL;
}

static void invert(enum grub_status *status)
{
	*status = *status == GRUB_OK ? GRUB_FALSE : GRUB_OK;
}

static struct error *run_command(
	struct grub *grub, const struct grub_statement *statement, enum grub_status *ret)
{
	struct grub_words words;
	bool inverted;

	if (++grub->steps > grub->setup.steps)
		return error_new(
			ERROR_LIMIT, "more than %u commands; it may never end", grub->setup.steps);
	grub->line = statement->line;
	TRY(grub_expand(grub, statement->words, &words));
	inverted = words.count && strcmp(words.list[0], "!") == 0;
	words.list += inverted;
	words.count -= inverted;
	if (!words.count) {
		*ret = inverted ? GRUB_BAD_ARGUMENT : GRUB_OK;
		return NULL;
	}
	TRY(run_named(grub, &words, ret));
	if (inverted)
		invert(ret);
	return NULL;
}

static struct error *run_if(
	struct grub *grub, const struct grub_statement *statement, enum grub_status *ret)
{
	const char *result;

	TRY(grub_execute(grub, statement->condition, ret));
	if (is_over(grub))
		return NULL;
	result = grub_variable_get(&grub->context->variables, "?");
	*ret = GRUB_OK;
	return grub_execute(grub,
		result && strcmp(result, "0") == 0 ? statement->body : statement->otherwise, ret);
}

/* `continue` ends with the round that it was in. */
static void continue_loop(struct grub *grub)
{
	if (grub->is_continue && grub->breaks == 1)
		grub->breaks = 0;
}

static void end_loop(struct grub *grub)
{
	if (grub->breaks)
		grub->breaks--;
	grub->loops--;
}

static struct error *set_loop_variable(struct grub *grub, const char *name, const char *value)
{
	return grub_variable_set(&grub->context->variables, &grub->arena, name, value);
}

static struct error *run_for(
	struct grub *grub, const struct grub_statement *statement, enum grub_status *ret)
{
	struct grub_words words;

	TRY(grub_expand(grub, statement->words, &words));
	grub->loops++;
	for (size_t i = 0; i < words.count && !is_over(grub); i++) {
		continue_loop(grub);
		if (grub->breaks)
			break;
		TRY(set_loop_variable(grub, statement->name, words.list[i]));
		TRY(grub_execute(grub, statement->body, ret));
	}
	end_loop(grub);
	return NULL;
}

static struct error *run_while(
	struct grub *grub, const struct grub_statement *statement, enum grub_status *ret)
{
	bool until = statement->type == GRUB_UNTIL;

	grub->loops++;
	for (;;) {
		TRY(grub_execute(grub, statement->condition, ret));
		if (is_over(grub) || (*ret == GRUB_OK) == until)
			break;
		TRY(grub_execute(grub, statement->body, ret));
		continue_loop(grub);
		if (is_over(grub) || grub->breaks)
			break;
	}
	end_loop(grub);
	return NULL;
}

static struct error *run_statement(
	struct grub *grub, const struct grub_statement *statement, enum grub_status *ret)
{
	switch (statement->type) {
	case GRUB_COMMAND:
		return run_command(grub, statement, ret);
	case GRUB_IF:
		return run_if(grub, statement, ret);
	case GRUB_FOR:
		return run_for(grub, statement, ret);
	case GRUB_WHILE:
	case GRUB_UNTIL:
		return run_while(grub, statement, ret);
	}
	return NULL;
}

struct error *grub_execute(
	struct grub *grub, const struct grub_statement *list, enum grub_status *ret)
{
	*ret = GRUB_OK;
	for (; list && !grub->breaks && !is_over(grub); list = list->next) {
		struct arena_mark mark = arena_mark(&grub->scratch);

		*ret = GRUB_OK;
		TRY(run_statement(grub, list, ret));
		arena_rewind(&grub->scratch, mark);
		if (!grub->stopped)
			TRY(set_status(grub, *ret));
	}
	return NULL;
}

struct error *grub_execute_text(struct grub *grub, struct grub_lines *lines, enum grub_status *ret)
{
	struct grub_parser parser = {
		.lexer = &grub->lexer, .define = define, .mistake = note_parser, .data = grub};
	const char *file = grub->file;
	struct grub_statement *list;
	bool more = true;

	*ret = GRUB_OK;
	TRY(enter_call(grub));
	grub->file = lines->name;
	while (!is_over(grub)) {
		TRY(grub_parse(&parser, lines, &list, &more));
		if (!more)
			break;
		if (list)
			TRY(grub_execute(grub, list, ret));
	}
	grub->file = file;
	grub->calls--;
	return NULL;
}

/* The variables that name the file that is being read. */
static struct error *name_file(struct grub *grub, const char *path)
{
	struct grub_variables *variables = &grub->context->variables;
	const char *root = grub_variable_get(variables, "root");
	char *whole, *slash;

	TAKE(&grub->scratch, whole,
		arena_take(&grub->scratch, strlen(path) + strlen(root ? root : "") + 3));
	if (*path == '(')
		strcpy(whole, path);
	else
		sprintf(whole, "(%s)%s", root ? root : "", path);
	TRY(grub_variable_set(variables, &grub->arena, "config_file", whole));
	slash = strrchr(whole, '/');
	if (slash)
		*slash = '\0';
	TRY(grub_variable_set(variables, &grub->arena, "config_directory", whole));
	TRY(grub_variable_export(variables, &grub->arena, "config_file"));
	return grub_variable_export(variables, &grub->arena, "config_directory");
}

static struct error *restore(struct grub *grub, const char *name, const char *value)
{
	struct grub_variables *variables = &grub->context->variables;

	if (value)
		return grub_variable_set(variables, &grub->arena, name, value);
	grub_variable_unset(variables, name);
	return NULL;
}

static struct error *run_blob(struct grub *grub, const char *path, const struct blob *blob)
{
	struct grub_context *context = grub->context;
	const char *old_file = grub_variable_get(&context->variables, "config_file");
	const char *old_folder = grub_variable_get(&context->variables, "config_directory");
	struct grub_lines lines = {.text = blob_bytes(blob), .is_file = true};
	enum grub_status status;

	TAKE(&grub->arena, lines.name, arena_text(&grub->arena, path, strlen(path)));
	TRY(name_file(grub, path));
	TRY(grub_execute_text(grub, &lines, &status));
	if (grub->stopped)
		return NULL;
	TRY(restore(grub, "config_file", old_file));
	return restore(grub, "config_directory", old_folder);
}

struct error *grub_execute_file(struct grub *grub, const char *path, bool *ret_found)
{
	_cleanup_blob_ struct blob blob = {0};

	TRY(grub_read(grub, path, GRUB_FILE_MAX, ret_found, &blob));
	return *ret_found ? run_blob(grub, path, &blob) : NULL;
}

struct error *grub_open_context(struct grub *grub)
{
	struct grub_context *context;

	TAKE(&grub->arena, context, arena_take(&grub->arena, sizeof(*context)));
	context->outer = grub->context;
	TRY(grub_variables_copy(
		&grub->context->variables, true, &grub->arena, &context->variables));
	grub->context = context;
	return NULL;
}

void grub_close_context(struct grub *grub)
{
	grub->context = grub->context->outer;
}
