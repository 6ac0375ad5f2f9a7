/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine's facts for people: a label and what is known a line, long lists summed up. */
#include "machine/facts.h"
#include "machine/names.h"

#include <inttypes.h>

enum {
	LABEL_WIDTH = 18,
	RANGES_SHOWN = 16, /* of a longer list, half from each end */
};

/* Where and how to print. */
struct page {
	FILE *stream;
	bool verbose;
};

static void print_line(struct page page, const char *label, const char *format, ...)
	BATON_PRINTF(3, 4);

static void print_line(struct page page, const char *label, const char *format, ...)
{
	va_list arguments;

	fprintf(page.stream, "%-*s", LABEL_WIDTH, label);
	va_start(arguments, format);
	vfprintf(page.stream, format, arguments);
	va_end(arguments);
	fputc('\n', page.stream);
}

static const char *or_unknown(const char *string)
{
	return string ? string : "unknown";
}

static const char *tristate_name(enum tristate value)
{
	return value == TRISTATE_UNKNOWN ? "unknown" : value ? "yes" : "no";
}

static void print_address(struct page page, const char *label, uint64_t address)
{
	if (address)
		print_line(page, label, "0x%" PRIx64, address);
	else
		print_line(page, label, "unknown");
}

struct size_text {
	char text[24];
};

/* "512 KiB", "2.0 TiB": the largest unit with a whole part, a decimal below ten of it. */
static struct size_text size_text(uint64_t size)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	struct size_text ret;
	uint64_t tenths, whole = size;
	unsigned int unit = 0;

	for (; whole >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0]); unit++)
		whole >>= 10;
	tenths = unit ? ((size >> (10 * (unit - 1))) & 1023) * 10 >> 10 : 0;
	if (unit && whole < 100)
		snprintf(ret.text, sizeof(ret.text), "%" PRIu64 ".%" PRIu64 " %s", whole, tenths,
			units[unit]);
	else
		snprintf(ret.text, sizeof(ret.text), "%" PRIu64 " %s", whole, units[unit]);
	return ret;
}

struct count_text {
	char text[32];
};

/* "20,000": digits in groups of three. */
static struct count_text count_text(uint64_t count)
{
	struct count_text ret;
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, count), at = 0;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			ret.text[at++] = ',';
		ret.text[at++] = digits[i];
	}
	ret.text[at] = '\0';
	return ret;
}

/* Is entry @i of @count printed? Prints the gap's line in its place where one begins. */
static bool is_shown(struct page page, size_t i, size_t count)
{
	const size_t half = RANGES_SHOWN / 2;

	if (page.verbose || count <= RANGES_SHOWN || i < half || i >= count - half)
		return true;
	if (i == half)
		fprintf(page.stream, "  … %s more …\n", count_text(count - RANGES_SHOWN).text);
	return false;
}

static void print_range(struct page page, uint64_t start, uint64_t end, const char *what)
{
	fprintf(page.stream, "  0x%016" PRIx64 " - 0x%016" PRIx64 "  %10s%s%s\n", start, end,
		size_text(end - start).text, what ? "  " : "", what ? what : "");
}

static void print_range_set(struct page page, const char *label, const struct range_set *set)
{
	print_line(page, label, "%s ranges, %s", count_text(set->count).text,
		size_text(range_set_total(set)).text);
	for (size_t i = 0; i < set->count; i++)
		if (is_shown(page, i, set->count))
			print_range(page, set->ranges[i].start, set->ranges[i].end, NULL);
}

static void print_memory_map(struct page page, const struct machine *machine)
{
	const struct memory_map *map = &machine->memory;

	print_line(page, "Memory map", "%s ranges, %s of RAM; %s", count_text(map->count).text,
		size_text(memory_map_total(map, MEMORY_RAM)).text,
		machine->memory_reason ? machine->memory_reason : "");
	for (size_t i = 0; i < map->count; i++) {
		const struct memory_range *range = &map->ranges[i];
		const char *name = memory_type_name(range->type);
		char number[24];

		snprintf(number, sizeof(number), "type %" PRIu32, range->type);
		if (is_shown(page, i, map->count))
			print_range(page, range->start, range->end, name ? name : number);
	}
}

static void print_memory(struct page page, const struct machine *machine)
{
	print_line(page, "Memory", "%s in all, %s available", size_text(machine->memory_total).text,
		size_text(machine->memory_available).text);
	print_memory_map(page, machine);
	print_range_set(page, "Usable", &machine->usable);
	if (machine->crash_reserved.count)
		print_range_set(page, "Crash kernel", &machine->crash_reserved);
	if (!range_is_empty(machine->kernel_text))
		print_line(page, "Running kernel", "0x%" PRIx64 " - 0x%" PRIx64,
			machine->kernel_text.start, machine->kernel_text.end);
}

