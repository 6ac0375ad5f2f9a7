/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/memory_words.h"

#include "base/blob.h"
#include "base/command_line.h"
#include "base/error.h"
#include "base/memmap_option.h"
#include "plan/huge_pages.h"

#include <stdlib.h>
#include <string.h>

#define MIB	       (UINT64_C(1) << 20)

/* crash_low_size_default(), arch/x86/include/asm/crash_reserve.h, with the usual swiotlb. */
#define CRASH_LOW_SIZE (256 * MIB)
/* parse_crashkernel_mem(): firmware keeps some memory to itself. */
#define CRASH_ROUNDING (128 * MIB)

/* kernel/dma/swiotlb.c: a slab, IO_TLB_SHIFT. */
#define SWIOTLB_SLAB   (UINT64_C(1) << 11)
/* kernel/printk/printk.c, setup_log_buf(): so much is kept about every so many bytes of text. */
enum { LOG_RECORD = 112, LOG_PER_RECORD = 32 };

enum crash_kind { CRASH_PLAIN, CRASH_HIGH, CRASH_LOW, CRASH_CMA, CRASH_KINDS };

/* What the rows below may look at. */
struct reading {
	const struct memory_words_for *what;
	uint64_t memory; /* what mem= and memmap= leave */
	bool has_high;	 /* some of it above 4 GiB */
	struct huge_pages huge;
	struct parameter huge_size; /* the hugepagesz= of what follows; name NULL: none */
	bool crash_given[CRASH_KINDS];
	uint64_t crash[CRASH_KINDS];
	struct blob text; /* the words that were told of */
};

