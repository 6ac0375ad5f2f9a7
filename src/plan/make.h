/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where does everything go, and where does the CPU start? A pure function of request, image,
 * what was unpacked of it, and machine: same inputs, same plan, on any host, without privileges and
 * without system calls (but for memory).
 */
#ifndef BATON_PLAN_MAKE_H
#define BATON_PLAN_MAKE_H

struct decision;
struct error;
struct plan;
struct question;
struct unpacked_kernel;

/**
 * Make the plan of what was decided (plan/decide.h). What plan_unpack() (plan/unpack.h) has made
 * ready is used.
 *
 * @param decision  taken over, also by an error
 * @param kernel  what plan_unpack() made of the image; NULL: nothing. A plan that enters the kernel
 *                directly takes its payload over, as it moves it, so that one such is good for one
 *                plan; an error leaves it there
 * @param ret     freed with plan_deinit(); borrows from the image, the initrd and the request's
 *                strings
 * Errors are complete sentences for the user: no hole fits (ERROR_NO_SPACE, with the largest hole),
 * a file is damaged (ERROR_DAMAGED), the image cannot be started on this machine
 * (ERROR_UNSUPPORTED).
 */
struct error *plan_finish(const struct question *question, struct decision *decision,
	struct unpacked_kernel *kernel, struct plan *ret);

/** decide() and plan_finish(), for what is unpacked already or stays packed. */
struct error *plan_make(
	const struct question *question, struct unpacked_kernel *kernel, struct plan *ret);

#endif
