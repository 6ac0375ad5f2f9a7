/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Unpacking an initrd beforehand: whatever is in it, the kernel must make the same files of it, in
 * the same order, and find the same microcode and ACPI tables; or it is left as it was; or it is
 * refused as damaged, and then the kernel cannot unpack it either.
 *
 * Input: flags, a limit, then the initrd, or with RECIPE the steps to make one. Checksums of
 * streams are not for a fuzzer to guess.
 */
#include "base/error.h"
#include "codec/codec.h"
#include "image/cpio.h"
#include "image/initrd.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum flags {
	RECIPE = 1 << 0,
	FROM_FILE = 1 << 1, /* packed input is given back on the way, and read again */
	XXH3 = 1 << 2,
	MAY_BE_BIG = 1 << 3, /* which is slow */
};

enum {
	BIG = 5 << 20, /* more than a decoder puts out before it tells its watcher */
	DECODED_MAX = 16 << 20,
	INITRD_SIZE_MAX = 8 << 20,
};

static void check(bool good)
{
	if (!good)
		abort();
}

static void succeed(struct error *error)
{
	check(!error);
}

/* How an initrd is made: steps, each a byte and what belongs to it. */
enum step {
	STEP_ZEROS,   /* count */
	STEP_BYTES,   /* count, bytes */
	STEP_ALIGN,   /* zeros up to a multiple of four */
	STEP_MEMBER,  /* count, name, count, contents */
	STEP_TRAILER, /* count, contents: ends an archive */
	STEP_EARLY,   /* a member that the kernel looks for early */
	STEP_BIG,     /* a member of BIG bytes; once */
	STEP_GZIP,    /* what follows is packed, up to STEP_PACK */
	STEP_ZSTD,
	STEP_PACK,
	STEP_CUT, /* count: that many bytes are taken away from the end */
	STEP_COUNT,
};

struct recipe {
	struct bytes rest;
	struct blob made;
	uint64_t stream_start; /* of what is to be packed */
	enum step packer;      /* 0: nothing is */
	bool may_be_big;
};

static uint8_t next(struct recipe *recipe)
{
	if (!recipe->rest.size)
		return 0;
	recipe->rest.size--;
	return *recipe->rest.data++;
}

static struct bytes next_bytes(struct recipe *recipe)
{
	uint64_t count = next(recipe);
	struct bytes bytes;

	count = count < recipe->rest.size ? count : recipe->rest.size;
	bytes = bytes_part(recipe->rest, 0, count);
	recipe->rest = bytes_part(recipe->rest, count, recipe->rest.size - count);
	return bytes;
}

static void add_zeros(struct blob *blob, uint64_t count)
{
	succeed(blob_resize(blob, blob->size + count));
}

static void align(struct recipe *recipe)
{
	/* Inside a stream, alignment counts from the stream's start. */
	add_zeros(&recipe->made, -(recipe->made.size - recipe->stream_start) & 3);
}

/* The contents are zeros if @contents.data is NULL. */
static void add_member(struct recipe *recipe, struct bytes name, struct bytes contents)
{
	char header[111];

	snprintf(header, sizeof(header),
		"070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", 1, 0100644, 0, 0, 1,
		0, (unsigned int)contents.size, 0, 0, 0, 0, (unsigned int)name.size + 1, 0);
	align(recipe);
	succeed(blob_append(&recipe->made, header, 110));
	succeed(blob_append(&recipe->made, name.data, name.size));
	add_zeros(&recipe->made, 1);
	align(recipe);
	if (contents.data)
		succeed(blob_append(&recipe->made, contents.data, contents.size));
	else
		add_zeros(&recipe->made, contents.size);
}

