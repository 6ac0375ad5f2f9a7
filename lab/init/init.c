/*
 * The guest's first program: it says what kind of machine it woke up in, then does what the host
 * asks.
 *
 * It speaks a line protocol on the second serial port (on the console if there is none):
 *
 *   guest  BATON-REPORT {json}         once, as early as possible
 *   host   RUN id shell-command        guest  OUT id base64 (any number), END id exit-status
 *   host   PUT id path offset base64   guest  END id errno
 *   host   RESUMED id time base64      guest  END id errno
 *   host   POWEROFF | RESET | KEXEC    guest  LEAVE tsc, then it is gone
 *
 * RESUMED is said to a guest that begins at a snapshot (lab/snapshots.py): what time it is, in
 * seconds since 1970, and random bytes.
 *
 * `init --service` does the same on a system that another first program has prepared: as a service
 * of Debian's systemd (lab/debian.py). It mounts nothing and inserts no modules, and it goes when
 * systemd stops it.
 *
 * Run as any other process but the first, it prints the time stamp counter: `tsc` in the guest is
 * this file.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <linux/random.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define MARKERS	    "/markers"
#define MODULE_LIST "/lib/modules/lab.list"
#define SETUP_DATA  "/sys/kernel/boot_params/setup_data"
#define MEMMAP	    "/sys/firmware/memmap"

enum {
	LINE_MAX_BYTES = 64 * 1024,
	CHUNK = 3 * 1024,	 /* output bytes in one OUT line */
	SETUP_DATA_SHOWN = 4096, /* longer setup_data is cut in the report; its size is not */
	MEMMAP_ENTRIES = 1024,
};

/* An instruction that does nothing, for who watches the processor from outside (bench/marks.c). */
#if defined(__x86_64__) || defined(__i386__)
#define MARK(four_letters)                                                                         \
	__asm__ volatile(".byte 0x0f, 0x1f, 0x80; .ascii \"" four_letters "\"" : : : "memory")
#else
#define MARK(four_letters)
#endif

static int control = -1;      /* the channel to the host */
static int child_events = -1; /* a signalfd that tells of children that ended */

static uint64_t read_counter(void)
{
#if defined(__x86_64__) || defined(__i386__)
	uint32_t low, high;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
#elif defined(__aarch64__)
	uint64_t count;
	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(count) : : "memory");
	return count;
#else
#error "read_counter: say how this architecture's always-running counter is read"
#endif
}

/* Text that grows; the report and every protocol line are built in one before they are written. */

struct text {
	char *bytes;
	size_t length, capacity;
};

static void text_append(struct text *text, const void *bytes, size_t length)
{
	if (text->length + length + 1 > text->capacity) {
		text->capacity = 2 * (text->length + length + 1);
		text->bytes = realloc(text->bytes, text->capacity);
		if (!text->bytes)
			abort();
	}
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

__attribute__((format(printf, 2, 3))) static void text_printf(
	struct text *text, const char *format, ...)
{
	char *line;
	va_list arguments;

	va_start(arguments, format);
	int length = vasprintf(&line, format, arguments);
	va_end(arguments);
	if (length < 0)
		abort();
	text_append(text, line, length);
	free(line);
}

/* Append `value` as a JSON string. Bytes above 0x7f are shown as Latin-1, so that any command line
 * is valid JSON. */
static void text_json(struct text *text, const char *value)
{
	text_append(text, "\"", 1);
	for (const unsigned char *byte = (const unsigned char *)value; *byte; byte++) {
		if (*byte == '"' || *byte == '\\')
			text_printf(text, "\\%c", *byte);
		else if (*byte < 0x20 || *byte > 0x7e)
			text_printf(text, "\\u%04x", *byte);
		else
			text_append(text, byte, 1);
	}
	text_append(text, "\"", 1);
}

static void text_base64(struct text *text, const unsigned char *bytes, size_t length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < length; i += 3) {
		size_t have = length - i < 3 ? length - i : 3;
		uint32_t group = bytes[i] << 16 | (have > 1 ? bytes[i + 1] << 8 : 0) |
				 (have > 2 ? bytes[i + 2] : 0);
		char out[4] = {
			digits[group >> 18],
			digits[group >> 12 & 63],
			have > 1 ? digits[group >> 6 & 63] : '=',
			have > 2 ? digits[group & 63] : '=',
		};
		text_append(text, out, sizeof(out));
	}
}

