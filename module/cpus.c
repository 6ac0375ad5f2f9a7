// SPDX-License-Identifier: GPL-2.0-only
/*
 * A processor that is offline sleeps in MWAIT in the old kernel's memory, and wakes when that
 * changes under it. Those that are online are stopped by the restart itself. So none may be
 * offline.
 */
#include "module.h"

#include <linux/cpu.h>
#include <linux/cpumask.h>

int baton_cpus_bring_up(unsigned int *ret_cpu)
{
	unsigned int cpu;

	for_each_present_cpu(cpu) {
		int error = cpu_online(cpu) ? 0 : add_cpu(cpu);

		if (error < 0) {
			*ret_cpu = cpu;
			return error;
		}
	}
	return 0;
}
