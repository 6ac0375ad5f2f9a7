/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of a command line that look as if somebody typed them into a boot menu, for one boot. */
#ifndef BATON_PLAN_ONE_BOOT_H
#define BATON_PLAN_ONE_BOOT_H

struct error;

/**
 * Add those of @command_line to @words, a comma and a blank between them.
 * @param words  NULL to begin with, and still NULL if there are none; to be freed
 */
struct error *one_boot_words(const char *command_line, char **words);

#endif