/* Decode base64 in place and return the number of bytes. */
static size_t decode_base64(char *text)
{
	size_t length = 0;
	uint32_t bits = 0;
	int held = 0;

	for (char *c = text; *c; c++) {
		int digit = *c >= 'A' && *c <= 'Z'   ? *c - 'A'
			    : *c >= 'a' && *c <= 'z' ? *c - 'a' + 26
			    : *c >= '0' && *c <= '9' ? *c - '0' + 52
			    : *c == '+'		     ? 62
			    : *c == '/'		     ? 63
						     : -1;
		if (digit < 0)
			continue;
		bits = bits << 6 | digit;
		held += 6;
		if (held >= 8) {
			held -= 8;
			text[length++] = bits >> held;
		}
	}
	return length;
}

static void write_all(int file, const char *bytes, size_t length)
{
	while (length) {
		ssize_t written = write(file, bytes, length);
		if (written < 0 && errno != EINTR)
			return;
		if (written > 0) {
			bytes += written;
			length -= written;
		}
	}
}

static void text_send(struct text *text)
{
	write_all(control, text->bytes, text->length);
	free(text->bytes);
	*text = (struct text){};
}

/* Read at most `limit` bytes of a file; returns 0 for a file that is not there. `bytes` gets a
 * final NUL. */
static size_t read_file(const char *path, char *bytes, size_t limit)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = 1;

	while (file >= 0 && length < limit && got > 0) {
		got = read(file, bytes + length, limit - length);
		if (got > 0)
			length += got;
	}
	if (file >= 0)
		close(file);
	bytes[length] = '\0';
	return length;
}

/* Read a file as text without its final newlines. */
static const char *read_text(char *buffer, size_t size, const char *path)
{
	size_t length = read_file(path, buffer, size - 1);

	while (length && buffer[length - 1] == '\n')
		buffer[--length] = '\0';
	return buffer;
}

static uint64_t read_number(const char *path)
{
	char buffer[64];

	return strtoull(read_text(buffer, sizeof(buffer), path), NULL, 0);
}

/* The parts of the report. */

struct memory_range {
	uint64_t start, end; /* half-open; the kernel's own files say the last byte */
	char type[48];
};

static int compare_ranges(const void *left, const void *right)
{
	const struct memory_range *a = left, *b = right;

	return a->start < b->start ? -1 : a->start > b->start;
}

static void report_memory_map(struct text *report)
{
	static struct memory_range ranges[MEMMAP_ENTRIES];
	char path[128];
	int count = 0;

	for (; count < MEMMAP_ENTRIES; count++) {
		struct memory_range *range = &ranges[count];

		snprintf(path, sizeof(path), MEMMAP "/%d/type", count);
		if (access(path, F_OK))
			break;
		read_text(range->type, sizeof(range->type), path);
		snprintf(path, sizeof(path), MEMMAP "/%d/start", count);
		range->start = read_number(path);
		snprintf(path, sizeof(path), MEMMAP "/%d/end", count);
		range->end = read_number(path) + 1;
	}
	qsort(ranges, count, sizeof(*ranges), compare_ranges);
	text_printf(report, ",\"memory_map\":[");
	for (int i = 0; i < count; i++) {
		text_printf(report, "%s[%" PRIu64 ",%" PRIu64 ",", i ? "," : "", ranges[i].start,
			ranges[i].end);
		text_json(report, ranges[i].type);
		text_printf(report, "]");
	}
	text_printf(report, "]");
}

static void report_setup_data(struct text *report)
{
	static char data[64 * 1024 + 1];
	char path[128];

	text_printf(report, ",\"setup_data\":[");
	for (int i = 0;; i++) {
		snprintf(path, sizeof(path), SETUP_DATA "/%d/type", i);
		if (access(path, F_OK))
			break;
		uint64_t type = read_number(path);
		snprintf(path, sizeof(path), SETUP_DATA "/%d/data", i);
		size_t size = read_file(path, data, sizeof(data) - 1);
		text_printf(report, "%s{\"type\":%" PRIu64 ",\"size\":%zu,\"data\":\"",
			i ? "," : "", type, size);
		for (size_t at = 0; at < size && at < SETUP_DATA_SHOWN; at++)
			text_printf(report, "%02x", (unsigned char)data[at]);
		text_printf(report, "\"}");
	}
	text_printf(report, "]");
}

