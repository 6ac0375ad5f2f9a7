/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options of GRUB's commands, by the rules of its lib/arg.c; and its numbers, by kern/misc.c. */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "grub/interpreter.h"

bool grub_number(const char *text, unsigned long *ret, const char **ret_end)
{
	unsigned int base = 10;
	bool found = false;

	*ret = 0;
	while (isspace((unsigned char)*text))
		text++;
	if (text[0] == '0' && text[1] == 'x') {
		base = 16;
		text += 2;
	} else if (text[0] == '0' && text[1] >= '0' && text[1] <= '7') {
		base = 8;
	}
	for (; isalnum((unsigned char)*text); text++, found = true) {
		unsigned int digit =
			isdigit((unsigned char)*text)
				? (unsigned int)(*text - '0')
				: (unsigned int)(tolower((unsigned char)*text) - 'a') + 10;

		if (digit >= base)
			break;
		if (__builtin_mul_overflow(*ret, base, ret) ||
			__builtin_add_overflow(*ret, digit, ret))
			*ret = ULONG_MAX;
	}
	if (ret_end)
		*ret_end = text;
	return found;
}

static struct grub_option *find_short(struct grub_option *options, char letter)
{
	for (; options->name || options->letter; options++)
		if (options->letter && options->letter == letter)
			return options;
	return NULL;
}

static struct grub_option *find_long(struct grub_option *options, const char *name, size_t length)
{
	for (; options->name || options->letter; options++)
		if (options->name && strlen(options->name) == length &&
			strncmp(options->name, name, length) == 0)
			return options;
	return NULL;
}

/* The words of a call while they are read. */
struct reading {
	const struct grub_call *call;
	struct grub_option *options;
	unsigned int rules;
	size_t at;
	struct grub_words *ret;
};

static struct error *accept(
	const struct reading *reading, struct grub_option *option, const char *text)
{
	struct arena *arena = &reading->call->grub->scratch;

	option->accepted = true;
	option->text = text;
	if (!option->texts)
		TAKE(arena, option->texts,
			arena_take(arena, (reading->call->count + 1) * sizeof(*option->texts)));
	option->texts[option->text_count++] = text;
	return NULL;
}

static void keep(struct reading *reading, const char *word)
{
	reading->ret->list[reading->ret->count++] = word;
}

/* "-abc": all of them without a value but the last. */
static struct error *read_short(struct reading *reading, const char *word, bool *ret_good)
{
	const struct grub_call *call = reading->call;
	struct grub_option *option;
	const char *value = NULL;

	for (const char *letter = word + 1; *letter; letter++) {
		option = find_short(reading->options, *letter);
		*ret_good = option && (option->value != GRUB_VALUE || !letter[1]);
		if (!*ret_good)
			return NULL;
		if (letter[1]) {
			TRY(accept(reading, option, NULL));
			continue;
		}
		if (option->value != GRUB_NO_VALUE && reading->at + 1 < call->count) {
			const char *next = call->words[reading->at + 1];

			if (option->value == GRUB_VALUE || strlen(next) < 2 || *next != '-')
				value = call->words[++reading->at];
		}
		*ret_good = value || option->value != GRUB_VALUE;
		if (*ret_good)
			TRY(accept(reading, option, value));
	}
	return NULL;
}

static bool knows_all_letters(const struct reading *reading, const char *word)
{
	for (const char *letter = word + 1; *letter; letter++)
		if (!find_short(reading->options, *letter))
			return false;
	return true;
}

static struct error *read_long(struct reading *reading, const char *word, bool *ret_good)
{
	const struct grub_call *call = reading->call;
	const char *value = strchr(word, '=');
	size_t length = value ? (size_t)(value - word) - 2 : strlen(word) - 2;
	struct grub_option *option = find_long(reading->options, word + 2, length);

	value = value ? value + 1 : NULL;
	if (!option) {
		*ret_good = (reading->rules & GRUB_KEEPS_OTHERS);
		if (*ret_good)
			keep(reading, word);
		return NULL;
	}
	if (!value && option->value != GRUB_NO_VALUE && reading->at + 1 < call->count &&
		call->words[reading->at + 1][0] != '-')
		value = call->words[++reading->at];
	*ret_good = value ? option->value != GRUB_NO_VALUE : option->value != GRUB_VALUE;
	return *ret_good ? accept(reading, option, value) : NULL;
}

static struct error *read_word(struct reading *reading, bool *ret_good)
{
	const char *word = reading->call->words[reading->at];

	*ret_good = true;
	if (word[0] != '-' || !word[1] ||
		((reading->rules & GRUB_OPTIONS_FIRST) && reading->ret->count)) {
		keep(reading, word);
		return NULL;
	}
	if (word[1] != '-') {
		if (!(reading->rules & GRUB_KEEPS_OTHERS) || knows_all_letters(reading, word))
			return read_short(reading, word, ret_good);
		keep(reading, word);
		return NULL;
	}
	if (word[2])
		return read_long(reading, word, ret_good);
	while (++reading->at < reading->call->count)
		keep(reading, reading->call->words[reading->at]);
	return NULL;
}

struct error *grub_options_read(const struct grub_call *call, struct grub_option *options,
	unsigned int rules, struct grub_words *ret, enum grub_status *ret_status)
{
	struct reading reading = {.call = call, .options = options, .rules = rules, .ret = ret};
	struct arena *arena = &call->grub->scratch;
	bool good = true;

	*ret = (struct grub_words){.block = call->block};
	*ret_status = GRUB_OK;
	TAKE(arena, ret->list, arena_take(arena, (call->count + 1) * sizeof(*ret->list)));
	for (; reading.at < call->count && good; reading.at++)
		TRY(read_word(&reading, &good));
	if (!good)
		*ret_status = GRUB_BAD_ARGUMENT;
	return NULL;
}
