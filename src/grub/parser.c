/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/parser.h"

#include "base/error.h"

/* Bounds the recursion; nobody writes more than a few. */
enum { DEPTH_MAX = 64 };

static bool is_wrong(struct grub_parser *parser, const char *what)
{
	if (!parser->wrong)
		parser->wrong = what;
	return true;
}

static bool at(const struct grub_parser *parser, enum grub_token token)
{
	return !parser->wrong && parser->lexer->token == token;
}

static struct error *next(struct grub_parser *parser)
{
	return grub_lexer_next(parser->lexer);
}

/* Pass a token that must be there. */
static struct error *pass(struct grub_parser *parser, enum grub_token token, const char *wrong)
{
	if (at(parser, token))
		return next(parser);
	is_wrong(parser, wrong);
	return NULL;
}

/* The end of a construct: what follows it need not be on a line of its own. */
static struct error *pass_end(struct grub_parser *parser, enum grub_token token, const char *wrong)
{
	if (at(parser, token))
		parser->lexer->open--;
	return pass(parser, token, wrong);
}

static struct error *pass_newlines(struct grub_parser *parser)
{
	while (at(parser, GRUB_TOKEN_NEWLINE))
		TRY(next(parser));
	return NULL;
}

/* A semicolon or a newline, and more newlines; false in @ret if there is none. */
static struct error *pass_delimiters(struct grub_parser *parser, bool *ret)
{
	*ret = at(parser, GRUB_TOKEN_SEMICOLON) || at(parser, GRUB_TOKEN_NEWLINE);
	if (*ret)
		TRY(next(parser));
	return pass_newlines(parser);
}

static struct error *add_word(
	struct grub_parser *parser, struct grub_part *parts, struct grub_word ***last)
{
	struct arena *arena = parser->lexer->arena;
	struct grub_word *word;

	TAKE(arena, word, arena_take(arena, sizeof(*word)));
	word->parts = parts;
	**last = word;
	*last = &word->next;
	return NULL;
}

static struct error *parse_words(struct grub_parser *parser, struct grub_word ***last)
{
	while (!parser->wrong && grub_token_is_word(parser->lexer->token)) {
		TRY(add_word(parser, parser->lexer->parts, last));
		TRY(next(parser));
	}
	return NULL;
}

static struct error *parse_list(
	struct grub_parser *parser, struct grub_statement **ret, bool *ret_delimited);

/* {…}: what counts is its text; that it can be parsed is all that is asked here. */
static struct error *parse_block(struct grub_parser *parser, struct grub_word ***last)
{
	struct grub_lexer *lexer = parser->lexer;
	struct arena *arena = lexer->arena;
	struct grub_statement *unused;
	size_t start = lexer->end;
	struct grub_part *part;
	bool delimited;

	lexer->open++;
	TRY(next(parser));
	TRY(parse_list(parser, &unused, &delimited));
	if (!at(parser, GRUB_TOKEN_CLOSE)) {
		is_wrong(parser, "a block that does not end with }");
		return NULL;
	}
	TAKE(arena, part, arena_take(arena, sizeof(*part)));
	part->type = GRUB_BLOCK;
	TAKE(arena, part->text, arena_text(arena, lexer->buffer + start, lexer->start - start));
	TRY(pass_end(parser, GRUB_TOKEN_CLOSE, ""));
	return add_word(parser, part, last);
}

static struct error *parse_command(struct grub_parser *parser, struct grub_statement *statement)
{
	struct grub_word **last = &statement->words;

	statement->type = GRUB_COMMAND;
	TRY(parse_words(parser, &last));
	if (at(parser, GRUB_TOKEN_OPEN))
		return parse_block(parser, &last);
	return NULL;
}

/* A list that something must follow, on a line of its own or behind a semicolon. */
static struct error *parse_clause(struct grub_parser *parser, struct grub_statement **ret)
{
	bool delimited;

	TRY(parse_list(parser, ret, &delimited));
	if (!delimited)
		is_wrong(parser, "a newline or ; is missing");
	return NULL;
}

/* From behind `if` or `elif`, up to `fi`. */
static struct error *parse_if(struct grub_parser *parser, struct grub_statement *statement)
{
	statement->type = GRUB_IF;
	TRY(parse_clause(parser, &statement->condition));
	TRY(pass(parser, GRUB_TOKEN_THEN, "an if without its then"));
	TRY(parse_clause(parser, &statement->body));
	if (at(parser, GRUB_TOKEN_ELSE)) {
		TRY(next(parser));
		return parse_clause(parser, &statement->otherwise);
	}
	if (at(parser, GRUB_TOKEN_ELIF)) {
		struct arena *arena = parser->lexer->arena;

		TAKE(arena, statement->otherwise, arena_take(arena, sizeof(*statement)));
		statement->otherwise->line = parser->lexer->line;
		if (++parser->depth > DEPTH_MAX)
			is_wrong(parser, "more than 64 constructs in each other");
		TRY(next(parser));
		TRY(parse_if(parser, statement->otherwise));
		parser->depth--;
	}
	return NULL;
}

static struct error *parse_loop_body(struct grub_parser *parser, struct grub_statement *statement)
{
	TRY(pass(parser, GRUB_TOKEN_DO, "a loop without its do"));
	TRY(parse_clause(parser, &statement->body));
	return pass_end(parser, GRUB_TOKEN_DONE, "a loop without its done");
}

