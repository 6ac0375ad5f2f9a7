/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where does everything go, and where does the CPU start? A pure function of request, image,
 * what was unpacked of it, and machine: same inputs, same plan, on any host, without privileges and
 * without system calls (but for memory).
 */
#ifndef BATON_PLAN_MAKE_H
#define BATON_PLAN_MAKE_H

struct error;
struct image;
struct initrd;
struct machine;
struct plan;
struct request;
struct unpacked_kernel;

/**
 * Make the plan. What plan_unpack() (plan/unpack.h) has made ready is used.
 *
 * @param kernel  what plan_unpack() made of the image; NULL: nothing. A plan that enters the kernel
 *                directly takes its payload over, as it moves it, so that one such is good for one
 *                plan; an error leaves it there
 * @param initrd  may be NULL
 * @param ret     freed with plan_deinit(); borrows from @image, @initrd and @request's strings
 * Errors are complete sentences for the user: no hole fits (ERROR_NO_SPACE, with the largest hole),
 * the image cannot be started on this machine (ERROR_UNSUPPORTED), the policy forbids it
 * (ERROR_NOT_PERMITTED), the command line is too long or options contradict (ERROR_USAGE).
 */
struct error *plan_make(const struct request *request, const struct image *image,
	struct unpacked_kernel *kernel, const struct initrd *initrd, const struct machine *machine,
	struct plan *ret);

/**
 * Everything that plan_make() would refuse and that is known before a byte is unpacked: what the
 * options contradict, what this machine and its policy allow, what the kernel can be entered by.
 * Where the plan is to be made real, also what the system call is known to answer: kexec is
 * disabled, its limit is used up, no memory is reserved for a crash kernel.
 */
struct error *plan_check(
	const struct request *request, const struct image *image, const struct machine *machine);

#endif
