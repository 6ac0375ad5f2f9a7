/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan is made for: what was asked, of which files, on which machine. */
#ifndef BATON_DECISION_QUESTION_H
#define BATON_DECISION_QUESTION_H

struct image;
struct initrd;
struct machine;
struct request;

/** Borrowed, all of it. */
struct question {
	const struct request *request;
	const struct image *image;
	const struct initrd *initrd; /* opened at the least; NULL or of no parts: none */
	const struct machine *machine;
};

#endif
