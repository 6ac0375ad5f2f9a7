/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mailbox in a file below a folder of ours; a kernel in a guest shows what purgatory makes of
 * it (tests/vm/test_ledger.py). */
#include "fake_root.h"

#include "base/counter.h"
#include "handoff/handoff.h"
#include "handoff/mailbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>

static uint64_t address; /* where the stand-in kernel says that the page is */

static uint64_t fake_address(const void *page)
{
	return address;
}

static const struct handoff_calls calls = {.physical_address = fake_address};

static int setup(void **state)
{
	static struct fake_root root;

	address = 0x5000000;
	root = fake_root_make();
	fake_root_folders(&root, "run/x");
	*state = &root;
	return 0;
}

static int teardown(void **state)
{
	fake_root_remove(*state);
	return 0;
}

static bool read_mailbox(
	const struct fake_root *root, const char *name, struct handoff_mailbox *ret)
{
	int fd = open(fake_root_path(root, name), O_RDONLY);
	bool found = fd >= 0 && read(fd, ret, sizeof(*ret)) == sizeof(*ret);

	if (fd >= 0)
		close(fd);
	return found;
}

static const char *temporary_of(pid_t pid)
{
	static char name[64];

	snprintf(name, sizeof(name), "run/baton/mailbox-new-%d-1", (int)pid);
	return name;
}

/* Has this process one, whatever its nonce? */
static bool has_temporary(const struct fake_root *root)
{
	DIR *folder = opendir(fake_root_path(root, "run/baton"));
	const struct dirent *entry;
	char beginning[64];
	bool found = false;

	snprintf(beginning, sizeof(beginning), "mailbox-new-%d-", (int)getpid());
	while (folder && (entry = readdir(folder)))
		found = found || strncmp(entry->d_name, beginning, strlen(beginning)) == 0;
	if (folder)
		closedir(folder);
	return found;
}

static bool is_there(const struct fake_root *root, const char *name)
{
	return access(fake_root_path(root, name), F_OK) == 0;
}

static struct handoff_mailbox kept(const struct fake_root *root)
{
	struct handoff_mailbox found;

	if (!read_mailbox(root, "run/baton/mailbox", &found))
		fail_msg("no mailbox was kept");
	return found;
}

static uint64_t load(const struct fake_root *root)
{
	struct mailbox mailbox;
	uint64_t nonce;

	mailbox_make(&calls, root->path, &mailbox);
	assert_non_null(mailbox.page);
	nonce = mailbox.nonce;
	assert_ok(mailbox_keep(&mailbox, true));
	mailbox_deinit(&mailbox);
	return nonce;
}

static void it_appears_when_the_load_has_succeeded(void **state)
{
	const struct fake_root *root = *state;
	struct handoff_mailbox found;
	struct mailbox mailbox;
	uint64_t before = counter_now();

	mailbox_make(&calls, root->path, &mailbox);
	assert_null(mailbox.why);
	assert_int_equal(mailbox.address, 0x5000000);
	assert_false(read_mailbox(root, "run/baton/mailbox", &found));
	assert_ok(mailbox_keep(&mailbox, true));
	mailbox_deinit(&mailbox);
	found = kept(root);
	assert_int_equal(found.magic, HANDOFF_MAILBOX_MAGIC);
	assert_int_equal(found.nonce, mailbox.nonce);
	assert_int_equal(found.address, 0x5000000);
	assert_int_equal(found.stage[HANDOFF_STAGE_COMMAND], 0);
	assert_true(found.stage[HANDOFF_STAGE_LOADED] >= before);
	assert_false(has_temporary(root));
}

static void a_load_that_fails_leaves_the_former_one(void **state)
{
	const struct fake_root *root = *state;
	uint64_t nonce = load(root);
	struct mailbox mailbox;

	mailbox_make(&calls, root->path, &mailbox);
	mailbox_deinit(&mailbox);
	assert_int_equal(kept(root).nonce, nonce);
	assert_false(has_temporary(root));
}

static void each_load_has_its_own(void **state)
{
	const struct fake_root *root = *state;
	uint64_t first = load(root), second = load(root);

	assert_true(first != second);
	assert_int_equal(kept(root).nonce, second);
}

static void a_load_without_one_removes_the_former_one(void **state)
{
	const struct fake_root *root = *state;
	struct handoff_mailbox found;
	struct mailbox mailbox;

	load(root);
	mailbox_make(&calls, root->path, &mailbox);
	assert_ok(mailbox_keep(&mailbox, false));
	mailbox_deinit(&mailbox);
	assert_false(read_mailbox(root, "run/baton/mailbox", &found));
	load(root);
	mailbox_remove(root->path);
	assert_false(read_mailbox(root, "run/baton/mailbox", &found));
}

