/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine's facts as JSON. json-c reports only running out of memory, from the constructors and
 * from adding; `struct writer` remembers that, so that the facts below read as a list.
 */
#include "machine/facts.h"
#include "machine/names.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>

/* An object under construction. */
struct writer {
	struct json_object *object;
	bool *failed;
};

static void put(struct writer writer, const char *key, struct json_object *value)
{
	if (json_object_object_add(writer.object, key, value) < 0) {
		json_object_put(value);
		*writer.failed = true;
	}
}

/* As put(), for values that are never JSON's null. */
static void put_made(struct writer writer, const char *key, struct json_object *value)
{
	if (value)
		put(writer, key, value);
	else
		*writer.failed = true;
}

static struct writer put_object(struct writer writer, const char *key)
{
	struct json_object *object = json_object_new_object();

	put_made(writer, key, object);
	return (struct writer){object, writer.failed};
}

static struct json_object *put_array(struct writer writer, const char *key)
{
	struct json_object *array = json_object_new_array();

	put_made(writer, key, array);
	return array;
}

static void append(struct writer writer, struct json_object *array, struct json_object *value)
{
	if (!value || !array || json_object_array_add(array, value) < 0) {
		json_object_put(value);
		*writer.failed = true;
	}
}

static struct writer append_object(struct writer writer, struct json_object *array)
{
	struct json_object *object = json_object_new_object();

	append(writer, array, object);
	return (struct writer){*writer.failed ? NULL : object, writer.failed};
}

static void put_string(struct writer writer, const char *key, const char *string)
{
	if (string)
		put_made(writer, key, json_object_new_string(string));
	else
		put(writer, key, NULL);
}

static void put_hex(struct writer writer, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	put_string(writer, key, text);
}

/* An address or size for which 0 means unknown. */
static void put_known_hex(struct writer writer, const char *key, uint64_t value)
{
	if (value)
		put_hex(writer, key, value);
	else
		put(writer, key, NULL);
}

static void put_number(struct writer writer, const char *key, int64_t value)
{
	put_made(writer, key, json_object_new_int64(value));
}

/* A number for which a negative one or, with @zero_unknown, 0 means unknown. */
static void put_known_number(
	struct writer writer, const char *key, int64_t value, bool zero_unknown)
{
	if (value < 0 || (zero_unknown && !value))
		put(writer, key, NULL);
	else
		put_number(writer, key, value);
}

static void put_bool(struct writer writer, const char *key, bool value)
{
	put_made(writer, key, json_object_new_boolean(value));
}

static void put_tristate(struct writer writer, const char *key, enum tristate value)
{
	if (value == TRISTATE_UNKNOWN)
		put(writer, key, NULL);
	else
		put_bool(writer, key, value == TRISTATE_YES);
}

static void put_ranges(struct writer writer, const char *key, const struct range_set *set)
{
	struct json_object *array = put_array(writer, key);

	for (size_t i = 0; i < set->count && !*writer.failed; i++) {
		struct writer range = append_object(writer, array);

		if (!range.object)
			return;
		put_hex(range, "start", set->ranges[i].start);
		put_hex(range, "end", set->ranges[i].end);
	}
}

static void put_memory_map(struct writer writer, const struct memory_map *map)
{
	struct json_object *array = put_array(writer, "memory");

	for (size_t i = 0; i < map->count && !*writer.failed; i++) {
		const struct memory_range *range = &map->ranges[i];
		struct writer entry = append_object(writer, array);

		if (!entry.object)
			return;
		put_hex(entry, "start", range->start);
		put_hex(entry, "end", range->end);
		put_hex(entry, "type", range->type);
		put_string(entry, "type_name", memory_type_name(range->type));
	}
}

static void put_memory(struct writer writer, const struct machine *machine)
{
	put_memory_map(writer, &machine->memory);
	put_number(writer, "memory_conflicts", (int64_t)machine->memory.conflicts);
	put_string(writer, "memory_source", memory_source_name(machine->memory_source));
	put_string(writer, "memory_reason", machine->memory_reason);
	put_ranges(writer, "usable", &machine->usable);
	put_ranges(writer, "crash_reserved", &machine->crash_reserved);
	if (range_is_empty(machine->kernel_text)) {
		put(writer, "kernel_text", NULL);
	} else {
		struct writer text = put_object(writer, "kernel_text");

		put_hex(text, "start", machine->kernel_text.start);
		put_hex(text, "end", machine->kernel_text.end);
	}
	put_bool(writer, "iomem_readable", machine->iomem_readable);
	put_known_hex(writer, "memory_total", machine->memory_total);
	put_known_hex(writer, "memory_available", machine->memory_available);
}