static struct text *markers_report; /* nftw() passes no argument of ours to its callback */

static uint64_t fnv1a64_file(const char *path)
{
	unsigned char buffer[4096];
	uint64_t hash = 0xcbf29ce484222325;
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	while (file >= 0 && (got = read(file, buffer, sizeof(buffer))) > 0)
		for (ssize_t i = 0; i < got; i++)
			hash = (hash ^ buffer[i]) * 0x100000001b3;
	if (file >= 0)
		close(file);
	return hash;
}

static int report_marker(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status, (void)where;
	if (kind != FTW_F)
		return 0;
	if (markers_report->bytes[markers_report->length - 1] != '{')
		text_append(markers_report, ",", 1);
	text_json(markers_report, path + strlen(MARKERS "/"));
	text_printf(markers_report, ":\"%016" PRIx64 "\"", fnv1a64_file(path));
	return 0;
}

static void report_markers(struct text *report)
{
	text_printf(report, ",\"markers\":{");
	markers_report = report;
	nftw(MARKERS, report_marker, 8, FTW_PHYS);
	text_printf(report, "}");
}

static void report_text(struct text *report, const char *name, const char *path)
{
	char *value = malloc(64 * 1024);

	text_printf(report, ",\"%s\":", name);
	text_json(report, read_text(value, 64 * 1024, path));
	free(value);
}

static uint64_t memory_total_kb(void)
{
	char buffer[4096];
	const char *line = strstr(read_text(buffer, sizeof(buffer), "/proc/meminfo"), "MemTotal:");

	return line ? strtoull(line + strlen("MemTotal:"), NULL, 10) : 0;
}

static void send_report(uint64_t tsc)
{
	struct text report = {};
	struct utsname name;

	uname(&name);
	/* The new line ends whatever firmware or an earlier kernel left unfinished on this channel.
	 */
	text_printf(&report, "\nBATON-REPORT {\"tsc\":%" PRIu64 ",\"release\":", tsc);
	text_json(&report, name.release);
	text_printf(&report, ",\"architecture\":");
	text_json(&report, name.machine);
	report_text(&report, "cmdline", "/proc/cmdline");
	text_printf(&report, ",\"efi\":%s", access("/sys/firmware/efi", F_OK) ? "false" : "true");
	text_printf(&report, ",\"memory_kb\":%" PRIu64, memory_total_kb());
	text_printf(&report, ",\"cpus\":%ld", sysconf(_SC_NPROCESSORS_ONLN));
	text_printf(&report, ",\"bootloader_type\":%" PRIu64,
		read_number("/proc/sys/kernel/bootloader_type"));
	text_printf(&report, ",\"kexec_loaded\":%" PRIu64, read_number("/sys/kernel/kexec_loaded"));
	report_text(&report, "boot_id", "/proc/sys/kernel/random/boot_id");
	report_memory_map(&report);
	report_setup_data(&report);
	report_markers(&report);
	text_printf(&report, "}\n");
	text_send(&report);
}

/* The commands of the host. */

static void send_end(const char *id, int status)
{
	struct text line = {};

	text_printf(&line, "END %s %d\n", id, status);
	text_send(&line);
}

/* Forward what is there to read; returns false at the end of the command's output. */
static bool forward_output(const char *id, int output)
{
	unsigned char buffer[CHUNK];
	struct text line = {};
	ssize_t got = read(output, buffer, sizeof(buffer));

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!got)
		return false;
	text_printf(&line, "OUT %s ", id);
	text_base64(&line, buffer, got);
	text_append(&line, "\n", 1);
	text_send(&line);
	return true;
}

