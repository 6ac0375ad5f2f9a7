/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is on a block device, and how much of it: never more than there is, and found again in
 * itself. */
#include "base/error.h"
#include "base/held_file.h"
#include "image/device.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct held_file device_of(int fd, uint64_t size)
{
	static char name[] = "device";

	return (struct held_file){
		.held = true, .device = true, .fd = fd, .size = size, .path = name};
}

static void check_initrd(int fd, const uint8_t *data, size_t size)
{
	struct held_file device = device_of(fd, size), again;
	uint64_t junk, past;

	_cleanup_error_ struct error *error = device_measure_initrd(&device, &junk);
	if (error)
		return;
	past = junk ? junk : device.size;
	if (!device.size || device.size > size || past < device.size || past > size)
		abort();
	/* What fills up a member to a multiple of four counts for nothing. */
	for (uint64_t at = (device.size + 3) & ~UINT64_C(3); at < past; at++)
		if (data[at])
			abort();
	/* What was taken is an initrd by itself. */
	again = device_of(fd, device.size);
	error_free(device_measure_initrd(&again, &junk));
	if (again.size != device.size || junk)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct held_file device;
	int fd;

	/* Where little input makes much work, and is fuzz_codec's. */
	if (!size || memmem(data, size, "BZh", 3))
		return -1;
	fd = memfd_create("device", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	device = device_of(fd, size);
	error_free(device_measure_kernel(&device));
	if (device.size > size)
		abort();
	check_initrd(fd, data, size);
	close(fd);
	return 0;
}
