/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of the system before it ends, and what a jump does that stops no service. */
#include "fake_root.h"

#include "base/blob.h"
#include "reboot/child.h"
#include "reboot/file_systems.h"
#include "reboot/inhibitors.h"
#include "reboot/interfaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <signal.h>
#include <time.h>

static void assert_writable(const char *mountinfo, const char *wanted)
{
	char *list;

	assert_ok(writable_file_systems(bytes_of(mountinfo, strlen(mountinfo)), &list));
	if (wanted)
		assert_string_equal(list, wanted);
	else
		assert_null(list);
	free(list);
}

static void writable_file_systems_on_disks_are_found(void **state)
{
	(void)state;
	assert_writable("", NULL);
	assert_writable("no mountinfo\n", NULL);
	assert_writable("22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
			"23 22 0:20 / /proc rw shared:2 - proc proc rw\n"
			"24 22 8:2 / /boot\\040x rw - xfs /dev/sda2 rw\n",
		"/, /boot\\040x");
	/* The file system's own flags count, not those of one mount; bind mounts are no others. */
	assert_writable("22 1 8:1 / / ro,relatime - ext4 /dev/root rw\n"
			"24 22 8:1 /srv /srv rw - ext4 /dev/root rw\n"
			"25 22 8:11 / /b rw - ext4 /dev/sdb rw\n",
		"/, /b");
	assert_writable("22 1 8:1 / / rw - ext4 /dev/sda1 ro,x=rw\n", NULL);
	/* In memory, on a server, or in a program. */
	assert_writable("22 1 0:1 / / rw - tmpfs /dev/shm rw\n"
			"23 1 0:2 / /n rw - nfs4 server:/dev/x rw\n"
			"24 1 0:3 / /p rw - fuse.portal /dev/fuse rw\n"
			"25 1 0:4 / /o rw - overlay overlay rw,upperdir=/dev/x\n",
		NULL);
	/* Optional fields may hold anything but the separator. */
	assert_writable("22 1 8:1 / / rw master:1 propagate_from:2 - ext4 /dev/sda1 rw", "/");
	assert_writable("22 1 8:1 / / rw - ext4\n", NULL);
}

static char *inhibitors(const char *json)
{
	char *list;

	assert_ok(inhibitors_of(bytes_of(json, strlen(json)), &list));
	return list;
}

static void inhibitors_that_block_are_named(void **state)
{
	char *list;

	(void)state;
	assert_null(inhibitors("{\"type\":\"a(ssssuu)\",\"data\":[[]]}"));
	assert_null(inhibitors("{\"data\":[[[\"sleep\",\"a\",\"b\",\"block\",0,1]]]}\n"));
	assert_null(inhibitors("{\"data\":[[[\"shutdown\",\"a\",\"b\",\"delay\",0,1]]]}"));
	list = inhibitors(
		"{\"data\":[[[\"idle:shutdown:sleep\",\"apt\",\"Why \\\"so\\\"\",\"block\",0,"
		"17],[\"shutdown\",\"b\",\"\",\"block\",1000,18]]]}");
	assert_string_equal(list, "apt (process 17): \"Why \"so\"\", b (process 18): \"\"");
	free(list);
}

static void an_answer_that_is_no_list_of_inhibitors_is_an_error(void **state)
{
	static const char *const answers[] = {"", "null", "[]", "{", "{\"data\":7}",
		"{\"data\":[]}", "{\"data\":[7]}", "{\"data\":[[7]]}", "{\"data\":[[],[]]}",
		"{\"data\":[[[\"shutdown\"]]]}",
		"{\"data\":[[[\"shutdown\",\"a\",\"b\",\"block\",0,1],7]]}"};
	char *list;

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		assert_fails(inhibitors_of(bytes_of(answers[i], strlen(answers[i])), &list),
			ERROR_FORMAT, "");
		assert_null(list);
	}
}

struct message {
	struct nlmsghdr header;
	union {
		struct ifinfomsg link;
		struct nlmsgerr failed;
	};
};

static struct message link_message(int index, unsigned int flags)
{
	return (struct message){
		.header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			.nlmsg_type = RTM_NEWLINK},
		.link = {.ifi_index = index, .ifi_flags = flags},
	};
}

static size_t put(uint8_t *buffer, size_t at, struct message message)
{
	memcpy(buffer + at, &message, message.header.nlmsg_len);
	return at + NLMSG_ALIGN(message.header.nlmsg_len);
}

static void interfaces_that_are_up_are_listed_but_the_loopback(void **state)
{
	_Alignas(8) uint8_t buffer[1024] = {0};
	static struct interfaces list;
	struct message done = {.header = {.nlmsg_len = NLMSG_LENGTH(4), .nlmsg_type = NLMSG_DONE}};
	struct message failed = {.header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct nlmsgerr)),
					 .nlmsg_type = NLMSG_ERROR},
		.failed = {.error = -EPERM}};
	size_t size = 0;

	(void)state;
	size = put(buffer, size, link_message(1, IFF_UP | IFF_LOOPBACK));
	size = put(buffer, size, link_message(2, IFF_UP | IFF_RUNNING));
	size = put(buffer, size, link_message(3, IFF_BROADCAST));
	size = put(buffer, size, link_message(4, IFF_UP));
	interfaces_add(bytes_of(buffer, size), &list);
	assert_int_equal(list.count, 2);
	assert_true(list.indices[0] == 2 && list.indices[1] == 4);
	assert_false(list.complete || list.failed);
	/* A second part; and messages that are cut are none. */
	size = put(buffer, 0, link_message(9, IFF_UP));
	size = put(buffer, size, done);
	interfaces_add(bytes_of(buffer, size), &list);
	assert_true(list.count == 3 && list.complete && !list.failed);
	interfaces_add(bytes_of(buffer, 20), &list);
	assert_int_equal(list.count, 3);
	size = put(buffer, 0, failed);
	interfaces_add(bytes_of(buffer, size), &list);
	assert_int_equal(list.failed, EPERM);
}

