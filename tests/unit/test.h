/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every unit test includes: cmocka with its prerequisites, and assertions on our errors. */
#ifndef BATON_TESTS_UNIT_TEST_H
#define BATON_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

/** The call must succeed; otherwise its message is shown. */
#define assert_ok(call)                                                                            \
	do {                                                                                       \
		struct error *test_error_ = (call);                                                \
		if (test_error_)                                                                   \
			fail_msg("unexpected error: %s", error_message(test_error_));              \
	} while (0)

/** The call must fail with @wanted_code and a message that contains @part. */
#define assert_fails(call, wanted_code, part)                                                      \
	do {                                                                                       \
		struct error *test_error_ = (call);                                                \
		if (!test_error_)                                                                  \
			fail_msg("no error, expected one with \"%s\"", part);                      \
		if (error_code(test_error_) != (wanted_code) ||                                    \
			!strstr(error_message(test_error_), part))                                 \
			fail_msg("wrong error (code %d): %s", error_code(test_error_),             \
				error_message(test_error_));                                       \
		error_free(test_error_);                                                           \
	} while (0)

#endif