static void print_identity(struct page page, const struct machine *machine)
{
	print_line(page, "Kernel", "%s, %s", or_unknown(machine->release),
		or_unknown(machine->architecture));
	print_line(page, "Version", "%s", or_unknown(machine->version));
	print_line(page, "Command line", "%s", or_unknown(machine->command_line));
	print_line(page, "Boot id", "%s", or_unknown(machine->boot_id));
	if (machine->bootloader_type >= 0)
		print_line(page, "Boot loader", "type 0x%x", (unsigned)machine->bootloader_type);
	print_line(
		page, "Hypervisor", "%s", machine->hypervisor ? machine->hypervisor : "none seen");
	print_line(page, "Lockdown", "%s", or_unknown(lockdown_name(machine->lockdown)));
	print_line(page, "Kexec handover", "%s", tristate_name(machine->kho_active));
	print_line(page, "Reboot", "mode %s, type %s, force %s", or_unknown(machine->reboot_mode),
		or_unknown(machine->reboot_type), tristate_name(machine->reboot_force));
}

static void print_cpu(struct page page, const struct machine *machine)
{
	print_line(page, "CPU", "%s (%s)", or_unknown(machine->cpu_model),
		or_unknown(machine->cpu_vendor));
	print_line(page, "CPUs", "%u online, %u present%s%s%s%s", machine->cpu_count,
		machine->cpu_present_count, machine->cpu_long_mode ? ", 64-bit" : "",
		machine->cpu_la57 ? ", 5-level paging" : "",
		machine->confidential_guest ? ", confidential guest" : "",
		machine->memory_encryption ? ", memory encryption" : "");
}

static void print_limit(struct page page, const char *label, int64_t limit)
{
	if (limit >= 0)
		print_line(page, label, "%" PRId64 " more", limit);
}

static void print_kexec(struct page page, const struct kexec_facts *kexec)
{
	print_line(page, "Kexec", "loaded: %s, crash kernel loaded: %s, disabled: %s",
		tristate_name(kexec->loaded), tristate_name(kexec->crash_loaded),
		tristate_name(kexec->load_disabled));
	print_limit(page, "Loads left", kexec->limit_reboot);
	print_limit(page, "Crash loads left", kexec->limit_panic);
	if (kexec->crash_size)
		print_line(page, "Reserved", "%s for a crash kernel",
			size_text(kexec->crash_size).text);
	if (kexec->probed)
		print_line(page, "Kexec calls",
			"kexec_load: %s (flags 0x%" PRIx64
			"), kexec_file_load: %s (flags 0x%" PRIx64 ")",
			tristate_name(kexec->has_kexec_load), kexec->load_flags,
			tristate_name(kexec->has_file_load), kexec->file_flags);
	else
		print_line(page, "Kexec calls", "not asked");
}

static void print_module(struct page page, const struct machine *machine)
{
	const char *obstacle = machine_module_obstacle(machine);

	if (machine->module.present)
		print_line(page, "Module", "baton's own, interface %" PRIu64 ", loaded: %s%s%s",
			machine->module.interface, tristate_name(machine->module.loaded),
			obstacle ? "; in the way: " : "", obstacle ? obstacle : "");
}

static void print_efi(struct page page, const struct efi_facts *efi)
{
	if (!efi->present) {
		print_line(page, "EFI", "no");
		return;
	}
	print_line(page, "EFI", "%u-bit, secure boot: %s, mixed mode: %s", efi->platform_size,
		tristate_name(efi->secure_boot), tristate_name(efi->mixed_mode));
	print_address(page, "EFI system table", efi->system_table);
	print_address(page, "EFI configuration", efi->config_table);
	print_address(page, "EFI runtime table", efi->runtime);
	print_address(page, "SMBIOS", efi->smbios);
	print_address(page, "SMBIOS 3", efi->smbios3);
	print_line(page, "EFI runtime", "%zu ranges", efi->runtime_map_count);
	for (size_t i = 0; i < efi->runtime_map_count; i++) {
		const struct efi_range *range = &efi->runtime_map[i];
		char what[64];

		snprintf(what, sizeof(what), "type %u at 0x%" PRIx64, range->type,
			range->virtual_start);
		if (is_shown(page, i, efi->runtime_map_count))
			print_range(page, range->physical_start,
				range->physical_start + range->page_count * 4096, what);
	}
}

static void print_devices(struct page page, const struct machine *machine)
{
	const struct reset_facts *reset = &machine->reset;

	print_address(page, "ACPI RSDP", machine->acpi_rsdp);
	if (reset->present)
		print_line(page, "Reset register", "%s 0x%" PRIx64 ", value 0x%x",
			reset->space ? "port" : "memory", reset->address, reset->value);
	print_line(page, "Screen", "%s; screen information %s: %s",
		machine->screen.driver ? machine->screen.driver : "no driver",
		machine->screen.valid ? "valid" : "not valid", or_unknown(machine->screen.reason));
	for (size_t i = 0; i < machine->setup_data_count; i++)
		print_line(page, i ? "" : "setup_data", "type 0x%x, %" PRIu64 " bytes",
			machine->setup_data[i].type, machine->setup_data[i].data.size);
}

void machine_describe_text(const struct machine *machine, bool verbose, FILE *stream)
{
	struct page page = {stream, verbose};

	print_identity(page, machine);
	print_cpu(page, machine);
	print_kexec(page, &machine->kexec);
	print_module(page, machine);
	print_efi(page, &machine->efi);
	print_devices(page, machine);
	print_memory(page, machine);
	for (size_t i = 0; i < machine->warning_count; i++)
		print_line(page, "Warning", "%s", machine->warnings[i]);
}
