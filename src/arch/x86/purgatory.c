/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arch/x86/purgatory.h"

#include "arch/x86/blobs.h"
#include "base/error.h"
#include "wire/digest.h"

#include <assert.h>
#include <stddef.h>

static struct bytes binary_of(enum purgatory_kind kind)
{
	if (kind == PURGATORY_I386)
		return bytes_of(purgatory_i386, purgatory_i386_size);
	return bytes_of(purgatory_x86_64, purgatory_x86_64_size);
}

static struct purgatory_header read_header(struct bytes binary)
{
	struct purgatory_header header;

	memcpy(&header, binary.data + PURGATORY_HEADER_OFFSET, sizeof(header));
	/* Both were built together: a mismatch is a broken build, not a user's error. */
	assert(header.magic == PURGATORY_MAGIC);
	assert(header.params_end == header.params_offset + sizeof(struct purgatory_params));
	assert(header.params_end <= binary.size);
	return header;
}

uint64_t purgatory_memory_size(enum purgatory_kind kind)
{
	return read_header(binary_of(kind)).memory_size;
}

struct error *purgatory_build(enum purgatory_kind kind, const struct purgatory_params *params,
	uint64_t address, struct blob *ret)
{
	struct bytes binary = binary_of(kind);
	struct purgatory_header header = read_header(binary);
	struct purgatory_params complete = *params;
	struct purgatory_region *own = &complete.regions[complete.region_count++];

	assert(complete.region_count <= PURGATORY_REGIONS_MAX);
	*own = (struct purgatory_region){
		.address = address,
		.size = header.text_end,
		.digest = digest_of(params->algorithm, binary.data, header.text_end),
		.name = "purgatory",
	};
	complete.own =
		digest_of(params->algorithm, &complete, offsetof(struct purgatory_params, own));
	TRY(blob_copy(binary, ret));
	memcpy(ret->data + header.params_offset, &complete, sizeof(complete));
	return NULL;
}

uint64_t pvh_entry_memory_size(void)
{
	return load_le32(pvh_x86 + PVH_MEMORY_SIZE_OFFSET);
}

struct error *pvh_entry_build(uint64_t address, uint64_t entry, struct blob *ret)
{
	assert(address <= UINT32_MAX);
	TRY(blob_copy(bytes_of(pvh_x86, pvh_x86_size), ret));
	store_le32(ret->data + PVH_ADDRESS_OFFSET, (uint32_t)address);
	store_le64(ret->data + PVH_ENTRY_OFFSET, entry);
	return NULL;
}