static uint64_t pack_gzip(struct bytes plain, struct blob *out)
{
	z_stream stream = {.next_in = (uint8_t *)plain.data, .avail_in = (unsigned int)plain.size};

	check(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	succeed(blob_resize(out, deflateBound(&stream, plain.size)));
	stream.next_out = out->data;
	stream.avail_out = (unsigned int)out->size;
	check(deflate(&stream, Z_FINISH) == Z_STREAM_END);
	deflateEnd(&stream);
	return stream.total_out;
}

static uint64_t pack_zstd(struct bytes plain, struct blob *out)
{
	succeed(blob_resize(out, ZSTD_compressBound(plain.size)));
	return ZSTD_compress(out->data, out->size, plain.data, plain.size, 1);
}

/* Replace what has been made since the stream's start. */
static void pack(struct recipe *recipe)
{
	struct blob *made = &recipe->made;
	_cleanup_blob_ struct blob packed = {0};
	struct bytes plain;
	uint64_t size;

	if (!recipe->packer)
		return;
	plain = bytes_part(
		blob_bytes(made), recipe->stream_start, made->size - recipe->stream_start);
	size = recipe->packer == STEP_GZIP ? pack_gzip(plain, &packed) : pack_zstd(plain, &packed);
	succeed(blob_resize(made, recipe->stream_start));
	succeed(blob_append(made, packed.data, size));
	recipe->stream_start = 0;
	recipe->packer = 0;
}

static void cut(struct recipe *recipe)
{
	uint64_t count = next(recipe), made = recipe->made.size - recipe->stream_start;

	succeed(blob_resize(&recipe->made, recipe->made.size - (count < made ? count : made)));
}

static void begin_stream(struct recipe *recipe, enum step packer)
{
	pack(recipe);
	recipe->packer = packer;
	recipe->stream_start = recipe->made.size;
}

static struct bytes text(const char *string)
{
	return bytes_of(string, strlen(string));
}

static void add_named(struct recipe *recipe, enum step step)
{
	static const char *const early[] = {
		"kernel/x86/microcode/GenuineIntel.bin", "kernel/firmware/acpi/ssdt.aml"};
	struct bytes name = step == STEP_EARLY	   ? text(early[next(recipe) & 1])
			    : step == STEP_TRAILER ? text("TRAILER!!!")
						   : next_bytes(recipe);

	add_member(recipe, name, next_bytes(recipe));
}

static void do_step(struct recipe *recipe, enum step step)
{
	if (step == STEP_ZEROS)
		add_zeros(&recipe->made, next(recipe));
	else if (step == STEP_BYTES) {
		struct bytes bytes = next_bytes(recipe);

		succeed(blob_append(&recipe->made, bytes.data, bytes.size));
	} else if (step == STEP_ALIGN)
		align(recipe);
	else if (step == STEP_MEMBER || step == STEP_TRAILER || step == STEP_EARLY)
		add_named(recipe, step);
	else if (step == STEP_BIG && recipe->may_be_big) {
		recipe->may_be_big = false;
		add_member(recipe, text("big"), bytes_of(NULL, BIG));
	} else if (step == STEP_GZIP || step == STEP_ZSTD)
		begin_stream(recipe, step);
	else if (step == STEP_PACK)
		pack(recipe);
	else if (step == STEP_CUT)
		cut(recipe);
}

static struct blob cook(struct bytes steps, bool may_be_big)
{
	struct recipe recipe = {.rest = steps, .may_be_big = may_be_big};

	while (recipe.rest.size && recipe.made.size < INITRD_SIZE_MAX)
		do_step(&recipe, next(&recipe) % STEP_COUNT);
	pack(&recipe);
	return recipe.made;
}

/* What the kernel would make of it, as one number: every member in order, trailers included. */
static void add_to_sum(uint64_t *sum, struct bytes bytes)
{
	*sum = (*sum ^ XXH3_64bits(bytes.data, bytes.size)) * UINT64_C(0x100000001b3) + bytes.size;
}

/*
 * The members of the archive at *@offset, up to its trailer; from its name's end to its contents a
 * member is as long as its header says. False if it is not whole.
 */
static bool sum_archive(struct bytes bytes, uint64_t *offset, uint64_t *sum)
{
	struct cpio_member entry;

	do {
		*offset = (*offset + 3) & ~UINT64_C(3);
		if (!cpio_read_member(bytes, *offset, &entry))
			return false;
		add_to_sum(sum, bytes_part(bytes, *offset, entry.end - *offset));
		*offset = entry.end;
	} while (!cpio_is_trailer(&entry));
	return true;
}

/* As unpack_to_rootfs(), "broken padding": what follows an archive starts at a multiple of four. */
static bool skip_padding(struct bytes bytes, uint64_t *offset)
{
	while (*offset < bytes.size && bytes.data[*offset] == 0)
		(*offset)++;
	return *offset == bytes.size || *offset % 4 == 0;
}

static bool sum_stream(struct bytes rest, uint64_t *ret_used, uint64_t *sum);

/* An initrd, or one stream's contents: init/initramfs.c, unpack_to_rootfs(). */
static bool sum_pieces(struct bytes bytes, bool is_stream, uint64_t *sum)
{
	uint64_t offset = 0, used = 0;

	while (offset < bytes.size) {
		if (offset % 4 == 0 && cpio_begins_at(bytes, offset)) {
			if (!sum_archive(bytes, &offset, sum) || !skip_padding(bytes, &offset))
				return false;
		} else if (bytes.data[offset] == 0) {
			/* In a stream, zeros are only expected after an archive. */
			if (is_stream && !*sum)
				return false;
			offset++;
		} else {
			if (is_stream || !sum_stream(bytes_part(bytes, offset, bytes.size - offset),
						 &used, sum))
				return false;
			offset += used;
		}
	}
	return true;
}

static bool sum_stream(struct bytes rest, uint64_t *ret_used, uint64_t *sum)
{
	const struct codec *codec = codec_probe(rest);
	_cleanup_error_ struct error *error = NULL;
	_cleanup_blob_ struct blob contents = {0};

	if (!codec)
		return false;
	error = codec->decompress(
		rest, &(struct codec_options){.limit = DECODED_MAX}, &contents, ret_used);
	return !error && sum_pieces(blob_bytes(&contents), true, sum);
}

/* What the search before there is any decompressor finds: lib/earlycpio.c, find_cpio_data(). */
static uint64_t sum_early(struct bytes bytes)
{
	static const char microcode[] = "kernel/x86/microcode/", acpi[] = "kernel/firmware/acpi/";
	uint64_t offset = 0, sum = 0;
	struct cpio_member entry;

	while (cpio_skip_zeros(bytes, &offset) && cpio_read_member(bytes, offset, &entry)) {
		if (bytes_match(entry.name, 0, microcode, strlen(microcode)) ||
			bytes_match(entry.name, 0, acpi, strlen(acpi)))
			add_to_sum(&sum, bytes_part(bytes, offset, entry.end - offset));
		offset = entry.end;
	}
	return sum;
}

static bool same(struct bytes a, struct bytes b)
{
	return a.size == b.size && (!a.size || memcmp(a.data, b.data, a.size) == 0);
}

/* Bytes of the boot configuration at the end: init/main.c, get_boot_config_from_initrd(). */
static uint64_t bootconfig_size(struct bytes bytes)
{
	for (uint64_t i = 0; i < 4 && bytes.size >= 20 + i; i++) {
		const uint8_t *magic = bytes.data + bytes.size - i - 12;
		uint32_t size = load_le32(magic - 8), sum = load_le32(magic - 4);

		if (memcmp(magic, "#BOOTCONFIG\n", 12) != 0)
			continue;
		if (size > bytes.size - 20 - i)
			return 0;
		for (uint32_t at = 0; at < size; at++)
			sum -= (magic - 8 - size)[at];
		return sum ? 0 : size + 20 + i;
	}
	return 0;
}

static struct bytes without_end(struct bytes bytes, uint64_t size)
{
	return bytes_part(bytes, 0, bytes.size - size);
}

/* Is it all archives? With a boot configuration behind them, *@ret_size is that one's. */
static bool sum_initrd(struct bytes bytes, uint64_t *ret_size, uint64_t *sum)
{
	*ret_size = *sum = 0;
	if (sum_pieces(bytes, false, sum))
		return true;
	*ret_size = bootconfig_size(bytes);
	*sum = 0;
	return *ret_size && sum_pieces(without_end(bytes, *ret_size), false, sum);
}

static void check_unpacked(struct initrd *initrd, struct bytes packed, uint64_t limit)
{
	struct bytes found = blob_bytes(&initrd->bytes);
	uint64_t before, after = 0, config;
	_cleanup_blob_ struct blob copy = {0};

	check(initrd->packed_size == packed.size && found.size <= limit);
	check(sum_initrd(packed, &config, &before) && config <= found.size);
	check(same(bytes_part(packed, packed.size - config, config),
		bytes_part(found, found.size - config, config)));
	check(sum_pieces(without_end(found, config), true, &after));
	check(before == after && sum_early(packed) == sum_early(found));
	/* And there is nothing left to do. */
	succeed(blob_copy(found, &copy));
	initrd->packed_size = 0;
	succeed(initrd_unpack(initrd, UINT64_MAX));
	check(initrd->kept_reason && !strcmp(initrd->kept_reason, "nothing in it is compressed"));
	check(!initrd->packed_size && same(blob_bytes(&initrd->bytes), blob_bytes(&copy)));
}

/* Nothing of it is handed over; what was given back on the way need not be there again. */
static void check_damaged(const struct initrd *initrd, struct bytes packed)
{
	uint64_t sum, size;

	check(initrd->kept_reason && !initrd->packed_size);
	check(!sum_initrd(packed, &size, &sum));
}

static void check_finished(
	struct initrd *initrd, struct bytes packed, uint64_t limit, enum digest_algorithm algorithm)
{
	check(initrd->algorithm == algorithm);
	if (initrd->damage) {
		check_damaged(initrd, packed);
		return;
	}
	check(digest_equal(
		initrd->digest, digest_of(algorithm, initrd->bytes.data, initrd->bytes.size)));
	check(!(initrd->kept_reason && initrd->packed_size));
	if (initrd->packed_size)
		check_unpacked(initrd, packed, limit);
	else
		check((initrd->kept_reason || !limit) && same(blob_bytes(&initrd->bytes), packed));
}

/* As initrd_read() does it, from a file that is there only in memory. */
static bool read_from_file(struct bytes bytes, int *ret_fd, struct initrd *ret)
{
	char path[32];
	const char *paths[] = {path};

	*ret_fd = memfd_create("initrd", MFD_CLOEXEC);
	check(*ret_fd >= 0 && write(*ret_fd, bytes.data, bytes.size) == (ssize_t)bytes.size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", *ret_fd);
	_cleanup_error_ struct error *error = initrd_read(paths, 1, ret);

	return !error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_initrd_ struct initrd initrd = {0};
	_cleanup_blob_ struct blob packed = {0};
	enum digest_algorithm algorithm;
	uint64_t limit;
	int fd = -1;

	if (size < 2)
		return 0;
	algorithm = data[0] & XXH3 ? DIGEST_XXH3_128 : DIGEST_CRC32C_LANES;
	/* Small ones in steps of 64 bytes, then one that is never reached. */
	limit = data[1] < 128 ? data[1] * UINT64_C(64) : DECODED_MAX;
	if (data[0] & RECIPE)
		packed = cook(bytes_of(data + 2, size - 2), data[0] & MAY_BE_BIG);
	else
		succeed(blob_copy(bytes_of(data + 2, size - 2), &packed));
	/* No file is empty: initrd_read() refuses it. */
	if (!packed.size)
		return 0;
	if (!(data[0] & FROM_FILE) || !read_from_file(blob_bytes(&packed), &fd, &initrd))
		succeed(blob_copy(blob_bytes(&packed), &initrd.bytes));
	succeed(initrd_finish(
		&initrd, &(struct initrd_limits){.here = limit, .there = limit}, algorithm));
	check_finished(&initrd, blob_bytes(&packed), limit, algorithm);
	if (fd >= 0)
		close(fd);
	return 0;
}
