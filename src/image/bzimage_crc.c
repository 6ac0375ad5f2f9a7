/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CRC-32 that the kernel's build put behind a bzImage until 6.14 (arch/x86/boot/tools/build.c;
 * Documentation/arch/x86/boot.rst, "The Image Checksum"): over the whole of setup and kernel code,
 * begun with all ones and not inverted at the end, so that with itself it comes to 0. Signing the
 * file for secure boot changes two fields in the PE headers afterwards, which the build left zero.
 */
#include "image/bzimage.h"

#include "image/image.h"
#include "image/pe.h"

#include <lzma.h>
#include <stdio.h>

/* liblzma inverts the result; its CRC-32 is the quickest that is linked in any case. */
#define CRC_OF_WHOLE UINT32_C(0xffffffff)

/* 6.15 dropped it; nobody can tell whether a kernel built on the way there, as a 6.14, has it. */
enum { LAST_MAJOR = 6, LAST_MINOR = 14 };

enum has_crc { HAS_NO_CRC, MAY_HAVE_CRC, HAS_CRC };

/* How sure it is that a kernel of @version has the checksum. What is no Linux at all may have it.
 */
static enum has_crc version_has_crc(const char *version)
{
	unsigned int major, minor;

	if (sscanf(version, "%3u.%4u.", &major, &minor) != 2 ||
		(major == LAST_MAJOR && minor == LAST_MINOR))
		return MAY_HAVE_CRC;
	return major < LAST_MAJOR || (major == LAST_MAJOR && minor < LAST_MINOR) ? HAS_CRC
										 : HAS_NO_CRC;
}

/* The CRC of bytes of which those in [hole, hole + size) read as zeros. */
static uint32_t crc_with_hole(
	uint32_t crc, struct bytes bytes, uint64_t *done, uint64_t hole, uint64_t hole_size)
{
	static const uint8_t zeros[PE_CERTIFICATES_SIZE];

	crc = lzma_crc32(bytes.data + *done, hole - *done, crc);
	*done = hole + hole_size;
	return lzma_crc32(zeros, hole_size, crc);
}

/* As it was before it was signed. */
static bool is_whole_but_for_signature(struct bytes covered)
{
	uint64_t pe, certificates, done = 0;
	uint32_t crc = 0;

	if (!bytes_match(covered, 0, "MZ", 2))
		return false;
	if (!pe_begins_at(covered, &pe))
		return false;
	certificates = pe_certificates(covered, pe);
	if (!bytes_contain(covered, certificates, PE_CERTIFICATES_SIZE))
		return false;
	crc = crc_with_hole(crc, covered, &done, pe + PE_CHECKSUM, PE_CHECKSUM_SIZE);
	crc = crc_with_hole(crc, covered, &done, certificates, PE_CERTIFICATES_SIZE);
	return lzma_crc32(covered.data + done, covered.size - done, crc) == CRC_OF_WHOLE;
}

enum bzimage_crc bzimage_check_crc(const struct image *image)
{
	const struct bzimage *header = &image->bzimage;
	enum has_crc expected = version_has_crc(header->kernel_version);
	uint64_t size;
	struct bytes covered;

	if (image->kind != IMAGE_BZIMAGE || header->protocol < BZIMAGE_PROTOCOL_PAYLOAD ||
		expected == HAS_NO_CRC)
		return BZIMAGE_CRC_NONE;
	size = header->setup_size + (uint64_t)load_le32(image->bytes.data + SETUP_SYSSIZE) * 16;
	if (!bytes_contain(image->bytes, 0, size))
		return BZIMAGE_CRC_NONE;
	covered = bytes_part(image->bytes, 0, size);
	if (is_whole_but_for_signature(covered) ||
		lzma_crc32(covered.data, covered.size, 0) == CRC_OF_WHOLE)
		return BZIMAGE_CRC_GOOD;
	return expected == HAS_CRC ? BZIMAGE_CRC_WRONG : BZIMAGE_CRC_NONE;
}
