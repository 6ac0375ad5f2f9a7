/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test.h"

#include "base/blob.h"
#include "codec/codec.h"

#include <lz4.h>
#include <zlib.h>

#define DATA TEST_SOURCE_DIR "/data/codec/"

/* What the formats' own tools made of data/codec/sample; see README there. */
struct sample {
	const char *path;
	const char *codec;
	bool checked;	   /* the format has a checksum of what it unpacks to */
	bool concatenated; /* two files one after the other are read as one */
};

static const struct sample samples[] = {
	{DATA "sample.gz", "gzip", true, true},
	{DATA "sample.xz", "xz", true, true},
	{DATA "sample.zst", "zstd", true, true},
	{DATA "sample.lz4", "lz4", true, true},
	{DATA "sample.legacy.lz4", "lz4", false, true},
	{DATA "sample.bz2", "bzip2", true, true},
	{DATA "sample.lzo", "lzo", true, true},
	{DATA "sample.crc.lzo", "lzo", true, true},
	{DATA "sample.lzma", "lzma", false, false},
};

#define OPTIONS(most, hint) (&(struct codec_options){.limit = (most), .expected = (hint)})

enum { SAMPLE_COUNT = sizeof(samples) / sizeof(samples[0]), NO_LIMIT = 1 << 24 };

static struct blob read_data(const char *path)
{
	struct blob blob;

	assert_ok(blob_read_file(path, NO_LIMIT, &blob));
	return blob;
}

static const struct codec *codec_of(const struct sample *sample)
{
	const struct codec *codec = codec_by_name(sample->codec);

	assert_non_null(codec);
	return codec;
}

static void assert_same(struct bytes found, struct bytes wanted)
{
	assert_int_equal(found.size, wanted.size);
	assert_memory_equal(found.data, wanted.data, wanted.size);
}

static void assert_zero_past_the_end(const struct blob *blob)
{
	for (uint64_t i = blob->size; i < blob->capacity; i++)
		assert_int_equal(blob->data[i], 0);
}

static void every_sample_unpacks_to_the_original(void **state)
{
	_cleanup_blob_ struct blob original = read_data(DATA "sample");

	(void)state;
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		_cleanup_blob_ struct blob packed = read_data(samples[i].path), out = {0};
		uint64_t used = 0;

		assert_ptr_equal(codec_probe(blob_bytes(&packed)), codec_of(&samples[i]));
		assert_ok(codec_of(&samples[i])
				  ->decompress(
					  blob_bytes(&packed), OPTIONS(NO_LIMIT, 0), &out, &used));
		assert_same(blob_bytes(&out), blob_bytes(&original));
		assert_int_equal(used, packed.size);
		assert_zero_past_the_end(&out);
	}
}

static void measuring_keeps_nothing_and_finds_the_same_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		const struct codec *codec = codec_of(&samples[i]);
		struct codec_options options = {.limit = NO_LIMIT, .measure = true};
		_cleanup_blob_ struct blob packed = read_data(samples[i].path), out = {0};
		uint64_t size = packed.size, used = 0;

		assert_ok(blob_append(&packed, "junk", 4));
		assert_ok(codec->decompress(blob_bytes(&packed), &options, &out, &used));
		assert_int_equal(used, size);
		assert_int_equal(out.size, 0);
		options.limit = 100;
		assert_fails(codec->decompress(blob_bytes(&packed), &options, &out, &used),
			ERROR_LIMIT, "unpacks to more than 100 bytes");
	}
}

static void output_is_appended_whatever_size_is_expected(void **state)
{
	static const uint64_t expectations[] = {1, 100, 4095, 1 << 20, NO_LIMIT, UINT64_MAX};
	_cleanup_blob_ struct blob original = read_data(DATA "sample");

	(void)state;
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		_cleanup_blob_ struct blob packed = read_data(samples[i].path);

		for (size_t e = 0; e < sizeof(expectations) / sizeof(expectations[0]); e++) {
			_cleanup_blob_ struct blob out = {0};
			uint64_t used;

			assert_ok(blob_append(&out, "before", 6));
			assert_ok(codec_of(&samples[i])
					  ->decompress(blob_bytes(&packed),
						  OPTIONS(NO_LIMIT, expectations[e]), &out, &used));
			assert_memory_equal(out.data, "before", 6);
			assert_same(bytes_part(blob_bytes(&out), 6, out.size - 6),
				blob_bytes(&original));
			assert_zero_past_the_end(&out);
		}
	}
}

