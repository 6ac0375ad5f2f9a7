# SPDX-License-Identifier: LGPL-2.1-or-later
"""From each kernel to each kernel: what was handed over arrives whole."""

import contextlib

import pytest

from handoff import (LONG, REBOOT, check_arrival, check_record, first_kernel, four, kernel_of, load_command, loaded,
                     new_command_line, run)
from lab import kernels, handoff_record

SERIES = list(kernels.SERIES)
PAIRS = [(old, new) for old in SERIES for new in SERIES]
# What the long run has beside: each with the other numbers of processors and memory, and every pair by each call.
MACHINES = [{"smp": 1, "memory": "768M"}, {"smp": 2, "memory": "2G"}, {"smp": 4, "memory": "5G"}]
CALLS = ("kexec_load", "kexec_file_load")
EFI = [(*pair, via) for pair in PAIRS for via in CALLS] if LONG else [
    ("6.1", "6.12", "kexec_load"), ("6.12", "7.2", "kexec_load"), ("7.2", "6.1", "kexec_load"), ("6.12", "6.12", "kexec_file_load")]


@contextlib.contextmanager
def hand_over(old, new, via="kexec_load", modules=(), **options):
    """Reboot from one series into another and check what arrived; yields (guest, the new kernel's report)."""
    initrds = four(kernel_of(new), modules)
    command_line = new_command_line()
    with first_kernel(old, initrds.files | {"vmlinuz": kernel_of(new).vmlinuz}, **options) as (guest, before):
        run(guest, load_command("vmlinuz", initrds, command_line, via))
        assert loaded(guest)
        after = guest.reboot_with(REBOOT)
        check_arrival(after, before, kernel_of(new).release, command_line, initrds.markers)
        if via == "kexec_load":
            check_record(after, before)
        else:
            assert not handoff_record.find(after), "with kexec_file_load the kernel builds boot_params by itself"
        yield guest, after


@pytest.mark.parametrize("new", SERIES)
@pytest.mark.parametrize("old", SERIES)
def test_each_kernel_starts_each_by_kexec_load(old, new):
    with hand_over(old, new, smp=2 if old == new else 1):
        pass


@pytest.mark.parametrize("series", SERIES)
def test_each_kernel_starts_itself_by_kexec_file_load(series):
    with hand_over(series, series, "kexec_file_load"):
        pass


if LONG:
    @pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: "-".join(map(str, machine.values())))
    @pytest.mark.parametrize("via", CALLS)
    @pytest.mark.parametrize("old, new", PAIRS)
    def test_each_kernel_starts_each_on_other_machines(old, new, via, machine):
        with hand_over(old, new, via, **machine):
            pass


@pytest.mark.parametrize("old, new, via", EFI)
def test_efi_and_its_runtime_services_work_in_the_new_kernel(old, new, via):
    """Reading a variable calls into the firmware, through mappings made from the runtime map."""
    with hand_over(old, new, via, ("efivarfs",), firmware="ovmf-kernel") as (guest, after):
        assert after.efi
        assert int(guest.run("ls /sys/firmware/efi/runtime-map | wc -l")) > 0
        guest.run("mount -t efivarfs none /sys/firmware/efi/efivars")
        assert guest.run_bytes("cat /sys/firmware/efi/efivars/BootOrder-*"), "attributes and boot numbers"
