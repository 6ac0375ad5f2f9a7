/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File systems as boot loaders name them, versions, and entries of the Boot Loader Specification.
 */
#include "fake_root.h"

#include "loader/entries.h"
#include "loader/grub_world.h"
#include "loader/tree.h"
#include "loader/type1.h"
#include "loader/version_order.h"

#include <sys/stat.h>

static void versions_are_in_the_specifications_order(void **state)
{
	/* Each is older than the one behind it: the specification's examples, and what they imply.
	 */
	static const char *const rising[] = {"~1", "", "~", "ab", "abb", "abc", "0001", "002", "12",
		"122", "122.9", "123~rc1", "123", "123-a", "123-a.1", "123-a1", "123-a1.1", "123-3",
		"123-3.1", "123^patch1", "123^1", "123.a-1", "123.1-1", "123a-1", "124"};
	static const char *const equal[][2] = {
		{"1", "01"}, {"1_2", "1+2"}, {"a", "a"}, {"", "_"}, {"1.0", "1.00"}};

	(void)state;
	/* "" and "~": a tilde is older than the end. */
	assert_true(version_order("~", "") < 0);
	for (size_t i = 3; i < sizeof(rising) / sizeof(rising[0]); i++)
		for (size_t j = i + 1; j < sizeof(rising) / sizeof(rising[0]); j++) {
			if (version_order(rising[i], rising[j]) >= 0 ||
				version_order(rising[j], rising[i]) <= 0)
				fail_msg("%s is not older than %s", rising[i], rising[j]);
		}
	for (size_t i = 0; i < sizeof(equal) / sizeof(equal[0]); i++)
		assert_int_equal(version_order(equal[i][0], equal[i][1]), 0);
	assert_true(version_order("6.12.0", "6.2.0") > 0);
	assert_true(version_order("99999999999999999999999", "99999999999999999999998") > 0);
}

/* A machine with btrfs subvolumes, a /boot of its own, an ESP, LVM below /srv, and what is not
 * mounted. */
static struct tree machine(const struct fake_root *root)
{
	struct tree tree;

	fake_root_text(root, "proc/self/mountinfo",
		"22 1 0:20 /@ / rw shared:1 - btrfs /dev/sda3 rw,subvol=/@\n"
		"23 22 0:20 /@home /home rw shared:1 - btrfs /dev/sda3 rw,subvol=/@home\n"
		"24 22 8:2 / /boot rw - ext4 /dev/sda2 rw\n"
		"25 24 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n"
		"26 22 253:0 / /srv rw - xfs /dev/mapper/vg-s--rv rw\n"
		"27 22 0:30 / /proc rw - proc proc rw\n"
		"28 22 0:31 / /tank rw - zfs rpool/ROOT/debian rw\n");
	fake_root_text(root, "etc/fstab",
		"UUID=aaaa / btrfs subvol=@ 0 0\nLABEL=BACK\\040UP /backup ext4 noauto 0 0\n"
		"/dev/sdb1 none swap sw 0 0\n");
	fake_root_text(root, "sys/class/block/sda2/dev", "8:2\n");
	fake_root_text(root, "sys/dev/block/8:2/partition", "2\n");
	fake_root_text(root, "sys/class/block/sda1/dev", "8:1\n");
	fake_root_text(root, "sys/dev/block/8:1/partition", "1\n");
	fake_root_text(root, "sys/dev/block/dev", "8:0\n");
	fake_root_text(root, "run/udev/data/b8:2",
		"S:disk/by-uuid/1A2b\nE:ID_FS_UUID=1A2b\nE:ID_FS_LABEL=boot\n"
		"E:ID_PART_ENTRY_SCHEME=dos\nE:ID_PART_ENTRY_UUID=77-02\n");
	fake_root_text(root, "run/udev/data/b8:1",
		"E:ID_FS_UUID=AB-CD\nE:ID_PART_ENTRY_SCHEME=gpt\n"
		"E:ID_PART_ENTRY_TYPE=c12a7328-f81f-11d2-ba4b-00a0c93ec93b\n");
	fake_root_folders(root, "dev/mapper/x");
	assert_int_equal(symlink("../dm-0", fake_root_path(root, "dev/mapper/vg-s--rv")), 0);
	fake_root_text(root, "sys/class/block/dm-0/dev", "253:0\n");
	fake_root_text(root, "sys/dev/block/253:0/dm/uuid",
		"LVM-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB\n");
	fake_root_text(root, "sys/dev/block/253:0/dm/name", "vg-s--rv\n");
	assert_ok(tree_read(root->path, &tree));
	return tree;
}

