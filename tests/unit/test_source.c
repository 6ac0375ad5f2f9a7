/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake_root.h"

#include "base/blob.h"
#include "machine/source.h"
#include "machine/tar.h"

#include <dirent.h>
#include <zstd.h>

#define assert_bytes(bytes, text)                                                                  \
	do {                                                                                       \
		assert_int_equal((bytes).size, strlen(text));                                      \
		assert_memory_equal((bytes).data, text, strlen(text));                             \
		assert_int_equal((bytes).data[(bytes).size], '\0');                                \
	} while (0)

static const char *const columns[] = {"start", "end", NULL};

static void assert_file(struct source *source, const char *path, const char *wanted)
{
	struct bytes contents;
	bool found;

	assert_ok(source_file(source, path, &found, &contents));
	assert_int_equal(found, wanted != NULL);
	assert_bytes(contents, wanted ? wanted : "");
}

static void assert_table(struct source *source, const char *path, const char *wanted)
{
	struct bytes contents;
	bool found;

	assert_ok(source_table(source, path, columns, &found, &contents));
	assert_int_equal(found, wanted != NULL);
	assert_bytes(contents, wanted ? wanted : "");
}

static void assert_directory(struct source *source, const char *path, bool wanted)
{
	bool found;

	assert_ok(source_directory(source, path, &found));
	assert_int_equal(found, wanted);
}

static void live_files_are_read_whole_and_absent_ones_are_absent(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_source_ struct source *source = NULL, *none = NULL;

	(void)state;
	fake_root_text(&root, "proc/cmdline", "quiet\n");
	fake_root_text(&root, "proc/empty", "");
	assert_ok(source_open_live(root.path, &source));
	assert_false(source_is_live(source));
	assert_file(source, "proc/cmdline", "quiet\n");
	assert_file(source, "proc/empty", "");
	assert_file(source, "proc/nothing", NULL);
	assert_file(source, "proc", NULL);
	assert_directory(source, "proc", true);
	assert_directory(source, "proc/cmdline/x", false);
	/* The first answer stays, so that a record holds what was acted upon. */
	fake_root_text(&root, "proc/cmdline", "changed\n");
	fake_root_text(&root, "proc/nothing", "something\n");
	assert_file(source, "proc/cmdline", "quiet\n");
	assert_file(source, "proc/nothing", NULL);
	assert_fails(source_open_live("/nonexistent/root", &none), ERROR_SYSTEM, "/nonexistent");
}

static void files_of_the_kernel_are_read_though_their_size_lies(void **state)
{
	_cleanup_source_ struct source *source = NULL;
	struct bytes contents;
	bool found;

	(void)state;
	assert_ok(source_open_live("/", &source));
	assert_true(source_is_live(source));
	assert_ok(source_file(source, "proc/self/stat", &found, &contents));
	assert_true(found);
	assert_true(contents.size > 20);
	/* A sysctl: its second read gives nothing, so the first must be large enough. */
	assert_ok(source_file(source, "proc/sys/kernel/osrelease", &found, &contents));
	assert_true(found);
	assert_true(contents.size > 2);
}

static void a_pipe_is_not_waited_for(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_source_ struct source *source = NULL;

	(void)state;
	fake_root_folders(&root, "proc/x");
	assert_int_equal(mkfifo(fake_root_path(&root, "proc/fifo"), 0600), 0);
	assert_ok(source_open_live(root.path, &source));
	assert_file(source, "proc/fifo", NULL);
}

static void a_huge_file_is_an_error_unless_its_head_is_asked_for(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_source_ struct source *source = NULL;
	struct bytes contents;
	bool found;

	(void)state;
	fake_root_text(&root, "proc/huge", "first");
	assert_int_equal(truncate(fake_root_path(&root, "proc/huge"), (64 << 20) + 1), 0);
	assert_ok(source_open_live(root.path, &source));
	assert_fails(source_file(source, "proc/huge", &found, &contents), ERROR_LIMIT, "64 MiB");
	assert_ok(source_file_head(source, "proc/huge", 5, &found, &contents));
	assert_true(found);
	assert_bytes(contents, "first");
}

