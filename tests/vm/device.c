/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Talks to /dev/baton with none of baton in between, for tests in guests:
 *
 *   device status            the fields of STATUS and CAPABILITIES, one a line
 *   device at ADDRESS        a good load, with one page of it at a physical address
 *   device refused           everything that must be refused, each with its errno
 *   device cycle KO N MIB    insert, load, unload, remove: N times, with MIB of segments
 *   device full MIB          a load of MIB that there is no memory for
 *   device killed MIB        a load of MIB that is killed while it goes on
 *   device late              restart, and load when devices are shut down; two processors
 *   device later             the calls of a later version, whose structures are longer
 *   device race N            N loads and unloads from each of four processes at once
 *   device hostile SEED N    N random calls
 *
 * Exit status 1, with a line for each, if something was not as it must be.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* module/uapi/baton.h, by hand: a program that is one file, and a second look at the layout. */
struct segment {
	uint64_t buffer, buffer_size, address, memory_size;
};

struct load {
	uint32_t size, flags;
	uint64_t entry, segments, mapped;
	uint32_t segment_count, mapped_count;
};

struct status {
	uint32_t size, state;
	uint64_t entry, in_place, to_copy, to_clear, held, loads;
};

struct capabilities {
	uint32_t size, version, hooks, segments_max, mapped_max, page_size;
	uint64_t address_max;
	char obstacle[192];
};

#define LOAD	     _IOW('B', 0xb0, struct load)
#define UNLOAD	     _IO('B', 0xb1)
#define STATUS	     _IOWR('B', 0xb2, struct status)
#define CAPABILITIES _IOWR('B', 0xb3, struct capabilities)

enum { PAGE = 4096, MIB = 1 << 20, SEGMENTS = 16, MAPPED = 8 };

static int failures;

/* 0 or an errno. */
static int call(unsigned long command, void *argument)
{
	int fd = open("/dev/baton", O_RDWR | O_CLOEXEC);
	int result;

	if (fd < 0)
		return errno;
	result = ioctl(fd, command, argument) < 0 ? errno : 0;
	close(fd);
	return result;
}

static void expect(const char *what, int wanted, int got)
{
	if (got == wanted)
		return;
	failures++;
	printf("%s: %s, expected %s\n", what, got ? strerror(got) : "accepted",
		wanted ? strerror(wanted) : "to be accepted");
}

/* A load that is good, for others to spoil. */
struct sample {
	struct load load;
	struct segment segments[SEGMENTS + 1];
	uint64_t mapped[MAPPED + 1][2];
	uint8_t contents[2 * PAGE];
};

static struct sample *make_sample(void)
{
	static struct sample sample;

	sample = (struct sample){
		.load = {.size = sizeof(sample.load),
			.entry = 16 * MIB,
			.segments = (uintptr_t)sample.segments,
			.mapped = (uintptr_t)sample.mapped,
			.segment_count = 2},
		.segments = {{(uintptr_t)sample.contents, PAGE + 1, 16 * MIB, 4 * PAGE},
			{(uintptr_t)sample.contents, 1, 32 * MIB, PAGE}},
	};
	return &sample;
}

static void show_status(void)
{
	struct status status = {.size = sizeof(status)};
	struct capabilities can = {.size = sizeof(can)};

	expect("STATUS", 0, call(STATUS, &status));
	expect("CAPABILITIES", 0, call(CAPABILITIES, &can));
	printf("state %u\nin_place %" PRIu64 "\nto_copy %" PRIu64 "\nto_clear %" PRIu64 "\n",
		status.state, status.in_place, status.to_copy, status.to_clear);
	printf("held %" PRIu64 "\nloads %" PRIu64 "\n", status.held, status.loads);
	printf("version %u\nhooks %u\naddress_max 0x%" PRIx64 "\nobstacle %s\n", can.version,
		can.hooks, can.address_max, can.obstacle);
}

