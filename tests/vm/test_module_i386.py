# SPDX-License-Identifier: LGPL-2.1-or-later
"""baton's kernel module on 32-bit x86, with and without PAE, and a 32-bit baton that talks to a 64-bit kernel's."""

import contextlib
import json
import re

import pytest

from handoff import LONG, check_arrival, kernel_of, loaded, new_command_line, run, single
from lab import programs
from module_guest import COMPLAINT, DEVICE, check_handoff, device_status, kernel_and_module, load, module_loaded, no_splat
from test_i386 import first_32bit_kernel
from test_module_device import memory_in_use

NOKEXEC = "nokexec-i386"            # without PAE, and it cannot claim destinations
PAE = "6.1-686-pae"                 # can
LINE = new_command_line()
# Above all that a 32-bit kernel has mapped (MAXMEM in arch/x86/include/asm/setup.h).
HIGH_MEMORY = 896 << 20


@contextlib.contextmanager
def with_module(old, new="6.1-686", **options):
    """Boot a kernel with 32-bit programs, insert baton.ko; yields (guest, report, Initrds of the kernel `new` on the disk)."""
    kernel, module = kernel_and_module(old)
    initrds = single(kernel_of(new))
    files = initrds.files | {"vmlinuz": kernel_of(new).vmlinuz, "baton.ko": module, "device": programs.build(DEVICE, "i386")}
    with first_32bit_kernel(kernel, files, **options) as (guest, report):
        run(guest, "insmod baton.ko")
        yield guest, report, initrds
        found = re.findall(COMPLAINT, guest.console_text())
        assert not found, found


def reboot(guest, before, new, initrds):
    """Restart the ordinary way; return the report of what must have arrived."""
    after = guest.reboot_with("reboot -f")
    check_arrival(after, before, kernel_of(new).release, LINE, initrds.markers)
    check_handoff(after, before)
    return after


@pytest.mark.parametrize("cpus", [1, 4])
def test_a_32_bit_kernel_without_kexec_restarts_fast_by_an_ordinary_reboot(cpus):
    with with_module(NOKEXEC, smp=cpus) as (guest, before, initrds):
        assert before.architecture == "i686"
        assert "baton's module" in load(guest, initrds, LINE)
        assert module_loaded(guest)
        assert device_status(guest)["address_max"] == "0xffffffff"
        assert reboot(guest, before, "6.1-686", initrds).architecture == "i686"


def test_a_stock_32_bit_kernel_does_so_where_it_is_asked_to():
    """With four processors, and tables apart for kernel and programs (PTI)."""
    with with_module(PAE, smp=4) as (guest, before, initrds):
        load(guest, initrds, LINE, "--via=module")
        assert not loaded(guest), "the kernel's own kexec has it"
        assert reboot(guest, before, "6.1-686", initrds).architecture == "i686"


def test_what_is_loaded_over_the_running_32_bit_kernel_arrives_whole():
    """On four processors, and without KASLR the old kernel lies where the new one must go."""
    with with_module(NOKEXEC, smp=4, cmdline="nokaslr") as (guest, before, initrds):
        load(guest, initrds, LINE, "--entry=stub --mem-max=96M")
        text = re.search(r"([0-9a-f]+)-([0-9a-f]+) : Kernel code", guest.run("cat /proc/iomem"))
        start, end = int(text[1], 16), int(text[2], 16)
        assert start == 16 << 20
        assert int(device_status(guest)["to_copy"]) * 4096 > end - start
        reboot(guest, before, "6.1-686", initrds)


def segments_above(guest, initrds, limit, options):
    plan = json.loads(run(guest, f"baton plan --json vmlinuz {initrds.options()} --cmdline=x {options}"))
    return {segment["name"] for segment in plan["segments"] if int(segment["address"], 16) >= limit}


@pytest.mark.parametrize("old, new", [(PAE, "6.12"), (NOKEXEC, "6.1")])
def test_a_32_bit_kernel_starts_a_64_bit_one_that_lies_in_high_memory(old, new):
    """Claimed there, or copied to where the old kernel has nothing mapped; with RAM above 4 GiB, which is out of reach."""
    with with_module(old, new, cpu="max", memory="3G") as (guest, before, initrds):
        options = f"--via=module --mem-min={HIGH_MEMORY:#x}"
        assert segments_above(guest, initrds, HIGH_MEMORY, options) >= {"kernel", "initrd"}
        load(guest, initrds, LINE, options)
        assert "Cannot assign requested address" in run(guest, "./device at 0x100000000", 1)
        in_place = int(device_status(guest)["in_place"])
        # The other cannot claim pages, and takes what it copies from low memory.
        assert in_place > 1000 if old == PAE else in_place == 0
        assert reboot(guest, before, new, initrds).architecture == "x86_64"


def test_malformed_calls_on_a_32_bit_kernel_get_an_errno_and_nothing_is_lost():
    with with_module(NOKEXEC, smp=2) as (guest, _, _):
        run(guest, "./device refused")
        run(guest, "./device race 10", timeout=300)
        run(guest, "./device hostile 1 5000", timeout=300)
        assert not module_loaded(guest)
        no_splat(guest)


@pytest.mark.parametrize("old", [NOKEXEC, PAE] if LONG else [NOKEXEC])
def test_inserting_loading_and_removing_loses_no_memory_on_32_bit_kernels(old):
    """A page lost in each round would be twice what is allowed."""
    rounds = {PAE: 100}.get(old, 200)
    with with_module(old) as (guest, _, _):
        run(guest, "rmmod baton && ./device cycle baton.ko 5 16")
        before = memory_in_use(guest)
        run(guest, f"./device cycle baton.ko {rounds} 16", timeout=300)
        lost = memory_in_use(guest) - before
        no_splat(guest)
        assert lost < rounds * 2, f"{lost} kB are gone"


def test_a_32_bit_baton_uses_the_module_of_a_64_bit_kernel():
    with with_module("6.12", "6.1", cpu="max", memory="3G") as (guest, before, initrds):
        run(guest, "./device refused")
        run(guest, "./device at 0x100000000")
        load(guest, initrds, LINE, "--via=module")
        assert reboot(guest, before, "6.1", initrds).architecture == "x86_64"


@pytest.mark.skipif(not LONG, reason="the kernel is built by make check-long alone")
def test_a_kernel_for_one_processor_restarts_fast():
    """It leaves interrupts on until the end, and cannot bring processors up."""
    with with_module("nokexec-i386-up") as (guest, before, initrds):
        assert "baton's module" in load(guest, initrds, LINE)
        reboot(guest, before, "6.1-686", initrds)
