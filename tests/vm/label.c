/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Give a file the label that IMA compares with its contents, for tests in guests:
 *
 *   label FILE SHA256-IN-HEX
 *
 * The attribute is a type, here a digest with its algorithm, the algorithm, here SHA-256, and the
 * digest (security/integrity/integrity.h, struct ima_digest_data; include/uapi/linux/hash_info.h).
 */
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

enum { IMA_XATTR_DIGEST_NG = 4, HASH_ALGO_SHA256 = 4, DIGEST_SIZE = 32 };

int main(int argc, char **argv)
{
	unsigned char label[2 + DIGEST_SIZE] = {IMA_XATTR_DIGEST_NG, HASH_ALGO_SHA256};

	if (argc != 3 || strlen(argv[2]) != 2 * DIGEST_SIZE)
		return 2;
	for (int i = 0; i < DIGEST_SIZE; i++)
		if (sscanf(argv[2] + 2 * i, "%2hhx", &label[2 + i]) != 1)
			return 2;
	if (setxattr(argv[1], "security.ima", label, sizeof(label), 0)) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