/* As it stands in the line; the order is of no concern, nor is a quote that is not closed. */
static struct error *tell(struct reading *reading, const struct parameter *word)
{
	if (reading->text.size)
		TRY(blob_append(&reading->text, " ", 1));
	return blob_append(&reading->text, word->start, word->length);
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t times(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

/* SIZE, whatever follows. */
static uint64_t size(const char *value, const struct reading *reading)
{
	uint64_t bytes;

	(void)reading;
	return command_line_size(&value, &bytes) ? bytes : 0;
}

/* SIZE, or NODE:SIZE,… */
static uint64_t size_or_nodes(const char *value, const struct reading *reading)
{
	uint64_t number, total = 0;

	(void)reading;
	if (!command_line_size(&value, &number))
		return 0;
	if (*value != ':')
		return number;
	while (*value == ':') {
		value++;
		if (!command_line_size(&value, &number))
			break;
		total = add(total, number);
		if (*value != ',')
			break;
		value++;
		if (!command_line_size(&value, &number))
			break;
	}
	return total;
}

static uint64_t slabs(const char *value, const struct reading *reading)
{
	return times(size(value, reading), SWIOTLB_SLAB);
}

/* Rounded up to a power of two, at most 2 GiB; the records about the text come on top. */
static uint64_t log_buffer(const char *value, const struct reading *reading)
{
	uint64_t wanted = size(value, reading), bytes = 1;

	while (bytes < wanted && bytes < 2048 * MIB)
		bytes *= 2;
	return wanted ? bytes + bytes / LOG_PER_RECORD * LOG_RECORD : 0;
}

static uint64_t for_every_cpu(const char *value, const struct reading *reading)
{
	return times(size(value, reading), reading->what->cpus ? reading->what->cpus : 1);
}

/* SIZE or N% of memory; false if it is neither. */
static bool share(const char *value, const struct reading *reading, uint64_t *ret)
{
	if (!command_line_size(&value, ret))
		return false;
	if (*value == '%')
		*ret = *ret < 100 ? reading->memory / 100 * *ret : reading->memory;
	return true;
}

static uint64_t movable(const char *value, const struct reading *reading)
{
	uint64_t bytes;

	return share(value, reading, &bytes) ? bytes : 0;
}

/* "mirror" asks for what only the firmware knows. */
static uint64_t not_kernel(const char *value, const struct reading *reading)
{
	uint64_t bytes;

	return share(value, reading, &bytes) && bytes && bytes < reading->memory
		       ? reading->memory - bytes
		       : 0;
}

/* lowmem,global,pernode; a share is of what is used by then, and is not known. */
static uint64_t scratch(const char *value, const struct reading *reading)
{
	uint64_t bytes, total = 0;

	(void)reading;
	while (command_line_size(&value, &bytes) && *value != '%') {
		total = add(total, bytes);
		value += *value == ',';
	}
	return total;
}

static const struct row {
	const char *name;
	bool adds_up; /* else the last one counts */
	uint64_t (*bytes)(const char *value, const struct reading *reading);
} rows[] = {
	{"cma", false, size},
	{"numa_cma", false, size_or_nodes},
	{"cma_pernuma", false, size},
	{"hugetlb_cma", false, size_or_nodes},
	{"reserve_mem", true, size},
	{"swiotlb", false, slabs},
	{"log_buf_len", false, log_buffer},
	{"trace_buf_size", false, for_every_cpu},
	{"kho_scratch", false, scratch},
	{"movablecore", false, movable},
	{"kernelcore", false, not_kernel},
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), part = strlen(end);

	return length >= part && strcmp(text + length - part, end) == 0;
}

static const char *const crash_suffixes[CRASH_KINDS] = {
	[CRASH_PLAIN] = "", [CRASH_HIGH] = ",high", [CRASH_LOW] = ",low", [CRASH_CMA] = ",cma"};

static enum crash_kind crash_kind(const char *value)
{
	for (unsigned int i = CRASH_HIGH; i < CRASH_KINDS; i++)
		if (ends_with(value, crash_suffixes[i]))
			return i;
	return CRASH_PLAIN;
}

/* SIZE[@OFFSET] or SIZE,SUFFIX; anything else is ignored as a whole. */
static uint64_t crash_by_size(const char *value, enum crash_kind kind)
{
	uint64_t bytes;

	if (!command_line_size(&value, &bytes))
		return 0;
	return strcmp(value, crash_suffixes[kind]) == 0 || (kind == CRASH_PLAIN && *value == '@')
		       ? bytes
		       : 0;
}

/* START-[END]:SIZE,…[@OFFSET]: the size of the first range that the memory lies in. */
static uint64_t crash_by_ranges(const char *value, uint64_t memory)
{
	uint64_t start, end, bytes;

	if (!align_up(memory, CRASH_ROUNDING, &memory))
		return 0;
	do {
		end = UINT64_MAX;
		if (!command_line_size(&value, &start) || *value++ != '-')
			return 0;
		if (*value != ':' && (!command_line_size(&value, &end) || end <= start))
			return 0;
		if (*value++ != ':' || !command_line_size(&value, &bytes) || bytes >= memory)
			return 0;
		if (memory >= start && memory < end)
			return bytes;
	} while (*value++ == ',');
	return 0;
}

static void take_crash(const char *value, struct reading *reading)
{
	enum crash_kind kind = crash_kind(value);
	uint64_t bytes = kind == CRASH_PLAIN && strchr(value, ':')
				 ? crash_by_ranges(value, reading->memory)
				 : crash_by_size(value, kind);

	/* As much as there is is not reserved. */
	reading->crash[kind] = bytes < reading->memory ? bytes : 0;
	reading->crash_given[kind] = true;
}

/* A size alone makes those with ",high" and ",low" void; ",low" is for what lies high. */
static uint64_t crash_total(const struct reading *reading)
{
	const uint64_t *crash = reading->crash;
	uint64_t low = reading->crash_given[CRASH_LOW] ? crash[CRASH_LOW] : CRASH_LOW_SIZE;

	if (reading->crash_given[CRASH_PLAIN])
		return add(crash[CRASH_PLAIN], crash[CRASH_CMA]);
	if (!crash[CRASH_HIGH] || !reading->has_high)
		low = 0;
	return add(add(crash[CRASH_HIGH], low), crash[CRASH_CMA]);
}

static struct error *take_huge_pages(
	const struct parameter *word, const char *value, struct reading *reading)
{
	uint64_t before = huge_pages_total(&reading->huge);

	if (parameter_is(word, "hugepagesz") || parameter_is(word, "default_hugepagesz")) {
		huge_pages_size(&reading->huge, value, parameter_is(word, "default_hugepagesz"));
		reading->huge_size = *word;
		return NULL;
	}
	huge_pages_count(&reading->huge, value);
	if (huge_pages_total(&reading->huge) == before)
		return NULL;
	if (reading->huge_size.start)
		TRY(tell(reading, &reading->huge_size));
	reading->huge_size = (struct parameter){0};
	return tell(reading, word);
}

static struct error *take_row(const struct parameter *word, const char *value,
	struct reading *reading, uint64_t taken[static ROW_COUNT])
{
	for (unsigned int i = 0; i < ROW_COUNT; i++) {
		uint64_t bytes;

		if (!parameter_is(word, rows[i].name))
			continue;
		bytes = rows[i].bytes(value, reading);
		taken[i] = rows[i].adds_up ? add(taken[i], bytes) : bytes;
		return bytes ? tell(reading, word) : NULL;
	}
	return NULL;
}

static struct error *take_word(const struct parameter *word, const char *value,
	struct reading *reading, uint64_t taken[static ROW_COUNT])
{
	if (parameter_is(word, "hugepages") || parameter_is(word, "hugepagesz") ||
		parameter_is(word, "default_hugepagesz"))
		return take_huge_pages(word, value, reading);
	if (parameter_is(word, "crashkernel")) {
		take_crash(value, reading);
		return reading->crash[crash_kind(value)] ? tell(reading, word) : NULL;
	}
	return take_row(word, value, reading, taken);
}

/* Everything from @size up is no memory. */
static struct error *limit(struct range_set *memory, uint64_t bytes)
{
	return bytes ? range_set_remove(memory, (struct range){bytes, UINT64_MAX}) : NULL;
}

static struct error *change_memory(const char *value, bool is_memmap, struct range_set *memory)
{
	struct memmap_region region;

