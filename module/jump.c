// SPDX-License-Identifier: GPL-2.0-only
/* The last moment. Its state at the end is that of kexec: docs/module.md. */
#include "module.h"

#include <linux/irqflags.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/special_insns.h>

int baton_jump_set_up(struct baton_image *image)
{
	size_t size = baton_mover_end - baton_mover;

	image->control = baton_page_own(image);
	if (!image->control)
		return -ENOMEM;
	memcpy(image->control, baton_mover, size);
	return 0;
}

/* Shadow stacks and indirect branch tracking: off, before their bit in CR4 goes. */
static void leave_control_flow_enforcement(void)
{
#ifdef X86_CR4_CET
	if (!(__read_cr4() & X86_CR4_CET))
		return;
	native_wrmsr(MSR_IA32_S_CET, 0, 0);
	native_wrmsr(MSR_IA32_U_CET, 0, 0);
#endif
}

void baton_jump(struct baton_image *image)
{
	unsigned long control = virt_to_phys(image->control);

	/* A kernel for one processor has left them on. */
	local_irq_disable();
	leave_control_flow_enforcement();
	baton_switch(virt_to_phys(image->root), control, image->moves, image->entry,
		control + PAGE_SIZE, __read_cr4());
}
