/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `test` and `[`. There is no precedence but that -o comes after all -a, and what is no test is
 * true if it is not empty: `[ $unset = x ]` is two words, and true (GRUB's commands/test.c).
 */
#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "grub/commands.h"

struct testing {
	struct grub *grub;
	const char **words;
	size_t count, at;
	unsigned int depth;
};

/* One level of parentheses. */
struct expression {
	bool any, all, inverted;
};

enum { PARENTHESES_MAX = 64 };

static void add(struct expression *expression, bool value)
{
	expression->all = expression->all && (expression->inverted ? !value : value);
	expression->inverted = false;
}

/* As wide as GRUB's int. */
static int number(const char *text)
{
	bool negative = *text == '-';
	unsigned long value;

	grub_number(text + negative, &value, NULL);
	return negative ? (int)(0 - (unsigned int)value) : (int)(unsigned int)value;
}

static struct error *look(struct testing *testing, const char *name, struct grub_file *ret)
{
	const struct grub_world *world = testing->grub->setup.world;
	struct grub_path path;

	*ret = (struct grub_file){0};
	TRY(grub_split_path(testing->grub, name, &path));
	if (world->has_device(world->data, path.device))
		*ret = *path.path ? world->look(world->data, path.device, path.path)
				  : (struct grub_file){.there = true, .is_folder = true};
	return NULL;
}

/* Numbers behind what both have in front: vmlinuz-2 -plt vmlinuz-11. */
static bool compare_versions(const char *left, const char *right, bool greater)
{
	unsigned long first, second;
	size_t i = 0;

	while (left[i] && left[i] == right[i])
		i++;
	if (i) {
		/* Back to where the number begins; GRUB does not look at the very first. */
		i--;
		while (i && isdigit((unsigned char)left[i]))
			i--;
		i++;
	}
	grub_number(left + i, &first, NULL);
	grub_number(right + i, &second, NULL);
	return greater ? first > second : first < second;
}

/* -nt, -ot, each with a number of seconds behind it that the first file's time is moved by. */
static struct error *compare_times(
	struct testing *testing, const char *const *words, bool *ret_value)
{
	struct grub_file left, right;
	bool newer = words[1][1] == 'n';
	int64_t bias = words[1][3] ? number(words[1] + 3) : 0;

	TRY(look(testing, words[0], &left));
	TRY(look(testing, words[2], &right));
	if (!left.there || !right.there)
		*ret_value = newer ? left.there && !right.there : !left.there && right.there;
	else
		*ret_value = newer ? left.modified + bias > right.modified
				   : left.modified + bias < right.modified;
	return NULL;
}

static bool is(const char *word, const char *operator)
{
	return strcmp(word, operator) == 0;
}

/* A test by order, of strings or numbers; false in @ret_known: @operator is none. */
static bool compare(const char *left, const char *operator, const char * right, bool *ret_known)
{
	int order = strcmp(left, right);
	int a = number(left), b = number(right);

	*ret_known = true;
	if (is(operator, "=") || is(operator, "=="))
		return order == 0;
	if (is(operator, "!="))
		return order != 0;
	if (is(operator, "<") || is(operator, "<="))
		return operator[1] ? order <= 0 : order<0;
	if (is(operator, ">") || is(operator, ">="))
		return operator[1] ? order >= 0 : order> 0;
	if (is(operator, "-eq") || is(operator, "-ne"))
		return (a == b) == is(operator, "-eq");
	if (is(operator, "-lt") || is(operator, "-le"))
		return is(operator, "-lt") ? a < b : a <= b;
	if (is(operator, "-gt") || is(operator, "-ge"))
		return is(operator, "-gt") ? a > b : a >= b;
	if (is(operator, "-pgt") || is(operator, "-plt"))
		return compare_versions(left, right, is(operator, "-pgt"));
	*ret_known = false;
	return false;
}

static struct error *test_three(
	struct testing *testing, const char *const *words, bool *ret_known, bool *ret_value)
{
	*ret_value = compare(words[0], words[1], words[2], ret_known);
	if (*ret_known || (strncmp(words[1], "-nt", 3) != 0 && strncmp(words[1], "-ot", 3) != 0))
		return NULL;
	*ret_known = true;
	return compare_times(testing, words, ret_value);
}

static struct error *test_two(
	struct testing *testing, const char *const *words, bool *ret_known, bool *ret_value)
{
	struct grub_file file;

	*ret_known =
		words[0][0] == '-' && words[0][1] && strchr("defsnz", words[0][1]) && !words[0][2];
	if (!*ret_known)
		return NULL;
	if (words[0][1] == 'n' || words[0][1] == 'z') {
		*ret_value = (words[1][0] != '\0') == (words[0][1] == 'n');
		return NULL;
	}
	TRY(look(testing, words[1], &file));
	*ret_value = file.there && (words[0][1] == 'e' || file.is_folder == (words[0][1] == 'd'));
	if (words[0][1] == 's')
		*ret_value = *ret_value && file.size;
	return NULL;
}

/* A test of three or two words at the present place. */
static struct error *test_here(
	struct testing *testing, struct expression *expression, bool *ret_known)
{
	const char *const *words = testing->words + testing->at;
	size_t left = testing->count - testing->at, used = 3;
	bool value = false;

	*ret_known = false;
	if (left > 2)
		TRY(test_three(testing, words, ret_known, &value));
	if (!*ret_known && left > 1) {
		used = 2;
		TRY(test_two(testing, words, ret_known, &value));
	}
	if (!*ret_known)
		return NULL;
	add(expression, value);
	testing->at += used;
	return NULL;
}

static struct error *evaluate(struct testing *testing, bool *ret);

static struct error *modify(
	struct testing *testing, struct expression *expression, const char *word)
{
	bool value = false;

	if (is(word, "(")) {
		TRY(evaluate(testing, &value));
		add(expression, value);
	} else if (is(word, "!")) {
		expression->inverted = !expression->inverted;
	} else if (is(word, "-o")) {
		expression->any = expression->any || expression->all;
		expression->all = true;
	} else if (!is(word, "-a")) {
		add(expression, *word != '\0');
	}
	return NULL;
}

/* Up to the closing parenthesis, or the end. */
static struct error *evaluate(struct testing *testing, bool *ret)
{
	struct expression expression = {.all = true};

	if (++testing->depth > PARENTHESES_MAX)
		return error_new(
			ERROR_LIMIT, "more than %d parentheses in each other", PARENTHESES_MAX);
	while (testing->at < testing->count) {
		bool known = false;

		TRY(test_here(testing, &expression, &known));
		if (known)
			continue;
		const char *word = testing->words[testing->at++];

		if (is(word, ")"))
			break;
		TRY(modify(testing, &expression, word));
	}
	testing->depth--;
	*ret = expression.any || expression.all;
	return NULL;
}

struct error *grub_command_test(const struct grub_call *call, enum grub_status *ret)
{
	struct testing testing = {.grub = call->grub, .words = call->words, .count = call->count};
	bool value = false;

	if (testing.count && is(testing.words[testing.count - 1], "]"))
		testing.count--;
	TRY(evaluate(&testing, &value));
	*ret = value ? GRUB_OK : GRUB_FALSE;
	return NULL;
}
