/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * blscfg: entries out of files of the Boot Loader Specification, as Red Hat's GRUB reads them,
 * which is not how the specification has it: their order is by file name, one line of options
 * counts, variables are expanded in it, and an empty line ends a file.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "grub/commands.h"
#include "grub/rpm_version.h"

enum { FILES_MAX = 1024, FILE_MAX = 1 << 20, LINES_MAX = 64 };

struct bls_line {
	const char *key, *value;
};

struct bls_file {
	const char *name; /* without .conf */
	const char *path; /* "(DEVICE)/FOLDER/NAME.conf" */
	struct bls_line lines[LINES_MAX];
	size_t line_count;
};

/* All of them, the newest first. */
struct bls_files {
	struct grub *grub;
	const char *device, *folder;
	struct bls_file *list[FILES_MAX];
	size_t count;
	bool any; /* the folder is there, and not empty */
};

static const char *variable(const struct grub *grub, const char *name)
{
	return grub_variable_get(&grub->context->variables, name);
}

/* The next value of @key from the line *@at on; NULL if there is none. */
static const char *next_value(const struct bls_file *file, const char *key, size_t *at)
{
	while (*at < file->line_count)
		if (strcmp(file->lines[(*at)++].key, key) == 0)
			return file->lines[*at - 1].value;
	return NULL;
}

static const char *value(const struct bls_file *file, const char *key)
{
	size_t at = 0;

	return next_value(file, key, &at);
}

/* False in @ret_more: nothing behind this line is read. */
static struct error *read_line(
	struct arena *arena, struct bytes line, struct bls_file *file, bool *ret_more)
{
	struct bls_line *place = &file->lines[file->line_count];
	char *text, *separator;

	TAKE(arena, text, arena_text(arena, (const char *)line.data, line.size));
	text[strcspn(text, "\r")] = '\0';
	text += strspn(text, " \t");
	*ret_more = true;
	if (*text == '#')
		return NULL;
	separator = strchr(text, ' ');
	if (!separator)
		separator = strchr(text, '\t');
	*ret_more = separator && separator[1] && file->line_count < LINES_MAX;
	if (!*ret_more)
		return NULL;
	*separator++ = '\0';
	place->key = text;
	place->value = separator + strspn(separator, " \t");
	file->line_count++;
	return NULL;
}

static struct error *read_lines(struct arena *arena, struct bytes text, struct bls_file *file)
{
	bool more = true;

	for (uint64_t at = 0; at < text.size && more;) {
		const uint8_t *start = text.data + at;
		const uint8_t *end = memchr(start, '\n', text.size - at);
		uint64_t length = end ? (uint64_t)(end - start) : text.size - at;

		TRY(read_line(arena, bytes_of(start, length), file, &more));
		at += length + 1;
	}
	return NULL;
}

/* In its place; one that is no older and no newer than another is left out. */
static struct error *insert(struct bls_files *files, struct bls_file *file)
{
	size_t at = 0;

	if (files->count == FILES_MAX)
		return error_new(
			ERROR_LIMIT, "more than %d entries in %s", FILES_MAX, files->folder);
	for (; at < files->count; at++) {
		int order = rpm_package_compare(file->name, files->list[at]->name);

		if (!order)
			return NULL;
		if (order > 0)
			break;
	}
	for (size_t i = files->count++; i > at; i--)
		files->list[i] = files->list[i - 1];
	files->list[at] = file;
	return NULL;
}

static struct error *read_file(struct bls_files *files, const char *path, const char *name)
{
	struct arena *arena = &files->grub->arena;
	_cleanup_blob_ struct blob blob = {0};
	struct bls_file *file;
	bool found;

	TRY(grub_read(files->grub, path, FILE_MAX, &found, &blob));
	if (!found)
		return NULL;
	TAKE(arena, file, arena_take(arena, sizeof(*file)));
	TAKE(arena, file->name, arena_text(arena, name, strlen(name) - strlen(".conf")));
	TAKE(arena, file->path, arena_text(arena, path, strlen(path)));
	TRY(read_lines(arena, blob_bytes(&blob), file));
	return insert(files, file);
}

static bool is_entry_name(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".conf") == 0;
}

