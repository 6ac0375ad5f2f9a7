# SPDX-License-Identifier: LGPL-2.1-or-later
"""32-bit x86: from a 64-bit kernel to 32-bit ones."""

import pytest

from handoff import (REBOOT, check_arrival, check_record, first_kernel, kernel_of, load_command, loaded,
                     new_command_line, run, single)
from lab import kernels
from test_plan_as_elf import check_boot, plan_elf

SERIES = list(kernels.I386)


@pytest.mark.parametrize("new", SERIES)
def test_a_64_bit_kernel_starts_a_32_bit_one(new):
    """With memory above 4 GiB, which a kernel without PAE cannot use and must not trip over."""
    kernel, line = kernel_of(new), new_command_line()
    initrds = single(kernel)
    with first_kernel("6.12", initrds.files | {"vmlinuz": kernel.vmlinuz}, memory="5G") as (guest, before):
        output = run(guest, load_command("vmlinuz", initrds, line, "auto"))
        assert "needed for a 32-bit kernel" in output
        assert loaded(guest)
        after = guest.reboot_with(REBOOT)
        check_arrival(after, before, kernel.release, line, initrds.markers)
        check_record(after, before)
        assert after.architecture == "i686"
        assert (after.memory_kb > 4 << 20) == new.endswith("pae")
        assert "Move RAMDISK" not in guest.run("dmesg"), "the initrd lies where the kernel maps it"


@pytest.mark.parametrize("new", SERIES)
def test_a_plan_boots_a_32_bit_kernel(new, tmp_path):
    initrds = single(kernel_of(new))
    line = "console=ttyS0 panic=-1 32"
    elf, plan = plan_elf(tmp_path, kernel_of(new).vmlinuz, initrds, "--console=serial", command_line=line)
    assert not plan["direct_entry"]
    check_boot(elf, kernel_of(new).release, line, initrds.markers)