static void a_source_holds_so_much_and_no_more(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_source_ struct source *source = NULL;
	struct bytes contents;
	char name[16];
	bool found;

	(void)state;
	assert_ok(source_open_live(root.path, &source));
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "proc/%d", i);
		fake_root_text(&root, name, "");
		/* All of it is a hole. */
		assert_int_equal(truncate(fake_root_path(&root, name), 64 << 20), 0);
		if (i < 4)
			assert_ok(source_file(source, name, &found, &contents));
	}
	assert_fails(source_file(source, name, &found, &contents), ERROR_LIMIT, "256 MiB in all");
}

/* @count entries of the folder t, each a link to @target. */
static void make_entries(const struct fake_root *root, const char *target, unsigned int count)
{
	char name[32];

	fake_root_folders(root, "t/x");
	for (unsigned int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "t/%u", i);
		assert_int_equal(symlink(target, fake_root_path(root, name)), 0);
	}
}

static void a_table_has_a_bound_of_entries(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_source_ struct source *source = NULL;
	struct bytes contents;
	bool found;

	(void)state;
	make_entries(&root, "nowhere", (1 << 16) + 1);
	assert_ok(source_open_live(root.path, &source));
	assert_fails(source_table(source, "t", columns, &found, &contents), ERROR_LIMIT,
		"more than 65536 entries");
}

static void a_table_has_a_bound_of_bytes(void **state)
{
	enum { VALUE = 4096, ENTRIES = (64 << 20) / (2 * VALUE) };
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_source_ struct source *source = NULL;
	struct bytes contents;
	char value[VALUE];
	bool found;

	(void)state;
	memset(value, 'v', sizeof(value));
	fake_root_write(&root, "full/start", value, sizeof(value));
	fake_root_write(&root, "full/end", value, sizeof(value));
	make_entries(&root, "../full", ENTRIES);
	assert_ok(source_open_live(root.path, &source));
	assert_fails(source_table(source, "t", columns, &found, &contents), ERROR_LIMIT,
		"more than 64 MiB of entries");
}

static void tables_are_in_numeric_order_with_marks_for_what_is_missing(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_source_ struct source *source = NULL;

	(void)state;
	fake_root_text(&root, "t/10/start", "0x10\n");
	fake_root_text(&root, "t/10/end", "0x1f\n");
	fake_root_text(&root, "t/9/start", " one\ttwo\nthree\n");
	fake_root_text(&root, "t/0/end", "\n");
	fake_root_text(&root, "t/0/start", "0");
	fake_root_text(&root, "t/11/other", "not a column");
	fake_root_text(&root, "t/file", "not an entry");
	fake_root_folders(&root, "none/x");
	assert_ok(source_open_live(root.path, &source));
	assert_table(source, "t", "0\t-\none two three\t-\n0x10\t0x1f\n");
	assert_table(source, "none", "");
	assert_table(source, "absent", NULL);
}

/* What a source answers, before it was recorded and after. */
static void assert_answers(struct source *source)
{
	char block[TAR_BLOCK + 1];

	memset(block, 'b', TAR_BLOCK);
	block[TAR_BLOCK] = '\0';
	assert_file(source, "proc/cmdline", "quiet\n");
	assert_file(source, "proc/block", block);
	assert_file(source, "proc/empty", "");
	assert_file(source, "proc/nothing", NULL);
	assert_directory(source, "sys/kho", true);
	assert_directory(source, "sys/nothing", false);
	assert_directory(source, "proc/cmdline", false);
	assert_table(source, "t", "1\t2\n");
	assert_table(source, "none", "");
	assert_table(source, "absent", NULL);
	assert_file(source, "baton/note", "later");
}

static void make_answers(const struct fake_root *root)
{
	char block[TAR_BLOCK];

	memset(block, 'b', sizeof(block));
	fake_root_text(root, "proc/cmdline", "quiet\n");
	fake_root_write(root, "proc/block", block, sizeof(block));
	fake_root_text(root, "proc/empty", "");
	fake_root_folders(root, "sys/kho/x");
	fake_root_text(root, "t/0/start", "1\n");
	fake_root_text(root, "t/0/end", "2\n");
	fake_root_folders(root, "none/x");
}