static void assert_found(
	struct tree_world *world, const char *device, const char *path, const char *wanted)
{
	char *found;

	assert_ok(tree_world_path(world, device, path, &found));
	if (wanted)
		assert_string_equal(found, wanted);
	else
		assert_null(found);
	free(found);
}

static void devices_are_known_by_grubs_names(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_tree_ struct tree tree = machine(&root);
	struct tree_world world;
	char name[256];

	(void)state;
	tree_world_init(&tree, false, &world);
	assert_found(&world, "hd0,msdos2", "/vmlinuz", "/boot/vmlinuz");
	assert_found(&world, "hd0,2", "/vmlinuz", "/boot/vmlinuz");
	assert_found(&world, "hd0,gpt1", "/EFI/x", "/boot/efi/EFI/x");
	assert_found(&world, "lvm/vg-s--rv", "/x", "/srv/x");
	assert_found(&world,
		"lvmid/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "/x",
		"/srv/x");
	assert_found(&world, "hd0,3", "/x", NULL);
	assert_found(&world, "hd1,msdos2", "/x", NULL);
	assert_true(world.world.search(&world, GRUB_SEARCH_UUID, "1a2B", name));
	assert_string_equal(name, "hd0,msdos2");
	assert_true(world.world.search(&world, GRUB_SEARCH_LABEL, "boot", name));
	assert_false(world.world.search(&world, GRUB_SEARCH_LABEL, "Boot", name));
	/* It is known what is missing. */
	assert_true(world.world.search(&world, GRUB_SEARCH_LABEL, "BACK UP", name));
	assert_found(&world, name, "/x", NULL);
	assert_false(world.guessed);
}

static void paths_of_subvolumes_and_datasets_are_where_they_are_mounted(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_tree_ struct tree tree = machine(&root);
	struct tree_world world;
	char name[256];

	(void)state;
	tree_world_init(&tree, false, &world);
	assert_true(world.world.search(&world, GRUB_SEARCH_UUID, "AAAA", name));
	assert_found(&world, name, "/@/boot/vmlinuz", "/boot/vmlinuz");
	assert_found(&world, name, "/@home/x", "/home/x");
	assert_found(&world, name, "/@other/x", NULL);
	/* openSUSE's is relative to the default subvolume, where it is there. */
	fake_root_text(&root, "vmlinuz", "kernel");
	assert_found(&world, name, "/vmlinuz", "/vmlinuz");
	assert_true(world.world.search(&world, GRUB_SEARCH_LABEL, "rpool", name));
	assert_found(&world, name, "/ROOT/debian@/boot/vmlinuz", "/tank/boot/vmlinuz");
}