/* Spoil one field of a good load; whatever it points to stays good. */
static void try_field(const char *what, int wanted, size_t offset, size_t size, uint64_t value)
{
	struct sample *sample = make_sample();

	memcpy((char *)sample + offset, &value, size);
	expect(what, wanted, call(LOAD, &sample->load));
}

#define TRY_FIELD(what, wanted, field, value)                                                      \
	try_field(what, wanted, offsetof(struct sample, field),                                    \
		sizeof(((struct sample *)0)->field), value)

static void load_at(uint64_t address)
{
	TRY_FIELD("a page there", 0, segments[1].address, address);
}

static void try_refused_fields(void)
{
	TRY_FIELD("size 0", EINVAL, load.size, 0);
	TRY_FIELD("size short", EINVAL, load.size, sizeof(struct load) - 1);
	TRY_FIELD("size huge", E2BIG, load.size, UINT32_MAX);
	TRY_FIELD("longer, and not zero", E2BIG, load.size, sizeof(struct load) + 64);
	TRY_FIELD("flags", EINVAL, load.flags, 1);
	TRY_FIELD("no segment", EINVAL, load.segment_count, 0);
	TRY_FIELD("17 segments", EINVAL, load.segment_count, SEGMENTS + 1);
	TRY_FIELD("4 billion segments", EINVAL, load.segment_count, UINT32_MAX);
	TRY_FIELD("9 mapped", EINVAL, load.mapped_count, MAPPED + 1);
	TRY_FIELD("segments nowhere", EFAULT, load.segments, 0);
	TRY_FIELD("segments in the kernel", EFAULT, load.segments, UINT64_MAX - 0xffff);
	TRY_FIELD("entry outside", EINVAL, load.entry, 48 * MIB);
	TRY_FIELD("entry at the end", EINVAL, load.entry, 16 * MIB + 4 * PAGE);
	TRY_FIELD("contents nowhere", EFAULT, segments[0].buffer, 0);
	TRY_FIELD("contents in the kernel", EFAULT, segments[0].buffer, UINT64_MAX - 0xffff);
	TRY_FIELD("contents longer than memory", EINVAL, segments[0].buffer_size, 4 * PAGE + 1);
	TRY_FIELD("contents longer than all", EINVAL, segments[0].buffer_size, UINT64_MAX);
	TRY_FIELD("address unaligned", EINVAL, segments[0].address, 16 * MIB + 1);
	TRY_FIELD("memory unaligned", EINVAL, segments[0].memory_size, 4 * PAGE - 1);
	TRY_FIELD("memory 0", EINVAL, segments[1].memory_size, 0);
	TRY_FIELD("memory that wraps", EINVAL, segments[1].memory_size, UINT64_MAX - PAGE + 1);
	TRY_FIELD("overlap", EINVAL, segments[1].address, 16 * MIB + 3 * PAGE);
	TRY_FIELD("twice the same", EINVAL, segments[1].address, 16 * MIB);
	TRY_FIELD("firmware's memory", EADDRNOTAVAIL, segments[1].address, 0xf0000);
	TRY_FIELD("page 0", EADDRNOTAVAIL, segments[1].address, 0);
	TRY_FIELD("past all memory", EADDRNOTAVAIL, segments[1].address, UINT64_C(1) << 40);
	TRY_FIELD("the last page", EINVAL, segments[1].address, UINT64_MAX - PAGE + 1);
	TRY_FIELD(
		"out of RAM at its end", EADDRNOTAVAIL, segments[1].memory_size, UINT64_C(1) << 45);
}

/* A range to be mapped that is good, or not. */
static void try_mapped(const char *what, int wanted, uint64_t start, uint64_t size)
{
	struct sample *sample = make_sample();

	sample->load.mapped_count = 1;
	sample->mapped[0][0] = start;
	sample->mapped[0][1] = size;
	expect(what, wanted, call(LOAD, &sample->load));
}