/* Binary data as hexadecimal digits. */
static void put_bytes(struct writer writer, const char *key, struct bytes bytes)
{
	static const char digits[] = "0123456789abcdef";
	_cleanup_blob_ struct blob text = {0};
	struct error *error = blob_resize(&text, bytes.size * 2);

	if (error || bytes.size > INT32_MAX / 2) {
		error_free(error);
		*writer.failed = true;
		return;
	}
	for (uint64_t i = 0; i < bytes.size; i++) {
		text.data[2 * i] = (uint8_t)digits[bytes.data[i] >> 4];
		text.data[2 * i + 1] = (uint8_t)digits[bytes.data[i] & 15];
	}
	put_made(writer, key,
		json_object_new_string_len(
			text.size ? (const char *)text.data : "", (int)text.size));
}

static void put_boot_params(struct writer writer, const struct machine *machine)
{
	struct json_object *array;

	if (machine->has_boot_params)
		put_bytes(writer, "boot_params",
			bytes_of(machine->boot_params, sizeof(machine->boot_params)));
	else
		put(writer, "boot_params", NULL);
	array = put_array(writer, "setup_data");
	for (size_t i = 0; i < machine->setup_data_count && !*writer.failed; i++) {
		struct writer node = append_object(writer, array);

		if (!node.object)
			return;
		put_hex(node, "type", machine->setup_data[i].type);
		put_bytes(node, "data", blob_bytes(&machine->setup_data[i].data));
	}
}

static void put_efi_runtime(struct writer writer, const struct efi_facts *efi)
{
	struct json_object *array = put_array(writer, "runtime_map");

	for (size_t i = 0; i < efi->runtime_map_count && !*writer.failed; i++) {
		const struct efi_range *range = &efi->runtime_map[i];
		struct writer entry = append_object(writer, array);

		if (!entry.object)
			return;
		put_number(entry, "type", range->type);
		put_hex(entry, "physical_start", range->physical_start);
		put_hex(entry, "virtual_start", range->virtual_start);
		put_hex(entry, "page_count", range->page_count);
		put_hex(entry, "attribute", range->attribute);
	}
}

static void put_efi(struct writer writer, const struct efi_facts *efi)
{
	struct writer object;

	if (!efi->present) {
		put(writer, "efi", NULL);
		return;
	}
	object = put_object(writer, "efi");
	put_known_number(object, "platform_size", efi->platform_size, true);
	put_known_hex(object, "system_table", efi->system_table);
	put_known_hex(object, "config_table", efi->config_table);
	put_known_hex(object, "vendor", efi->vendor);
	put_known_hex(object, "runtime", efi->runtime);
	put_known_hex(object, "smbios", efi->smbios);
	put_known_hex(object, "smbios3", efi->smbios3);
	put_known_hex(object, "acpi", efi->acpi);
	put_known_hex(object, "acpi20", efi->acpi20);
	put_efi_runtime(object, efi);
	put_tristate(object, "secure_boot", efi->secure_boot);
	put_tristate(object, "mixed_mode", efi->mixed_mode);
}

static void put_kexec(struct writer writer, const struct kexec_facts *kexec)
{
	struct writer object = put_object(writer, "kexec");

	put_tristate(object, "loaded", kexec->loaded);
	put_tristate(object, "crash_loaded", kexec->crash_loaded);
	put_hex(object, "crash_size", kexec->crash_size);
	put_known_hex(object, "crash_elfcorehdr_size", kexec->crash_elfcorehdr_size);
	put_tristate(object, "load_disabled", kexec->load_disabled);
	put_number(object, "limit_reboot", kexec->limit_reboot);
	put_number(object, "limit_panic", kexec->limit_panic);
	put_bool(object, "probed", kexec->probed);
	put_tristate(object, "has_kexec_load", kexec->has_kexec_load);
	put_tristate(object, "has_file_load", kexec->has_file_load);
	put_hex(object, "load_flags", kexec->load_flags);
	put_hex(object, "file_flags", kexec->file_flags);
}

