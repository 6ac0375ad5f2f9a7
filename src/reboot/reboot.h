/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An orderly stop, and then the jump. Which program stops the services is decided here, from a
 * table of ways in order of preference; everything that touches the system goes through struct
 * reboot_system, so that the tests can watch.
 *
 * To add a way (OpenRC, runit): its row in reboot.c's table, a test, its paragraph in baton(8).
 */
#ifndef BATON_REBOOT_REBOOT_H
#define BATON_REBOOT_REBOOT_H

#include <stdbool.h>

struct error;
struct handoff_calls;
struct machine;

struct reboot_system {
	const char *root; /* "/" or a test's folder */
	const struct handoff_calls *calls;
	/** Replace this process by a program; argv[0] is its path. Returns only with an error. */
	struct error *(*run)(const char *const argv[]);
	/** Take every network interface but the loopback down. */
	struct error *(*interfaces_down)(void);
	/** Make the file systems on disks read-only: file_systems.h. */
	struct error *(*read_only)(const char *root);
};

/** Whom to tell of an error that is no reason to stay; takes it over. */
typedef void (*reboot_warn)(struct error *error, void *data);

/** What was asked for. */
struct reboot_wish {
	bool now;		/* stop no service: straight to the jump */
	bool ignore_inhibitors; /* whoever wants the system to stay up is not heard */
};

/** Down with every interface that is up, but the loopback. Goes on past a refusal; returns the
 * first. */
struct error *reboot_interfaces_down(void);

/** The real one. */
extern const struct reboot_system reboot_system_live;

/** A way to stop what runs. */
struct reboot_way {
	const char *name;   /* stable, for JSON: "systemd", "direct" */
	const char *marker; /* path below the root that shows that it applies; NULL: always */
	bool by_module;	    /* for what is loaded in baton's module; the last way is for both */
	/** systemctl's word for what stops the system and jumps; NULL: to the jump at once. */
	const char *systemctl;
	const char *target;	 /* what systemd is asked to start by that word; NULL as well */
	const char *explanation; /* what happens now, one sentence */
};

/**
 * Can the system be rebooted as it is wished? Asked before anything is loaded, and once more before
 * anything is stopped.
 * ERROR_OTHER if somebody inhibits it (inhibitors.h), ERROR_SYSTEM if the program that would stop
 * the services is not there. @warn is told if nobody knows.
 */
struct error *reboot_check(
	const struct reboot_system *system, struct reboot_wish wish, reboot_warn warn, void *data);

/** Choose the way for what is loaded. */
const struct reboot_way *reboot_choose(
	const struct reboot_system *system, struct reboot_wish wish, const struct machine *machine);

/**
 * Go that way. Returns only with an error, or when the tests' calls return. @warn is told of what
 * is no reason to stay.
 */
struct error *reboot_go(const struct reboot_system *system, const struct reboot_way *way,
	struct reboot_wish wish, const struct machine *machine, reboot_warn warn, void *data);

/** Which steps to leave out before jumping, and which not. */
struct reboot_steps {
	bool no_sync;
	bool no_interfaces_down;
	bool end_disks; /* note the end in wtmp, make file systems read-only */
};

/**
 * Sync, take the interfaces down, jump; no service is stopped. What goes wrong on the way is no
 * reason to stay: @warn is told.
 */
struct error *reboot_jump(const struct reboot_system *system, struct reboot_steps steps,
	const struct machine *machine, reboot_warn warn, void *data);

/**
 * Is this process part of the system's end already? The init system then runs `kexec -e` as its
 * last act, and the command was given long before.
 */
bool reboot_is_under_way(const struct reboot_system *system);

/**
 * Will reboot_shutdown() be able to? To be asked before anything is loaded: whether the program
 * that it calls is there and, where systemd runs, what reboot_check() asks.
 */
struct error *reboot_shutdown_check(
	const struct reboot_system *system, reboot_warn warn, void *data);

/**
 * Have the init system end the system and start what is loaded: where systemd runs by
 * reboot_choose()'s way, as its `shutdown -r now` goes through firmware up to version 253 (seen in
 * 252; 257 jumps); elsewhere by `shutdown -r now`, whose scripts call `kexec -e`. Returns only with
 * an error.
 */
struct error *reboot_shutdown(const struct reboot_system *system, const struct machine *machine,
	reboot_warn warn, void *data);

#endif