static void record_and_replay(const char *name)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_source_ struct source *live = NULL, *record = NULL, *again = NULL;
	_cleanup_blob_ struct blob first = {0}, second = {0};
	char path[512];

	make_answers(&root);
	assert_ok(source_open_live(root.path, &live));
	assert_ok(source_note(live, "baton/note", bytes_of("earlier", 7)));
	assert_ok(source_note(live, "baton/note", bytes_of("later", 5)));
	assert_answers(live);
	snprintf(path, sizeof(path), "%s", fake_root_path(&root, name));
	assert_ok(machine_record_write(live, path));
	assert_ok(blob_read_file(path, 1 << 20, &first));
	assert_ok(machine_record_open(path, &record));
	assert_false(source_is_live(record));
	assert_answers(record);
	/* A record of a record is the same record. */
	assert_ok(machine_record_write(record, path));
	assert_ok(blob_read_file(path, 1 << 20, &second));
	assert_int_equal(first.size, second.size);
	assert_memory_equal(first.data, second.data, first.size);
	assert_ok(source_open_bytes("memory", blob_bytes(&second), &again));
	assert_answers(again);
}

static void a_record_replays_what_was_read_and_what_was_absent(void **state)
{
	(void)state;
	record_and_replay("record.tar");
	record_and_replay("record.tar.zst");
}

static void tar_reads_what_is_recorded(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_source_ struct source *live = NULL;
	char command[1024];

	(void)state;
	make_answers(&root);
	assert_ok(source_open_live(root.path, &live));
	assert_file(live, "proc/cmdline", "quiet\n");
	assert_directory(live, "sys/kho", true);
	assert_table(live, "t", "1\t2\n");
	assert_ok(machine_record_write(live, fake_root_path(&root, "r.tar")));
	snprintf(command, sizeof(command),
		"cd %s && tar -tf r.tar | tr '\\n' ' ' | "
		"grep -qx 'baton-machine proc/cmdline sys/kho t.table ' && "
		"test \"$(tar -xOf r.tar proc/cmdline)\" = quiet",
		root.path);
	assert_int_equal(system(command), 0);
}

static size_t entries_in(const char *path)
{
	DIR *directory = opendir(path);
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 2; /* "." and ".." */
}

