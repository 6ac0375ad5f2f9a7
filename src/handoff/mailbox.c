/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/mailbox.h"

#include "base/counter.h"
#include "base/error.h"
#include "handoff/handoff.h"
#include "handoff/mailbox_home.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 512 };

/* Within this time after baton asked for it, the end of the system is what it asked for. */
#define ASKED_FOR_NS (UINT64_C(60) * 1000000000)

struct path {
	char text[PATH_SIZE];
};

/* "" if it does not fit, which nothing can be opened by. */
static struct path path_of(const char *root, const char *folder, const char *name)
{
	struct path path;
	int length = snprintf(
		path.text, sizeof(path.text), "%s/%s%s%s", root, folder, *name ? "/" : "", name);

	if (length < 0 || (size_t)length >= sizeof(path.text))
		path.text[0] = '\0';
	return path;
}

/* Memory that stays where it is while it is mapped; NULL if not. Closes @fd. */
static struct handoff_mailbox *map_page(int fd)
{
	void *page;

	if (fd < 0)
		return NULL;
	page = mmap(NULL, HANDOFF_MAILBOX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return NULL;
	/* A map's memory cannot be locked, and need not. */
	(void)mlock(page, HANDOFF_MAILBOX_SIZE);
	return page;
}

static void unmap_page(struct handoff_mailbox *page)
{
	if (page)
		munmap(page, HANDOFF_MAILBOX_SIZE);
}

static uint64_t physical_address(const struct handoff_calls *calls, const void *page)
{
	return calls->physical_address ? calls->physical_address(page) : 0;
}

/* Where it lies until this process has loaded. The nonce keeps two plans of one process apart. */
static struct path temporary_path(const char *root, const struct mailbox_home *home, uint64_t nonce)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%ld-%" PRIx64, home->temporary, (long)getpid(), nonce);
	return path_of(root, home->folder, name);
}