static void without_a_physical_address_there_is_none(void **state)
{
	const struct fake_root *root = *state;
	struct mailbox mailbox;

	address = 0;
	mailbox_make(&calls, root->path, &mailbox);
	assert_null(mailbox.page);
	assert_non_null(strstr(mailbox.why, "pagemap"));
	assert_ok(mailbox_keep(&mailbox, false));
	mailbox_deinit(&mailbox);
	assert_false(has_temporary(root));
	rmdir(fake_root_path(root, "run/baton"));
	rmdir(fake_root_path(root, "run"));
	address = 0x5000000;
	mailbox_make(&calls, root->path, &mailbox);
	assert_null(mailbox.page);
	assert_non_null(strstr(mailbox.why, "/run"));
	mailbox_deinit(&mailbox);
}

static void what_a_killed_load_left_behind_is_removed(void **state)
{
	const struct fake_root *root = *state;
	pid_t dead = fork();

	if (dead == 0)
		_exit(0);
	assert_int_equal(waitpid(dead, NULL, 0), dead);
	fake_root_text(root, temporary_of(dead), "half");
	/* Those of processes that still run, this one among them, and what is no mailbox. */
	fake_root_text(root, temporary_of(getpid()), "half");
	fake_root_text(root, temporary_of(getppid()), "half");
	fake_root_text(root, "run/baton/mailbox-new-1x", "half");
	assert_true(load(root) == kept(root).nonce);
	assert_false(is_there(root, temporary_of(dead)));
	assert_true(is_there(root, temporary_of(getpid())));
	assert_true(is_there(root, temporary_of(getppid())));
	assert_true(is_there(root, "run/baton/mailbox-new-1x"));
}

/* In a process of its own: make a mailbox, say so, wait until told, keep it, and tell its nonce. */
static _Noreturn void load_slowly(const struct fake_root *root, int to_parent, int from_parent)
{
	struct mailbox mailbox;
	char byte = 0;

	mailbox_make(&calls, root->path, &mailbox);
	if (!mailbox.page || write(to_parent, &byte, 1) != 1 || read(from_parent, &byte, 1) != 1)
		_exit(1);
	error_free(mailbox_keep(&mailbox, true));
	_exit(write(to_parent, &mailbox.nonce, sizeof(mailbox.nonce)) !=
		(ssize_t)sizeof(mailbox.nonce));
}

static void two_may_load_at_once(void **state)
{
	const struct fake_root *root = *state;
	int up[2], down[2], status;
	uint64_t nonce;
	char byte = 0;
	pid_t child;

	assert_int_equal(pipe(up) | pipe(down), 0);
	child = fork();
	if (child == 0)
		load_slowly(root, up[1], down[0]);
	close(up[1]);
	assert_int_equal(read(up[0], &byte, 1), 1);
	nonce = load(root);
	assert_int_equal(kept(root).nonce, nonce);
	assert_int_equal(write(down[1], &byte, 1), 1);
	assert_int_equal(read(up[0], &nonce, sizeof(nonce)), sizeof(nonce));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(kept(root).nonce, nonce);
	close(up[0]);
	close(down[0]);
	close(down[1]);
}

static void two_plans_of_one_process_have_one_each(void **state)
{
	const struct fake_root *root = *state;
	struct mailbox first, second;

	mailbox_make(&calls, root->path, &first);
	mailbox_make(&calls, root->path, &second);
	assert_non_null(first.page);
	assert_non_null(second.page);
	assert_int_not_equal(first.nonce, second.nonce);
	assert_ok(mailbox_keep(&first, true));
	assert_int_equal(kept(root).nonce, first.nonce);
	assert_ok(mailbox_keep(&second, true));
	assert_int_equal(kept(root).nonce, second.nonce);
	mailbox_deinit(&first);
	assert_int_equal(kept(root).nonce, second.nonce);
	mailbox_deinit(&second);
	assert_false(has_temporary(root));
}

static void a_plan_may_be_loaded_again(void **state)
{
	const struct fake_root *root = *state;
	struct mailbox mailbox;

	mailbox_make(&calls, root->path, &mailbox);
	assert_ok(mailbox_keep(&mailbox, true));
	assert_ok(mailbox_keep(&mailbox, true));
	assert_int_equal(kept(root).nonce, mailbox.nonce);
	mailbox_remove(root->path);
	assert_fails(mailbox_keep(&mailbox, true), ERROR_OTHER, "given back");
	mailbox_deinit(&mailbox);
}

static void a_mailbox_that_cannot_be_put_in_place_is_told(void **state)
{
	const struct fake_root *root = *state;
	struct mailbox mailbox;

	mailbox_make(&calls, root->path, &mailbox);
	fake_root_folders(root, "run/baton/mailbox/x");
	assert_fails(mailbox_keep(&mailbox, true), ERROR_SYSTEM, "will not know");
	mailbox_deinit(&mailbox);
	assert_false(has_temporary(root));
}