static struct error *parse_for(struct grub_parser *parser, struct grub_statement *statement)
{
	struct grub_word **last = &statement->words;
	bool delimited;

	statement->type = GRUB_FOR;
	if (!at(parser, GRUB_TOKEN_NAME)) {
		is_wrong(parser, "a for without the name of a variable");
		return NULL;
	}
	statement->name = parser->lexer->parts->text;
	parser->lexer->open++;
	TRY(next(parser));
	TRY(pass(parser, GRUB_TOKEN_IN, "a for without its in"));
	TRY(parse_words(parser, &last));
	TRY(pass_delimiters(parser, &delimited));
	if (!delimited)
		is_wrong(parser, "a newline or ; is missing");
	return parse_loop_body(parser, statement);
}

static struct error *parse_while(
	struct grub_parser *parser, bool until, struct grub_statement *statement)
{
	statement->type = until ? GRUB_UNTIL : GRUB_WHILE;
	TRY(parse_clause(parser, &statement->condition));
	return parse_loop_body(parser, statement);
}

static struct error *parse_construct(struct grub_parser *parser, struct grub_statement *statement)
{
	enum grub_token token = parser->lexer->token;

	if (token == GRUB_TOKEN_NAME || token == GRUB_TOKEN_WORD)
		return parse_command(parser, statement);
	if (token != GRUB_TOKEN_FOR)
		parser->lexer->open++;
	TRY(next(parser));
	if (token == GRUB_TOKEN_FOR)
		return parse_for(parser, statement);
	if (token != GRUB_TOKEN_IF)
		return parse_while(parser, token == GRUB_TOKEN_UNTIL, statement);
	TRY(parse_if(parser, statement));
	return pass_end(parser, GRUB_TOKEN_FI, "an if without its fi");
}

static bool begins_statement(const struct grub_parser *parser)
{
	return at(parser, GRUB_TOKEN_NAME) || at(parser, GRUB_TOKEN_WORD) ||
	       at(parser, GRUB_TOKEN_IF) || at(parser, GRUB_TOKEN_FOR) ||
	       at(parser, GRUB_TOKEN_WHILE) || at(parser, GRUB_TOKEN_UNTIL);
}

static struct error *parse_statement(struct grub_parser *parser, struct grub_statement **ret)
{
	struct arena *arena = parser->lexer->arena;

	if (!begins_statement(parser)) {
		is_wrong(parser, "a command is missing");
		return NULL;
	}
	TAKE(arena, *ret, arena_take(arena, sizeof(**ret)));
	(*ret)->line = parser->lexer->line;
	if (++parser->depth > DEPTH_MAX) {
		is_wrong(parser, "more than 64 constructs in each other");
		return NULL;
	}
	TRY(parse_construct(parser, *ret));
	parser->depth--;
	return NULL;
}

/* One or more statements; @ret_delimited: a delimiter was behind the last. */
static struct error *parse_list(
	struct grub_parser *parser, struct grub_statement **ret, bool *ret_delimited)
{
	struct grub_statement **last = ret;

	*ret = NULL;
	TRY(pass_newlines(parser));
	do {
		TRY(parse_statement(parser, last));
		if (*last)
			last = &(*last)->next;
		TRY(pass_delimiters(parser, ret_delimited));
	} while (*ret_delimited && begins_statement(parser));
	return NULL;
}

static struct error *parse_function(struct grub_parser *parser)
{
	struct grub_statement *body;
	const char *name;

	TRY(next(parser));
	if (!at(parser, GRUB_TOKEN_NAME)) {
		is_wrong(parser, "a function without a name");
		return NULL;
	}
	name = parser->lexer->parts->text;
	parser->lexer->open++;
	TRY(next(parser));
	TRY(pass_newlines(parser));
	TRY(pass(parser, GRUB_TOKEN_OPEN, "a function without its {"));
	TRY(parse_clause(parser, &body));
	TRY(pass_end(parser, GRUB_TOKEN_CLOSE, "a function without its }"));
	return parser->wrong ? NULL : parser->define(parser->data, name, body);
}

/* A whole line: statements, each with a delimiter. */
static struct error *parse_script(struct grub_parser *parser, struct grub_statement **last)
{
	bool delimited;

	TRY(pass_newlines(parser));
	while (!parser->wrong && parser->lexer->token != GRUB_TOKEN_END) {
		if (at(parser, GRUB_TOKEN_FUNCTION)) {
			TRY(parse_function(parser));
		} else {
			TRY(parse_statement(parser, last));
			if (*last)
				last = &(*last)->next;
		}
		TRY(pass_delimiters(parser, &delimited));
		if (!delimited)
			is_wrong(parser, "a newline or ; is missing");
	}
	return NULL;
}

struct error *grub_parse(struct grub_parser *parser, struct grub_lines *lines,
	struct grub_statement **ret, bool *ret_more)
{
	*ret = NULL;
	parser->wrong = NULL;
	parser->depth = 0;
	TRY(grub_lexer_begin(parser->lexer, lines, ret_more));
	if (!*ret_more)
		return NULL;
	TRY(parse_script(parser, ret));
	if (!parser->wrong)
		return NULL;
	*ret = NULL;
	parser->mistake(parser->data, parser->lexer->line, parser->wrong);
	return NULL;
}
