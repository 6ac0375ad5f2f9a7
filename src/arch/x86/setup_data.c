/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arch/x86/setup_data.h"

#include "arch/x86/boot_params.h"
#include "base/error.h"

enum { NODE_ALIGNMENT = 16 };

struct error *setup_data_add(struct boot_data *data, uint32_t type, struct bytes contents)
{
	uint64_t offset = (data->bytes.size + NODE_ALIGNMENT - 1) & ~(uint64_t)(NODE_ALIGNMENT - 1);
	uint8_t header[SETUP_DATA_HEADER_SIZE] = {0};

	if (data->node_count == BOOT_DATA_NODES_MAX)
		return error_new(ERROR_LIMIT,
			"setup_data: more than %d nodes, which no machine known to baton has",
			BOOT_DATA_NODES_MAX);
	if (contents.size > UINT32_MAX)
		return error_new(ERROR_LIMIT, "setup_data: node of type %u is larger than 4 GiB",
			(unsigned int)type);
	store_le32(header + 8, type);
	store_le32(header + 12, (uint32_t)contents.size);
	TRY(blob_resize(&data->bytes, offset));
	TRY(blob_append(&data->bytes, header, sizeof(header)));
	TRY(blob_append(&data->bytes, contents.data, contents.size));
	data->nodes[data->node_count++] = offset;
	return NULL;
}

static bool stays_true(uint32_t type, bool has_device_tree)
{
	switch (type) {
	case SETUP_DATA_E820_EXT: /* made anew from the machine's map */
	case SETUP_DATA_EFI:
	case SETUP_DATA_RNG_SEED:
	case SETUP_DATA_BATON:
	case SETUP_DATA_IMA: /* points at memory of the old kernel */
	case SETUP_DATA_KEXEC_KHO:
		return false;
	case SETUP_DATA_DTB:
		return !has_device_tree;
	default:
		return true;
	}
}

struct error *setup_data_keep(
	struct boot_data *data, const struct machine *machine, bool has_device_tree)
{
	for (size_t i = 0; i < machine->setup_data_count; i++) {
		const struct setup_data_node *node = &machine->setup_data[i];

		if (!stays_true(node->type, has_device_tree))
			continue;
		TRY(setup_data_add(data, node->type, blob_bytes(&node->data)));
		data->kept_nodes++;
	}
	return NULL;
}

void setup_data_link(struct boot_data *data, uint64_t base)
{
	uint8_t *link = data->bytes.data + SETUP_SETUP_DATA;

	/* Without nodes there may be no such field: boot protocol 2.08 and before. */
	if (!data->node_count)
		return;
	for (unsigned int i = 0; i < data->node_count; i++) {
		store_le64(link, base + data->nodes[i]);
		link = data->bytes.data + data->nodes[i];
	}
	store_le64(link, 0);
}