static void the_command_and_the_reboot_call_are_marked(void **state)
{
	const struct fake_root *root = *state;
	uint64_t loaded, before;

	load(root);
	loaded = kept(root).stage[HANDOFF_STAGE_LOADED];
	assert_ok(mailbox_mark_command(&calls, root->path, 77, true));
	assert_int_equal(kept(root).stage[HANDOFF_STAGE_COMMAND], 77);
	assert_int_equal(kept(root).stage[HANDOFF_STAGE_LOADED], loaded);
	assert_int_equal(kept(root).loaded_before, 0);
	before = counter_now();
	assert_ok(mailbox_mark_reboot_call(&calls, root->path));
	assert_true(kept(root).stage[HANDOFF_STAGE_REBOOT_CALL] >= before);
	/* The reboot failed; this is another one. */
	assert_ok(mailbox_mark_command(&calls, root->path, 99, false));
	assert_int_equal(kept(root).stage[HANDOFF_STAGE_COMMAND], 99);
	assert_int_equal(kept(root).stage[HANDOFF_STAGE_LOADED], 0);
	assert_int_equal(kept(root).loaded_before, 1);
	assert_int_equal(kept(root).stage[HANDOFF_STAGE_REBOOT_CALL], 0);
}

static void the_init_systems_shutdown_is_the_command_unless_baton_asked_for_it(void **state)
{
	const struct fake_root *root = *state;
	struct handoff_mailbox found;

	load(root);
	assert_ok(mailbox_mark_shutdown(&calls, root->path, 50));
	assert_int_equal(kept(root).stage[HANDOFF_STAGE_COMMAND], 50);
	assert_int_equal(kept(root).loaded_before, 1);
	load(root);
	assert_ok(mailbox_mark_command(&calls, root->path, 60, true));
	assert_ok(mailbox_mark_asked(&calls, root->path));
	assert_ok(mailbox_mark_shutdown(&calls, root->path, 70));
	assert_int_equal(kept(root).stage[HANDOFF_STAGE_COMMAND], 60);
	/* Nothing came of what was asked for, and much later somebody else asks. */
	found = kept(root);
	found.asked_at = found.asked_at > 61000000000 ? found.asked_at - 61000000000 : 1;
	fake_root_write(root, "run/baton/mailbox", &found, sizeof(found));
	assert_int_equal(truncate(fake_root_path(root, "run/baton/mailbox"), 4096), 0);
	assert_ok(mailbox_mark_shutdown(&calls, root->path, 80));
	assert_int_equal(kept(root).stage[HANDOFF_STAGE_COMMAND], 80);
}

static void a_page_that_was_moved_is_told(void **state)
{
	const struct fake_root *root = *state;

	load(root);
	address = 0x6000000;
	assert_fails(mailbox_mark_reboot_call(&calls, root->path), ERROR_OTHER, "0x6000000");
	assert_fails(mailbox_mark_command(&calls, root->path, 1, true), ERROR_OTHER, "0x5000000");
}

static void marks_without_a_mailbox_do_nothing(void **state)
{
	const struct fake_root *root = *state;
	struct handoff_mailbox found;

	assert_ok(mailbox_mark_command(&calls, root->path, 1, true));
	assert_ok(mailbox_mark_shutdown(&calls, root->path, 1));
	assert_ok(mailbox_mark_asked(&calls, root->path));
	assert_ok(mailbox_mark_reboot_call(&calls, root->path));
	assert_false(read_mailbox(root, "run/baton/mailbox", &found));
	/* Nor with something else of that name. */
	fake_root_text(root, "run/baton/mailbox", "short");
	assert_ok(mailbox_mark_reboot_call(&calls, root->path));
	assert_int_equal(truncate(fake_root_path(root, "run/baton/mailbox"), 4096), 0);
	assert_ok(mailbox_mark_reboot_call(&calls, root->path));
	assert_int_equal(kept(root).stage[HANDOFF_STAGE_REBOOT_CALL], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_appears_when_the_load_has_succeeded),
		TEST(a_load_that_fails_leaves_the_former_one),
		TEST(each_load_has_its_own),
		TEST(a_load_without_one_removes_the_former_one),
		TEST(without_a_physical_address_there_is_none),
		TEST(what_a_killed_load_left_behind_is_removed),
		TEST(two_may_load_at_once),
		TEST(two_plans_of_one_process_have_one_each),
		TEST(a_plan_may_be_loaded_again),
		TEST(a_mailbox_that_cannot_be_put_in_place_is_told),
		TEST(the_command_and_the_reboot_call_are_marked),
		TEST(the_init_systems_shutdown_is_the_command_unless_baton_asked_for_it),
		TEST(a_page_that_was_moved_is_told),
		TEST(marks_without_a_mailbox_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