static void links_stay_below_the_root(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_tree_ struct tree tree = {0};
	_cleanup_blob_ struct blob text = {0};
	char *path;
	bool found;

	(void)state;
	assert_ok(tree_read(root.path, &tree));
	fake_root_text(&root, "etc/hosts", "inside");
	fake_root_folders(&root, "Boot/x");
	assert_int_equal(symlink("/etc/hosts", fake_root_path(&root, "absolute")), 0);
	assert_int_equal(symlink("../../../etc/hosts", fake_root_path(&root, "Boot/up")), 0);
	assert_int_equal(symlink("loop", fake_root_path(&root, "loop")), 0);
	assert_ok(tree_read_file(&tree, "/absolute", 100, &found, &text));
	assert_true(found && text.size == 6);
	assert_ok(tree_resolve(&tree, "/Boot/up", false, &path));
	assert_string_equal(path, "/etc/hosts");
	free(path);
	assert_ok(tree_resolve(&tree, "/loop", false, &path));
	assert_null(path);
	assert_ok(tree_resolve(&tree, "/boot/UP", false, &path));
	assert_null(path);
	assert_ok(tree_resolve(&tree, "/boot/../bOOt/UP", true, &path));
	assert_string_equal(path, "/etc/hosts");
	free(path);
	assert_ok(tree_resolve(&tree, "//.././Boot//x/../up", false, &path));
	assert_null(path); /* x is not there */
}

static struct loader_entry read_type1(
	const struct fake_root *root, const char *name, const char *text)
{
	_cleanup_tree_ struct tree tree = {0};
	struct loader_entry entry = {.tries_left = -1};

	assert_ok(tree_read(root->path, &tree));
	assert_ok(type1_read(&tree, "/efi", name, bytes_of(text, strlen(text)), &entry));
	return entry;
}

/* Entries are freed with their list. */
static void drop(struct loader_entry entry)
{
	struct loader_entries entries = {0};
	struct loader_entry *place;

	assert_ok(loader_entries_add(&entries, &place));
	*place = entry;
	loader_entries_deinit(&entries);
}

static void a_type_1_entry_has_every_key(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	struct loader_entry entry;

	(void)state;
	fake_root_text(&root, "efi/linux/vmlinuz", "kernel");
	fake_root_text(&root, "efi/linux/micro", "initrd");
	fake_root_text(&root, "efi/linux/initrd", "initrd");
	entry = read_type1(&root, "debian-6.1+3-1.conf",
		"# comment\n title\t Debian  6 \r\ntitle Last one\nversion 6.1\nmachine-id abc\n"
		"sort-key debian\nlinux Linux/VMLINUZ\ninitrd /linux/micro\ninitrd \\linux\\initrd\n"
		"options root=/dev/sda1\noptions quiet ro\nnonsense\nunknown key\narchitecture X64\n");
	assert_string_equal(entry.id, "debian-6.1.conf");
	assert_int_equal(entry.tries_left, 3);
	assert_int_equal(entry.tries_done, 1);
	assert_string_equal(entry.title, "Last one");
	assert_string_equal(entry.command_line, "root=/dev/sda1 quiet ro");
	assert_int_equal(entry.initrd_count, 2);
	assert_string_equal(entry.initrds[0], "/efi/linux/micro");
	assert_string_equal(entry.initrds[1], "/efi/linux/initrd");
	assert_null(entry.problem);
	assert_string_equal(entry.kernel, "/efi/linux/vmlinuz");
	drop(entry);
}

static void a_type_1_entry_that_cannot_start_says_why(void **state)
{
	static const struct {
		const char *text, *problem;
	} rows[] = {
		{"linux /gone\n", "/efi/gone is not there"},
		{"title x\n", "it names no kernel"},
		{"efi /EFI/tool.efi\n", "it is a program for EFI"},
		{"linux /here\narchitecture aa64\n", "another architecture: aa64"},
		{"linux /here\ninitrd /gone\n", "/efi/gone is not there"},
	};
	_cleanup_fake_root_ struct fake_root root = fake_root_make();

	(void)state;
	fake_root_text(&root, "efi/here", "kernel");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct loader_entry entry = read_type1(&root, "a.conf", rows[i].text);

		assert_non_null(entry.problem);
		if (!strstr(entry.problem, rows[i].problem))
			fail_msg("\"%s\", expected \"%s\"", entry.problem, rows[i].problem);
		drop(entry);
	}
}

