/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/lexer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* What is read at once is one construct, such as a menu entry. */
enum { BUFFER_MAX = 1 << 20 };

static const struct {
	const char *text;
	enum grub_token token;
} reserved[] = {
	{"[[", GRUB_TOKEN_OTHER},
	{"]]", GRUB_TOKEN_OTHER},
	{"case", GRUB_TOKEN_CASE},
	{"do", GRUB_TOKEN_DO},
	{"done", GRUB_TOKEN_DONE},
	{"elif", GRUB_TOKEN_ELIF},
	{"else", GRUB_TOKEN_ELSE},
	{"esac", GRUB_TOKEN_ESAC},
	{"fi", GRUB_TOKEN_FI},
	{"for", GRUB_TOKEN_FOR},
	{"function", GRUB_TOKEN_FUNCTION},
	{"if", GRUB_TOKEN_IF},
	{"in", GRUB_TOKEN_IN},
	{"select", GRUB_TOKEN_SELECT},
	{"then", GRUB_TOKEN_THEN},
	{"until", GRUB_TOKEN_UNTIL},
	{"while", GRUB_TOKEN_WHILE},
};

/* The longest first. */
static const struct {
	const char *text;
	enum grub_token token;
} specials[] = {
	{"||", GRUB_TOKEN_OTHER},
	{"&&", GRUB_TOKEN_OTHER},
	{";;", GRUB_TOKEN_OTHER},
	{"|", GRUB_TOKEN_OTHER},
	{"&", GRUB_TOKEN_OTHER},
	{";", GRUB_TOKEN_SEMICOLON},
	{"<", GRUB_TOKEN_OTHER},
	{">", GRUB_TOKEN_OTHER},
	{"{", GRUB_TOKEN_OPEN},
	{"}", GRUB_TOKEN_CLOSE},
};

void grub_lexer_deinit(struct grub_lexer *lexer)
{
	free(lexer->buffer);
	free(lexer->scratch);
	*lexer = (struct grub_lexer){0};
}

static struct error *make_room(struct grub_lexer *lexer, size_t wanted)
{
	size_t room = lexer->room ? lexer->room : 1024;
	char *buffer, *scratch;

	if (wanted > BUFFER_MAX)
		return error_new(ERROR_LIMIT, "a command of more than %d MiB", BUFFER_MAX >> 20);
	while (room < wanted)
		room *= 2;
	if (room == lexer->room)
		return NULL;
	buffer = realloc(lexer->buffer, room);
	if (!buffer)
		return error_no_memory();
	lexer->buffer = buffer;
	scratch = realloc(lexer->scratch, room);
	if (!scratch)
		return error_no_memory();
	lexer->scratch = scratch;
	lexer->room = room;
	return NULL;
}

/* A line ends at a NUL, as GRUB's strings do. */
static struct error *add_line(struct grub_lexer *lexer, struct bytes line)
{
	const uint8_t *nul = line.size ? memchr(line.data, '\0', line.size) : NULL;
	uint64_t length = nul ? (uint64_t)(nul - line.data) : line.size;

	if (length > BUFFER_MAX)
		return error_new(ERROR_LIMIT, "a line of more than %d MiB", BUFFER_MAX >> 20);
	TRY(make_room(lexer, lexer->size + length + 2));
	for (uint64_t i = 0; i < length; i++)
		if (line.data[i] != '\r' || !lexer->lines->is_file)
			lexer->buffer[lexer->size++] = (char)line.data[i];
	lexer->buffer[lexer->size++] = '\n';
	lexer->buffer[lexer->size] = '\0';
	return NULL;
}

static struct error *read_more(struct grub_lexer *lexer, bool *ret_more)
{
	struct bytes line;

	*ret_more = grub_lines_next(lexer->lines, &line);
	return *ret_more ? add_line(lexer, line) : NULL;
}

