/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arch/x86/entry_mode.h"

#include "base/error.h"
#include "decision/notes.h"
#include "decision/question.h"
#include "image/bzimage.h"
#include "image/image.h"
#include "machine/machine.h"

bool enters_in_32bit(const struct request *request, const struct image *image)
{
	return request->entry_32bit || image->machine == IMAGE_MACHINE_386;
}

/* Linux gives the generation of the processor: i386, i486, i586, i686. */
static bool is_32bit_x86(const char *architecture)
{
	return architecture[0] == 'i' && architecture[1] >= '3' && architecture[1] <= '6' &&
	       strcmp(architecture + 2, "86") == 0;
}

bool leaves_in_32bit(const struct machine *machine)
{
	return machine->architecture && is_32bit_x86(machine->architecture);
}

/* A plan as an ELF comes through a stub that switches to long mode (purgatory/x86/pvh.S). */
enum purgatory_kind purgatory_for(const struct machine *machine, enum method method)
{
	return leaves_in_32bit(machine) && method != METHOD_ELF ? PURGATORY_I386 : PURGATORY_X86_64;
}

static struct error *check_machine(const struct machine *machine, enum method method)
{
	if (machine->architecture && !leaves_in_32bit(machine) &&
		strcmp(machine->architecture, "x86_64") != 0)
		return error_new(ERROR_UNSUPPORTED,
			"machine: %s; this version of baton starts kernels on x86 only",
			machine->architecture);
	if (machine->xen_paravirtual && method != METHOD_ELF)
		return error_new(ERROR_UNSUPPORTED,
			"this is a paravirtual Xen domain, where the hypervisor owns the memory; "
			"baton cannot start a kernel there: use the ordinary reboot");
	return NULL;
}

/* Under a 32-bit kernel it is not certain that the CPU has a 64-bit mode. */
static struct error *check_long_mode(
	const struct image *image, const struct machine *machine, enum method method)
{
	if (!leaves_in_32bit(machine) || machine->cpu_long_mode)
		return NULL;
	if (image->machine == IMAGE_MACHINE_X86_64)
		return error_new(ERROR_UNSUPPORTED,
			"this CPU has no 64-bit mode (no \"lm\" in /proc/cpuinfo), and the kernel is "
			"a 64-bit one; choose a 32-bit kernel");
	if (method == METHOD_ELF)
		return error_new(ERROR_UNSUPPORTED,
			"this CPU has no 64-bit mode (no \"lm\" in /proc/cpuinfo), which a plan "
			"as an ELF starts in");
	return NULL;
}

static void note_32bit_kernel(const struct image *image, struct notes *notes)
{
	uint16_t protocol = image->bzimage.protocol;

	if (image->kind != IMAGE_BZIMAGE)
		note_add(notes, NOTE_ENTRY_MODE, "32-bit: it is a 32-bit ELF file");
	else if (protocol < BZIMAGE_PROTOCOL_XLOADFLAGS)
		note_add(notes, NOTE_ENTRY_MODE,
			"32-bit: boot protocol %u.%02u knows no other entry", protocol >> 8,
			protocol & 0xff);
	else
		note_add(notes, NOTE_ENTRY_MODE,
			"32-bit: it is a 32-bit kernel (xloadflags bit 0 is clear)");
}

struct error *entry_mode_check(
	const struct question *question, enum method method, struct notes *notes)
{
	const struct image *image = question->image;
	const struct machine *machine = question->machine;

	TRY(check_machine(machine, method));
	TRY(check_long_mode(image, machine, method));
	if (image->machine == IMAGE_MACHINE_386) {
		note_32bit_kernel(image, notes);
		return NULL;
	}
	if (image->machine != IMAGE_MACHINE_X86_64)
		return error_new(ERROR_UNSUPPORTED,
			"the kernel is not for x86; choose one for this machine");
	/* It begins with 64-bit code, which would run as something else, until it faults. */
	if (question->request->entry_32bit && image->kind != IMAGE_BZIMAGE)
		return error_new(ERROR_USAGE,
			"a bare 64-bit vmlinux has no 32-bit entry; leave out the option for it, or "
			"use the kernel's bzImage");
	if (leaves_in_32bit(machine))
		note_add(notes, NOTE_ENTRY_MODE,
			"64-bit: purgatory switches from the running kernel's 32-bit mode");
	return NULL;
}
