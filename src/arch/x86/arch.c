/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The row of x86, 32 and 64 bits. */
#include "arch/arch.h"

#include "arch/x86/boot.h"
#include "arch/x86/boot_data.h"
#include "arch/x86/calls.h"
#include "arch/x86/direct.h"
#include "arch/x86/entry_mode.h"
#include "arch/x86/page_levels.h"
#include "arch/x86/page_tables.h"
#include "arch/x86/purgatory.h"
#include "arch/x86/rules.h"
#include "base/error.h"
#include "base/memmap_option.h"
#include "decision/decision.h"
#include "decision/layout.h"
#include "decision/question.h"
#include "machine/machine.h"

/* With paging off. */
#define REACH_32BIT (UINT64_C(1) << 32)

static struct error *limits(
	const struct question *question, const struct decision *decision, struct arch_limits *ret)
{
	bool by_32bit = purgatory_for(question->machine, decision->method) == PURGATORY_I386;
	uint64_t reach = page_levels_reach(question, decision);
	struct memmap_option memmap = {0};
	struct error *error;

	*ret = (struct arch_limits){
		.reach = by_32bit && reach > REACH_32BIT ? REACH_32BIT : reach,
		.purgatory_reach = by_32bit ? REACH_32BIT : UINT64_MAX,
		.purgatory_reach_text = "below 4 GiB, where a 32-bit purgatory reads",
	};
	error = memmap_option_read(decision->command_line, &memmap);
	ret->taken = memmap.taken;
	return error;
}

static uint64_t purgatory_size(const struct machine *machine, enum method method)
{
	return purgatory_memory_size(purgatory_for(machine, method));
}

static void fill_reset(const struct reset_facts *reset, struct purgatory_params *params)
{
	if (!reset->present || reset->space > 1)
		return;
	params->reset_space = reset->space ? PURGATORY_RESET_IO : PURGATORY_RESET_MEMORY;
	params->reset_address = reset->address;
	params->reset_value = reset->value;
}

static void fill_params(const struct question *question, struct purgatory_params *params)
{
	const struct request *request = question->request;

	params->entry_mode =
		enters_in_32bit(request, question->image) ? PURGATORY_ENTRY_32 : PURGATORY_ENTRY_64;
	params->serial_port = request->serial_port ? request->serial_port : 0x3f8;
	fill_reset(&question->machine->reset, params);
}

static struct error *make_purgatory(const struct machine *machine, enum method method,
	const struct purgatory_params *params, uint64_t address, struct blob *ret)
{
	return purgatory_build(purgatory_for(machine, method), params, address, ret);
}

static struct error *make_tables(const struct layout *layout, uint64_t address, struct blob *ret)
{
	return page_tables_build(&layout->mapped, layout->table_levels, address, ret);
}

static bool runs_unpaged(const struct machine *machine, enum method method)
{
	return purgatory_for(machine, method) == PURGATORY_I386;
}

static enum digest_algorithm digest(const struct machine *machine)
{
	return machine->cpu_crc32c ? DIGEST_CRC32C_LANES : DIGEST_XXH3_128;
}

static const char *lacks_file_load(const struct machine *machine)
{
	return leaves_in_32bit(machine) ? "32-bit x86 kernels have no such call" : NULL;
}

const struct arch arch_x86 = {
	.name = "x86",
	.needs_kexec_load = x86_needs_kexec_load,
	.check_file_load = x86_check_file_load,
	.lacks_file_load = lacks_file_load,
	.check = entry_mode_check,
	.command_line_max = boot_data_command_line_max,
	.takes_handoff_record = boot_data_takes_setup_data,
	.hazard = direct_hazard,
	.limits = limits,
	.enter = direct_decide,
	.kernel_rules = x86_kernel_rules,
	.is_movable = x86_is_movable,
	.add_kernel = x86_add_kernel,
	.initrd_rules = x86_initrd_rules,
	.small_rules = x86_small_rules,
	.tables_size = page_levels_tables_size,
	.purgatory_size = purgatory_size,
	.first_kernel_size = pvh_entry_memory_size,
	.make_start_data = x86_make_start_data,
	.place_start_data = x86_place_start_data,
	.free_start_data = x86_free_start_data,
	.make_tables = make_tables,
	.tables_map = page_tables_map,
	.runs_unpaged = runs_unpaged,
	.fill_params = fill_params,
	.make_purgatory = make_purgatory,
	.make_first_kernel = pvh_entry_build,
	.digest = digest,
	.kexec_flag = x86_kexec_flag,
	.mapped = x86_mapped,
};
