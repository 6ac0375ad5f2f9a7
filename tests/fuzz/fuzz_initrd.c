/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walks over cpio archives: the one that looks for microcode, and the one that reads names. */
#include "base/error.h"
#include "image/initrd.h"
#include "image/initrd_contents.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_initrd_contents_ struct initrd_contents contents = {0};

	initrd_has_microcode(bytes_of(data, size));
	error_free(initrd_contents_read(bytes_of(data, size), "/init", &contents));
	initrd_contents_have_module(&contents, "virtio-blk");
	initrd_contents_are_for(&contents, "6.1");
	return 0;
}