/* Is @name the temporary one of a process that is no more? */
static bool is_left_over(const struct mailbox_home *home, const char *name)
{
	size_t length = strlen(home->temporary);
	const char *number = name + length;
	char *end;
	long pid;

	if (strncmp(name, home->temporary, length) != 0 || *number < '1' || *number > '9')
		return false;
	pid = strtol(number, &end, 10);
	if (*end != '-' || pid > INT_MAX)
		return false;
	return kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

/* Remove what loads that were killed have left behind. */
static void remove_left_overs(const char *root, const struct mailbox_home *home)
{
	struct path path = path_of(root, home->folder, "");
	__attribute__((cleanup(close_folder))) DIR *folder = opendir(path.text);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (is_left_over(home, entry->d_name))
			unlinkat(dirfd(folder), entry->d_name, 0);
}

/* NULL, or why not. */
static const char *make_at(
	const struct handoff_calls *calls, const struct mailbox_home *home, struct mailbox *mailbox)
{
	struct path path;

	remove_left_overs(mailbox->root, home);
	if (getrandom(&mailbox->nonce, sizeof(mailbox->nonce), 0) != sizeof(mailbox->nonce))
		return "no random number could be had";
	path = temporary_path(mailbox->root, home, mailbox->nonce);
	errno = 0;
	mailbox->page = map_page(home->make(path.text));
	if (!mailbox->page && errno == ENOSPC)
		return "no memory could be kept: /run is full, and there is no BPF file system";
	if (!mailbox->page)
		return "no memory could be kept, neither in /sys/fs/bpf nor in /run";
	mailbox->home = home;
	/* Written to first, so that it is there. */
	*mailbox->page = (struct handoff_mailbox){
		.magic = HANDOFF_MAILBOX_MAGIC,
		.nonce = mailbox->nonce,
	};
	mailbox->address = physical_address(calls, mailbox->page);
	mailbox->page->address = mailbox->address;
	return mailbox->address ? NULL
				: "/proc/self/pagemap does not show physical addresses here "
				  "(CAP_SYS_ADMIN)";
}

void mailbox_make(const struct handoff_calls *calls, const char *root, struct mailbox *ret)
{
	*ret = (struct mailbox){
		.why = "no memory could be kept, neither in /sys/fs/bpf nor in /run"};
	if (snprintf(ret->root, sizeof(ret->root), "%s", root) >= (int)sizeof(ret->root))
		return;
	for (int i = 0; i < MAILBOX_HOME_COUNT && ret->why; i++) {
		const struct mailbox_home *home = &mailbox_homes[i];
		struct path folder = path_of(root, home->folder, "");

		if (!home->is_there(folder.text))
			continue;
		ret->why = make_at(calls, home, ret);
		if (ret->why)
			mailbox_deinit(ret);
	}
}

static void remove_all(const char *root, const struct mailbox_home *but)
{
	for (int i = 0; i < MAILBOX_HOME_COUNT; i++) {
		const struct mailbox_home *home = &mailbox_homes[i];
		struct path path = path_of(root, home->folder, home->name);

		if (home != but)
			unlink(path.text);
	}
}

void mailbox_remove(const char *root)
{
	remove_all(root, NULL);
}

/* The mailbox of what is loaded; NULL if there is none. */
static struct handoff_mailbox *open_mailbox(const char *root)
{
	for (int i = 0; i < MAILBOX_HOME_COUNT; i++) {
		const struct mailbox_home *home = &mailbox_homes[i];
		struct path path = path_of(root, home->folder, home->name);
		struct handoff_mailbox *page;

		if (access(path.text, F_OK) != 0)
			continue;
		page = map_page(home->open(path.text));
		if (page && page->magic == HANDOFF_MAILBOX_MAGIC)
			return page;
		unmap_page(page);
	}
	return NULL;
}

/* The plan is loaded once more: its page is still mapped, and where it was put the first time. */
static struct error *keep_again(const struct mailbox *mailbox)
{
	struct handoff_mailbox *page = open_mailbox(mailbox->root);
	bool there = page && page->nonce == mailbox->nonce;

	unmap_page(page);
	return there ? NULL
		     : error_new(ERROR_OTHER,
			       "the ledger's memory was given back since this plan was loaded before: "
			       "the new system will not know the old one's times");
}

struct error *mailbox_keep(struct mailbox *mailbox, bool used)
{
	const struct mailbox_home *home = mailbox->home;
	struct path from, to;

	if (!mailbox->page || !used) {
		mailbox_remove(mailbox->root);
		return NULL;
	}
	mailbox->page->stage[HANDOFF_STAGE_LOADED] = counter_now();
	if (!home)
		return keep_again(mailbox);
	from = temporary_path(mailbox->root, home, mailbox->nonce);
	to = path_of(mailbox->root, home->folder, home->name);
	/* Whatever is there belongs to what was loaded before. */
	remove_all(mailbox->root, home);
	if (rename(from.text, to.text) < 0)
		return error_system(
			errno, "%s: the new system will not know the old one's times", to.text);
	mailbox->home = NULL;
	return NULL;
}

void mailbox_deinit(struct mailbox *mailbox)
{
	unmap_page(mailbox->page);
	mailbox->page = NULL;
	mailbox->address = 0;
	if (mailbox->home) {
		struct path path = temporary_path(mailbox->root, mailbox->home, mailbox->nonce);

		unlink(path.text);
		mailbox->home = NULL;
	}
}

/* Unmap it; an error if purgatory will not find it. */
static struct error *close_mailbox(const struct handoff_calls *calls, struct handoff_mailbox *page)
{
	uint64_t then = page->address, now = physical_address(calls, page);

	unmap_page(page);
	if (now == then)
		return NULL;
	return error_new(ERROR_OTHER,
		"the ledger's mailbox is no longer where it was when the kernel was loaded (at 0x%" PRIx64
		", then 0x%" PRIx64 "): memory was short; the new system will not know this time",
		now, then);
}

static void set_command(struct handoff_mailbox *page, uint64_t counter, bool just_loaded)
{
	page->stage[HANDOFF_STAGE_COMMAND] = counter;
	page->stage[HANDOFF_STAGE_REBOOT_CALL] = 0;
	if (just_loaded)
		return;
	page->stage[HANDOFF_STAGE_LOADED] = 0;
	page->loaded_before = 1;
}

struct error *mailbox_mark_command(
	const struct handoff_calls *calls, const char *root, uint64_t counter, bool just_loaded)
{
	struct handoff_mailbox *page = open_mailbox(root);

	if (!page)
		return NULL;
	set_command(page, counter, just_loaded);
	return close_mailbox(calls, page);
}

static uint64_t boottime_ns(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct error *mailbox_mark_shutdown(
	const struct handoff_calls *calls, const char *root, uint64_t counter)
{
	struct handoff_mailbox *page = open_mailbox(root);

	if (!page)
		return NULL;
	if (!page->asked_at || boottime_ns() - page->asked_at > ASKED_FOR_NS)
		set_command(page, counter, false);
	return close_mailbox(calls, page);
}

struct error *mailbox_mark_asked(const struct handoff_calls *calls, const char *root)
{
	struct handoff_mailbox *page = open_mailbox(root);

	if (!page)
		return NULL;
	page->asked_at = boottime_ns();
	return close_mailbox(calls, page);
}

struct error *mailbox_mark_reboot_call(const struct handoff_calls *calls, const char *root)
{
	struct handoff_mailbox *page = open_mailbox(root);

	if (!page)
		return NULL;
	page->stage[HANDOFF_STAGE_REBOOT_CALL] = counter_now();
	return close_mailbox(calls, page);
}
