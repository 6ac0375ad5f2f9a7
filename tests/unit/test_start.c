/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test.h"

#include "make_archive.h"
#include "image/initrd_contents.h"
#include "plan/plan.h"
#include "plan/start.h"

static struct initrd_contents contents_of(const struct blob *blob)
{
	struct initrd_contents contents;

	assert_ok(initrd_contents_read(blob_bytes(blob), "/init", &contents));
	return contents;
}

static void names_are_read_whatever_the_archive_begins_them_with(void **state)
{
	_cleanup_blob_ struct blob blob = {0};
	_cleanup_initrd_contents_ struct initrd_contents contents = {0};

	add_member(&blob, "kernel/x86/microcode/AuthenticAMD.bin", "x");
	add_member(&blob, "TRAILER!!!", "");
	assert_ok(blob_resize(&blob, blob.size + 512));
	add_member(&blob, "./init", "#!");
	add_member(&blob, "./usr/lib/modules/6.12-a/kernel/virtio-blk.ko.xz", "x");
	add_member(&blob, "/lib/modules/6.1/updates/dm_crypt.ko", "x");
	/* Without a folder of their own, modules say nothing about a release. */
	add_member(&blob, "lib/modules/crc16.ko", "x");
	add_member(&blob, "lib/modules/kernel/fs/ext4.ko", "x");
	add_member(&blob, "etc/not.kok", "x");
	add_member(&blob, "TRAILER!!!", "");
	contents = contents_of(&blob);
	assert_true(contents.complete && contents.has_init && !contents.has_image);
	assert_int_equal(contents.release_count, 2);
	assert_true(initrd_contents_are_for(&contents, "6.12-a"));
	assert_true(initrd_contents_are_for(&contents, "6.1"));
	assert_false(initrd_contents_are_for(&contents, "6"));
	assert_true(initrd_contents_have_module(&contents, "crc16"));
	assert_true(initrd_contents_have_module(&contents, "virtio_blk"));
	assert_true(initrd_contents_have_module(&contents, "dm-crypt"));
	assert_false(initrd_contents_have_module(&contents, "crypt"));
	assert_false(initrd_contents_have_module(&contents, "not"));
}

static void what_is_packed_or_cut_is_not_complete(void **state)
{
	_cleanup_blob_ struct blob blob = archive("init", "whole");
	struct initrd_contents contents = contents_of(&blob);

	assert_true(contents.complete);
	initrd_contents_deinit(&contents);
	assert_ok(blob_append(&blob, "\x1f\x8b\x08\0", 4));
	contents = contents_of(&blob);
	assert_true(!contents.complete && contents.has_init);
	initrd_contents_deinit(&contents);
	assert_ok(blob_resize(&blob, 100));
	contents = contents_of(&blob);
	assert_false(contents.complete);
	initrd_contents_deinit(&contents);
	assert_ok(initrd_contents_read((struct bytes){0}, "/init", &contents));
	assert_false(contents.complete);
}

/* Documentation/admin-guide/bootconfig.rst: the kernel takes it off before it unpacks the rest. */
static void a_boot_configuration_at_the_end_leaves_it_complete(void **state)
{
	_cleanup_blob_ struct blob blob = archive("init", "whole");
	struct initrd_contents contents;

	assert_ok(blob_resize(&blob, (blob.size + 3) & ~UINT64_C(3)));
	assert_ok(blob_append(&blob, "k=1\n\x04\0\0\0\xe3\0\0\0#BOOTCONFIG\n", 24));
	contents = contents_of(&blob);
	assert_true(contents.complete && contents.has_init);
	initrd_contents_deinit(&contents);
	/* The sum is wrong. */
	blob.data[blob.size - 16]++;
	contents = contents_of(&blob);
	assert_false(contents.complete);
	initrd_contents_deinit(&contents);
}