static void try_refused_ranges(void)
{
	try_mapped("all that exists", EINVAL, 0, UINT64_MAX);
	try_mapped("half of it", EINVAL, 0, UINT64_C(1) << 63);
	try_mapped("a page too much", EINVAL, 0, 64 * MIB + PAGE);
	try_mapped("a range that wraps", EINVAL, UINT64_MAX - PAGE, 2 * PAGE);
	try_mapped("past what can be addressed", EINVAL, UINT64_C(1) << 52, PAGE);
}

static void try_refused(void)
{
	struct sample *sample = make_sample();

	expect("a good load", 0, call(LOAD, &sample->load));
	try_refused_fields();
	try_refused_ranges();
	/* Refusals leave in place what is loaded. */
	struct status status = {.size = sizeof(status)};

	expect("STATUS", 0, call(STATUS, &status));
	expect("still loaded", 1, status.state == 1);
	expect("loads", 1, status.loads == 1);
	/* A longer structure whose rest is zero is one of a later version that asks for nothing
	 * new. */
	sample = make_sample();
	sample->load.size = sizeof(struct load) + sizeof(sample->segments);
	memset(sample->segments, 0, sizeof(sample->segments));
	expect("longer and zero, but no segment", EINVAL, call(LOAD, &sample->load));
	expect("LOAD of nothing", EFAULT, call(LOAD, NULL));
	expect("STATUS into nothing", EFAULT, call(STATUS, NULL));
	status.size = 3;
	expect("STATUS too short", EINVAL, call(STATUS, &status));
	expect("CAPABILITIES in the kernel", EFAULT,
		call(CAPABILITIES, (void *)(UINTPTR_MAX - 0xfff)));
	expect("no such command", ENOTTY, call(_IO('B', 0xb4), NULL));
	expect("unload", 0, call(UNLOAD, NULL));
	expect("unload nothing", 0, call(UNLOAD, NULL));
}

/* One load of @mib MiB, half of it contents. */
static int load_much(uint64_t mib, const uint8_t *contents)
{
	struct segment segments[] = {
		{(uintptr_t)contents, mib * MIB / 2, 16 * MIB, mib * MIB / 2},
		{(uintptr_t)contents, PAGE, (18 + mib / 2) * MIB, mib * MIB / 2},
	};
	struct load load = {
		.size = sizeof(load),
		.entry = 16 * MIB,
		.segments = (uintptr_t)segments,
		.segment_count = 2,
	};

	return call(LOAD, &load);
}