static int say(const void *data, int out)
{
	const char *text = data;

	return write(out, text, strlen(text)) == (ssize_t)strlen(text) ? 7 : 1;
}

static int hang(const void *data, int out)
{
	(void)data;
	(void)out;
	pause();
	return 0;
}

static uint64_t always_moving(void)
{
	static uint64_t number;

	return ++number;
}

static void a_childs_output_and_status_come_back(void **state)
{
	_cleanup_blob_ struct blob output = {0};
	struct child child = {.work = say, .data = "words", .idle_ms = 60000, .total_ms = 60000};
	int status;

	(void)state;
	assert_ok(child_run(&child, &output, &status));
	assert_int_equal(status, 7);
	assert_int_equal(output.size, 5);
	assert_memory_equal(output.data, "words", 5);
	assert_ok(child_run(&child, NULL, &status));
	assert_int_equal(status, 7);
}

/* As some shells, supervisors and languages leave it to what they start. */
static void a_childs_status_is_known_where_sigchld_was_ignored(void **state)
{
	struct child child = {.work = say, .data = "words", .idle_ms = 60000, .total_ms = 60000};
	int status;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	assert_ok(child_run(&child, NULL, &status));
	assert_int_equal(status, 7);
	assert_ptr_equal(signal(SIGCHLD, SIG_DFL), SIG_IGN);
}

static void a_child_that_hangs_is_given_up(void **state)
{
	struct child child = {.work = hang, .idle_ms = 200, .total_ms = 60000};
	int status;

	(void)state;
	assert_ok(child_run(&child, NULL, &status));
	assert_int_equal(status, -1);
	/* While something moves there is more patience, but not for ever. */
	child.moving = always_moving;
	child.total_ms = 1500;
	assert_ok(child_run(&child, NULL, &status));
	assert_int_equal(status, -1);
}

static uint64_t not_known(void)
{
	return 0;
}

static void without_a_sign_of_life_only_the_whole_time_counts(void **state)
{
	struct child child = {.work = hang, .idle_ms = 1, .total_ms = 1500, .moving = not_known};
	struct timespec before, after;
	int status;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_ok(child_run(&child, NULL, &status));
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_int_equal(status, -1);
	assert_true((after.tv_sec - before.tv_sec) * 1000 +
			    (after.tv_nsec - before.tv_nsec) / 1000000 >=
		    1499);
}

static unsigned int synced;

static void sync_here(void)
{
	synced++;
	_exit(0);
}

static void disks_are_written_back_by_another_process(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();

	(void)state;
	assert_ok(write_back(root.path, sync_here, true));
	assert_int_equal(synced, 0);
}

static void with_nothing_writable_nothing_is_asked_of_the_kernel(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();

	(void)state;
	fake_root_text(&root, "proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 ro\n");
	assert_ok(file_systems_read_only(root.path));
	fake_root_text(&root, "proc/self/mountinfo", "22 1 8:1 / /data rw - ext4 /dev/sda1 rw\n");
	assert_fails(file_systems_read_only(root.path), ERROR_SYSTEM, "sysrq-trigger");
	assert_fails(file_systems_read_only(root.path), ERROR_SYSTEM, "what is on /data");
}

static void sync_dies(void)
{
	raise(SIGKILL);
}

static void what_is_not_written_back_is_told(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();

	(void)state;
	assert_fails(write_back(root.path, sync_dies, false), ERROR_OTHER,
		"not everything could be written back");
}

/* The kernel is through, as its log says, and a file system is writable all the same. */
static void what_stays_writable_is_named(void **state)
{
	static const char over[] = "4,1,2,-;Emergency Remount complete\n";
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	int log;

	(void)state;
	fake_root_text(&root, "proc/self/mountinfo", "22 1 8:1 / /data rw - ext4 /dev/sda1 rw\n");
	fake_root_text(&root, "proc/sysrq-trigger", "");
	fake_root_folders(&root, "dev/kmsg");
	assert_int_equal(mkfifo(fake_root_path(&root, "dev/kmsg"), 0600), 0);
	log = open(fake_root_path(&root, "dev/kmsg"), O_RDWR);
	assert_int_equal(write(log, over, sizeof(over) - 1), sizeof(over) - 1);
	assert_fails(file_systems_read_only(root.path), ERROR_OTHER,
		"not every file system could be made read-only");
	assert_int_equal(write(log, over, sizeof(over) - 1), sizeof(over) - 1);
	assert_fails(file_systems_read_only(root.path), ERROR_OTHER, "what is on /data");
	close(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writable_file_systems_on_disks_are_found),
		cmocka_unit_test(inhibitors_that_block_are_named),
		cmocka_unit_test(an_answer_that_is_no_list_of_inhibitors_is_an_error),
		cmocka_unit_test(interfaces_that_are_up_are_listed_but_the_loopback),
		cmocka_unit_test(a_childs_output_and_status_come_back),
		cmocka_unit_test(a_childs_status_is_known_where_sigchld_was_ignored),
		cmocka_unit_test(a_child_that_hangs_is_given_up),
		cmocka_unit_test(without_a_sign_of_life_only_the_whole_time_counts),
		cmocka_unit_test(disks_are_written_back_by_another_process),
		cmocka_unit_test(with_nothing_writable_nothing_is_asked_of_the_kernel),
		cmocka_unit_test(what_is_not_written_back_is_told),
		cmocka_unit_test(what_stays_writable_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
