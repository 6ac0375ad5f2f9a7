/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arch/x86/calls.h"

#include "arch/x86/entry_mode.h"
#include "arch/x86/page_levels.h"
#include "base/error.h"
#include "decision/question.h"
#include "image/image.h"
#include "machine/machine.h"

#include <linux/kexec.h>

/* arch/x86/kernel/kexec-bzimage64.c, bzImage64_probe(): without the flag the running kernel
 * refuses.
 */
static bool file_load_takes_levels(const struct question *question)
{
	const struct image *image = question->image;

	return !leaves_5level(question->machine, METHOD_FILE_LOAD) ||
	       image->machine != IMAGE_MACHINE_X86_64 || image->bzimage.xloadflags & XLF_5LEVEL;
}

const char *x86_needs_kexec_load(const struct question *question)
{
	const struct request *request = question->request;

	if (question->image->machine == IMAGE_MACHINE_386)
		return "a 32-bit kernel";
	if (request->entry_32bit)
		return "the 32-bit entry";
	if (request->device_tree.size)
		return "a device tree on x86";
	if (!file_load_takes_levels(question))
		return "leaving 5-level page tables, with which the kernel cannot be entered";
	return NULL;
}

struct error *x86_check_file_load(const struct question *question)
{
	if (question->image->kind != IMAGE_BZIMAGE || file_load_takes_levels(question))
		return NULL;
	return error_new(ERROR_UNSUPPORTED,
		"this machine runs with 5-level page tables, and kexec_file_load takes no "
		"kernel that cannot be entered so (xloadflags bit 5 is clear); with "
		"kexec_load, baton's purgatory goes down to 4 levels");
}

unsigned long x86_kexec_flag(const struct machine *machine)
{
	return leaves_in_32bit(machine) ? KEXEC_ARCH_386 : KEXEC_ARCH_X86_64;
}

/* As the kernel's own kexec does: the EFI tables that a bzImage's stub looks at. */
unsigned int x86_mapped(const struct machine *machine, struct range ret[static 2])
{
	const uint64_t tables[] = {machine->efi.system_table, machine->efi.config_table};
	enum { PAGE = 4096 };
	unsigned int count = 0;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (tables[i] && tables[i] < UINT64_MAX - 2 * PAGE)
			ret[count++] = (struct range){
				tables[i] / PAGE * PAGE, tables[i] / PAGE * PAGE + 2 * PAGE};
	return count;
}
