/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "job/plan_json.h"

#include "machine/names.h"

const char *target_text(enum target target)
{
	return target == TARGET_CRASH ? "crash" : "normal";
}

static void push_one(const char *text, void *data)
{
	json_push_text(data, text);
}

void json_add_warnings(struct json_object *object, const struct job *job)
{
	job_each_warning(job, push_one, json_add_array(object, "warnings"));
}

static void add_kernel(struct json_object *plan, const struct job *job)
{
	const struct image *image = &job->image;
	struct json_object *kernel = json_add_object(plan, "kernel");
	struct json_object *wrappers, *declined;

	json_add_text(kernel, "path", job->kernel);
	json_add_text(kernel, "found_by", job->boot_entry.source);
	json_add_text(kernel, "format", image->format);
	json_add_text(kernel, "version",
		*image->bzimage.kernel_version ? image->bzimage.kernel_version : NULL);
	json_add_number(kernel, "size", image->file_size);
	json_add_bool(kernel, "relocatable", image->physically_relocatable);
	wrappers = json_add_array(kernel, "wrappers");
	for (unsigned int i = 0; i < image->wrapper_count; i++)
		json_push_text(wrappers, image->wrappers[i]);
	declined = json_add_array(kernel, "declined");
	for (unsigned int i = 0; i < image->declined_count; i++) {
		struct json_object *row = json_push_object(declined);

		json_add_text(row, "format", image->declined[i].format);
		json_add_text(row, "reason", image->declined[i].reason);
	}
}

static void add_initrds(struct json_object *plan, const struct job *job)
{
	const struct initrd *initrd = &job->initrd;
	struct json_object *array = json_add_array(plan, "initrds");

	for (unsigned int i = 0; i < initrd->count; i++) {
		struct json_object *row = json_push_object(array);

		json_add_text(row, "path", initrd->parts[i].path);
		json_add_number(row, "size", initrd->parts[i].size);
		json_add_number(row, "offset", initrd->parts[i].offset);
		json_add_text(row, "content", initrd->parts[i].content);
		json_add_bool(row, "microcode", initrd->parts[i].microcode);
	}
	json_add_bool(plan, "initrds_reordered", initrd->reordered);
	json_add_number(plan, "initrd_size", initrd_size(initrd));
}

static const char *role_text(enum segment_role role)
{
	static const char *const names[] = {
		[SEGMENT_KERNEL] = "kernel",
		[SEGMENT_INITRD] = "initrd",
		[SEGMENT_BOOT_DATA] = "boot_data",
		[SEGMENT_PAGE_TABLES] = "page_tables",
		[SEGMENT_PURGATORY] = "purgatory",
		[SEGMENT_PVH_ENTRY] = "pvh_entry",
	};

	return names[role];
}

static void add_address(
	struct json_object *object, const char *key, uint64_t address, bool addresses)
{
	if (addresses)
		json_add_address(object, key, address);
	else
		json_add_text(object, key, NULL);
}

static void add_segments(struct json_object *object, const struct plan *plan, bool addresses)
{
	struct json_object *array = json_add_array(object, "segments");

	for (unsigned int i = 0; i < plan->segments.count; i++) {
		const struct segment *segment = &plan->segments.list[i];
		struct json_object *row = json_push_object(array);

		json_add_text(row, "role", role_text(segment->role));
		json_add_text(row, "name", segment->name);
		add_address(row, "address", segment->address, addresses);
		add_address(row, "end", segment->address + segment->memory_size, addresses);
		json_add_number(row, "size", segment->source.size);
		json_add_number(row, "memory_size", segment->memory_size);
		json_add_text(row, "reason", segment->reason);
	}
}

static void add_cleared(struct json_object *object, const struct plan *plan, bool addresses)
{
	struct json_object *cleared;

	if (range_is_empty(plan->cleared)) {
		json_add_text(object, "cleared", NULL);
		return;
	}
	cleared = json_add_object(object, "cleared");
	add_address(cleared, "address", plan->cleared.start, addresses);
	add_address(cleared, "end", plan->cleared.end, addresses);
	json_add_number(cleared, "size", range_size(plan->cleared));
}

static void add_memory(struct json_object *object, const struct machine *machine)
{
	struct json_object *memory = json_add_object(object, "memory");

	json_add_text(memory, "source", memory_source_name(machine->memory_source) ?: "none");
	json_add_text(memory, "reason", machine->memory_reason);
	json_add_number(memory, "range_count", machine->memory.count);
	json_add_number(memory, "usable_size", range_set_total(&machine->usable));
}

/* Where each word came from, and which of the running line's are left out. */
static void add_command_line_parts(struct json_object *object, const struct plan *plan)
{
	struct json_object *parts = json_add_array(object, "command_line_parts");

	for (unsigned int i = 0; i < ORIGIN_COUNT; i++) {
		struct json_object *row;

		if (!plan->composition.parts[i])
			continue;
		row = json_push_object(parts);
		json_add_text(row, "from", command_line_origin_name(i));
		json_add_bool(row, "left_out", command_line_is_left_out(i));
		json_add_text(row, "text", plan->composition.parts[i]);
	}
}

void json_add_plan(struct json_object *object, const struct job *job, bool addresses)
{
	const struct plan *plan = &job->plan;
	struct json_object *reasons, *ranges;

	json_add_number(object, "schema", JSON_SCHEMA);
	json_add_text(object, "target", target_text(plan->target));
	json_add_text(object, "method", method_name(plan->method));
	json_add_text(object, "method_reason", job_method_reason(job));
	json_add_text(object, "command_line", plan->command_line);
	add_command_line_parts(object, plan);
	add_kernel(object, job);
	add_initrds(object, job);
	add_segments(object, plan, addresses);
	add_cleared(object, plan, addresses);
	add_address(object, "entry", plan->entry, addresses);
	add_address(object, "kernel_entry", plan->kernel_entry, addresses);
	json_add_bool(object, "sizes_are_bounds", plan->incomplete);
	json_add_bool(object, "direct_entry", plan->direct);
	add_address(object, "virtual_offset", plan->virtual_offset, addresses);
	add_address(object, "boot_params", plan->boot_params, addresses);
	add_address(object, "handoff_record", plan->record, addresses);
	add_address(object, "mailbox", plan->mailbox, addresses);
	json_add_address(object, "file_flags", plan->file_flags);
	ranges = json_add_object(object, "e820");
	json_add_number(ranges, "in_boot_params", plan->ranges_in_start_data);
	json_add_number(ranges, "in_extension", plan->ranges_in_extension);
	json_add_number(object, "handed_over", plan->handed_over);
	add_memory(object, &job->machine);
	json_add_warnings(object, job);
	reasons = json_add_array(object, "reasons");
	for (unsigned int i = 0; i < plan->notes.count; i++) {
		struct json_object *row = json_push_object(reasons);

		json_add_text(row, "topic", note_topic_name(plan->notes.list[i].topic));
		json_add_text(row, "text", plan->notes.list[i].text);
	}
}
