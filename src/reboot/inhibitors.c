/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Through busctl, which comes with systemd: a static baton for an initramfs has no D-Bus library,
 * and the files below /run/systemd/inhibit are systemd's own.
 */
#include "reboot/inhibitors.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "reboot/child.h"
#include "reboot/program.h"

/* busctl(1) gives up after 5 s; this is for when busctl itself hangs. */
enum { PATIENCE_MS = 8000, DEPTH_MAX = 8 };

/* org.freedesktop.login1(5): ListInhibitors returns a(ssssuu). */
enum { WHAT, WHO, WHY, MODE, USER, PROCESS, FIELDS };

static int ask(const void *data, int out)
{
	const char *path = data;
	const char *const arguments[] = {path, "--system", "--timeout=5", "--json=short", "call",
		"org.freedesktop.login1", "/org/freedesktop/login1",
		"org.freedesktop.login1.Manager", "ListInhibitors", NULL};
	int nothing = open("/dev/null", O_RDWR);

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
		dup2(nothing, STDERR_FILENO) < 0)
		return 127;
	execv(path, (char *const *)arguments);
	return 127;
}

static const char *text_of(struct json_object *row, size_t field)
{
	const char *text = json_object_get_string(json_object_array_get_idx(row, field));

	return text ? text : "";
}

/* Is @word one of those that colons separate? */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (; *list; list += strcspn(list, ":"), list += *list == ':')
		if (strcspn(list, ":") == length && strncmp(list, word, length) == 0)
			return true;
	return false;
}

/* Add one to the list, if it blocks; others delay (systemd waits for them) or are for others than
 * root. */
static struct error *add(struct json_object *row, char **list)
{
	char *longer;

	if (!json_object_is_type(row, json_type_array) || json_object_array_length(row) < FIELDS)
		return error_new(ERROR_FORMAT, "an inhibitor has not the fields that are expected");
	if (strcmp(text_of(row, MODE), "block") != 0 || !has_word(text_of(row, WHAT), "shutdown"))
		return NULL;
	if (asprintf(&longer, "%s%s%s (process %s): \"%s\"", *list ? *list : "", *list ? ", " : "",
		    text_of(row, WHO), text_of(row, PROCESS), text_of(row, WHY)) < 0)
		return error_no_memory();
	free(*list);
	*list = longer;
	return NULL;
}

static void put_object(struct json_object **object)
{
	json_object_put(*object);
}

static struct json_object *parse(struct bytes json)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *object = NULL;

	if (tokener && json.size && json.size < INT32_MAX)
		object = json_tokener_parse_ex(tokener, (const char *)json.data, (int)json.size);
	if (tokener)
		json_tokener_free(tokener);
	return object;
}

struct error *inhibitors_of(struct bytes json, char **ret)
{
	__attribute__((cleanup(put_object))) struct json_object *answer = parse(json);
	struct json_object *rows = NULL;
	struct error *error = NULL;

	*ret = NULL;
	/* {"type":"a(ssssuu)","data":[[ROW,...]]} */
	if (json_object_object_get_ex(answer, "data", &rows) &&
		json_object_is_type(rows, json_type_array) && json_object_array_length(rows) == 1)
		rows = json_object_array_get_idx(rows, 0);
	else
		rows = NULL;
	if (!json_object_is_type(rows, json_type_array))
		return error_new(ERROR_FORMAT, "systemd-logind's answer is no list of inhibitors");
	for (size_t i = 0; i < json_object_array_length(rows) && !error; i++)
		error = add(json_object_array_get_idx(rows, i), ret);
	if (!error)
		return NULL;
	free(*ret);
	*ret = NULL;
	return error;
}

/* What busctl prints. */
static struct error *answer_of(const char *root, struct blob *ret)
{
	struct program_path program;
	char path[PATH_MAX + 256];
	struct child child = {
		.work = ask, .data = path, .idle_ms = PATIENCE_MS, .total_ms = PATIENCE_MS};
	int status;

	TRY(program_find(root, &program_busctl, &program));
	snprintf(path, sizeof(path), "%s%s", strcmp(root, "/") == 0 ? "" : root, program.text);
	TRY(child_run(&child, ret, &status));
	if (status < 0)
		return error_new(ERROR_OTHER, "%s does not answer", program.text);
	if (status > 0)
		return error_new(ERROR_OTHER, "%s: systemd-logind does not answer (exit status %d)",
			program.text, status);
	return NULL;
}

/* As inhibitors_of(), of whoever blocks now. */
static struct error *ask_for_list(const char *root, char **ret)
{
	_cleanup_blob_ struct blob answer = {0};
	char bus[PATH_MAX];

	*ret = NULL;
	/* Locks are taken through D-Bus only. */
	if (snprintf(bus, sizeof(bus), "%s/run/dbus/system_bus_socket", root) >= (int)sizeof(bus) ||
		access(bus, F_OK) != 0)
		return NULL;
	TRY(answer_of(root, &answer));
	return inhibitors_of(blob_bytes(&answer), ret);
}

bool inhibitors_are_there(const char *root)
{
	char *list;
	struct error *error = ask_for_list(root, &list);
	bool any = error || list;

	error_free(error);
	free(list);
	return any;
}

struct error *inhibitors_check(
	const char *root, void (*warn)(struct error *error, void *data), void *data)
{
	struct error *error;
	char *list;

	error = ask_for_list(root, &list);
	if (error)
		warn(error_prefix(error, "whether a reboot is inhibited is not known"), data);
	error = list ? error_new(ERROR_OTHER,
			       "a reboot is inhibited by %s; wait until that is done, or use "
			       "baton reboot --ignore-inhibitors",
			       list)
		     : NULL;
	free(list);
	return error;
}