/* Reap every child that ended; returns true and the wait status once `wanted` is among them. */
static bool reap(pid_t wanted, int *ret)
{
	struct signalfd_siginfo info;
	bool found = false;
	int status;

	while (read(child_events, &info, sizeof(info)) == sizeof(info))
		;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		if (pid == wanted) {
			*ret = status;
			found = true;
		}
	}
	return found;
}

static void become_shell(const char *command, int output)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	execl("/bin/sh", "sh", "-c", command, NULL);
	dprintf(STDERR_FILENO, "/bin/sh: %s\n", strerror(errno));
	_exit(127);
}

/* Run a command; it has ended when the shell has, even if a background process still holds the
 * output open. */
static void run(const char *id, const char *command)
{
	int output[2], status = 0;

	if (pipe2(output, O_CLOEXEC | O_NONBLOCK)) {
		send_end(id, 126);
		return;
	}
	pid_t shell = fork();
	if (!shell) {
		fcntl(output[1], F_SETFL, 0);
		become_shell(command, output[1]);
	}
	close(output[1]);
	struct pollfd watched[] = {{output[0], POLLIN, 0}, {child_events, POLLIN, 0}};
	for (bool ended = shell < 0; !ended;) {
		poll(watched, 2, -1);
		if (watched[0].revents && !forward_output(id, output[0]))
			watched[0].fd = -1;
		if (watched[1].revents)
			ended = reap(shell, &status);
	}
	while (poll(watched, 1, 0) > 0 && forward_output(id, output[0]))
		;
	close(output[0]);
	send_end(id, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
}

static void put(const char *id, char *path, off_t offset, char *base64)
{
	size_t length = decode_base64(base64);

	make_parents(path);
	int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (offset ? 0 : O_TRUNC), 0755);
	bool done = file >= 0 && pwrite(file, base64, length, offset) == (ssize_t)length;
	int error = done ? 0 : errno ? errno : EIO;
	if (file >= 0)
		close(file);
	send_end(id, error);
}

/* Be another guest than those that began at the same snapshot, and in the present. */
static void resumed(const char *id, const char *seconds, char *base64)
{
	char *fraction;
	struct timespec now = {.tv_sec = strtoll(seconds, &fraction, 10)};
	size_t length = decode_base64(base64);
	int pool = open("/dev/urandom", O_WRONLY | O_CLOEXEC);

	now.tv_nsec = *fraction == '.' ? strtol(fraction + 1, NULL, 10) * 1000 : 0;
	bool done = pool >= 0 && write(pool, base64, length) == (ssize_t)length &&
		    !clock_settime(CLOCK_REALTIME, &now);
	int error = done ? 0 : errno ? errno : EIO;
	/* A kernel whose generator has not been filled yet takes them when it is. */
	if (done && ioctl(pool, RNDRESEEDCRNG) && errno != ENODATA)
		error = errno;
	if (pool >= 0)
		close(pool);
	send_end(id, error);
}

static void leave(int how)
{
	struct text line = {};
	int queued = 0;

	sync();
	tcdrain(control);
	text_printf(&line, "LEAVE %" PRIu64 "\n", read_counter());
	text_send(&line);
	/* QEMU's port takes the line at once, as a rule. To wait for nothing costs milliseconds. */
	if (!ioctl(control, TIOCOUTQ, &queued) && queued)
		tcdrain(control);
	MARK("LEAV");
	if (reboot(how))
		dprintf(STDERR_FILENO, "lab: reboot: %s\n", strerror(errno));
}

static void obey(char *line)
{
	char *rest = line;
	const char *verb = strsep(&rest, " ");

	if (!strcmp(verb, "POWEROFF"))
		leave(RB_POWER_OFF);
	else if (!strcmp(verb, "RESET"))
		leave(RB_AUTOBOOT);
	else if (!strcmp(verb, "KEXEC"))
		leave(RB_KEXEC);
	const char *id = strsep(&rest, " ");
	if (!rest)
		return;
	if (!strcmp(verb, "RUN")) {
		run(id, rest);
	} else if (!strcmp(verb, "RESUMED")) {
		const char *seconds = strsep(&rest, " ");
		if (rest)
			resumed(id, seconds, rest);
	} else if (!strcmp(verb, "PUT")) {
		char *path = strsep(&rest, " ");
		const char *offset = strsep(&rest, " ");
		if (offset)
			put(id, path, strtoull(offset, NULL, 10), rest ? rest : (char[]){""});
	}
}