static uint8_t *make_contents(size_t size)
{
	uint8_t *contents = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (contents == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return contents;
}

static void cycle(const char *module, int count, uint64_t mib)
{
	uint8_t *contents = make_contents(mib * MIB / 2);
	int fd = open(module, O_RDONLY | O_CLOEXEC);

	for (int i = 0; i < count && !failures; i++) {
		expect("insert", 0, syscall(SYS_finit_module, fd, "", 0) ? errno : 0);
		/* devtmpfs makes the node before the module is there. */
		expect("load", 0, load_much(mib, contents));
		expect("load over it", 0, load_much(mib, contents));
		/* Every other time what is loaded goes with the module. */
		if (i % 2)
			expect("unload", 0, call(UNLOAD, NULL));
		expect("remove", 0, syscall(SYS_delete_module, "baton", O_NONBLOCK) ? errno : 0);
	}
}

static void fill_up(uint64_t mib)
{
	struct status status = {.size = sizeof(status)};

	expect("a load", 0, load_much(2, make_contents(MIB)));
	expect("a load too large", ENOMEM, load_much(mib, make_contents(mib * MIB / 2)));
	expect("STATUS", 0, call(STATUS, &status));
	expect("still loaded", 1, status.state == 1);
	expect("the one before, not more", 1, status.held < 1024);
}

/* A good load takes its time; while it does, STATUS answers at once, and a signal ends it. */
static void kill_load(uint64_t mib)
{
	uint8_t *contents = make_contents(mib * MIB / 2);
	struct status status = {.size = sizeof(status)};
	pid_t child = fork();
	int how;

	if (child == 0) {
		/* The parent's unloading may be in the way. */
		while ((how = load_much(mib, contents)) == EBUSY)
			;
		exit(how != 0);
	}
	/* Loading if unloading must wait. A child that has ended is not waited for for ever. */
	while (call(UNLOAD, NULL) != EBUSY && waitpid(child, &how, WNOHANG) == 0)
		;
	expect("STATUS", 0, call(STATUS, &status));
	expect("nothing yet", 0, (int)status.loads);
	kill(child, SIGKILL);
	waitpid(child, &how, 0);
	expect("killed", SIGKILL, WIFSIGNALED(how) ? WTERMSIG(how) : 0);
	expect("STATUS", 0, call(STATUS, &status));
	expect("nothing loaded", 0, (int)(status.loads + status.state));
	expect("unload", 0, call(UNLOAD, NULL));
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	expect("affinity", 0, sched_setaffinity(0, sizeof(set), &set) ? errno : 0);
}

/* The mask of the processors that a process may run on. */
static unsigned long processors_of(pid_t process)
{
	static const char label[] = "Cpus_allowed:";
	char path[32], text[4096], *found;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", process);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	close(fd);
	text[got < 0 ? 0 : got] = '\0';
	found = strstr(text, label);
	return found ? strtoul(found + sizeof(label) - 1, NULL, 16) : 0;
}

static void say_on_console(const char *text)
{
	FILE *log = fopen("/dev/kmsg", "we");

	if (log) {
		fprintf(log, "<0>%s\n", text);
		fclose(log);
	}
}

/*
 * A restart goes over to processor 0 when devices are shut down. That one is kept by a real-time
 * process, which loads in that moment and then lets the restart go on. What is loaded would write
 * to the serial port, and stay.
 */
static void load_late(void)
{
	static const uint8_t code[] = {0x66, 0xba, 0xf8, 0x03, /* mov $0x3f8, %dx */
		0xb0, '!', 0xee,			       /* mov $'!', %al; out %al, (%dx) */
		0xf4, 0xeb, 0xfd};			       /* 1: hlt; jmp 1b */
	struct sched_param highest = {.sched_priority = sched_get_priority_max(SCHED_FIFO)};
	struct sample *sample = make_sample();
	pid_t restarts;

	memcpy(sample->contents, code, sizeof(code));
	restarts = fork();
	if (restarts == 0) {
		run_on(1);
		reboot(RB_AUTOBOOT);
		exit(1);
	}
	run_on(0);
	expect("real time", 0, sched_setscheduler(0, SCHED_FIFO, &highest) ? errno : 0);
	while (processors_of(restarts) != 1 && !failures)
		;
	expect("a late load", 0, call(LOAD, &sample->load));
	say_on_console(failures ? "late: failed" : "late: loaded");
}

/* The number of a command tells the size of its structure. */
static unsigned long longer(unsigned long command)
{
	return _IOC(
		_IOC_DIR(command), _IOC_TYPE(command), _IOC_NR(command), _IOC_SIZE(command) + 16);
}

static void try_later_version(void)
{
	struct sample *sample = make_sample();
	struct {
		struct load load;
		uint64_t more[2];
	} later = {sample->load, {0}};
	struct {
		struct status status;
		uint64_t more[2];
	} status = {{.size = sizeof(status)}, {7, 7}};

	later.load.size = sizeof(later);
	expect("asks for nothing new", 0, call(longer(LOAD), &later));
	later.more[1] = 1;
	expect("asks for something new", E2BIG, call(longer(LOAD), &later));
	expect("STATUS", 0, call(longer(STATUS), &status));
	expect("loads", 1, (int)status.status.loads);
	expect("says how much it filled in", sizeof(status.status), (int)status.status.size);
	expect("the rest is as it was", 7, (int)status.more[0]);
	expect("unload", 0, call(UNLOAD, NULL));
}

static void race(int count)
{
	uint8_t *contents = make_contents(4 * MIB);
	int status;

	for (int child = 0; child < 4; child++) {
		if (fork())
			continue;
		for (int i = 0; i < count; i++) {
			int result = (i + child) % 3 ? load_much(8, contents) : call(UNLOAD, NULL);

			if (result != 0 && result != EBUSY)
				expect("a race", 0, result);
		}
		exit(failures != 0);
	}
	while (wait(&status) > 0)
		failures += status != 0;
	expect("unload", 0, call(UNLOAD, NULL));
}

/* xorshift64*: the same calls for the same seed. */
static uint64_t random_state;

static uint64_t draw(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * UINT64_C(0x2545f4914f6cdd1d);
}

/* A number that is likely to matter. */
static uint64_t draw_number(void)
{
	static const uint64_t numbers[] = {0, 1, PAGE - 1, PAGE, PAGE + 1, 0x9f000, 0xa0000,
		0x100000, 16 * MIB, 32 * MIB, 64 * MIB, 0x3ff00000, UINT32_MAX, UINT64_C(1) << 32,
		UINT64_C(1) << 45, INT64_MAX, UINT64_MAX - PAGE + 1, UINT64_MAX};
	uint64_t number = numbers[draw() % (sizeof(numbers) / sizeof(numbers[0]))];

	switch (draw() % 4) {
	case 0:
		return number + (draw() % 16) * PAGE;
	case 1:
		return draw() >> draw() % 64;
	default:
		return number;
	}
}

/* Any answer is right, if the kernel lives to give it; what is accepted is given back. */
static void hostile(uint64_t seed, int count)
{
	unsigned int accepted = 0;

	random_state = seed * 2 + 1;
	for (int i = 0; i < count; i++) {
		struct sample *sample = make_sample();
		unsigned long command = LOAD;

		for (uint64_t changes = draw() % 4; changes; changes--) {
			uint64_t value = draw_number();
			size_t fields = offsetof(struct sample, contents) / sizeof(uint64_t);

			/* Mostly the header and the two segments that count. */
			if (draw() % 4)
				fields = (sizeof(struct load) + 2 * sizeof(struct segment)) /
					 sizeof(uint64_t);
			memcpy((uint64_t *)sample + draw() % fields, &value, sizeof(value));
		}
		if (draw() % 8 == 0)
			command = draw() % 2 ? UNLOAD : draw() % 2 ? STATUS : CAPABILITIES;
		if (draw() % 64 == 0)
			command = draw();
		accepted += call(command, draw() % 32 ? (void *)sample
						      : (void *)(uintptr_t)draw_number()) == 0;
	}
	expect("unload", 0, call(UNLOAD, NULL));
	printf("%d calls, %u accepted\n", count, accepted);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "status") == 0)
		show_status();
	else if (strcmp(what, "at") == 0 && argc == 3)
		load_at(strtoull(argv[2], NULL, 0));
	else if (strcmp(what, "refused") == 0)
		try_refused();
	else if (strcmp(what, "cycle") == 0 && argc == 5)
		cycle(argv[2], atoi(argv[3]), strtoull(argv[4], NULL, 0));
	else if (strcmp(what, "full") == 0 && argc == 3)
		fill_up(strtoull(argv[2], NULL, 0));
	else if (strcmp(what, "killed") == 0 && argc == 3)
		kill_load(strtoull(argv[2], NULL, 0));
	else if (strcmp(what, "late") == 0)
		load_late();
	else if (strcmp(what, "later") == 0)
		try_later_version();
	else if (strcmp(what, "race") == 0 && argc == 3)
		race(atoi(argv[2]));
	else if (strcmp(what, "hostile") == 0 && argc == 4)
		hostile(strtoull(argv[2], NULL, 0), atoi(argv[3]));
	else
		failures = printf("usage: see device.c\n");
	return failures != 0;
}
