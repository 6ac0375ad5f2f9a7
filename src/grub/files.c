/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of files: "(hd0,gpt2)/boot/vmlinuz", or "/boot/vmlinuz" on the device $root. */
#include <string.h>

#include "base/error.h"
#include "grub/interpreter.h"

struct error *grub_split_path(struct grub *grub, const char *name, struct grub_path *ret)
{
	const char *root = grub_variable_get(&grub->context->variables, "root");
	const char *end = *name == '(' ? strchr(name, ')') : NULL;

	*ret = (struct grub_path){.device = root ? root : "", .path = name};
	if (!end)
		return NULL;
	ret->path = end + 1;
	TAKE(&grub->arena, ret->device,
		arena_text(&grub->arena, name + 1, (size_t)(end - name - 1)));
	return NULL;
}

struct error *grub_read(
	struct grub *grub, const char *name, uint64_t limit, bool *ret_found, struct blob *ret)
{
	const struct grub_world *world = grub->setup.world;
	struct grub_path path;

	TRY(grub_split_path(grub, name, &path));
	*ret_found = *path.path == '/';
	if (!*ret_found)
		return NULL;
	return error_prefix(world->read(world->data, path.device, path.path, limit, ret_found, ret),
		"%s", name);
}
