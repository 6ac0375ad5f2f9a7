# SPDX-License-Identifier: LGPL-2.1-or-later
"""baton's kernel module on 32-bit x86, with and without PAE."""

import pytest

from handoff import check_arrival, kernel_of, new_command_line, run, single
from lab import baton_module, headers, kernels
from module_guest import COMPLAINT, check_handoff, module_loaded
from test_i386 import first_32bit_kernel


def hand_over(old, new, **options):
    """Load through the module, reboot as everybody does, check what arrived."""
    kernel, line = kernel_of(new), new_command_line()
    initrds = single(kernel)
    files = initrds.files | {"vmlinuz": kernel.vmlinuz, "baton.ko": baton_module.get(headers.get(old))}
    with first_32bit_kernel(old, files, **options) as (guest, before):
        run(guest, "insmod baton.ko")
        run(guest, f"baton load vmlinuz {initrds.options()} --cmdline='{line}' --via=module")
        assert module_loaded(guest)
        after = guest.reboot_with("reboot -f")
        check_arrival(after, before, kernel.release, line, initrds.markers)
        check_handoff(after, before)
        assert not COMPLAINT.findall(guest.console_text())


@pytest.mark.parametrize("series, cpus", [(series, cpus) for series in kernels.I386 for cpus in (1, 4)])
def test_a_32_bit_kernel_restarts_fast_through_the_module(series, cpus):
    hand_over(series, series, smp=cpus)


def test_a_32_bit_kernel_starts_a_64_bit_one_through_the_module():
    hand_over("6.1-686-pae", "6.12", cpu="max", memory="5G")