	/* mem=nopentium is no size. */
	if (!is_memmap)
		return limit(memory, size(value, NULL));
	while (memmap_next(&value, &region)) {
		if (region.kind == MEMMAP_LIMIT)
			TRY(limit(memory, region.range.start));
		else if (region.kind == MEMMAP_ADD)
			TRY(range_set_add(memory, region.range));
		else if (region.kind == MEMMAP_TAKE)
			TRY(range_set_remove(memory, region.range));
		else if (region.kind == MEMMAP_EXACT)
			range_set_deinit(memory);
	}
	return NULL;
}

/* Call @take with each of the kernel's words that has a value. */
static struct error *each_word(const char *command_line,
	struct error *(*take)(const struct parameter *word, const char *value, void *data),
	void *data)
{
	struct command_line_reader reader = {.at = command_line};
	struct parameter word;

	while (command_line_next(&reader, &word)) {
		struct error *error;
		char *value;

		if (!word.value || word.for_init)
			continue;
		value = strndup(word.value, word.value_length);
		error = value ? take(&word, value, data) : error_no_memory();
		free(value);
		TRY(error);
	}
	return NULL;
}

struct limiting {
	struct range_set memory;
	struct reading *reading;
};

static struct error *take_limit(const struct parameter *word, const char *value, void *data)
{
	struct limiting *limiting = data;
	uint64_t before = range_set_total(&limiting->memory);
	bool is_memmap = parameter_is(word, "memmap");

	if (!is_memmap && !parameter_is(word, "mem"))
		return NULL;
	TRY(change_memory(value, is_memmap, &limiting->memory));
	return range_set_total(&limiting->memory) == before ? NULL : tell(limiting->reading, word);
}

struct taking {
	struct reading *reading;
	uint64_t rows[ROW_COUNT];
};

static struct error *take_each(const struct parameter *word, const char *value, void *data)
{
	struct taking *taking = data;

	return take_word(word, value, taking->reading, taking->rows);
}

/* What mem= and memmap= leave, in their order, as the kernel takes them one after the other. */
static struct error *find_memory(
	const char *command_line, struct reading *reading, struct memory_words *ret)
{
	struct limiting limiting = {.reading = reading};
	uint64_t all = range_set_total(reading->what->memory);
	struct error *error;

	TRY(range_set_copy(reading->what->memory, &limiting.memory));
	error = each_word(command_line, take_limit, &limiting);
	reading->memory = range_set_total(&limiting.memory);
	reading->has_high = limiting.memory.count &&
			    limiting.memory.ranges[limiting.memory.count - 1].end > 4096 * MIB;
	range_set_deinit(&limiting.memory);
	ret->memory = reading->memory;
	ret->kept_back = all > ret->memory ? all - ret->memory : 0;
	return error;
}

static struct error *read_words(
	const char *command_line, struct reading *reading, struct memory_words *ret)
{
	struct taking taking = {.reading = reading};
	uint64_t total, small;

	TRY(find_memory(command_line, reading, ret));
	TRY(each_word(command_line, take_each, &taking));
	total = add(huge_pages_total(&reading->huge), crash_total(reading));
	for (unsigned int i = 0; i < ROW_COUNT; i++)
		total = add(total, taking.rows[i]);
	small = huge_pages_small(&reading->huge);
	ret->surely = small < ret->memory ? small : ret->memory;
	ret->taken = total < ret->memory ? total : ret->memory;
	if (!reading->text.size)
		return NULL;
	ret->text = strndup((const char *)reading->text.data, reading->text.size);
	return ret->text ? NULL : error_no_memory();
}

struct error *memory_words_read(
	const char *command_line, const struct memory_words_for *what, struct memory_words *ret)
{
	struct reading reading = {.what = what, .huge = huge_pages_begin(what->kernel_32bit)};
	struct error *error;

	*ret = (struct memory_words){0};
	error = read_words(command_line, &reading, ret);
	blob_deinit(&reading.text);
	if (error)
		memory_words_deinit(ret);
	return error;
}

void memory_words_deinit(struct memory_words *words)
{
	free(words->text);
	*words = (struct memory_words){0};
}