static struct error *add(void *data, const char *name)
{
	struct bls_files *files = data;
	char path[1024];

	files->any = true;
	if (!is_entry_name(name) || snprintf(path, sizeof(path), "(%s)%s/%s", files->device,
					    files->folder, name) >= (int)sizeof(path))
		return NULL;
	return read_file(files, path, name);
}

static struct error *read_folder(struct bls_files *files, const char *folder)
{
	const struct grub_world *world = files->grub->setup.world;

	files->folder = folder;
	return world->list(world->data, files->device, folder, add, files);
}

/* $blsdir or its default, and below /boot where that is not there. */
static struct error *read_default_folder(struct bls_files *files)
{
	const char *folder = variable(files->grub, "blsdir");

	TRY(read_folder(files, folder ? folder : "/loader/entries"));
	if (files->any)
		return NULL;
	return read_folder(files, "/boot/loader/entries");
}

/* An argument "(DEVICE)/FOLDER" or "(DEVICE)/FILE.conf". */
static struct error *read_named(struct bls_files *files, const char *argument)
{
	const char *slash = strrchr(argument, '/');
	struct grub_path path;

	TRY(grub_split_path(files->grub, argument, &path));
	files->device = path.device;
	if (slash && is_entry_name(slash + 1))
		return read_file(files, argument, slash + 1);
	return read_folder(files, path.path);
}

/* Text of an option line that is being put together. */
struct text {
	struct arena *arena;
	char *data;
	size_t length, room;
};

static struct error *append(struct text *text, const char *more, size_t length)
{
	size_t wanted = text->length + length + 1;
	char *data;

	if (wanted > text->room) {
		TAKE(text->arena, data, arena_take(text->arena, wanted * 2));
		if (text->length)
			memcpy(data, text->data, text->length);
		text->data = data;
		text->room = wanted * 2;
	}
	memcpy(text->data + text->length, more, length);
	text->length += length;
	text->data[text->length] = '\0';
	return NULL;
}

/* A variable with a blank behind it; one that is not set is nothing. */
static struct error *append_variable(
	struct grub *grub, struct text *text, const char *name, size_t length)
{
	const char *copy, *found;

	TAKE(text->arena, copy, arena_text(text->arena, name, length));
	found = variable(grub, copy);
	if (!found)
		return NULL;
	TRY(append(text, found, strlen(found)));
	return append(text, " ", 1);
}

/* $name anywhere in @source, without quotes or braces. NULL in @ret: nothing is left. */
static struct error *expand(struct grub *grub, const char *source, const char **ret)
{
	struct text text = {.arena = &grub->arena};

	*ret = NULL;
	while (source && *source) {
		size_t length = strcspn(source, "$");

		TRY(append(&text, source, length));
		source += length;
		if (!*source)
			break;
		source++;
		length = 0;
		while (isalnum((unsigned char)source[length]) || source[length] == '_')
			length++;
		TRY(append_variable(grub, &text, source, length));
		source += length;
	}
	*ret = text.length ? text.data : NULL;
	return NULL;
}

/* " ($root)" and the folder of @beside with each word of @early_initrd. */
static struct error *append_early(struct grub *grub, struct text *body, const char *beside)
{
	const char *early = variable(grub, "early_initrd"), *slash = strrchr(beside, '/');

	while (early && *early) {
		size_t length = strcspn(early, " ");

		TRY(append(body, " ($root)", 8));
		TRY(append(body, beside, slash ? (size_t)(slash - beside + 1) : 0));
		TRY(append(body, early, length));
		early += length + (early[length] == ' ');
	}
	return NULL;
}

static struct error *append_initrds(
	struct grub *grub, const struct bls_file *file, struct text *body)
{
	const char *first = value(file, "initrd"), *initrd;
	size_t at = 0;

	if (!first && !variable(grub, "early_initrd"))
		return NULL;
	TRY(append(body, "initrd", 6));
	TRY(append_early(grub, body, first ? first : value(file, "linux")));
	while ((initrd = next_value(file, "initrd", &at))) {
		TRY(append(body, " ($root)", 8));
		TRY(append(body, initrd, strlen(initrd)));
	}
	return append(body, "\n", 1);
}

/* The commands of an entry: it is a script, so what is quoted or a variable in it is seen as one.
 */