static void bytes_after_the_stream_are_left_alone(void **state)
{
	/* The kernel's build appends the unpacked size; initrds follow each other. */
	static const char *const tails[] = {"\0", "\0\0\0\0", "\x78\x05\0\0", "0707010000000000",
		"\xff", "\x01\0\0\0\x55\x55\x55\x55", "\x1f\x8b\x07"};
	static const uint64_t sizes[] = {1, 4, 4, 16, 1, 8, 3};
	_cleanup_blob_ struct blob original = read_data(DATA "sample");

	(void)state;
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		for (size_t t = 0; t < sizeof(sizes) / sizeof(sizes[0]); t++) {
			_cleanup_blob_ struct blob packed = read_data(samples[i].path), out = {0};
			uint64_t size = packed.size, used = 0;

			assert_ok(blob_append(&packed, tails[t], sizes[t]));
			assert_ok(codec_of(&samples[i])
					  ->decompress(blob_bytes(&packed), OPTIONS(NO_LIMIT, 0),
						  &out, &used));
			assert_int_equal(used, size);
			assert_same(blob_bytes(&out), blob_bytes(&original));
		}
	}
}

static void concatenated_streams_are_one(void **state)
{
	_cleanup_blob_ struct blob original = read_data(DATA "sample");

	(void)state;
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		_cleanup_blob_ struct blob packed = read_data(samples[i].path), out = {0};
		_cleanup_blob_ struct blob again = read_data(samples[i].path);
		uint64_t used = 0;

		assert_ok(blob_append(&packed, again.data, again.size));
		assert_ok(codec_of(&samples[i])
				  ->decompress(
					  blob_bytes(&packed), OPTIONS(NO_LIMIT, 0), &out, &used));
		if (!samples[i].concatenated) {
			assert_int_equal(used, again.size);
			continue;
		}
		assert_int_equal(used, packed.size);
		assert_int_equal(out.size, 2 * original.size);
		assert_same(bytes_part(blob_bytes(&out), original.size, original.size),
			blob_bytes(&original));
	}
}

static void truncation_at_any_byte_is_an_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		_cleanup_blob_ struct blob packed = read_data(samples[i].path);

		for (uint64_t size = 0; size < packed.size; size++) {
			_cleanup_blob_ struct blob out = {0};
			/* A copy of just that size, so that ASan sees a read past it. */
			uint8_t *copy = malloc(size ? size : 1);
			uint64_t used;

			memcpy(copy, packed.data, size);
			assert_fails(codec_of(&samples[i])
					     ->decompress(bytes_of(copy, size),
						     OPTIONS(NO_LIMIT, 0), &out, &used),
				ERROR_DAMAGED, samples[i].codec);
			codec_probe(bytes_of(copy, size));
			free(copy);
		}
	}
}

static void a_flipped_bit_is_never_taken_for_good_data(void **state)
{
	_cleanup_blob_ struct blob original = read_data(DATA "sample");

	(void)state;
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		_cleanup_blob_ struct blob packed = read_data(samples[i].path);

		for (uint64_t bit = 0; bit < packed.size * 8; bit++) {
			_cleanup_blob_ struct blob out = {0};
			struct error *error;
			uint64_t used = 0;

			packed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			error = codec_of(&samples[i])
					->decompress(blob_bytes(&packed), OPTIONS(NO_LIMIT, 0),
						&out, &used);
			packed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_true(error || used <= packed.size);
			if (!error && samples[i].checked)
				assert_same(blob_bytes(&out), blob_bytes(&original));
			error_free(error);
		}
	}
}

static void the_limit_is_the_most_that_comes_out(void **state)
{
	_cleanup_blob_ struct blob original = read_data(DATA "sample");

	(void)state;
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		_cleanup_blob_ struct blob packed = read_data(samples[i].path);
		const struct codec *codec = codec_of(&samples[i]);

		for (uint64_t limit = 0; limit < original.size; limit += 1 + limit / 3) {
			_cleanup_blob_ struct blob out = {0};
			uint64_t used;

			assert_fails(codec->decompress(
					     blob_bytes(&packed), OPTIONS(limit, 0), &out, &used),
				ERROR_LIMIT, "more than");
		}
		for (uint64_t limit = original.size; limit < original.size + 2; limit++) {
			_cleanup_blob_ struct blob out = {0};
			uint64_t used;

			assert_ok(codec->decompress(
				blob_bytes(&packed), OPTIONS(limit, original.size), &out, &used));
			assert_same(blob_bytes(&out), blob_bytes(&original));
		}
	}
}

