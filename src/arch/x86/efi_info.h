/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hand the EFI runtime services on to the next kernel. */
#ifndef BATON_ARCH_X86_EFI_INFO_H
#define BATON_ARCH_X86_EFI_INFO_H

#include "arch/x86/boot_data.h"

/**
 * Fill efi_info in boot_params and add SETUP_EFI and the runtime memory map. SetVirtualAddressMap()
 * can be called only once, so the next kernel must use the virtual addresses that the first one
 * chose: that is what SETUP_EFI tells it (arch/x86/platform/efi/quirks.c, efi_reuse_config()).
 * The caller has asked boot_data_efi_possible().
 */
struct error *efi_info_fill(struct boot_data *data, const struct machine *machine);

#endif
