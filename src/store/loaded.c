/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/loaded.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/error.h"
#include "base/save.h"

enum {
	SCHEMA = 1,
	SIZE_MAX_READ = 1 << 20, /* a command line has 2 KiB, and at most some more */
};

void loaded_deinit(struct loaded *loaded)
{
	free(loaded->kernel);
	free(loaded->release);
	free(loaded->command_line);
	*loaded = (struct loaded){0};
}

static bool path_of(const char *root, const char *name, char path[static PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/run/baton%s", strcmp(root, "/") == 0 ? "" : root,
		       name) < PATH_MAX;
}

static void put_object(struct json_object **object)
{
	json_object_put(*object);
}

static bool add_text(struct json_object *object, const char *name, const char *text)
{
	struct json_object *value = json_object_new_string(text ? text : "");

	if (value && json_object_object_add(object, name, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

static bool add_number(struct json_object *object, const char *name, uint64_t number)
{
	struct json_object *value = json_object_new_uint64(number);

	if (value && json_object_object_add(object, name, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

struct error *loaded_write(const char *root, const struct loaded *loaded)
{
	__attribute__((cleanup(put_object))) struct json_object *object = json_object_new_object();
	char path[PATH_MAX];
	const char *text;

	if (!path_of(root, "", path))
		return error_system(ENAMETOOLONG, "%s", root);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_system(errno, "%s", path);
	path_of(root, "/loaded", path);
	if (!object || !add_number(object, "schema", SCHEMA) ||
		!add_text(object, "kernel", loaded->kernel) ||
		!add_text(object, "release", loaded->release) ||
		!add_text(object, "command_line", loaded->command_line) ||
		!add_number(object, "loaded_at", loaded->at))
		return error_no_memory();
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	return text ? save_file(path, bytes_of(text, strlen(text))) : error_no_memory();
}

static char *take_text(const struct json_object *object, const char *name)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, name, &value) ||
		!json_object_is_type(value, json_type_string))
		return NULL;
	return strdup(json_object_get_string(value));
}

/* With a NUL behind it. */
static bool read_text(const char *path, struct blob *ret)
{
	_cleanup_error_ struct error *error = blob_read_file(path, SIZE_MAX_READ, ret);

	if (!error)
		error = blob_append(ret, "", 1);
	return !error;
}

void loaded_read(const char *root, struct loaded *ret)
{
	__attribute__((cleanup(put_object))) struct json_object *object = NULL;
	_cleanup_blob_ struct blob text = {0};
	struct json_object *value;
	char path[PATH_MAX];

	*ret = (struct loaded){0};
	if (!path_of(root, "/loaded", path))
		return;
	if (!read_text(path, &text))
		return;
	object = json_tokener_parse((const char *)text.data);
	if (!json_object_is_type(object, json_type_object) ||
		!json_object_object_get_ex(object, "schema", &value) ||
		json_object_get_int64(value) != SCHEMA)
		return;
	ret->kernel = take_text(object, "kernel");
	ret->release = take_text(object, "release");
	ret->command_line = take_text(object, "command_line");
	if (json_object_object_get_ex(object, "loaded_at", &value))
		ret->at = json_object_get_uint64(value);
	if (!ret->kernel || !ret->release || !ret->command_line)
		loaded_deinit(ret);
}

void loaded_remove(const char *root)
{
	char path[PATH_MAX];

	if (path_of(root, "/loaded", path))
		unlink(path);
}