/* Facts of a system where all is well. */
static struct start_facts sound(void)
{
	return (struct start_facts){
		.release = strdup("6.1"),
		.found_kernel = true,
		.had_initrd = TRISTATE_YES,
		.kernel_in_boot = true,
		.modules_there = TRISTATE_YES,
		.modules_used = true,
		.root = START_ROOT_THERE,
		.root_word = strdup("/dev/vda1"),
	};
}

/* The system's findings: how many, and how many of them are refusals. */
static void check_system(struct start_facts *facts, unsigned int count, unsigned int refusals)
{
	_cleanup_start_findings_ struct start_findings findings = {0};

	assert_ok(start_check_system(facts, &findings));
	assert_int_equal(findings.count, count);
	for (unsigned int i = 0; i < findings.count; i++)
		refusals -= findings.list[i].refusal;
	assert_int_equal(refusals, 0);
}

/* Nobody knows, so nobody is kept from anything; but it is no warning on every Debian either. */
static void what_was_not_looked_at_is_a_note(void **state)
{
	_cleanup_start_facts_ struct start_facts facts = sound();
	struct initrd_contents packed = {.complete = false};

	for (int closer = 0; closer < 2; closer++) {
		_cleanup_start_findings_ struct start_findings findings = {0};
		_cleanup_plan_ struct plan plan = {0};

		facts.looked_closer = closer;
		assert_ok(start_check_initrd(&facts, &packed, &findings));
		assert_int_equal(findings.count, 1);
		assert_ok(start_refusal(&findings, "x"));
		start_note(&findings, &plan.notes);
		assert_int_equal(plan.notes.count, 1);
		assert_int_equal(plan.notes.list[0].topic, NOTE_NOT_CHECKED);
		assert_non_null(strstr(plan.notes.list[0].text,
			closer ? "could not be unpacked" : "--verify looks into it"));
	}
}

static void a_list_of_modules_that_cannot_be_read_is_a_warning(void **state)
{
	_cleanup_start_facts_ struct start_facts facts = sound();

	facts.unread_list = strdup("/lib/modules/6.1/modules.dep: Input/output error");
	check_system(&facts, 1, 0);
}

static void a_sound_system_has_no_findings(void **state)
{
	_cleanup_start_facts_ struct start_facts facts = sound();
	_cleanup_start_facts_ struct start_facts unknown = {0};

	check_system(&facts, 0, 0);
	check_system(&unknown, 0, 0);
}

/* Who asks for no initrd is not asking for a system that finds no root. */
static void without_an_initrd_what_only_one_can_do_is_a_refusal(void **state)
{
	for (int own = 0; own < 2; own++) {
		_cleanup_start_facts_ struct start_facts facts = sound();
		_cleanup_start_findings_ struct start_findings findings = {0};

		(void)state;
		facts.found_kernel = false;
		facts.own_kernel = own;
		facts.kernel_in_boot = !own;
		facts.wanted_no_initrd = true;
		facts.initrd_only_root = true;
		facts.needs[facts.need_count++] = (struct start_need){
			.what = strdup("the disk's driver"), .modules = strdup("\nvirtio_blk\n")};
		assert_ok(start_check_initrd(&facts, NULL, &findings));
		assert_int_equal(findings.count, 2);
		assert_int_equal(findings.list[0].refusal, !own);
		assert_int_equal(findings.list[1].refusal, !own);
		if (own)
			assert_ok(start_refusal(&findings, "x"));
		else
			assert_fails(start_refusal(&findings, "this way out"), ERROR_OTHER,
				"; also: the root file system needs the disk's driver");
	}
}

static void ones_own_kernel_is_only_warned_of(void **state)
{
	_cleanup_start_facts_ struct start_facts facts = sound();

	facts.modules_there = TRISTATE_NO;
	facts.unmounted_boot = strdup("/dev/vda2");
	check_system(&facts, 2, 2);
	facts.found_kernel = false;
	facts.own_kernel = true;
	facts.kernel_in_boot = false;
	check_system(&facts, 1, 0);
	facts.modules_used = false;
	check_system(&facts, 0, 0);
	facts.root = START_ROOT_MISSING;
	check_system(&facts, 1, 1);
	facts.root = START_ROOT_IN_DOUBT;
	check_system(&facts, 1, 0);
}

