/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/kernel_clock.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	EVENT_TRIES = 8,
	RING_PAGES = 1,
	COMM_SIZE = 16,
};

/* An event that counts nothing, and tells when this thread changes its name. */
static int open_event(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TIME,
		.comm = 1,
		.sample_id_all = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

/* The factors in one piece: the kernel makes `lock` odd or higher while it changes them. */
static void read_factors(
	const volatile struct perf_event_mmap_page *page, struct ledger_clocks *ret)
{
	uint32_t lock;

	do {
		lock = page->lock;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		ret->factors_known = page->cap_user_time_zero;
		ret->shift = page->time_shift;
		ret->mult = page->time_mult;
		ret->zero = page->time_zero;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (page->lock != lock);
}

/* The ring's bytes, which may lie across its end. */
static void take(const struct perf_event_mmap_page *page, uint64_t at, void *to, size_t size)
{
	const uint8_t *ring = (const uint8_t *)page + page->data_offset;

	for (size_t i = 0; i < size; i++)
		((uint8_t *)to)[i] = ring[(at + i) % page->data_size];
}

/* The time of the last record about a name, and nothing left to read. False if there is none. */
static bool read_last_time(struct perf_event_mmap_page *page, int64_t *ret)
{
	uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE), at = page->data_tail;
	bool found = false;

	while (at < head) {
		struct perf_event_header header;

		take(page, at, &header, sizeof(header));
		if (header.size < sizeof(header) + sizeof(*ret))
			break;
		/* With sample_id_all the time is the record's last field. */
		if (header.type == PERF_RECORD_COMM) {
			take(page, at + header.size - sizeof(*ret), ret, sizeof(*ret));
			found = true;
		}
		at += header.size;
	}
	__atomic_store_n(&page->data_tail, head, __ATOMIC_RELEASE);
	return found;
}

/* Between two readings of the clocks the thread gets the name it has. */
static bool provoke(struct perf_event_mmap_page *page, struct ledger_clocks (*read)(void),
	struct ledger_clocks *ret)
{
	char name[COMM_SIZE] = "";
	struct ledger_clocks after;
	int64_t ns;

	prctl(PR_GET_NAME, name);
	*ret = read();
	prctl(PR_SET_NAME, name);
	after = read();
	if (!read_last_time(page, &ns))
		return false;
	ret->uncertain_ns = (uint64_t)(after.raw_ns - ret->raw_ns) + after.uncertain_ns;
	ret->counter += (after.counter - ret->counter) / 2;
	ret->raw_ns += (after.raw_ns - ret->raw_ns) / 2;
	ret->monotonic_ns += (after.monotonic_ns - ret->monotonic_ns) / 2;
	ret->boottime_ns += (after.boottime_ns - ret->boottime_ns) / 2;
	ret->realtime_ns += (after.realtime_ns - ret->realtime_ns) / 2;
	ret->kernel_known = true;
	ret->kernel_ns = ns;
	return true;
}

static void read_by_events(struct perf_event_mmap_page *page, struct ledger_clocks (*read)(void),
	struct ledger_clocks *clocks)
{
	uint64_t counter_hz = clocks->counter_hz;

	for (int i = 0; i < EVENT_TRIES; i++) {
		struct ledger_clocks next;

		if (!provoke(page, read, &next))
			continue;
		if (!clocks->kernel_known || next.uncertain_ns < clocks->uncertain_ns)
			*clocks = next;
	}
	clocks->counter_hz = counter_hz;
	if (!clocks->kernel_known)
		clocks->kernel_why = "the kernel's clock cannot be read: perf events carry no time";
}

void kernel_clock_read(struct ledger_clocks (*read)(void), struct ledger_clocks *clocks)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE) * (1 + RING_PAGES);
	struct perf_event_mmap_page *page = MAP_FAILED;
	int fd = open_event();

	if (fd < 0) {
		clocks->kernel_why =
			errno == EACCES || errno == EPERM
				? "the kernel's clock cannot be read (perf_event_open); run as root"
				: "the kernel's clock cannot be read: it has no perf_event_open";
		return;
	}
	page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED) {
		clocks->kernel_why = "the kernel's clock cannot be read: no memory for perf events";
		return;
	}
	read_factors(page, clocks);
	if (!clocks->factors_known)
		read_by_events(page, read, clocks);
	munmap(page, size);
}
