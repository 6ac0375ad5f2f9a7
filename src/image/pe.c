/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/pe.h"

/* Offsets; from the signature on but for the first. */
enum {
	PE_OFFSET = 0x3c,      /* in the file: where the signature is */
	PE_SECTION_COUNT = 6,  /* NumberOfSections, 2 */
	PE_OPTIONAL_SIZE = 20, /* SizeOfOptionalHeader, 2 */
	PE_OPTIONAL = 24,      /* the optional header, then the section table */
	PE_MAGIC = PE_OPTIONAL,
	PE_MAGIC_64 = 0x20b,
	PE_CERTIFICATES_64 = PE_OPTIONAL + 112 + 4 * 8,
	PE_CERTIFICATES_32 = PE_OPTIONAL + 96 + 4 * 8,
	PE_SECTION_SIZE = 40,
	PE_SECTION_RAW_SIZE = 16,   /* in a section: SizeOfRawData, 4 */
	PE_SECTION_RAW_OFFSET = 20, /* PointerToRawData, 4 */
};

bool pe_begins_at(struct bytes bytes, uint64_t *ret)
{
	if (!bytes_contain(bytes, PE_OFFSET, 4))
		return false;
	*ret = load_le32(bytes.data + PE_OFFSET);
	return bytes_match(bytes, *ret, "PE\0\0", 4) && bytes_contain(bytes, *ret, PE_OPTIONAL);
}

uint64_t pe_certificates(struct bytes bytes, uint64_t header)
{
	bool is_64 = bytes_contain(bytes, header + PE_MAGIC, 2) &&
		     load_le16(bytes.data + header + PE_MAGIC) == PE_MAGIC_64;

	return header + (is_64 ? PE_CERTIFICATES_64 : PE_CERTIFICATES_32);
}

bool pe_section(struct bytes bytes, uint64_t header, unsigned int index, struct pe_section *ret)
{
	unsigned int count = load_le16(bytes.data + header + PE_SECTION_COUNT);
	uint64_t at = header + PE_OPTIONAL + load_le16(bytes.data + header + PE_OPTIONAL_SIZE) +
		      (uint64_t)index * PE_SECTION_SIZE;

	if (index >= count || !bytes_contain(bytes, at, PE_SECTION_SIZE))
		return false;
	*ret = (struct pe_section){
		.name = bytes.data + at,
		.file_offset = load_le32(bytes.data + at + PE_SECTION_RAW_OFFSET),
		.file_size = load_le32(bytes.data + at + PE_SECTION_RAW_SIZE),
	};
	return true;
}

uint64_t pe_file_end(struct bytes bytes)
{
	struct pe_section section;
	uint64_t header, certificates, end = 0;

	if (!pe_begins_at(bytes, &header))
		return 0;
	for (unsigned int i = 0; pe_section(bytes, header, i, &section); i++)
		if (section.file_offset + section.file_size > end)
			end = section.file_offset + section.file_size;
	certificates = pe_certificates(bytes, header);
	if (bytes_contain(bytes, certificates, PE_CERTIFICATES_SIZE)) {
		uint64_t past = (uint64_t)load_le32(bytes.data + certificates) +
				load_le32(bytes.data + certificates + 4);

		end = past > end ? past : end;
	}
	return end;
}