static struct error *make_body(struct grub *grub, const struct bls_file *file, const char **ret)
{
	const char *kernel = value(file, "linux"), *tree = value(file, "devicetree");
	struct text body = {.arena = &grub->arena};
	const char *options;

	TRY(expand(grub, value(file, "options"), &options));
	if (!options)
		TRY(expand(grub, variable(grub, "default_kernelopts"), &options));
	TRY(append(&body, "linux ($root)", 13));
	TRY(append(&body, kernel, strlen(kernel)));
	TRY(append(&body, " ", 1));
	TRY(append(&body, options ? options : "", options ? strlen(options) : 0));
	TRY(append(&body, "\n", 1));
	TRY(append_initrds(grub, file, &body));
	if (tree) {
		TRY(append(&body, "devicetree ($root)", 18));
		TRY(append(&body, tree, strlen(tree)));
		TRY(append(&body, "\n", 1));
	}
	*ret = body.data;
	return NULL;
}

static struct error *add_entry(struct grub *grub, const struct bls_file *file)
{
	const char *title = value(file, "title"), *classes[LINES_MAX + 1] = {0};
	const char *params[LINES_MAX + 2] = {0};
	struct grub_entry entry = {.id = file->name,
		.classes = classes,
		.hotkey = value(file, "grub_hotkey"),
		.is_restricted = value(file, "grub_users") != NULL,
		.file = file->path,
		.line = 1,
		.params = params};
	size_t at = 0;

	if (!value(file, "linux"))
		return NULL;
	entry.title = params[0] = title ? title : value(file, "linux");
	for (size_t i = 0; (classes[i] = next_value(file, "grub_class", &at)); i++)
		;
	at = 0;
	for (size_t i = 1; (params[i] = next_value(file, "grub_arg", &at)); i++)
		;
	TRY(make_body(grub, file, &entry.body));
	return grub_menu_add(grub, &entry);
}

static bool is_default(const struct grub *grub, const struct bls_file *file, size_t index)
{
	const char *wanted = variable(grub, "default"), *title = value(file, "title");
	unsigned long number;

	if (!wanted)
		return false;
	if (strcmp(wanted, file->name) == 0 || (title && strcmp(wanted, title) == 0))
		return true;
	return grub_number(wanted, &number, NULL) && number == index;
}

/* An entry is added once, however often it is asked for. */
static bool is_there(const struct grub *grub, const struct bls_file *file)
{
	const struct grub_menu *menu = &grub->context->menu;

	for (size_t i = 0; i < menu->count; i++)
		if (strcmp(menu->entries[i].file, file->path) == 0)
			return true;
	return false;
}

static struct error *add_entries(struct bls_files *files, const char *argument)
{
	bool only_default = argument && strcmp(argument, "default") == 0;
	bool no_default = argument && strcmp(argument, "non-default") == 0;
	const char *id =
		argument && *argument != '(' && !only_default && !no_default ? argument : NULL;

	for (size_t i = 0; i < files->count; i++) {
		const struct bls_file *file = files->list[i];
		bool is_it = is_default(files->grub, file, i);

		if (is_there(files->grub, file))
			continue;
		if (id ? strcmp(id, file->name) == 0 : is_it ? !no_default : !only_default)
			TRY(add_entry(files->grub, file));
	}
	return NULL;
}

/* The device: on EFI $root, elsewhere $boot before it. */
struct error *grub_command_blscfg(const struct grub_call *call, enum grub_status *ret)
{
	struct grub *grub = call->grub;
	const char *argument = call->count == 1 ? call->words[0] : NULL;
	const char *boot = strcmp(grub->setup.platform, "efi") == 0 ? NULL : variable(grub, "boot");
	struct bls_files *files;

	TAKE(&grub->scratch, files, arena_take(&grub->scratch, sizeof(*files)));
	files->grub = grub;
	files->device = boot ? boot : variable(grub, "root");
	*ret = files->device ? GRUB_OK : GRUB_FILE_NOT_FOUND;
	if (!files->device)
		return NULL;
	if (argument && *argument == '(')
		TRY(read_named(files, argument));
	else
		TRY(read_default_folder(files));
	return add_entries(files, argument);
}
