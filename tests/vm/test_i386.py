# SPDX-License-Identifier: LGPL-2.1-or-later
"""32-bit x86: from a 64-bit kernel to 32-bit ones."""

import contextlib
import os

import pytest

from handoff import (DATA, REBOOT, ROOT, check_arrival, check_record, first_kernel, kernel_of, load_command, loaded,
                     new_command_line, run, single)
from lab import kernels, record
from lab.guest import Guest
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


# 32-bit kernels that hand over

BINARY = "build-i386/src/cli/baton"


@contextlib.contextmanager
def first_32bit_kernel(series, files=None, **options):
    """Boot a 32-bit kernel with baton for i386 in it, on a CPU without long mode unless told; yields (guest, report)."""
    path = ROOT / os.environ.get("BATON_I386", BINARY)
    assert path.exists(), f"{path}: not found; run scripts/check i386"
    with Guest(series, disks=[{"baton": path.resolve()} | (files or {})], **{"smp": 1, "cpu": OLD_CPU} | options) as guest:
        report = guest.wait_report()
        guest.unpack_disk("vda", DATA, timeout=120)
        guest.run(f"ln -s {DATA}/baton /bin/baton; ln -s {DATA}/baton /bin/kexec")
        yield guest, report


OLD_CPU = "pentium3"


def hand_over(old, new, **options):
    """Reboot from a 32-bit kernel into another kernel and check what arrived; returns the new kernel's report."""
    kernel, line = kernel_of(new), new_command_line()
    initrds = single(kernel)
    with first_32bit_kernel(old, initrds.files | {"vmlinuz": kernel.vmlinuz}, **options) as (guest, before):
        assert before.architecture == "i686"
        print(run(guest, load_command("vmlinuz", initrds, line, "auto", "--console=serial")))
        assert loaded(guest)
        after = guest.reboot_with(REBOOT)
        check_arrival(after, before, kernel.release, line, initrds.markers)
        check_record(after, before)
        assert "baton: purgatory: everything verified" in guest.console_text()
        return after


@pytest.mark.parametrize("old, new", [("6.1-686-pae", "6.1-686"), ("6.1-686", "6.1-686-pae")])
def test_a_32_bit_kernel_starts_a_32_bit_one(old, new):
    assert hand_over(old, new).architecture == "i686"


def test_a_32_bit_kernel_starts_a_64_bit_one_past_its_decompressor():
    report = hand_over("6.1-686-pae", "6.12", cpu="max")
    assert report.architecture == "x86_64"
    assert record.find(report).entry == record.ENTRY_DIRECT
