/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An unpacked kernel with its relocations: whatever passes the checks is relocated, and back. */
#include "base/error.h"
#include "image/payload.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sum(struct bytes bytes)
{
	uint64_t total = 0;

	for (uint64_t i = 0; i < bytes.size; i++)
		total = total * 31 + bytes.data[i];
	return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_payload_ struct payload payload = {0};
	_cleanup_error_ struct error *error = NULL;
	_cleanup_blob_ struct blob blob = {0};
	uint64_t before;

	error = blob_copy(bytes_of(data, size), &blob);
	if (!error)
		error = payload_describe(&blob, &payload);
	if (error)
		return 0;
	before = sum(payload.vmlinux.bytes);
	payload_relocate(&payload, 0x1e00000);
	payload_relocate(&payload, 0);
	/* Fields may overlap, but adding and taking away again leaves no trace. */
	if (sum(payload.vmlinux.bytes) != before)
		abort();
	return 0;
}
