/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The processors: /proc/cpuinfo (Documentation/arch/x86/cpuinfo.rst for the flags), of which only
 * the first processor's block is read, and the lists in /sys/devices/system/cpu.
 */
#include "base/command_line.h"
#include "machine/facts.h"

#include <stdlib.h>

enum {
	CPUINFO_HEAD = 8 << 10, /* several times the longest block seen, 2.5 KiB */
	/* zero-page.rst: cc_blob_address, set for SEV-SNP guests */
	CC_BLOB_OFFSET = 0x13c,
};

/* Flags that matter, of the first processor. */
struct cpu_flags {
	bool long_mode, la57, sse4_2, hypervisor, sme, sev, tdx_guest;
};

static void take_flags(struct text flags, struct cpu_flags *ret)
{
	struct {
		const char *name;
		bool *field;
	} const fields[] = {
		{"lm", &ret->long_mode},
		{"la57", &ret->la57},
		{"sse4_2", &ret->sse4_2},
		{"hypervisor", &ret->hypervisor},
		{"sme", &ret->sme},
		{"sev", &ret->sev},
		{"sev_es", &ret->sev},
		{"sev_snp", &ret->sev},
		{"tdx_guest", &ret->tdx_guest},
	};
	struct text flag;

	while (text_word(&flags, &flag))
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (text_equals(flag, fields[i].name, strlen(fields[i].name)))
				*fields[i].field = true;
}

/* mem_encrypt=on: arch/x86/mm/mem_encrypt_identity.c, which compares the first two letters. */
static bool wants_encryption(const char *command_line)
{
	size_t length;
	const char *value = command_line_early_value(command_line, "mem_encrypt", &length);

	return value && length >= 2 && memcmp(value, "on", 2) == 0;
}

/*
 * With the hypervisor flag, "sev" is the guest's own state: hypervisors do not offer nested SEV.
 * Without it, it is what the host could do for guests.
 */
static void judge_encryption(struct machine *machine, const struct cpu_flags *flags)
{
	machine->confidential_guest =
		flags->tdx_guest || (flags->hypervisor && flags->sev) ||
		(machine->has_boot_params && load_le32(machine->boot_params + CC_BLOB_OFFSET));
	machine->memory_encryption = flags->sme && !machine->confidential_guest &&
				     machine->command_line &&
				     wants_encryption(machine->command_line);
}

static struct error *take_string(struct text value, char **ret)
{
	free(*ret);
	*ret = text_dup(value);
	return *ret ? NULL : error_no_memory();
}

struct error *cpuinfo_parse(struct bytes contents, struct machine *machine)
{
	struct text text = text_of(contents), line, key;
	struct cpu_flags flags = {0};

	machine->cpu_unknown = true;
	while (text_take(&text, '\n', &line)) {
		if (text_is_empty(line))
			break; /* a blank line ends the first processor */
		text_take(&line, ':', &key);
		key = text_trim(key);
		line = text_trim(line);
		if (text_equals(key, "vendor_id", 9))
			TRY(take_string(line, &machine->cpu_vendor));
		else if (text_equals(key, "model name", 10))
			TRY(take_string(line, &machine->cpu_model));
		else if (text_equals(key, "flags", 5)) {
			take_flags(line, &flags);
			machine->cpu_unknown = false;
		}
	}
	machine->cpu_long_mode = flags.long_mode;
	machine->cpu_la57 = flags.la57;
	machine->cpu_crc32c = flags.sse4_2;
	judge_encryption(machine, &flags);
	return NULL;
}

uint32_t cpu_list_count(struct text list)
{
	struct text part;
	uint64_t count = 0;

	for (list = text_trim(list); text_take(&list, ',', &part);) {
		uint64_t first, last;

		if (!text_decimal(&part, &first))
			return 0;
		last = first;
		if (text_skip(&part, "-") && !text_decimal(&part, &last))
			return 0;
		if (!text_is_empty(part) || last < first || last > 1 << 20)
			return 0;
		count += last - first + 1;
	}
	return count <= UINT32_MAX ? (uint32_t)count : 0;
}

static struct error *read_cpu_list(struct source *source, const char *path, uint32_t *ret)
{
	struct bytes contents;
	bool found;

	TRY(source_file(source, path, &found, &contents));
	if (found)
		*ret = cpu_list_count(text_of(contents));
	return NULL;
}

struct error *read_cpu(struct source *source, struct machine *machine)
{
	struct bytes cpuinfo;
	bool found;

	TRY(source_file_head(source, "proc/cpuinfo", CPUINFO_HEAD, &found, &cpuinfo));
	if (!found)
		TRY(machine_warn(machine, "/proc/cpuinfo is missing; the CPU is unknown."));
	TRY(cpuinfo_parse(cpuinfo, machine));
	TRY(read_cpu_list(source, "sys/devices/system/cpu/online", &machine->cpu_count));
	return read_cpu_list(source, "sys/devices/system/cpu/present", &machine->cpu_present_count);
}
