/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unpacking initrds beforehand must not change what they mean to the kernel. */
#include "make_archive.h"

#include "image/initrd.h"

#include <zlib.h>

#define NO_LIMIT (UINT64_C(1) << 30)

static struct blob packed(struct blob plain)
{
	struct blob blob = {0};
	z_stream stream = {.next_in = plain.data, .avail_in = (unsigned int)plain.size};

	assert_int_equal(
		deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_ok(blob_resize(&blob, 4096));
	stream.next_out = blob.data;
	stream.avail_out = 4096;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_ok(blob_resize(&blob, stream.total_out));
	deflateEnd(&stream);
	blob_deinit(&plain);
	return blob;
}

static void append(struct initrd *initrd, struct blob blob)
{
	assert_ok(blob_append(&initrd->bytes, blob.data, blob.size));
	blob_deinit(&blob);
}

static void zeros(struct initrd *initrd, uint64_t count)
{
	assert_ok(blob_resize(&initrd->bytes, initrd->bytes.size + count));
}

static void align(struct initrd *initrd)
{
	zeros(initrd, -initrd->bytes.size & 3);
}

/* The unpacked initrd must hold exactly the archives of @wanted, each at a multiple of four. */
static void assert_unpacked(struct initrd *initrd, struct initrd *wanted)
{
	assert_ok(initrd_unpack(initrd, NO_LIMIT));
	if (initrd->kept_reason)
		fail_msg("kept: %s", initrd->kept_reason);
	assert_true(initrd->packed_size > 0);
	assert_int_equal(initrd->bytes.size, wanted->bytes.size);
	assert_memory_equal(initrd->bytes.data, wanted->bytes.data, wanted->bytes.size);
}

static void assert_kept(struct initrd *initrd, const char *reason)
{
	_cleanup_blob_ struct blob before = {0};

	assert_ok(blob_copy(blob_bytes(&initrd->bytes), &before));
	assert_ok(initrd_unpack(initrd, NO_LIMIT));
	assert_non_null(initrd->kept_reason);
	if (!strstr(initrd->kept_reason, reason))
		fail_msg("kept for \"%s\", expected \"%s\"", initrd->kept_reason, reason);
	assert_int_equal(initrd->packed_size, 0);
	assert_int_equal(initrd->bytes.size, before.size);
	assert_memory_equal(initrd->bytes.data, before.data, before.size);
}

static void streams_are_replaced_in_order_and_archives_stay(void **state)
{
	_cleanup_initrd_ struct initrd initrd = {0}, wanted = {0};

	(void)state;
	append(&initrd, archive("kernel/x86/microcode/GenuineIntel.bin", "code"));
	append(&initrd, packed(archive("etc/one", "first")));
	align(&initrd);
	append(&initrd, packed(archive("etc/one", "second wins")));
	align(&initrd);
	append(&initrd, archive("etc/two", "plain again"));
	append(&wanted, archive("kernel/x86/microcode/GenuineIntel.bin", "code"));
	append(&wanted, archive("etc/one", "first"));
	append(&wanted, archive("etc/one", "second wins"));
	append(&wanted, archive("etc/two", "plain again"));
	assert_unpacked(&initrd, &wanted);
}

static void padding_before_between_and_after_is_dropped(void **state)
{
	_cleanup_initrd_ struct initrd initrd = {0}, wanted = {0};

	(void)state;
	zeros(&initrd, 512);
	append(&initrd, packed(archive("a", "1")));
	zeros(&initrd, 513);
	append(&initrd, packed(archive("b", "2")));
	zeros(&initrd, 3);
	append(&wanted, archive("a", "1"));
	append(&wanted, archive("b", "2"));
	assert_unpacked(&initrd, &wanted);
}

/* They are copied late, and not at all if nothing behind them is compressed. */
static void plain_archives_ahead_come_as_they_are_but_for_their_padding(void **state)
{
	(void)state;
	for (uint64_t padding = 0; padding < 1024; padding += 256) {
		_cleanup_initrd_ struct initrd initrd = {0}, wanted = {0};

		append(&initrd, archive("a", "1"));
		append(&initrd, archive("b", "22"));
		zeros(&initrd, padding);
		append(&initrd, archive("c", "333"));
		append(&initrd, packed(archive("d", "4")));
		append(&wanted, archive("a", "1"));
		append(&wanted, archive("b", "22"));
		append(&wanted, archive("c", "333"));
		append(&wanted, archive("d", "4"));
		assert_unpacked(&initrd, &wanted);
	}
}

static void a_stream_of_several_archives_is_whole(void **state)
{
	_cleanup_initrd_ struct initrd initrd = {0}, wanted = {0};
	struct blob two = archive("a", "1"), second = archive("b", "2");

	(void)state;
	assert_ok(blob_append(&two, second.data, second.size));
	assert_ok(blob_append(&wanted.bytes, two.data, two.size));
	append(&initrd, packed(two));
	blob_deinit(&second);
	assert_unpacked(&initrd, &wanted);
}

/* Documentation/admin-guide/bootconfig.rst; @sum is what is added to the right sum. */
static void append_bootconfig(struct initrd *initrd, uint32_t sum)
{
	static const char text[] = "kernel.panic = 9\n\0\0";
	uint32_t fields[2] = {sizeof(text), sum};

	for (size_t i = 0; i < sizeof(text); i++)
		fields[1] += (uint8_t)text[i];
	assert_ok(blob_append(&initrd->bytes, text, sizeof(text)));
	assert_ok(blob_append(&initrd->bytes, fields, sizeof(fields)));
	assert_ok(blob_append(&initrd->bytes, "#BOOTCONFIG\n", 12));
}

static void a_boot_configuration_stays_at_the_end(void **state)
{
	(void)state;
	for (uint64_t padding = 0; padding < 4; padding++) {
		_cleanup_initrd_ struct initrd initrd = {0}, wanted = {0};

		append(&initrd, packed(archive("a", "1")));
		append_bootconfig(&initrd, 0);
		zeros(&initrd, padding);
		append(&wanted, archive("a", "1"));
		align(&wanted);
		append_bootconfig(&wanted, 0);
		zeros(&wanted, padding);
		assert_unpacked(&initrd, &wanted);
	}
}

static void what_only_looks_like_a_boot_configuration_is_unknown(void **state)
{
	_cleanup_initrd_ struct initrd wrong = {0}, inside = {0};

	(void)state;
	append(&wrong, packed(archive("a", "1")));
	append_bootconfig(&wrong, 1);
	assert_kept(&wrong, "unknown data");
	/* Before something else it is none. */
	append(&inside, packed(archive("a", "1")));
	append_bootconfig(&inside, 0);
	append(&inside, packed(archive("b", "2")));
	assert_kept(&inside, "unknown data");
}

static void nothing_compressed_stays(void **state)
{
	_cleanup_initrd_ struct initrd initrd = {0};

	(void)state;
	append(&initrd, archive("a", "1"));
	assert_kept(&initrd, "nothing in it is compressed");
}

static void what_could_change_its_meaning_stays(void **state)
{
	static const struct {
		const char *trailing;
		const char *reason;
	} cases[] = {
		{"garbage after the end", "unknown data"},
		{"070701 but no header", "has no end"},
		{"\x1f\x8b\x08 but no stream", "gzip"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_initrd_ struct initrd initrd = {0};

		append(&initrd, packed(archive("a", "1")));
		align(&initrd);
		assert_ok(blob_append(&initrd.bytes, cases[i].trailing, strlen(cases[i].trailing)));
		assert_kept(&initrd, cases[i].reason);
	}
}

static void a_stream_that_is_not_whole_archives_stays(void **state)
{
	_cleanup_initrd_ struct initrd text = {0}, open_end = {0}, junk = {0};
	struct blob blob = {0};

	(void)state;
	assert_ok(blob_append(&blob, "a file system image", 19));
	append(&text, packed(blob_steal(&blob)));
	assert_kept(&text, "does not hold whole archives");
	add_member(&blob, "a", "1");
	append(&open_end, packed(blob_steal(&blob)));
	assert_kept(&open_end, "does not hold whole archives");
	blob = archive("a", "1");
	assert_ok(blob_append(&blob, "junk", 4));
	append(&junk, packed(blob_steal(&blob)));
	assert_kept(&junk, "does not hold whole archives");
}

static void files_for_the_early_search_stay_hidden_in_their_stream(void **state)
{
	static const char *const names[] = {
		"kernel/x86/microcode/GenuineIntel.bin", "kernel/firmware/acpi/ssdt.aml"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_initrd_ struct initrd initrd = {0};

		append(&initrd, packed(archive(names[i], "1")));
		assert_kept(&initrd, "would take effect");
	}
}

static void files_for_the_early_search_stay_hidden_behind_a_stream(void **state)
{
	_cleanup_initrd_ struct initrd hidden = {0}, found = {0}, wanted = {0};

	(void)state;
	append(&hidden, packed(archive("a", "1")));
	align(&hidden);
	append(&hidden, archive("kernel/firmware/acpi/ssdt.aml", "table"));
	assert_kept(&hidden, "behind a compressed one");
	append(&found, archive("kernel/firmware/acpi/ssdt.aml", "table"));
	append(&found, packed(archive("a", "1")));
	append(&wanted, archive("kernel/firmware/acpi/ssdt.aml", "table"));
	append(&wanted, archive("a", "1"));
	assert_unpacked(&found, &wanted);
}

static void a_stream_that_begins_with_zeros_stays(void **state)
{
	_cleanup_initrd_ struct initrd initrd = {0};
	struct blob blob = {0}, inner = archive("a", "1");

	(void)state;
	assert_ok(blob_resize(&blob, 4));
	assert_ok(blob_append(&blob, inner.data, inner.size));
	blob_deinit(&inner);
	append(&initrd, packed(blob));
	assert_kept(&initrd, "does not hold whole archives");
}

static void what_follows_a_plain_archive_unaligned_stays(void **state)
{
	_cleanup_initrd_ struct initrd initrd = {0};

	(void)state;
	append(&initrd, packed(archive("a", "1")));
	align(&initrd);
	append(&initrd, archive("b", "2"));
	zeros(&initrd, 2);
	append(&initrd, packed(archive("c", "3")));
	assert_kept(&initrd, "not aligned");
}

static void more_than_the_limit_stays(void **state)
{
	_cleanup_initrd_ struct initrd initrd = {0};
	char contents[3000];

	(void)state;
	memset(contents, 'x', sizeof(contents));
	contents[sizeof(contents) - 1] = '\0';
	append(&initrd, packed(archive("a", contents)));
	assert_ok(initrd_unpack(&initrd, 2000));
	assert_non_null(strstr(initrd.kept_reason, "allowed"));
	assert_ok(initrd_unpack(&initrd, 4000));
	assert_null(initrd.kept_reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_are_replaced_in_order_and_archives_stay),
		cmocka_unit_test(padding_before_between_and_after_is_dropped),
		cmocka_unit_test(plain_archives_ahead_come_as_they_are_but_for_their_padding),
		cmocka_unit_test(a_stream_of_several_archives_is_whole),
		cmocka_unit_test(a_boot_configuration_stays_at_the_end),
		cmocka_unit_test(what_only_looks_like_a_boot_configuration_is_unknown),
		cmocka_unit_test(nothing_compressed_stays),
		cmocka_unit_test(what_could_change_its_meaning_stays),
		cmocka_unit_test(a_stream_that_is_not_whole_archives_stays),
		cmocka_unit_test(files_for_the_early_search_stay_hidden_in_their_stream),
		cmocka_unit_test(files_for_the_early_search_stay_hidden_behind_a_stream),
		cmocka_unit_test(a_stream_that_begins_with_zeros_stays),
		cmocka_unit_test(what_follows_a_plain_archive_unaligned_stays),
		cmocka_unit_test(more_than_the_limit_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