static struct blob gzip_zeros(uint64_t size)
{
	static uint8_t zeros[1 << 16];
	struct blob blob = {0};
	z_stream stream = {0};

	assert_int_equal(
		deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_ok(blob_resize(&blob, size / 500 + 4096));
	stream.next_out = blob.data;
	stream.avail_out = (uInt)blob.size;
	for (uint64_t done = 0; done < size; done += sizeof(zeros)) {
		stream.next_in = zeros;
		stream.avail_in = sizeof(zeros);
		assert_int_equal(deflate(&stream, Z_NO_FLUSH), Z_OK);
	}
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_ok(blob_resize(&blob, stream.total_out));
	deflateEnd(&stream);
	return blob;
}

static void a_compression_bomb_costs_no_more_than_the_limit(void **state)
{
	_cleanup_blob_ struct blob packed = gzip_zeros(UINT64_C(64) << 20), out = {0};
	uint64_t used;

	(void)state;
	assert_fails(codec_by_name("gzip")->decompress(
			     blob_bytes(&packed), OPTIONS(3 << 20, UINT64_C(1) << 40), &out, &used),
		ERROR_LIMIT, "more than 3145728 bytes");
	assert_true(out.capacity <= (3 << 20) + 4096);
}

static void large_output_arrives_in_several_steps(void **state)
{
	_cleanup_blob_ struct blob packed = gzip_zeros(UINT64_C(8) << 20), out = {0};
	uint64_t used;

	(void)state;
	assert_ok(codec_by_name("gzip")->decompress(
		blob_bytes(&packed), OPTIONS(UINT64_MAX, 0), &out, &used));
	assert_int_equal(out.size, 8 << 20);
	assert_int_equal(used, packed.size);
}

/* Append a block of the legacy LZ4 format that unpacks to @size bytes of 'x'. */
static void append_legacy_block(struct blob *packed, int size)
{
	char *unpacked = malloc((size_t)size), *block = malloc((size_t)LZ4_compressBound(size));
	uint8_t header[4];
	int packed_size;

	memset(unpacked, 'x', (size_t)size);
	packed_size = LZ4_compress_default(unpacked, block, size, LZ4_compressBound(size));
	assert_true(packed_size > 0);
	store_le32(header, (uint32_t)packed_size);
	assert_ok(blob_append(packed, header, sizeof(header)));
	assert_ok(blob_append(packed, block, (uint64_t)packed_size));
	free(unpacked);
	free(block);
}

static void legacy_lz4_ends_where_the_kernels_build_puts_the_size(void **state)
{
	/* A size that could be a block's, and one that could not. */
	static const uint32_t sizes[] = {0x800000, 0x02000000};
	static const int last_blocks[] = {0x800000, 0x1234};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		_cleanup_blob_ struct blob packed = {0}, out = {0};
		uint8_t size[4];
		uint64_t used = 0;

		assert_ok(blob_append(&packed, "\x02\x21\x4c\x18", 4));
		append_legacy_block(&packed, 0x800000);
		append_legacy_block(&packed, last_blocks[i / 2]);
		store_le32(size, sizes[i % 2]);
		assert_ok(blob_append(&packed, size, sizeof(size)));
		assert_ok(codec_by_name("lz4")->decompress(
			blob_bytes(&packed), OPTIONS(UINT64_C(1) << 30, 0), &out, &used));
		assert_int_equal(out.size, 0x800000 + last_blocks[i / 2]);
		assert_int_equal(out.data[out.size - 1], 'x');
		assert_int_equal(used, packed.size - 4);
	}
}

