/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Run a command with less than root has, for tests in guests:
 *
 *   restrict nobody COMMAND...             as an ordinary user
 *   restrict no-kexec_load COMMAND...      with that system call answering ENOSYS
 *   restrict no-kexec_file_load COMMAND...
 *   restrict no-reboot COMMAND...
 *   restrict no-inet COMMAND...            as with a kernel without INET: no socket of that kind
 *   restrict no-netlink COMMAND...
 */
#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static int become_nobody(void)
{
	return setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY);
}

static int take_away(unsigned int call)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int take_socket_away(unsigned int family)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, family, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int restrict_to(const char *what)
{
	if (strcmp(what, "nobody") == 0)
		return become_nobody();
	if (strcmp(what, "no-kexec_load") == 0)
		return take_away(SYS_kexec_load);
	if (strcmp(what, "no-kexec_file_load") == 0)
		return take_away(SYS_kexec_file_load);
	if (strcmp(what, "no-reboot") == 0)
		return take_away(SYS_reboot);
	if (strcmp(what, "no-inet") == 0)
		return take_socket_away(AF_INET);
	if (strcmp(what, "no-netlink") == 0)
		return take_socket_away(AF_NETLINK);
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	if (argc < 3 || restrict_to(argv[1])) {
		perror("restrict");
		return 125;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
