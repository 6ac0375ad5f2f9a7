/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What follows from a machine's facts, in words. */
#include <inttypes.h>
#include <string.h>

#include "cli/print.h"

static bool is_disabled(const struct machine *m)
{
	return m->kexec.load_disabled == TRISTATE_YES;
}

static bool is_used_up(const struct machine *m)
{
	return m->kexec.limit_reboot == 0;
}

static bool has_no_call(const struct machine *m)
{
	return m->kexec.has_kexec_load == TRISTATE_NO && m->kexec.has_file_load == TRISTATE_NO &&
	       !m->kexec.file_load_is_64bit;
}

/** baton's module does without. */
static bool has_no_way(const struct machine *m)
{
	return has_no_call(m) && (!m->module.present || machine_module_obstacle(m));
}

/** What the module says of itself is printed beside it. */
static bool module_cannot(const struct machine *m)
{
	return has_no_call(m) && m->module.present && machine_module_obstacle(m);
}

/** Signed kernels can still be loaded. */
static bool is_locked_down(const struct machine *m)
{
	return m->lockdown > LOCKDOWN_NONE;
}

static bool is_locked_down_without_file_load(const struct machine *m)
{
	return is_locked_down(m) && m->kexec.has_file_load == TRISTATE_NO;
}

static bool has_no_map(const struct machine *m)
{
	return !m->memory.count;
}

/* What stands in the way, the hardest first. */
static const struct {
	bool (*applies)(const struct machine *machine);
	const char *sentence;
	bool blocks; /* no kernel at all can be loaded */
} obstacles[] = {
	{has_no_way,
		"the kernel was built without kexec: neither kexec_load nor kexec_file_load is there; "
		"baton doctor tells what to do",
		true},
	{module_cannot, "baton's module cannot start a kernel here; baton doctor tells why", true},
	{is_disabled,
		"kernel.kexec_load_disabled is 1, which only a reboot through firmware undoes",
		true},
	{is_used_up,
		"kernel.kexec_load_limit_reboot is 0: the permitted loads are used up until the next "
		"boot",
		true},
	{is_locked_down_without_file_load,
		"the kernel is locked down and has no kexec_file_load: nothing can be loaded",
		true},
	{is_locked_down,
		"the kernel is locked down: only kernels signed by a trusted key can be loaded, by "
		"kexec_file_load",
		false},
	{has_no_map, "no memory map could be read", true},
};

unsigned int machine_obstacles(const struct machine *machine,
	const char *sentences[static OBSTACLES_MAX], bool *ret_blocked)
{
	unsigned int count = 0;

	*ret_blocked = false;
	for (size_t i = 0; i < sizeof(obstacles) / sizeof(obstacles[0]); i++) {
		if (!obstacles[i].applies(machine))
			continue;
		sentences[count++] = obstacles[i].sentence;
		*ret_blocked |= obstacles[i].blocks;
	}
	return count;
}
