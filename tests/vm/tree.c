/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree FOLDER: everything in it, one node a line, in the order of names:
 *
 *	NAME TYPE-AND-MODE OWNER:GROUP LINKS TIME DEVICE SIZE CONTENT FIRST-NAME
 *
 * The content is the FNV-1a hash of a file's bytes or of a link's target; FIRST-NAME is the first
 * name in that order with the same inode, so that hard links show. Other file systems are passed
 * over, and bytes of names that are not plain are written as \xNN.
 */
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct node {
	char *name;
	struct stat status;
};

static struct node *nodes;
static size_t node_count;

static int add_node(const char *name, const struct stat *status, int kind, struct FTW *where)
{
	(void)kind, (void)where;
	nodes = reallocarray(nodes, node_count + 1, sizeof(*nodes));
	if (!nodes)
		return 1;
	nodes[node_count].status = *status;
	nodes[node_count].name = strdup(name);
	return nodes[node_count++].name ? 0 : 1;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct node *)a)->name, ((const struct node *)b)->name);
}

static uint64_t hash(uint64_t state, const uint8_t *bytes, ssize_t size)
{
	for (ssize_t i = 0; i < size; i++)
		state = (state ^ bytes[i]) * 0x100000001b3;
	return state;
}

static uint64_t content_hash(const struct node *node)
{
	uint64_t state = 0xcbf29ce484222325;
	static uint8_t buffer[1 << 16];
	ssize_t got;
	int fd;

	if (S_ISLNK(node->status.st_mode))
		return hash(state, buffer, readlink(node->name, (char *)buffer, sizeof(buffer)));
	if (!S_ISREG(node->status.st_mode))
		return 0;
	fd = open(node->name, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && (got = read(fd, buffer, sizeof(buffer))) > 0)
		state = hash(state, buffer, got);
	if (fd >= 0)
		close(fd);
	return fd >= 0 ? state : 1;
}

static void print_name(const char *name)
{
	for (const unsigned char *byte = (const unsigned char *)name; *byte; byte++) {
		if (*byte > ' ' && *byte < 0x7f && *byte != '\\')
			putchar(*byte);
		else
			printf("\\x%02x", *byte);
	}
}

static void print_node(size_t index)
{
	const struct node *node = &nodes[index];
	const struct stat *status = &node->status;
	size_t first = 0;

	while (nodes[first].status.st_ino != status->st_ino)
		first++;
	print_name(node->name);
	printf(" %06o %u:%u %u %" PRId64 " %u:%u %" PRId64 " %016" PRIx64 " ", status->st_mode,
		status->st_uid, status->st_gid, (unsigned int)status->st_nlink,
		(int64_t)status->st_mtime, major(status->st_rdev), minor(status->st_rdev),
		S_ISDIR(status->st_mode) ? 0 : (int64_t)status->st_size, content_hash(node));
	print_name(nodes[first].name);
	putchar('\n');
}

int main(int argc, char **argv)
{
	if (argc != 2 || nftw(argv[1], add_node, 64, FTW_PHYS | FTW_MOUNT))
		return 1;
	qsort(nodes, node_count, sizeof(*nodes), compare_names);
	for (size_t i = 0; i < node_count; i++)
		print_node(i);
	return 0;
}
