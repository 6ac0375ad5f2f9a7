// SPDX-License-Identifier: GPL-2.0-only
/* Where RAM is, by the kernel's own resource tree (/proc/iomem). */
#include "module.h"

#include <linux/ioport.h>
#include <asm/processor.h>

#define RAM_FLAGS  (IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY)
#define ACPI_FLAGS (IORESOURCE_MEM | IORESOURCE_BUSY)

/* Ranges come in order; what lies between them is not RAM. */
static int advance(struct resource *range, void *context)
{
	u64 *reached = context;

	if (range->start != *reached)
		return 1;
	*reached = (u64)range->end + 1;
	return 0;
}

/* With paging off, as at the end of a 32-bit kernel, only 32 bits of an address exist. */
u64 baton_memory_address_max(void)
{
	u64 max = BIT_ULL(boot_cpu_data.x86_phys_bits) - 1;

	return IS_ENABLED(CONFIG_X86_64) ? max : min_t(u64, max, U32_MAX);
}

int baton_memory_is_ram(u64 start, u64 end)
{
	u64 reached = start;

	if (end - 1 > baton_memory_address_max())
		return -EADDRNOTAVAIL;
	walk_iomem_res_desc(IORES_DESC_NONE, RAM_FLAGS, start, end - 1, &reached, advance);
	return reached >= end ? 0 : -EADDRNOTAVAIL;
}

struct mapping {
	int (*map)(void *context, u64 start, u64 end);
	void *context;
};

static int map_range(struct resource *range, void *context)
{
	const struct mapping *mapping = context;

	return mapping->map(mapping->context, range->start, (u64)range->end + 1);
}

int baton_memory_each_mapped(int (*map)(void *context, u64 start, u64 end), void *context)
{
	static const struct {
		unsigned long description, flags;
	} kinds[] = {
		{IORES_DESC_NONE, RAM_FLAGS},
		{IORES_DESC_ACPI_TABLES, ACPI_FLAGS},
		{IORES_DESC_ACPI_NV_STORAGE, ACPI_FLAGS},
	};
	struct mapping mapping = {map, context};

	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		int error = walk_iomem_res_desc(
			kinds[i].description, kinds[i].flags, 0, -1, &mapping, map_range);

		/* -EINVAL: there is no such range. */
		if (error && error != -EINVAL)
			return error;
	}
	return 0;
}
