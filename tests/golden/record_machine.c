/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Make a machine record out of a folder with copies of /proc and /sys, or show a record:
 *
 *	record_machine FOLDER NAME.tar.zst
 *	record_machine NAME.tar.zst
 */
#include "base/error.h"
#include "machine/machine.h"
#include "machine/source.h"

#include <stdio.h>
#include <string.h>

static struct error *run(const char *from, const char *to)
{
	_cleanup_source_ struct source *source = NULL;
	_cleanup_machine_ struct machine machine = {0};

	TRY(to ? source_open_live(from, &source) : machine_record_open(from, &source));
	TRY(error_prefix(machine_read(source, &machine), "%s", from));
	if (to)
		return machine_record_write(source, to);
	machine_describe_text(&machine, true, stdout);
	return NULL;
}

int main(int argc, char **argv)
{
	_cleanup_error_ struct error *error = NULL;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: record_machine FOLDER RECORD | record_machine RECORD\n");
		return 2;
	}
	error = run(argv[1], argv[2]);
	if (error)
		fprintf(stderr, "%s\n", error_message(error));
	return error != NULL;
}
