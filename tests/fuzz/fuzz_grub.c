/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB's configuration: run, and each entry of its menus entered and left. What is behind a NUL is
 * every other file, with an environment block's signature in front for some.
 */
#include "base/error.h"
#include "grub/grub.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_device(void *data, const char *device)
{
	return strcmp(device, "hd0") == 0;
}

static const char *device_at(void *data, unsigned int index)
{
	return index ? NULL : "hd0";
}

static struct grub_file look(void *data, const char *device, const char *path)
{
	return (struct grub_file){.there = path[0] == '/' && path[1], .size = strlen(path)};
}

static struct error *read_file(void *data, const char *device, const char *path, uint64_t limit,
	bool *ret_found, struct blob *ret)
{
	static const char signature[] = "# GRUB Environment Block\n";
	const struct bytes *bytes = data;
	const uint8_t *nul = bytes->size ? memchr(bytes->data, '\0', bytes->size) : NULL;
	uint64_t first = nul ? (uint64_t)(nul - bytes->data) : bytes->size;

	*ret_found = true;
	if (strcmp(path, "/grub/grub.cfg") == 0)
		return blob_append(ret, bytes->data, first);
	if (strstr(path, "env"))
		TRY(blob_append(ret, signature, sizeof(signature) - 1));
	return nul ? blob_append(ret, nul + 1, bytes->size - first - 1) : NULL;
}

static struct error *list(void *data, const char *device, const char *path,
	struct error *(*add)(void *context, const char *name), void *context)
{
	static const char *const names[] = {"a-1-1.conf", "a-2~rc1-1.conf", "vmlinuz", "x y"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		TRY(add(context, names[i]));
	return NULL;
}

static bool search(void *data, enum grub_search kind, const char *key, char ret[static 256])
{
	strcpy(ret, "hd0");
	return *key != 'n';
}

static const char *identity(void *data, const char *device, char which)
{
	return which == 'u' ? "1234-ABCD" : NULL;
}

static void print(void *data, const char *text)
{
	if (strlen(text) > 64 << 20)
		abort();
}

static struct error *walk(struct grub *grub, unsigned int depth)
{
	size_t count = grub_menu(grub)->count;
	struct grub_boot boot;
	bool known;

	if (count && grub_default(grub, &known) >= count)
		abort();
	for (size_t i = 0; i < count && i < 64 && depth < 4; i++) {
		TRY(grub_enter(grub, i, &boot));
		if (boot.initrd_count > GRUB_INITRDS_MAX || (boot.command_line && !boot.command))
			abort();
		TRY(walk(grub, depth + 1));
		grub_leave(grub);
		/* What was entered leaves nothing behind. */
		if (grub_menu(grub)->count != count)
			abort();
	}
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_grub_ struct grub *grub = NULL;
	struct bytes bytes = bytes_of(data, size);
	const struct grub_world world = {.data = &bytes,
		.has_device = has_device,
		.device = device_at,
		.look = look,
		.read = read_file,
		.list = list,
		.search = search,
		.identity = identity,
		.print = print};
	const struct grub_setup setup = {.world = &world,
		.make = size & 1 ? GRUB_RED_HAT : GRUB_UPSTREAM,
		.platform = size & 2 ? "efi" : "pc",
		.cpu = "x86_64",
		.root = "hd0",
		.prefix = "(hd0)/grub",
		.steps = 3000};
	struct error *error;
	bool found;

	error = grub_create(&setup, &grub);
	if (!error)
		error = grub_run(grub, "/grub/grub.cfg", &found);
	if (!error)
		error = walk(grub, 0);
	if (error && error_code(error) != ERROR_LIMIT)
		abort();
	error_free(error);
	return 0;
}