static void skippable_frames_are_skipped(void **state)
{
	static const char *const names[] = {DATA "sample.zst", DATA "sample.lz4"};
	_cleanup_blob_ struct blob original = read_data(DATA "sample");

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_blob_ struct blob packed = read_data(names[i]), out = {0};
		_cleanup_blob_ struct blob again = read_data(names[i]);
		uint64_t used = 0;

		assert_ok(blob_append(&packed, "\x53\x2a\x4d\x18\x03\0\0\0abc", 11));
		assert_ok(blob_append(&packed, again.data, again.size));
		assert_ok(codec_probe(blob_bytes(&packed))
				  ->decompress(
					  blob_bytes(&packed), OPTIONS(NO_LIMIT, 0), &out, &used));
		assert_int_equal(used, packed.size);
		assert_int_equal(out.size, 2 * original.size);
	}
}

static void xz_padding_counts_only_before_another_stream(void **state)
{
	_cleanup_blob_ struct blob packed = read_data(DATA "sample.xz"), out = {0};
	_cleanup_blob_ struct blob again = read_data(DATA "sample.xz");
	uint64_t used = 0;

	(void)state;
	assert_ok(blob_resize(&packed, packed.size + 8));
	assert_ok(blob_append(&packed, again.data, again.size));
	assert_ok(blob_resize(&packed, packed.size + 4));
	assert_ok(codec_by_name("xz")->decompress(
		blob_bytes(&packed), OPTIONS(NO_LIMIT, 0), &out, &used));
	assert_int_equal(used, packed.size - 4);
}

static void errors_say_where_in_the_input(void **state)
{
	_cleanup_blob_ struct blob packed = read_data(DATA "sample.xz"), out = {0};
	uint64_t used;

	(void)state;
	packed.data[100] ^= 0xff;
	assert_fails(codec_by_name("xz")->decompress(
			     blob_bytes(&packed), OPTIONS(NO_LIMIT, 0), &out, &used),
		ERROR_DAMAGED, "xz: at input offset 0x");
	assert_fails(codec_by_name("xz")->decompress(
			     blob_bytes(&packed), OPTIONS(NO_LIMIT, 0), &out, &used),
		ERROR_DAMAGED, "corrupt data (LZMA_DATA_ERROR); the file is damaged");
	assert_fails(codec_by_name("xz")->decompress(
			     bytes_of(packed.data, 60), OPTIONS(NO_LIMIT, 0), &out, &used),
		ERROR_DAMAGED, "at input offset 0x3c: the input ends in the middle");
}

static void probes_want_more_than_a_likely_byte(void **state)
{
	static const char *const others[] = {"", "]", "]\0\0", "BZh9", "BZh91AY&S", "\x1f\x8b",
		"]\0\0\x01\0]\0\0\0\0\0\0\0\0\0", "Linux", "\x28\xb5\x2f", "]]]]]]]]]]]]]]]]]"};
	static const uint64_t sizes[] = {0, 1, 3, 4, 9, 2, 15, 5, 3, 17};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct codec *codec = codec_probe(bytes_of(others[i], sizes[i]));

		/* The seventh is plausible lzma: 64 KiB dictionary, 93 bytes. */
		if (i == 6)
			assert_ptr_equal(codec, codec_by_name("lzma"));
		else
			assert_null(codec);
	}
	assert_null(codec_by_name("compress"));
	assert_null(codec_at(100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_unpacks_to_the_original),
		cmocka_unit_test(measuring_keeps_nothing_and_finds_the_same_end),
		cmocka_unit_test(output_is_appended_whatever_size_is_expected),
		cmocka_unit_test(bytes_after_the_stream_are_left_alone),
		cmocka_unit_test(concatenated_streams_are_one),
		cmocka_unit_test(truncation_at_any_byte_is_an_error),
		cmocka_unit_test(a_flipped_bit_is_never_taken_for_good_data),
		cmocka_unit_test(the_limit_is_the_most_that_comes_out),
		cmocka_unit_test(a_compression_bomb_costs_no_more_than_the_limit),
		cmocka_unit_test(large_output_arrives_in_several_steps),
		cmocka_unit_test(legacy_lz4_ends_where_the_kernels_build_puts_the_size),
		cmocka_unit_test(skippable_frames_are_skipped),
		cmocka_unit_test(xz_padding_counts_only_before_another_stream),
		cmocka_unit_test(errors_say_where_in_the_input),
		cmocka_unit_test(probes_want_more_than_a_likely_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
