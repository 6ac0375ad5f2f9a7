/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A QEMU plugin that notes when a guest executes certain instructions:
 *
 *	-plugin file=marks.so,out=FILE,count=on,leave=0f1f8042415430,entry=488d2551...
 *
 * `out` gets a line for each execution: NAME instructions idles nanoseconds. `instructions` is how
 * many the guest has executed since it was switched on (0 without count=on), `idles` how often a
 * processor went to sleep, `nanoseconds` the host's monotonic clock. Every other argument is a
 * mark: its name and the bytes of one instruction, in hexadecimal digits. With -icount shift=0 an
 * instruction is a nanosecond, and between two lines with the same `idles` the difference of
 * `instructions` is exact time: the clock jumps only while the processor sleeps.
 *
 * Debian's QEMU can load plugins but ships no qemu-plugin.h. The few declarations that are needed
 * stand here, as docs/devel/tcg-plugins.rst and include/qemu/qemu-plugin.h of QEMU 7.2 define them
 * (version 1 of the interface; QEMU refuses a plugin of a version that it does not speak).
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { NO_REGISTERS = 0 }; /* enum qemu_plugin_cb_flags */
enum { ADD_U64 = 0 };	   /* enum qemu_plugin_op */

void qemu_plugin_register_vcpu_tb_trans_cb(
	plugin_id id, void (*callback)(plugin_id id, struct qemu_plugin_tb *block));
void qemu_plugin_register_vcpu_insn_exec_inline(
	struct qemu_plugin_insn *instruction, int operation, void *target, uint64_t operand);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction,
	void (*callback)(unsigned int cpu, void *argument), int flags, void *argument);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);

EXPORT int qemu_plugin_version = 1;

enum { MARKS = 8, LONGEST_INSTRUCTION = 15 };

struct mark {
	const char *name;
	unsigned char bytes[LONGEST_INSTRUCTION];
	size_t size;
};

static struct mark marks[MARKS];
static size_t mark_count;
static bool counting;
static uint64_t instructions, idles;
static FILE *out;

static void note(unsigned int cpu, void *argument)
{
	const struct mark *mark = argument;
	struct timespec now;

	(void)cpu;
	clock_gettime(CLOCK_MONOTONIC, &now);
	fprintf(out, "%s %llu %llu %llu\n", mark->name, (unsigned long long)instructions,
		(unsigned long long)idles,
		now.tv_sec * 1000000000ULL + (unsigned long long)now.tv_nsec);
	fflush(out);
}

/* Tell whether an instruction is HLT or MWAIT. */
static bool sleeps(const unsigned char *bytes, size_t size)
{
	return (size == 1 && bytes[0] == 0xf4) || (size == 3 && !memcmp(bytes, "\x0f\x01\xc9", 3));
}

static void block_translated(plugin_id id, struct qemu_plugin_tb *block)
{
	size_t count = qemu_plugin_tb_n_insns(block);

	(void)id;
	for (size_t i = 0; i < count; i++) {
		struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
		const void *bytes = qemu_plugin_insn_data(instruction);
		size_t size = qemu_plugin_insn_size(instruction);

		if (counting)
			qemu_plugin_register_vcpu_insn_exec_inline(
				instruction, ADD_U64, &instructions, 1);
		if (sleeps(bytes, size))
			qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD_U64, &idles, 1);
		for (struct mark *mark = marks; mark < marks + mark_count; mark++)
			if (size == mark->size && !memcmp(bytes, mark->bytes, size))
				qemu_plugin_register_vcpu_insn_exec_cb(
					instruction, note, NO_REGISTERS, mark);
	}
}

/* Take NAME=HEX; returns false if it is not that, or one too many. */
static bool add_mark(char *argument)
{
	char *digits = strchr(argument, '=');
	struct mark *mark = &marks[mark_count];
	unsigned int byte;

	if (!digits || mark_count == MARKS)
		return false;
	*digits++ = '\0';
	mark->name = argument;
	for (; mark->size < LONGEST_INSTRUCTION && sscanf(digits, "%2x", &byte) == 1; digits += 2)
		mark->bytes[mark->size++] = byte;
	mark_count++;
	return mark->size && !*digits;
}

/* The second argument is a qemu_info_t, which is not needed. */
EXPORT int qemu_plugin_install(plugin_id id, const void *info, int count, char **arguments)
{
	(void)info;
	for (int i = 0; i < count; i++) {
		if (!strncmp(arguments[i], "out=", 4))
			out = fopen(arguments[i] + 4, "we");
		else if (!strcmp(arguments[i], "count=on"))
			counting = true;
		else if (!add_mark(arguments[i]))
			return fprintf(stderr, "marks: %s: expected NAME=HEX\n", arguments[i]);
	}
	if (!out)
		return fprintf(stderr, "marks: out=FILE: missing, or the file cannot be made\n");
	qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
	return 0;
}
