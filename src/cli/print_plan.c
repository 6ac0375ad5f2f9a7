/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan for people. */
#include <inttypes.h>
#include <string.h>

#include "cli/print.h"

static void print_kernel(const struct cli *cli, const struct job *job)
{
	const struct image *image = &job->image;
	char version[64], size[SIZE_TEXT];

	print_label(cli, "Kernel");
	print_escaped(stdout, job->kernel);
	if (*image_release(image, version)) {
		fputs(", Linux ", stdout);
		print_escaped(stdout, version);
	}
	printf("\n%-13s %s, %s", "", image->format, size_text(image->file_size, size));
	for (unsigned int i = 0; i < image->wrapper_count; i++)
		printf("%s%s", i ? " in " : ", unpacked from ", image->wrappers[i]);
	if (image->bzimage.protocol)
		printf(", boot protocol %d.%02d", image->bzimage.protocol >> 8,
			image->bzimage.protocol & 0xff);
	putchar('\n');
	if (job->boot_entry.origin) {
		printf("%-13s found by ", "");
		print_escaped(stdout, job->boot_entry.origin);
		putchar('\n');
	}
}

static void print_initrds(const struct cli *cli, const struct job *job)
{
	const struct initrd *initrd = &job->initrd;
	char size[SIZE_TEXT];

	print_label(cli, "Initrd");
	if (!initrd->count)
		puts("none");
	for (unsigned int i = 0; i < initrd->count; i++) {
		const struct initrd_part *part = &initrd->parts[i];

		if (i)
			printf("%-13s ", "");
		print_escaped(stdout, part->path);
		printf(", %s%s, %s%s\n", part->content, part->microcode ? " with microcode" : "",
			size_text(part->size, size),
			job->initrd_beside ? ", found beside the kernel" : "");
	}
	if (initrd->reordered)
		printf("%-13s (moved to the front: microcode is only found there)\n", "");
}

void print_choices(const struct cli *cli, const struct job *job)
{
	print_kernel(cli, job);
	print_initrds(cli, job);
	print_label(cli, "Command line");
	print_escaped(stdout, *job->plan.command_line ? job->plan.command_line : "(empty)");
	putchar('\n');
	print_label(cli, "Method");
	print_escaped(stdout, job_method_reason(job));
	putchar('\n');
}

static void print_place(uint64_t start, uint64_t end)
{
	printf("0x%012" PRIx64 " - 0x%012" PRIx64 " ", start, end);
}

static void print_entries(const struct plan *plan)
{
	printf(" (entry 0x%" PRIx64 ", then the kernel at 0x%" PRIx64, plan->entry,
		plan->kernel_entry);
	if (plan->virtual_offset)
		printf(", its virtual base moved by 0x%" PRIx64, plan->virtual_offset);
	putchar(')');
}

/* No segment: nothing of it is handed over. */
static void print_cleared(const struct plan *plan, bool addresses)
{
	char size[SIZE_TEXT];

	if (range_is_empty(plan->cleared))
		return;
	printf("  %-14s ", "zeros");
	if (addresses)
		print_place(plan->cleared.start, plan->cleared.end);
	printf("%9s  the kernel's, written by purgatory just before it starts\n",
		size_text(range_size(plan->cleared), size));
}

static void list_segments(const struct cli *cli, const struct plan *plan, bool addresses)
{
	char size[SIZE_TEXT];

	printf("\n%sSegments%s", style_out(cli, STYLE_BOLD), style_out(cli, STYLE_PLAIN));
	if (addresses)
		print_entries(plan);
	putchar('\n');
	for (unsigned int i = 0; i < plan->segments.count; i++) {
		const struct segment *segment = &plan->segments.list[i];

		printf("  %-14s ", segment->name);
		if (addresses)
			print_place(segment->address, segment->address + segment->memory_size);
		printf("%9s  ", size_text(segment->memory_size, size));
		print_escaped(stdout, segment->reason ? segment->reason : "");
		putchar('\n');
	}
	print_cleared(plan, addresses);
}

void print_segments(const struct cli *cli, const struct plan *plan)
{
	if (plan->segments.count)
		list_segments(cli, plan, true);
}

void print_reasons(const struct cli *cli, const struct plan *plan)
{
	unsigned int shown = 0;

	for (unsigned int i = 0; i < plan->notes.count; i++) {
		const struct note *note = &plan->notes.list[i];

		if (note->topic == NOTE_WARNING || (note->topic == NOTE_METHOD && !cli->verbose))
			continue;
		if (!shown++)
			printf("\n%sReasons%s\n", style_out(cli, STYLE_BOLD),
				style_out(cli, STYLE_PLAIN));
		printf("  %s%-13s%s ", style_out(cli, STYLE_DIM), note_topic_name(note->topic),
			style_out(cli, STYLE_PLAIN));
		print_escaped(stdout, note->text);
		putchar('\n');
	}
}

static void print_declined(const struct cli *cli, const struct image *image)
{
	if (!cli->verbose || !image->declined_count)
		return;
	printf("\n%sFormats that declined%s\n", style_out(cli, STYLE_BOLD),
		style_out(cli, STYLE_PLAIN));
	for (unsigned int i = 0; i < image->declined_count; i++) {
		printf("  %-13s ", image->declined[i].format);
		print_escaped(stdout, image->declined[i].reason);
		putchar('\n');
	}
}

void print_plan(const struct cli *cli, const struct job *job, bool only_shown)
{
	const struct plan *plan = &job->plan;
	bool addresses = only_shown || cli->show_addresses;
	char size[SIZE_TEXT];

	print_choices(cli, job);
	print_label(cli, "Target");
	puts(plan->target == TARGET_CRASH ? "a crash" : "the next reboot");
	print_label(cli, "Handed over");
	printf("%s%s\n", plan->incomplete ? "at most " : "", size_text(plan->handed_over, size));
	if (only_shown)
		print_warnings(cli, job);
	if (plan->segments.count)
		list_segments(cli, plan, addresses);
	else
		puts("\nThe kernel itself chooses the addresses (kexec_file_load).");
	if (addresses)
		print_picture(cli, &job->machine, plan);
	print_reasons(cli, plan);
	print_declined(cli, &job->image);
}
