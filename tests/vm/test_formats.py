# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels in every wrapping, planned and started by a kernel that runs where they want to be."""

import json
import re

import pytest

import formats
from handoff import (REBOOT, check_arrival, check_record, first_kernel, kernel_of, load_command, new_command_line, run,
                     single)
from lab import handoff_record

# A bare vmlinux does not say whether it can be entered with five levels of page tables.
FOUR_LEVELS = "max,la57=off"


def refused_mailboxes(plan):
    """Return the pages that a plan says cannot be mailboxes."""
    found = re.findall(r"no mailbox: its page at (0x\w+) is not free RAM", json.dumps(plan["reasons"]))
    return [int(page, 16) for page in found]


def lies_in_kernel(plan, page):
    """Tell whether a page that the old kernel gave us lies where a kernel must that cannot move: now and then it does."""
    kernel = [segment for segment in plan["segments"] if segment["role"] == "kernel"]
    return any(int(segment["address"], 16) <= page < int(segment["end"], 16) for segment in kernel)


@pytest.mark.parametrize("series, suffix", [("6.1", None), ("6.12", "gz"), ("7.2", "zst")])
def test_a_vmlinux_starts_from_the_kernel_that_occupies_its_place(series, suffix):
    """Same kernel, same link address: what kexec-tools calls an invalid memory segment."""
    kernel, initrds, line = kernel_of(series), single(kernel_of(series)), new_command_line("vmlinux")
    image = formats.vmlinux(kernel)
    files = initrds.files | {"vmlinux": formats.packed(image, suffix) if suffix else image}
    with first_kernel(series, files, memory="2G", cpu=FOUR_LEVELS) as (guest, before):
        plan = json.loads(run(guest, f"baton plan --json vmlinux {initrds.options()}"))
        assert (plan["method"], plan["kernel"]["format"][:3]) == ("kexec_load", "ELF")
        plan = json.loads(run(guest, load_command("vmlinux", initrds, line, options="--json --show-addresses")))
        after = guest.reboot_with(REBOOT)
        check_arrival(after, before, kernel.release, line, initrds.markers)
        if int(plan["mailbox"], 16):
            check_record(after, before)
        else:
            assert any(lies_in_kernel(plan, page) for page in refused_mailboxes(plan)), plan["reasons"]
            assert handoff_record.find(after).mailbox == handoff_record.MAILBOX_NONE


def test_a_bzimage_in_each_compression_is_recognised_and_one_starts():
    kernel, initrds, line = kernel_of("6.1"), single(kernel_of("6.1")), new_command_line("packed")
    files = {f"vmlinuz.{suffix}": formats.packed(kernel.vmlinuz, suffix) for suffix in formats.PACK}
    with first_kernel("6.12", initrds.files | files | {"vmlinuz": kernel.vmlinuz}, memory="2G") as (guest, before):
        plain = json.loads(run(guest, "baton plan --json --seed=00 --no-initrd vmlinuz"))
        for suffix in formats.PACK:
            plan = json.loads(run(guest, f"baton plan --json --seed=00 --no-initrd vmlinuz.{suffix}"))
            assert plan["kernel"]["format"] == plain["kernel"]["format"], suffix
            assert len(plan["kernel"]["wrappers"]) == 1, suffix
            kernels = [[segment for segment in each["segments"] if segment["role"] == "kernel"] for each in (plan, plain)]
            assert kernels[0] == kernels[1], suffix
        run(guest, load_command("vmlinuz.lzo", initrds, line))
        check_arrival(guest.reboot_with(REBOOT), before, kernel.release, line, initrds.markers)


def test_a_packed_bzimage_starts_by_kexec_file_load():
    """The kernel takes a plain bzImage only, so baton hands it the unpacked one."""
    kernel, initrds, line = kernel_of("6.12"), single(kernel_of("6.12")), new_command_line("packed file")
    files = initrds.files | {"vmlinuz.xz": formats.packed(kernel.vmlinuz, "xz")}
    with first_kernel("6.12", files) as (guest, before):
        run(guest, load_command("vmlinuz.xz", initrds, line, "kexec_file_load"))
        check_arrival(guest.reboot_with(REBOOT), before, kernel.release, line, initrds.markers)