static void counters_are_no_part_of_the_id_and_what_only_looks_like_one_is(void **state)
{
	static const struct {
		const char *name, *id;
		int left, done;
	} rows[] = {
		{"a.conf", "a.conf", -1, 0},
		{"a+0.conf", "a.conf", 0, 0},
		{"a+3-2.conf", "a.conf", 3, 2},
		{"a+003-02.conf", "a.conf", 3, 2},
		{"a+.conf", "a+.conf", -1, 0},
		{"a+1-.conf", "a+1-.conf", -1, 0},
		{"a+b+2.conf", "a+b.conf", 2, 0},
		{"a+2x.conf", "a+2x.conf", -1, 0},
		{"a+1.b.conf", "a+1.b.conf", -1, 0},
	};
	_cleanup_fake_root_ struct fake_root root = fake_root_make();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct loader_entry entry = read_type1(&root, rows[i].name, "");

		assert_string_equal(entry.id, rows[i].id);
		assert_int_equal(entry.tries_left, rows[i].left);
		if (rows[i].left >= 0)
			assert_int_equal(entry.tries_done, rows[i].done);
		drop(entry);
	}
}

static void lists_without_end_come_to_a_bound(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_loader_entries_ struct loader_entries entries = {0};
	_cleanup_tree_ struct tree tree = {0}, many = {0};
	char *mounts = malloc(4100 * 64), *to = mounts, name[32];

	(void)state;
	fake_root_folders(&root, "many/x");
	for (int i = 0; i <= 1 << 16; i++) {
		snprintf(name, sizeof(name), "many/%d", i);
		assert_int_equal(symlink("x", fake_root_path(&root, name)), 0);
	}
	fake_root_text(&root, "extlinux.conf",
		"label x\ninitrd "
		"a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,"
		"a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,"
		"a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\n");
	assert_ok(tree_read(root.path, &tree));
	assert_fails(tree_list(&tree, "/many", NULL, NULL), ERROR_LIMIT, "more than 65536 files");
	assert_fails(loader_entries_read(&tree, &entries), ERROR_LIMIT, "more than 64 initrds");
	for (int i = 0; i < 4097; i++)
		to += sprintf(to, "%d 1 8:1 / /m%d rw - ext4 /dev/sda1 rw\n", i, i);
	fake_root_text(&root, "proc/self/mountinfo", mounts);
	assert_fails(tree_read(root.path, &many), ERROR_LIMIT, "more than 4096 file systems");
	free(mounts);
}

static void an_entry_of_too_many_initrds_is_refused(void **state)
{
	_cleanup_loader_entries_ struct loader_entries entries = {0};
	struct loader_entry *entry;
	char text[65 * 16] = "", root[] = "";
	struct tree tree = {.root = root};

	(void)state;
	for (int i = 0; i < 65; i++)
		strcat(text, "initrd /x\n");
	assert_ok(loader_entries_add(&entries, &entry));
	assert_fails(type1_read(&tree, "/efi", "a.conf", bytes_of(text, strlen(text)), entry),
		ERROR_LIMIT, "more than 64 initrds");
	for (int i = 1; i < 20000; i++)
		assert_ok(loader_entries_add(&entries, &entry));
	assert_fails(loader_entries_add(&entries, &entry), ERROR_LIMIT, "more than 20000 entries");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_are_in_the_specifications_order),
		cmocka_unit_test(devices_are_known_by_grubs_names),
		cmocka_unit_test(paths_of_subvolumes_and_datasets_are_where_they_are_mounted),
		cmocka_unit_test(links_stay_below_the_root),
		cmocka_unit_test(a_type_1_entry_has_every_key),
		cmocka_unit_test(a_type_1_entry_that_cannot_start_says_why),
		cmocka_unit_test(counters_are_no_part_of_the_id_and_what_only_looks_like_one_is),
		cmocka_unit_test(lists_without_end_come_to_a_bound),
		cmocka_unit_test(an_entry_of_too_many_initrds_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