static void every_module_that_would_do_meets_a_need(void **state)
{
	_cleanup_blob_ struct blob blob = {0};
	_cleanup_initrd_contents_ struct initrd_contents contents = {0};
	_cleanup_start_facts_ struct start_facts facts = sound();
	_cleanup_start_findings_ struct start_findings findings = {0};
	_cleanup_plan_ struct plan plan = {0};

	add_member(&blob, "init", "#!");
	add_member(&blob, "lib/modules/6.1/uas.ko", "x");
	add_member(&blob, "TRAILER!!!", "");
	contents = contents_of(&blob);
	facts.needs[facts.need_count++] = (struct start_need){
		.what = strdup("the driver uas"), .modules = strdup("\nusb_storage\nuas\n")};
	assert_ok(start_check_initrd(&facts, &contents, &findings));
	assert_int_equal(findings.count, 0);
	facts.needs[facts.need_count++] = (struct start_need){
		.what = strdup("the driver sd"), .modules = strdup("\nsd_mod\n")};
	assert_ok(start_check_initrd(&facts, &contents, &findings));
	assert_int_equal(findings.count, 1);
	assert_fails(start_refusal(&findings, "try"), ERROR_OTHER, "needs the driver sd, which");
	start_note(&findings, &plan.notes);
	assert_int_equal(plan.notes.list[0].topic, NOTE_WARNING);
	assert_non_null(strstr(plan.notes.list[0].text, "(sd_mod)"));
	facts.named_initrd = true;
	start_findings_deinit(&findings);
	assert_ok(start_check_initrd(&facts, &contents, &findings));
	assert_null(start_refusal(&findings, "try"));
}

/* dracut's squash: all but what mounts it is in the image. */
static void what_an_image_in_the_initrd_may_hold_is_not_missed(void **state)
{
	for (int i = 0; i < 2; i++) {
		_cleanup_blob_ struct blob blob = {0};
		_cleanup_initrd_contents_ struct initrd_contents contents = {0};
		_cleanup_start_facts_ struct start_facts facts = sound();
		_cleanup_start_findings_ struct start_findings findings = {0};
		char erofs[1100];

		memset(erofs, ' ', sizeof(erofs));
		memcpy(erofs + 1024, "\xe2\xe1\xf5\xe0", 4);
		erofs[sizeof(erofs) - 1] = '\0';
		add_member(&blob, "init", "#!");
		add_member(&blob, "lib/modules/6.1/squashfs.ko", "x");
		add_member(&blob, "root.img", i ? erofs : "hsqs");
		add_member(&blob, "TRAILER!!!", "");
		contents = contents_of(&blob);
		assert_true(contents.complete && contents.has_image);
		facts.needs[facts.need_count++] = (struct start_need){
			.what = strdup("the driver sd"), .modules = strdup("\nsd_mod\n")};
		assert_ok(start_check_initrd(&facts, &contents, &findings));
		assert_int_equal(findings.count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read_whatever_the_archive_begins_them_with),
		cmocka_unit_test(what_is_packed_or_cut_is_not_complete),
		cmocka_unit_test(what_was_not_looked_at_is_a_note),
		cmocka_unit_test(a_list_of_modules_that_cannot_be_read_is_a_warning),
		cmocka_unit_test(a_boot_configuration_at_the_end_leaves_it_complete),
		cmocka_unit_test(a_sound_system_has_no_findings),
		cmocka_unit_test(without_an_initrd_what_only_one_can_do_is_a_refusal),
		cmocka_unit_test(ones_own_kernel_is_only_warned_of),
		cmocka_unit_test(every_module_that_would_do_meets_a_need),
		cmocka_unit_test(what_an_image_in_the_initrd_may_hold_is_not_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
