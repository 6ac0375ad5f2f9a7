/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PE headers, as far as kernels have them: Microsoft's PE format, "MS-DOS Stub", "COFF File
 * Header", "Optional Header", "Section Table".
 */
#ifndef BATON_IMAGE_PE_H
#define BATON_IMAGE_PE_H

#include "base/bytes.h"

enum {
	PE_CHECKSUM = 24 + 64, /* from the signature on; the optional header begins at 24 */
	PE_CHECKSUM_SIZE = 4,
	PE_CERTIFICATES_SIZE = 8, /* the fifth data directory: offset in the file, and size */
	PE_SECTION_NAME_SIZE = 8,
};

struct pe_section {
	const uint8_t *name; /* PE_SECTION_NAME_SIZE bytes */
	uint64_t file_offset, file_size;
};

/** True if @bytes is a PE file; *@ret is the offset of its signature. Begins with "MZ", or not. */
bool pe_begins_at(struct bytes bytes, uint64_t *ret);
/** Where the data directory of the certificates is, for the signature at @header. */
uint64_t pe_certificates(struct bytes bytes, uint64_t header);
/** The section of that number; false after the last, or where @bytes end. */
bool pe_section(struct bytes bytes, uint64_t header, unsigned int index, struct pe_section *ret);
/** Past the last byte of sections and certificates; 0 if @bytes is no PE file. */
uint64_t pe_file_end(struct bytes bytes);

#endif