/* Only where there is one: most machines have none. */
static void put_module(struct writer writer, const struct module_facts *module)
{
	struct writer object;

	if (!module->present)
		return;
	object = put_object(writer, "module");
	put_number(object, "interface", (int64_t)module->interface);
	put_tristate(object, "loaded", module->loaded);
	put_string(object, "obstacle", module->obstacle);
}

static void put_devices(struct writer writer, const struct machine *machine)
{
	struct writer screen = put_object(writer, "screen"), reset;

	put_string(screen, "driver", machine->screen.driver);
	put_bool(screen, "valid", machine->screen.valid);
	put_string(screen, "reason", machine->screen.reason);
	put_known_hex(writer, "acpi_rsdp", machine->acpi_rsdp);
	if (!machine->reset.present) {
		put(writer, "reset", NULL);
		return;
	}
	reset = put_object(writer, "reset");
	put_number(reset, "space", machine->reset.space);
	put_hex(reset, "address", machine->reset.address);
	put_hex(reset, "value", machine->reset.value);
}

static void put_cpu(struct writer writer, const struct machine *machine)
{
	put_string(writer, "cpu_vendor", machine->cpu_vendor);
	put_string(writer, "cpu_model", machine->cpu_model);
	put_known_number(writer, "cpu_count", machine->cpu_count, true);
	put_known_number(writer, "cpu_present_count", machine->cpu_present_count, true);
	put_bool(writer, "cpu_crc32c", machine->cpu_crc32c);
	put_bool(writer, "cpu_la57", machine->cpu_la57);
	put_bool(writer, "cpu_long_mode", machine->cpu_long_mode);
	put_bool(writer, "confidential_guest", machine->confidential_guest);
	put_bool(writer, "memory_encryption", machine->memory_encryption);
}

static void put_identity(struct writer writer, const struct machine *machine)
{
	put_string(writer, "architecture", machine->architecture);
	put_string(writer, "release", machine->release);
	put_string(writer, "version", machine->version);
	put_string(writer, "command_line", machine->command_line);
	put_string(writer, "built_in_command_line", machine->added.built_in);
	put_bool(writer, "built_in_command_line_overrides", machine->added.overrides);
	put_string(writer, "bootconfig", machine->added.bootconfig);
	put_string(writer, "bootconfig_init", machine->added.bootconfig_init);
	put_string(writer, "hypervisor", machine->hypervisor);
	put_string(writer, "boot_id", machine->boot_id);
	put_string(writer, "lockdown", lockdown_name(machine->lockdown));
	put_tristate(writer, "kho_active", machine->kho_active);
	put_tristate(writer, "reboot_force", machine->reboot_force);
	put_string(writer, "reboot_mode", machine->reboot_mode);
	put_string(writer, "reboot_type", machine->reboot_type);
	put_known_number(writer, "bootloader_type", machine->bootloader_type, false);
}

/* Only of machines that measure. */
static void put_ima(struct writer writer, const struct ima_facts *ima)
{
	struct writer inner;

	if (!ima->measurements && !ima->hidden)
		return;
	inner = put_object(writer, "ima");
	put_known_number(inner, "measurements", (int64_t)ima->measurements, true);
	put_bool(inner, "tpm", ima->tpm);
	put_tristate(inner, "carried", ima->carried);
}

static void put_warnings(struct writer writer, const struct machine *machine)
{
	struct json_object *array = put_array(writer, "warnings");

	for (size_t i = 0; i < machine->warning_count; i++)
		append(writer, array, json_object_new_string(machine->warnings[i]));
}

struct error *machine_describe_json(const struct machine *machine, struct json_object **ret)
{
	bool failed = false;
	struct writer writer = {json_object_new_object(), &failed};

	*ret = NULL;
	if (!writer.object)
		return error_no_memory();
	put_identity(writer, machine);
	put_cpu(writer, machine);
	put_kexec(writer, &machine->kexec);
	put_module(writer, &machine->module);
	put_ima(writer, &machine->ima);
	put_devices(writer, machine);
	put_efi(writer, &machine->efi);
	put_memory(writer, machine);
	put_boot_params(writer, machine);
	put_warnings(writer, machine);
	if (failed) {
		json_object_put(writer.object);
		return error_no_memory();
	}
	*ret = writer.object;
	return NULL;
}
