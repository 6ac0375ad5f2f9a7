/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One load from beginning to end: from names of files to a plan, and the plan made real. What the
 * command lines and libbaton do is this.
 */
#ifndef BATON_JOB_JOB_H
#define BATON_JOB_JOB_H

#include "base/blob.h"
#include "decision/decision.h"
#include "decision/question.h"
#include "decision/request.h"
#include "entry/entry.h"
#include "handoff/mailbox.h"
#include "image/initrd.h"
#include "image/unpacked.h"
#include "machine/machine.h"
#include "machine/source.h"
#include "plan/plan.h"
#include "plan/start.h"

struct handoff_calls;

/** The system that it is done to; tests put their own in its place. */
struct job_system {
	const char *root; /* "/" or a folder that stands in for it */
	const struct handoff_calls *calls;
};

/** What is to be done. Zeroed is "everything by default". Nothing in it is owned. */
struct job_options {
	const char *root;   /* of the system that the files belong to; NULL: the running one's */
	const char *kernel; /* NULL: find it, if `find_kernel` */
	const char *initrds[INITRD_MAX];
	unsigned int initrd_count;
	bool no_initrd;
	bool warn_of_start;	 /* what would refuse a start that will not come up only warns */
	bool verify_start;	 /* look also where that takes long: into packed initrds */
	bool hotplug;		 /* a crash kernel that follows the hotplug of CPUs and memory */
	bool find_kernel;	 /* what the system would boot */
	bool find_initrd;	 /* look beside the kernel if none was named */
	bool reuse_by_default;	 /* the running command line, if no other was given */
	const char *initrd_hint; /* what to try if they cannot be read; NULL: nothing */
	const char *format;	 /* for image_identify(); NULL: any */
	const char *device_tree;
	const char *method_reason; /* why the request names a method; NULL: the plan chooses */
	const char *flag_option;   /* what asked for flags of kexec_file_load, for the error */
	bool seed_given;	   /* in the request; else it is random */
	bool makes_mailbox; /* the ledger's, for what is loaded: a page outside of this process */

	/* The machine: the record that is named, or one that was read already, or the running one.
	 */
	const char *record;
	const struct machine *machine; /* read already; NULL: it is read */
	bool recorded;		       /* that one is another computer, or another time */

	struct request request; /* job_plan() fills in what it reads */
};

/** The steps, in order, for whoever shows them. */
enum job_stage {
	JOB_MACHINE,
	JOB_KERNEL,
	JOB_INITRD,
	JOB_UNPACK,
	JOB_PLAN,
	JOB_LOAD,
	JOB_STAGES,
};

/** Zeroed: nobody looks. */
struct job_watch {
	void (*at)(void *data, enum job_stage stage);
	void *data;
};

/** Everything that a plan is made of, and the plan. */
struct job {
	struct source *source;
	struct machine machine;
	bool machine_known;	      /* it was read; else its fields mean nothing */
	bool machine_borrowed;	      /* from the options */
	struct boot_entry boot_entry; /* empty when the kernel was named */
	char *kernel;		      /* its path */
	char *kernel_known_as;	      /* the same without links, as it is told afterwards */
	char *initrd_beside;	      /* found by its name; NULL when named or none */
	char *why_no_initrd;   /* why one that was there was not taken; NULL when none was there */
	char *prepared_damage; /* what is wrong with the kernel as it was unpacked earlier,
				  a warning; NULL */
	const char *method_reason; /* the options' */
	struct start_facts start;
	struct start_findings findings;
	struct blob device_tree;
	struct image image;
	struct unpacked_kernel unpacked;
	struct initrd initrd;
	struct question question; /* of the options' request, and of what is above */
	struct decision decision; /* taken over by the plan */
	struct mailbox mailbox;	  /* for a load; empty while it is only planned */
	struct plan plan;
};

void job_deinit(struct job *job);
#define _cleanup_job_ __attribute__((cleanup(job_deinit)))

/** Which system call was chosen, and why. */
const char *job_method_reason(const struct job *job);

/**
 * What of a plan should be known before it is carried out: what is wrong with the facts about the
 * machine and what is wrong with the plan are one list to whoever loads.
 */
void job_each_warning(const struct job *job, void (*use)(const char *text, void *data), void *data);

/** The unpacked kernel, which the plan has taken over or not; NULL if it was not unpacked. */
const struct payload *job_payload(const struct job *job);

#endif
