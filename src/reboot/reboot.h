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
	/** Replace this process by a program found on PATH. Returns only with an error. */
	struct error *(*run)(const char *const argv[]);
	/** Take every network interface but the loopback down. */
	struct error *(*interfaces_down)(void);
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
	const char *const *argv; /* program that stops the system and jumps; NULL: sync and jump */
	const char *explanation; /* what happens now, one sentence */
};

/** Choose the way for what is loaded. @now skips the services: straight to sync and jump. */
const struct reboot_way *reboot_choose(
	const struct reboot_system *system, bool now, const struct machine *machine);

/**
 * Go that way. Returns only with an error, or when the tests' calls return. @warn is told of what
 * is no reason to stay, as for reboot_jump().
 */
struct error *reboot_go(const struct reboot_system *system, const struct reboot_way *way,
	const struct machine *machine, void (*warn)(struct error *error, void *data), void *data);

/** Which steps to leave out before jumping. */
struct reboot_steps {
	bool no_sync;
	bool no_interfaces_down;
};

/**
 * Sync, take the interfaces down, jump; no service is stopped. An interface that stays up is no
 * reason to stay: @warn is told, and takes over the error. The same goes for the ledger's mark.
 */
struct error *reboot_jump(const struct reboot_system *system, struct reboot_steps steps,
	const struct machine *machine, void (*warn)(struct error *error, void *data), void *data);

/**
 * Is this process part of the system's end already? The init system then runs `kexec -e` as its
 * last act, and the command was given long before.
 */
bool reboot_is_under_way(const struct reboot_system *system);

/** Have the init system reboot: `shutdown -r now`. Returns only with an error. */
struct error *reboot_shutdown(const struct reboot_system *system);

#endif
