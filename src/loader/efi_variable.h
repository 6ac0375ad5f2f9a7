/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BATON_LOADER_EFI_VARIABLE_H
#define BATON_LOADER_EFI_VARIABLE_H

#include "loader/tree.h"

/** systemd-boot's own: LoaderEntryOneShot and its like. */
#define EFI_VENDOR_LOADER "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

/**
 * The text of an EFI variable of a running machine (efivarfs: four bytes of attributes, then
 * UTF-16), as UTF-8. *@ret is NULL if it is not there; to be freed. Errors are of memory only.
 */
struct error *efi_variable_text(
	const struct tree *tree, const char *name, const char *vendor, char **ret);

#endif