static bool is_name_start(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static bool is_name_part(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Bytes of a variable's name at @at: letters, digits, or one of ? # * @. */
static size_t name_length(const char *at)
{
	size_t length = 0;

	if (is_name_start(*at))
		while (is_name_part(at[length]))
			length++;
	else if (isdigit((unsigned char)*at))
		while (isdigit((unsigned char)at[length]))
			length++;
	else if (*at && strchr("?#*@", *at))
		length = 1;
	return length;
}

/*
 * Bytes of the variable whose $ is at @at: 0 if none follows; @ret_name is where its name is.
 */
static size_t variable_length(const char *at, const char **ret_name, size_t *ret_length)
{
	bool braces = at[1] == '{';

	*ret_name = at + 1 + braces;
	*ret_length = name_length(*ret_name);
	if (!*ret_length || (braces && (*ret_name)[*ret_length] != '}'))
		return 0;
	return 1 + *ret_length + 2 * braces;
}

/* The position past the closing quote of the string that begins at @at, reading on; 0: none. */
static struct error *pass_string(struct grub_lexer *lexer, size_t at, char quote, size_t *ret)
{
	bool more;

	for (;;) {
		while (at < lexer->size && lexer->buffer[at] != quote) {
			if (quote == '"' && lexer->buffer[at] == '\\')
				at++;
			at++;
		}
		if (at < lexer->size) {
			*ret = at + 1;
			return NULL;
		}
		TRY(read_more(lexer, &more));
		if (!more) {
			*ret = 0;
			return NULL;
		}
	}
}

/*
 * Find the end of the word at @start; 0 if it has none. A backslash at the end of the last line
 * joins the next one.
 */
static struct error *pass_word(struct grub_lexer *lexer, size_t start, size_t *ret_end)
{
	const char *name;
	size_t at = start, variable, length;
	bool more;

	*ret_end = 0;
	for (;;) {
		char c = lexer->buffer[at];

		if (c == '"' || c == '\'') {
			TRY(pass_string(lexer, at + 1, c, &at));
			if (!at)
				return NULL;
		} else if (c == '$' && lexer->buffer[at + 1] == '"') {
			TRY(pass_string(lexer, at + 2, '"', &at));
			if (!at)
				return NULL;
		} else if (c == '$') {
			variable = variable_length(lexer->buffer + at, &name, &length);
			if (!variable)
				break;
			at += variable;
		} else if (c == '\\') {
			at += 2;
			if (at < lexer->size)
				continue;
			TRY(read_more(lexer, &more));
			if (!more)
				return NULL;
		} else if (strchr("{}|&;<> \t\n", c)) {
			break;
		} else {
			at++;
		}
	}
	*ret_end = at > start ? at : 0;
	return NULL;
}

/* Parts of a word that are being put together. */
struct splitting {
	struct grub_lexer *lexer;
	const char *at, *end;
	size_t used; /* of the lexer's scratch */
	struct grub_part **last;
};

static struct error *add_part(
	struct splitting *splitting, enum grub_part_type type, const char *text, size_t length)
{
	struct arena *arena = splitting->lexer->arena;
	struct grub_part *part;

	TAKE(arena, part, arena_take(arena, sizeof(*part)));
	part->type = type;
	TAKE(arena, part->text, arena_text(arena, text, length));
	*splitting->last = part;
	splitting->last = &part->next;
	return NULL;
}

static void keep(struct splitting *splitting, size_t length)
{
	memcpy(splitting->lexer->scratch + splitting->used, splitting->at, length);
	splitting->used += length;
	splitting->at += length;
}

/* End the part that was put together so far; unquoted text is nothing if it is empty. */
static struct error *end_part(struct splitting *splitting, enum grub_part_type type)
{
	size_t length = splitting->used;

	splitting->used = 0;
	if (type == GRUB_TEXT && !length)
		return NULL;
	return add_part(splitting, type, splitting->lexer->scratch, length);
}

/* False in @ret_good: a $ that names nothing. */
static struct error *split_variable(
	struct splitting *splitting, enum grub_part_type type, bool *ret_good)
{
	const char *name;
	size_t length, all = variable_length(splitting->at, &name, &length);

	*ret_good = all && splitting->at + all <= splitting->end;
	if (!*ret_good)
		return NULL;
	splitting->at += all;
	return add_part(splitting, type, name, length);
}

static struct error *split_double_quoted(struct splitting *splitting, bool *ret_good)
{
	*ret_good = true;
	splitting->at++;
	while (*splitting->at != '"') {
		char c = splitting->at[0], next = splitting->at[1];

		if (c == '$') {
			TRY(end_part(splitting, GRUB_QUOTED));
			TRY(split_variable(splitting, GRUB_QUOTED_VARIABLE, ret_good));
			if (!*ret_good)
				return NULL;
		} else if (c == '\\' && next == '\n') {
			splitting->at += 2;
		} else if (c == '\\' && strchr("$\\\"", next)) {
			splitting->at++;
			keep(splitting, 1);
		} else {
			keep(splitting, 1);
		}
	}
	splitting->at++;
	return end_part(splitting, GRUB_QUOTED);
}

static struct error *split_single_quoted(struct splitting *splitting)
{
	splitting->at++;
	keep(splitting, strcspn(splitting->at, "'"));
	splitting->at++;
	return end_part(splitting, GRUB_QUOTED);
}

/* Its backslashes and variables are looked at when the message is put together. */
static struct error *split_message(struct splitting *splitting)
{
	splitting->at += 2;
	while (*splitting->at != '"') {
		if (splitting->at[0] == '\\' && splitting->at[1] == '\n') {
			splitting->at += 2;
		} else if (splitting->at[0] == '\\' && splitting->at[1] == '"') {
			splitting->at++;
			keep(splitting, 1);
		} else {
			keep(splitting, splitting->at[0] == '\\' ? 2 : 1);
		}
	}
	splitting->at++;
	return end_part(splitting, GRUB_MESSAGE);
}

static struct error *split_quoted(struct splitting *splitting, bool *ret_good)
{
	*ret_good = true;
	TRY(end_part(splitting, GRUB_TEXT));
	if (splitting->at[0] == '"')
		return split_double_quoted(splitting, ret_good);
	if (splitting->at[0] == '\'')
		return split_single_quoted(splitting);
	if (splitting->at[1] == '"')
		return split_message(splitting);
	return split_variable(splitting, GRUB_VARIABLE, ret_good);
}

static struct error *split_word(struct grub_lexer *lexer, bool *ret_good)
{
	struct splitting splitting = {.lexer = lexer,
		.at = lexer->buffer + lexer->start,
		.end = lexer->buffer + lexer->end,
		.last = &lexer->parts};

	*ret_good = true;
	while (splitting.at < splitting.end && *ret_good) {
		if (strchr("\"'$", *splitting.at))
			TRY(split_quoted(&splitting, ret_good));
		else if (splitting.at[0] != '\\')
			keep(&splitting, 1);
		else if (splitting.at[1] == '\n')
			splitting.at += 2;
		else
			keep(&splitting, 2);
	}
	return *ret_good ? end_part(&splitting, GRUB_TEXT) : NULL;
}

static enum grub_token word_token(const char *text, size_t length)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strlen(reserved[i].text) == length &&
			strncmp(reserved[i].text, text, length) == 0)
			return reserved[i].token;
	if (!is_name_start(*text))
		return GRUB_TOKEN_WORD;
	for (size_t i = 0; i < length; i++)
		if (!is_name_part(text[i]))
			return GRUB_TOKEN_WORD;
	return GRUB_TOKEN_NAME;
}