/* Read lines from the host for ever, and reap orphans in between. */
static void serve(void)
{
	static char line[LINE_MAX_BYTES];
	size_t length = 0;
	struct pollfd watched[] = {{control, POLLIN, 0}, {child_events, POLLIN, 0}};

	for (;;) {
		int ignored;

		poll(watched, 2, -1);
		if (watched[1].revents)
			reap(-1, &ignored);
		if (!watched[0].revents)
			continue;
		ssize_t got = read(control, line + length, sizeof(line) - 1 - length);
		if (got <= 0) {
			dprintf(STDERR_FILENO, "lab: control channel: %s\n",
				got ? strerror(errno) : "closed");
			return;
		}
		length += got;
		for (char *end; (end = memchr(line, '\n', length));) {
			size_t used = end + 1 - line;
			*end = '\0';
			if (used > 1)
				obey(line);
			length -= used;
			memmove(line, line + used, length);
		}
		if (length == sizeof(line) - 1)
			length = 0;
	}
}

/* Preparing the machine. */

static void mount_all(void)
{
	static const struct {
		const char *type, *where, *options;
	} table[] = {
		{"proc", "/proc", NULL},
		{"sysfs", "/sys", NULL},
		{"devtmpfs", "/dev", NULL},
		{"tmpfs", "/run", "mode=0755"},
		{"tmpfs", "/tmp", NULL},
		/* These two may be missing from a kernel or from its configuration. */
		{"securityfs", "/sys/kernel/security", NULL},
		{"debugfs", "/sys/kernel/debug", NULL},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		mkdir(table[i].where, 0755);
		mount(table[i].type, table[i].where, table[i].type, 0, table[i].options);
	}
}

static void open_console(void)
{
	int console = open("/dev/console", O_RDWR | O_NOCTTY);

	for (int file = STDIN_FILENO; console >= 0 && file <= STDERR_FILENO; file++)
		dup2(console, file);
	if (console > STDERR_FILENO)
		close(console);
}

static bool make_raw(int tty)
{
	struct termios settings;

	/* The node of a port that is not there can be opened; its settings cannot be read. */
	if (tcgetattr(tty, &settings))
		return false;
	cfmakeraw(&settings);
	cfsetspeed(&settings, B115200);
	settings.c_cflag |= CLOCAL | CREAD;
	return !tcsetattr(tty, TCSANOW, &settings);
}

static void open_control(void)
{
	control = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (control >= 0 && make_raw(control))
		return;
	control = open("/dev/console", O_RDWR | O_NOCTTY | O_CLOEXEC);
	make_raw(control);
}

/* Insert the modules that the initramfs brings, in the order of its list. */
static void insert_modules(void)
{
	FILE *list = fopen(MODULE_LIST, "re");
	char path[256];

	while (list && fgets(path, sizeof(path), list)) {
		path[strcspn(path, "\n")] = '\0';
		int file = open(path, O_RDONLY | O_CLOEXEC);
		if (file < 0 || (syscall(SYS_finit_module, file, "", 0) && errno != EEXIST))
			dprintf(STDERR_FILENO, "lab: %s: %s\n", path, strerror(errno));
		if (file >= 0)
			close(file);
	}
	if (list)
		fclose(list);
}

/* What the kernel leaves to its first program, and what a service finds done. */
static void prepare_machine(void)
{
	mount_all();
	open_console();
}

static void watch_children(void)
{
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	child_events = signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
	uint64_t tsc = read_counter();
	bool first = getpid() == 1;

	if (!first && (argc != 2 || strcmp(argv[1], "--service"))) {
		printf("%" PRIu64 "\n", tsc);
		return 0;
	}
	if (first) {
		MARK("1ST.");
		prepare_machine();
	}
	watch_children();
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
	setenv("HOME", "/root", 1);
	open_control();
	if (first)
		insert_modules();
	send_report(tsc);
	serve();
	/* The kernel panics without its first program; a service that lost its channel has failed.
	 */
	while (first)
		pause();
	return 1;
}
