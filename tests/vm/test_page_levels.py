# SPDX-License-Identifier: LGPL-2.1-or-later
"""From a kernel with 5 levels of page tables into ones that cannot have them, do not say so, or shall not have them.

QEMU's processor "max" has 5 levels, and Debian's kernels use them.
"""

import json
import struct
import zlib

import pytest

import formats
from handoff import (REBOOT, check_arrival, check_record, first_kernel, kernel_of, load_command, new_command_line, run,
                     single)
from lab import custom_kernels
from module_guest import NOKEXEC, check_handoff, with_module

# Built without CONFIG_X86_5LEVEL; its decompressor can be entered with 5 levels, and goes down itself.
FOUR = NOKEXEC
XLOADFLAGS, XLF_5LEVEL, XLF_5LEVEL_ENABLED = 0x236, 1 << 5, 1 << 6      # Documentation/arch/x86/boot.rst


def flags_of(image):
    return struct.unpack_from("<H", image, XLOADFLAGS)[0]


def without_flag(image, flag):
    """Return a bzImage whose header does not have a flag, as its build would have made it: its CRC-32 stands at its end."""
    image = image[:XLOADFLAGS] + struct.pack("<H", flags_of(image) & ~flag) + image[XLOADFLAGS + 2:]
    return image[:-4] + struct.pack("<I", zlib.crc32(image[:-4]) ^ 0xFFFFFFFF)


def has_five_levels(guest):
    """Tell whether the kernel that runs uses them: without, it hides the flag of a processor that has it."""
    return "la57" in guest.run("grep -m1 ^flags /proc/cpuinfo").split()


def goes_down(plan):
    """Tell whether a plan has purgatory go down to 4 levels, and says so."""
    tables = [segment for segment in plan["segments"] if segment["role"] == "page_tables"]
    said = "purgatory goes down to 4 levels: " in json.dumps(plan["reasons"])
    assert said == bool(tables), plan
    return said


def check_handoff_down(series, file, release, options="", words="", down=True, **machine):
    """Hand over from 5 levels to a kernel that then has 4; return its plan."""
    initrds, line = single(kernel_of(series)), new_command_line(f"levels=4 {words}".strip())
    with first_kernel(series, initrds.files | {"image": file}, **{"memory": "2G"} | machine) as (guest, before):
        assert has_five_levels(guest)
        plan = json.loads(run(guest, load_command("image", initrds, line, options=f"--json --show-addresses {options}")))
        assert goes_down(plan) == down
        after = guest.reboot_with(REBOOT)
        check_arrival(after, before, release, line, initrds.markers)
        check_record(after, before)
        assert not has_five_levels(guest)
        return plan


@pytest.mark.parametrize("series", ["6.1", "7.2"])
def test_a_bare_vmlinux_is_entered_with_four_levels(series):
    check_handoff_down(series, formats.vmlinux(kernel_of(series)), kernel_of(series).release)


@pytest.mark.parametrize("entry", ["direct", "stub"])
def test_a_bzimage_that_cannot_be_entered_with_five_is_with_four(entry):
    kernel = custom_kernels.get(FOUR)
    image = kernel.vmlinuz.read_bytes()
    assert flags_of(image) & (XLF_5LEVEL | XLF_5LEVEL_ENABLED) == XLF_5LEVEL
    plan = check_handoff_down("6.12", without_flag(image, XLF_5LEVEL), kernel.release, f"--entry={entry}")
    assert plan["direct_entry"] == (entry == "direct")


@pytest.mark.parametrize("entry, down", [("direct", True), ("stub", False)])
def test_a_kernel_built_without_five_levels_can_be_entered_directly(entry, down):
    """Its own decompressor knows how to go down."""
    kernel = custom_kernels.get(FOUR)
    check_handoff_down("6.1", kernel.vmlinuz, kernel.release, f"--entry={entry}", down=down)


def seed_above_4g(guest, initrds, line, options):
    """Return a seed with which a plan puts the kernel above 4 GiB."""
    for number in range(64):
        seed = f"{number:02x}" * 64
        words = f"--json image {initrds.options()} --cmdline='{line}' --seed={seed} {options}"
        plan = json.loads(run(guest, f"baton plan {words}"))
        if int(plan["segments"][0]["address"], 16) >= 4 << 30:
            return seed
    raise AssertionError("no seed puts the kernel above 4 GiB")


def test_no5lvl_is_heeded_without_the_decompressor_wherever_the_kernel_lies():
    """Above 4 GiB, on a processor without pages of 1 GiB, whose tables are the longest."""
    kernel, line = kernel_of("6.12"), new_command_line("no5lvl")
    initrds = single(kernel)
    with first_kernel("6.1", initrds.files | {"image": kernel.vmlinuz}, memory="8G", cpu="max,-pdpe1gb") as (guest, before):
        assert has_five_levels(guest)
        run(guest, ": > /run/baton")    # no mailbox, whose page is anywhere and would move the places
        seed = seed_above_4g(guest, initrds, line, "--entry=direct")
        options = f"--json --show-addresses --entry=direct --seed={seed}"
        plan = json.loads(run(guest, load_command("image", initrds, line, options=options)))
        assert goes_down(plan)
        assert int(plan["segments"][0]["address"], 16) >= 4 << 30
        check_arrival(guest.reboot_with(REBOOT), before, kernel.release, line, initrds.markers)
        assert not has_five_levels(guest)


def test_what_the_module_starts_goes_down_as_well():
    kernel, line = kernel_of("6.12"), new_command_line("no5lvl")
    with with_module("7.2") as (guest, before, initrds):
        assert has_five_levels(guest)
        plan = json.loads(run(guest, load_command("vmlinuz", initrds, line, "module", "--json --show-addresses")))
        assert goes_down(plan)
        after = guest.reboot_with("reboot -f")
        check_arrival(after, before, kernel.release, line, initrds.markers)
        check_handoff(after, before)
        assert not has_five_levels(guest)
