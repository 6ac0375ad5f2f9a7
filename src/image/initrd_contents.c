/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/initrd_contents.h"

#include "base/error.h"
#include "image/cpio.h"
#include "image/initrd.h"

#include <stdio.h>
#include <stdlib.h>

enum { MODULE_NAME_MAX = 64 };

/* "./usr/lib/…" and "/usr/lib/…" are "usr/lib/…" to the kernel. */
static struct bytes without_root(struct bytes name)
{
	if (bytes_match(name, 0, "./", 2))
		name = bytes_part(name, 2, name.size - 2);
	while (name.size && name.data[0] == '/')
		name = bytes_part(name, 1, name.size - 1);
	return name;
}

/* Drop @prefix from the front; false if it is not there. */
static bool skip(struct bytes *name, const char *prefix)
{
	uint64_t length = strlen(prefix);

	if (!bytes_match(*name, 0, prefix, length))
		return false;
	*name = bytes_part(*name, length, name->size - length);
	return true;
}

static uint64_t up_to(struct bytes name, uint8_t stop)
{
	const uint8_t *found = name.size ? memchr(name.data, stop, name.size) : NULL;

	return found ? (uint64_t)(found - name.data) : name.size;
}

bool initrd_contents_are_for(const struct initrd_contents *contents, const char *release)
{
	for (unsigned int i = 0; i < contents->release_count; i++)
		if (strcmp(contents->releases[i], release) == 0)
			return true;
	return false;
}

/*
 * "lib/modules/RELEASE/…" and "usr/lib/modules/RELEASE/…". Only a folder that holds something is a
 * release's, and a release begins with a number: small initrds keep their modules in lib/modules
 * itself, or in "lib/modules/kernel".
 */
static struct error *add_release(struct bytes name, struct initrd_contents *contents)
{
	char *release;

	skip(&name, "usr/");
	if (!skip(&name, "lib/modules/") || up_to(name, '/') == name.size || name.data[0] < '0' ||
		name.data[0] > '9' || contents->release_count == INITRD_RELEASES_MAX)
		return NULL;
	release = strndup((const char *)name.data, up_to(name, '/'));
	if (!release)
		return error_no_memory();
	if (initrd_contents_are_for(contents, release))
		free(release);
	else
		contents->releases[contents->release_count++] = release;
	return NULL;
}

/*
 * Is it the image of a file system? dracut can put all but a few files into a squashfs or an EROFS
 * (kernel: Documentation/filesystems/squashfs.rst, "hsqs"; fs/erofs/erofs_fs.h, 0xe0f5e1e2 at
 * 1024).
 */
static bool is_image(struct bytes bytes, const struct cpio_member *entry)
{
	struct bytes file = bytes_part(bytes, entry->contents, entry->end - entry->contents);

	return bytes_match(file, 0, "hsqs", 4) || bytes_match(file, 1024, "\xe2\xe1\xf5\xe0", 4);
}

static void unify(char *name)
{
	for (; *name; name++)
		if (*name == '-')
			*name = '_';
}

/* "…/virtio_blk.ko.zst": kmod knows the endings .ko, .ko.gz, .ko.xz and .ko.zst. */
static struct error *add_module(struct bytes name, struct initrd_contents *contents)
{
	const uint8_t *slash = name.size ? memrchr(name.data, '/', name.size) : NULL;
	char text[MODULE_NAME_MAX + 1] = "";
	char *end;

	if (slash)
		name = bytes_of(slash + 1, name.size - (uint64_t)(slash + 1 - name.data));
	if (!name.size || name.size >= sizeof(text))
		return NULL;
	memcpy(text, name.data, name.size);
	end = strstr(text, ".ko");
	if (!end || (end[3] && end[3] != '.'))
		return NULL;
	*end = '\0';
	unify(text);
	if (!contents->modules.size)
		TRY(blob_append(&contents->modules, "\n", 1));
	TRY(blob_append(&contents->modules, text, strlen(text)));
	return blob_append(&contents->modules, "\n", 1);
}

static bool is_first_program(struct bytes name, const char *init)
{
	const char *last = strrchr(init, '/');
	const char *wanted = last ? last + 1 : init;
	size_t length = strlen(wanted);
	bool anywhere = last && last != init;

	if (name.size < length || !bytes_match(name, name.size - length, wanted, length))
		return false;
	return name.size == length || (anywhere && name.data[name.size - length - 1] == '/');
}

struct error *initrd_contents_read(
	struct bytes bytes, const char *init, struct initrd_contents *ret)
{
	_cleanup_initrd_contents_ struct initrd_contents contents = {0};
	struct cpio_member entry;
	uint64_t offset = 0;

	*ret = (struct initrd_contents){0};
	for (unsigned int i = 0; i < CPIO_ENTRIES_MAX; i++) {
		struct bytes name;

		if (!cpio_skip_zeros(bytes, &offset)) {
			contents.complete = bytes.size > 0;
			break;
		}
		if (!cpio_read_member(bytes, offset, &entry)) {
			contents.complete = initrd_is_bootconfig(
				bytes_part(bytes, offset, bytes.size - offset));
			break;
		}
		name = without_root(entry.name);
		contents.has_init |= is_first_program(name, init);
		contents.has_image |= is_image(bytes, &entry);
		TRY(add_release(name, &contents));
		TRY(add_module(name, &contents));
		offset = entry.end;
	}
	*ret = contents;
	contents = (struct initrd_contents){0};
	return NULL;
}

bool initrd_contents_have_module(const struct initrd_contents *contents, const char *name)
{
	char wanted[MODULE_NAME_MAX + 3];
	int length = snprintf(wanted, sizeof(wanted), "\n%s\n", name);

	if (length < 0 || length >= (int)sizeof(wanted) || !contents->modules.size)
		return false;
	unify(wanted);
	return memmem(contents->modules.data, contents->modules.size, wanted, (size_t)length);
}

void initrd_contents_deinit(struct initrd_contents *contents)
{
	for (unsigned int i = 0; i < contents->release_count; i++)
		free(contents->releases[i]);
	blob_deinit(&contents->modules);
	*contents = (struct initrd_contents){0};
}
