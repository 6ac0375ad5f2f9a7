/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/command_line.h"

#include "base/error.h"
#include "machine/machine.h"

#include <stdlib.h>

/* Parameters that speak of the boot that is over, by whole name. */
static const struct {
	const char *name;
	bool crash_only; /* dropped only when the new kernel is a crash kernel */
} old_boot[] = {
	{"BOOT_IMAGE", false}, /* GRUB: the path of the kernel that it loaded */
	{"initrd", false},     /* EFI stub: a file on the ESP, read by firmware only */
	{"elfcorehdr", false}, /* a crash kernel's own; an address in the old memory */
	{"kho_fdt", false},    /* kexec handover: addresses in the old memory */
	{"kho_scratch", false},
	{"crashkernel", true}, /* a crash kernel must not reserve another one's memory */
};

static bool belongs_to_old_boot(const struct parameter *word, enum target target)
{
	for (size_t i = 0; i < sizeof(old_boot) / sizeof(old_boot[0]); i++)
		if (parameter_is(word, old_boot[i].name))
			return !old_boot[i].crash_only || target == TARGET_CRASH;
	return false;
}

/* Append @length bytes of @text to the string in @line, after a space unless it is empty. */
static struct error *append(struct blob *line, const char *text, size_t length)
{
	if (!length)
		return NULL;
	if (line->size)
		TRY(blob_append(line, " ", 1));
	return blob_append(line, text, length);
}

static struct error *append_reused(
	const char *old, enum target target, struct blob *line, struct blob *dropped)
{
	struct command_line_reader reader = {.at = old};
	struct parameter word;

	while (command_line_next(&reader, &word))
		TRY(append(belongs_to_old_boot(&word, target) ? dropped : line, word.start,
			word.length));
	return NULL;
}

static struct error *to_string(const struct blob *blob, char **ret)
{
	*ret = blob->size ? strndup((const char *)blob->data, blob->size) : strdup("");
	return *ret ? NULL : error_no_memory();
}

struct error *command_line_compose(const struct request *request, const struct machine *machine,
	char **ret, char **ret_dropped)
{
	_cleanup_blob_ struct blob line = {0}, dropped = {0};

	*ret = NULL;
	*ret_dropped = NULL;
	if (request->reuse_command_line && !machine->command_line)
		return error_new(ERROR_UNSUPPORTED,
			"command line: the running kernel's is not known (/proc/cmdline was not "
			"read); give one");
	if (request->reuse_command_line)
		TRY(append_reused(machine->command_line, request->target, &line, &dropped));
	if (request->command_line)
		TRY(append(&line, request->command_line, strlen(request->command_line)));
	if (request->append)
		TRY(append(&line, request->append, strlen(request->append)));
	TRY(to_string(&line, ret));
	return dropped.size ? to_string(&dropped, ret_dropped) : NULL;
}