static struct error *read_word(struct grub_lexer *lexer)
{
	bool good;

	lexer->token = GRUB_TOKEN_BAD;
	TRY(pass_word(lexer, lexer->start, &lexer->end));
	if (!lexer->end)
		return NULL;
	TRY(split_word(lexer, &good));
	if (good)
		lexer->token = word_token(lexer->buffer + lexer->start, lexer->end - lexer->start);
	return NULL;
}

static bool read_special(struct grub_lexer *lexer)
{
	const char *at = lexer->buffer + lexer->start;

	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		size_t length = strlen(specials[i].text);

		if (strncmp(at, specials[i].text, length) == 0) {
			lexer->token = specials[i].token;
			lexer->end = lexer->start + length;
			return true;
		}
	}
	return false;
}

static void pass_blanks(struct grub_lexer *lexer)
{
	size_t at = lexer->end;

	while (at < lexer->size && strchr(" \t", lexer->buffer[at]))
		at++;
	if (at < lexer->size && lexer->buffer[at] == '#')
		at += strcspn(lexer->buffer + at, "\n");
	lexer->start = lexer->end = at;
}

struct error *grub_lexer_next(struct grub_lexer *lexer)
{
	bool more = true;

	lexer->parts = NULL;
	pass_blanks(lexer);
	if (lexer->start == lexer->size && lexer->open) {
		TRY(read_more(lexer, &more));
		pass_blanks(lexer);
	}
	lexer->line = lexer->lines->first + lexer->lines->number;
	if (lexer->start == lexer->size) {
		lexer->token = GRUB_TOKEN_END;
		return NULL;
	}
	if (lexer->buffer[lexer->start] == '\n') {
		lexer->token = GRUB_TOKEN_NEWLINE;
		lexer->end = lexer->start + 1;
		return NULL;
	}
	return read_special(lexer) ? NULL : read_word(lexer);
}

struct error *grub_lexer_begin(struct grub_lexer *lexer, struct grub_lines *lines, bool *ret_more)
{
	lexer->lines = lines;
	lexer->open = 0;
	lexer->size = lexer->start = lexer->end = 0;
	TRY(read_more(lexer, ret_more));
	return *ret_more ? grub_lexer_next(lexer) : NULL;
}