static void a_record_that_cannot_be_written_leaves_nothing(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_source_ struct source *live = NULL;
	struct stat status;

	(void)state;
	assert_ok(source_open_live(root.path, &live));
	assert_file(live, "proc/cmdline", NULL);
	assert_fails(machine_record_write(live, fake_root_path(&root, "no/such/folder.tar")),
		ERROR_SYSTEM, "folder.tar");
	fake_root_folders(&root, "taken/x");
	assert_fails(
		machine_record_write(live, fake_root_path(&root, "taken")), ERROR_SYSTEM, "taken");
	assert_int_equal(entries_in(root.path), 1);
	assert_ok(machine_record_write(live, fake_root_path(&root, "r.tar")));
	assert_int_equal(entries_in(root.path), 2);
	assert_int_equal(stat(fake_root_path(&root, "r.tar"), &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

/* A good record with one file, for tests that then damage it. */
static struct blob good_record(void)
{
	struct blob archive = {0};

	assert_ok(tar_append(&archive, "baton-machine", false, bytes_of("version 1\n", 10)));
	assert_ok(tar_append(&archive, "proc/cmdline", false, bytes_of("quiet\n", 6)));
	assert_ok(tar_finish(&archive));
	return archive;
}

/* Recompute the checksum of the header at @offset after a change. */
static void sum_again(struct blob *archive, size_t offset)
{
	uint8_t *header = archive->data + offset;
	unsigned int sum = 0;

	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += header[i];
	snprintf((char *)header + 148, 8, "%06o", sum);
}

static struct error *open_blob(const struct blob *archive)
{
	_cleanup_source_ struct source *source = NULL;

	return source_open_bytes("hostile", blob_bytes(archive), &source);
}

enum { SECOND = 2 * TAR_BLOCK }; /* offset of the second member's header */

static void a_size_past_the_end_is_refused(void **state)
{
	static const char *const sizes[] = {"00000177777", "77777777777", "00000003001"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		_cleanup_blob_ struct blob archive = good_record();

		memcpy(archive.data + SECOND + 124, sizes[i], 11);
		sum_again(&archive, SECOND);
		assert_fails(open_blob(&archive), ERROR_FORMAT, "proc/cmdline: ");
	}
}

static void sizes_that_are_no_octal_numbers_are_refused(void **state)
{
	static const char *const sizes[] = {
		"-0000000001", "\200\0\0\0\0\0\0\0\0\0\1", "           "};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		_cleanup_blob_ struct blob archive = good_record();

		memcpy(archive.data + SECOND + 124, sizes[i], 11);
		sum_again(&archive, SECOND);
		assert_fails(open_blob(&archive), ERROR_FORMAT, "not an octal number");
	}
}

static void a_damaged_header_is_refused(void **state)
{
	_cleanup_blob_ struct blob archive = good_record();

	(void)state;
	archive.data[SECOND]++;
	assert_fails(open_blob(&archive), ERROR_FORMAT, "at 0x400: the header's checksum is wrong");
	archive.data[SECOND + 257] = 'x';
	assert_fails(open_blob(&archive), ERROR_FORMAT, "not a ustar header");
}

static void an_archive_without_an_end_is_refused(void **state)
{
	_cleanup_blob_ struct blob archive = good_record();

	(void)state;
	for (uint64_t size = 0; size < 4 * TAR_BLOCK; size += 97) {
		archive.size = size;
		assert_fails(open_blob(&archive), ERROR_FORMAT, "hostile: ");
	}
	archive.size = 4 * TAR_BLOCK;
	assert_fails(open_blob(&archive), ERROR_FORMAT, "without the end mark");
}

static void links_devices_and_extensions_are_refused(void **state)
{
	(void)state;
	for (const char *type = "12346xgL"; *type; type++) {
		_cleanup_blob_ struct blob archive = good_record();

		archive.data[SECOND + 156] = (uint8_t)*type;
		sum_again(&archive, SECOND);
		assert_fails(open_blob(&archive), ERROR_FORMAT, "proc/cmdline: is ");
	}
}

static void nonsense_paths_are_refused(void **state)
{
	static const char *const paths[] = {
		"/etc/passwd", "../x", "a/../b", "a//b", "a/", ".", "a b", "a\nb", "\xc3\xa4"};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		_cleanup_blob_ struct blob archive = good_record();

		memset(archive.data + SECOND, 0, 100);
		memcpy(archive.data + SECOND, paths[i], strlen(paths[i]));
		sum_again(&archive, SECOND);
		assert_fails(open_blob(&archive), ERROR_FORMAT, "at 0x400: a member's path");
	}
}

static void a_member_that_is_there_twice_is_refused(void **state)
{
	_cleanup_blob_ struct blob archive = {0};

	(void)state;
	assert_ok(tar_append(&archive, "baton-machine", false, bytes_of("version 1\n", 10)));
	assert_ok(tar_append(&archive, "a", false, bytes_of("1", 1)));
	assert_ok(tar_append(&archive, "a", false, bytes_of("2", 1)));
	assert_ok(tar_finish(&archive));
	assert_fails(open_blob(&archive), ERROR_FORMAT, "a: is there twice");
}

static void a_record_of_thousands_of_members_is_refused(void **state)
{
	_cleanup_blob_ struct blob archive = {0};
	char path[32];

	(void)state;
	assert_ok(tar_append(&archive, "baton-machine", false, bytes_of("version 1\n", 10)));
	for (int i = 0; i < 2000; i++) {
		snprintf(path, sizeof(path), "member%d", i);
		assert_ok(tar_append(&archive, path, true, bytes_of("", 0)));
	}
	assert_ok(tar_finish(&archive));
	assert_fails(open_blob(&archive), ERROR_LIMIT, "more than");
}

static void other_archives_and_versions_are_named_as_such(void **state)
{
	_cleanup_blob_ struct blob other = {0}, newer = {0}, empty = {0};

	(void)state;
	assert_ok(tar_append(&other, "proc/cmdline", false, bytes_of("quiet\n", 6)));
	assert_ok(tar_finish(&other));
	assert_fails(open_blob(&other), ERROR_FORMAT, "not a machine record");
	assert_ok(tar_append(&newer, "baton-machine", false, bytes_of("version 2\n", 10)));
	assert_ok(tar_finish(&newer));
	assert_fails(open_blob(&newer), ERROR_UNSUPPORTED, "another version");
	assert_ok(tar_finish(&empty));
	assert_fails(open_blob(&empty), ERROR_FORMAT, "empty archive");
}

static void long_paths_survive(void **state)
{
	_cleanup_blob_ struct blob archive = {0};
	struct tar_reader reader;
	struct tar_member member;
	char path[300];
	bool end;

	(void)state;
	memset(path, 'x', sizeof(path));
	path[150] = '/';
	path[240] = '\0';
	assert_ok(tar_append(&archive, path, false, bytes_of("1", 1)));
	reader = (struct tar_reader){.archive = blob_bytes(&archive)};
	assert_ok(tar_next(&reader, &end, &member));
	assert_string_equal(member.path, path);
	path[150] = 'x';
	assert_fails(tar_append(&archive, path, false, bytes_of("1", 1)), ERROR_UNSUPPORTED,
		"too long a name");
}

static void damaged_compression_is_refused(void **state)
{
	_cleanup_blob_ struct blob archive = good_record(), packed = {0};

	(void)state;
	assert_ok(blob_resize(&packed, ZSTD_compressBound(archive.size)));
	packed.size = ZSTD_compress(packed.data, packed.size, archive.data, archive.size, 3);
	assert_ok(open_blob(&packed));
	for (uint64_t size = 4; size + 1 < packed.size; size++) {
		struct blob cut = {.data = packed.data, .size = size};

		assert_fails(open_blob(&cut), ERROR_FORMAT, "hostile: ");
	}
	assert_ok(blob_append(&packed, "garbage", 7));
	assert_fails(open_blob(&packed), ERROR_FORMAT, "zstd");
}

static void a_bomb_is_stopped_at_the_limit(void **state)
{
	_cleanup_blob_ struct blob zeros = {0}, packed = {0};

	(void)state;
	assert_ok(blob_resize(&zeros, (256 << 20) + 4096));
	assert_ok(blob_resize(&packed, 1 << 20));
	packed.size = ZSTD_compress(packed.data, packed.size, zeros.data, zeros.size, 1);
	assert_true(packed.size < 1 << 20);
	assert_fails(open_blob(&packed), ERROR_LIMIT, "more than 256 MiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(live_files_are_read_whole_and_absent_ones_are_absent),
		cmocka_unit_test(files_of_the_kernel_are_read_though_their_size_lies),
		cmocka_unit_test(a_pipe_is_not_waited_for),
		cmocka_unit_test(a_huge_file_is_an_error_unless_its_head_is_asked_for),
		cmocka_unit_test(a_source_holds_so_much_and_no_more),
		cmocka_unit_test(a_table_has_a_bound_of_entries),
		cmocka_unit_test(a_table_has_a_bound_of_bytes),
		cmocka_unit_test(tables_are_in_numeric_order_with_marks_for_what_is_missing),
		cmocka_unit_test(a_record_replays_what_was_read_and_what_was_absent),
		cmocka_unit_test(tar_reads_what_is_recorded),
		cmocka_unit_test(a_record_that_cannot_be_written_leaves_nothing),
		cmocka_unit_test(a_size_past_the_end_is_refused),
		cmocka_unit_test(sizes_that_are_no_octal_numbers_are_refused),
		cmocka_unit_test(a_damaged_header_is_refused),
		cmocka_unit_test(an_archive_without_an_end_is_refused),
		cmocka_unit_test(links_devices_and_extensions_are_refused),
		cmocka_unit_test(nonsense_paths_are_refused),
		cmocka_unit_test(a_member_that_is_there_twice_is_refused),
		cmocka_unit_test(a_record_of_thousands_of_members_is_refused),
		cmocka_unit_test(other_archives_and_versions_are_named_as_such),
		cmocka_unit_test(long_paths_survive),
		cmocka_unit_test(damaged_compression_is_refused),
		cmocka_unit_test(a_bomb_is_stopped_at_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
