# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels without kexec, and stock ones by choice, restart through baton's kernel module."""

import json
import os
import re

import pytest

from handoff import LONG, arm, check_arrival, check_record, four, kernel_of, new_command_line, run, single, status_of
from lab import kernels, handoff_record
from lab.guest import CMDLINE
from module_guest import NOKEXEC, check_handoff, device_status, kernel_and_module, load, module_loaded, with_module

SERIES = list(kernels.SERIES)
HANDOFFS = int(os.environ.get("BATON_LAB_HANDOFFS", "4"))       # twenty and more in `make check-long`


@pytest.mark.parametrize("cpus", [1, 4])
def test_a_kernel_without_kexec_restarts_fast_by_an_ordinary_reboot(cpus):
    line = new_command_line()
    with with_module(NOKEXEC, smp=cpus) as (guest, before, initrds):
        assert "baton's module" in load(guest, initrds, line)
        assert module_loaded(guest)
        after = guest.reboot_with("reboot -f")
        check_arrival(after, before, kernel_of("6.12").release, line, initrds.markers)
        check_handoff(after, before)


@pytest.mark.parametrize("series", SERIES)
def test_a_stock_kernel_does_so_where_it_is_asked_to(series):
    line = new_command_line()
    with with_module(series, series) as (guest, before, initrds):
        load(guest, initrds, line, "--via=module")
        assert guest.run("cat /sys/kernel/kexec_loaded").strip() == "0"
        after = guest.reboot_with("baton reboot --no-load --now")
        check_arrival(after, before, kernel_of(series).release, line, initrds.markers)
        check_record(after, before)


@pytest.mark.parametrize("old, machine", [(NOKEXEC, {"cpu": "Nehalem"}), ("7.2", {"cpu": "max,-pdpe1gb,-la57", "memory": "6G"})])
def test_processors_with_other_page_tables_do_so_too(old, machine):
    """Tables apart for kernel and programs (PTI), on a processor that needs it; no 1 GiB pages, and RAM past 4 GiB."""
    with with_module(old, **machine) as (guest, before, initrds):
        load(guest, initrds, CMDLINE, "--via=module")
        check_handoff(guest.reboot_with("reboot -f"), before)


def physical(guest, symbol, symbols):
    """Return the physical address of a symbol in a text such as System.map, by QEMU's look at the page tables."""
    address = re.search(rf"^([0-9a-f]+) . {symbol}\b", symbols, re.M)[1]
    text = guest.qmp("human-monitor-command", **{"command-line": f"gva2gpa 0x{address}"})
    return int(re.fullmatch(r"gpa: (0x[0-9a-f]+)\s*", text)[1], 16)


def covered(guest, initrds, options, address):
    """Tell whether there is a plan with these options, and a segment of it goes over a physical address."""
    status, text = status_of(guest, f"baton plan --json vmlinuz {initrds.options()} --cmdline=x {options}")
    segments = json.loads(text)["segments"] if status == 0 else []
    return any(int(segment["address"], 16) <= address < int(segment["end"], 16) for segment in segments)


def without_mailbox(guest):
    """Keep baton from making one, whose page is anywhere: then what `baton plan` says is what is loaded."""
    run(guest, ": > /run/baton")


def lowest_limit(guest, initrds, options, address):
    """Return the least --mem-max with which a kernel from its lowest place up, or the initrd on top, lies at an address."""
    plan = json.loads(run(guest, f"baton plan --json vmlinuz {initrds.options()} --cmdline=x {options}"))
    segments = {segment["name"]: segment for segment in plan["segments"]}
    return max(address + 1, int(segments["kernel"]["end"], 16) + segments["initrd"]["memory_size"]) + 4095 & ~4095


def test_what_is_loaded_over_the_running_kernel_and_its_page_tables_arrives_whole():
    """Without KASLR the old kernel lies where the new one must go."""
    line, options = new_command_line(), "--entry=stub --mem-max=96M"
    with with_module(NOKEXEC, cmdline="nokaslr") as (guest, before, initrds):
        without_mailbox(guest)
        load(guest, initrds, line, options)
        text = re.search(r"([0-9a-f]+)-([0-9a-f]+) : Kernel code", guest.run("cat /proc/iomem"))
        start, end = int(text[1], 16), int(text[2], 16)
        assert start == 16 << 20
        assert int(device_status(guest)["to_copy"]) * 4096 > end - start
        symbols = kernel_and_module(NOKEXEC)[0].system_map.read_text()
        for symbol in ("_text", "init_top_pgt", "native_machine_emergency_restart"):
            assert covered(guest, initrds, options, physical(guest, symbol, symbols)), symbol
        after = guest.reboot_with("reboot -f")
        check_arrival(after, before, kernel_of("6.12").release, line, initrds.markers)
        check_handoff(after, before)


def test_what_is_loaded_over_the_module_itself_arrives_whole():
    """The code that goes over to the mover is overwritten by it."""
    with with_module("6.1") as (guest, before, initrds):
        code = physical(guest, "baton_switch", guest.run("cat /proc/kallsyms"))
        without_mailbox(guest)
        options = "--via=module --entry=stub"
        options += f" --mem-max={lowest_limit(guest, initrds, options, code):#x}"
        assert covered(guest, initrds, options, code)
        load(guest, initrds, CMDLINE, options)
        after = guest.reboot_with("reboot -f")
        check_arrival(after, before, kernel_of("6.12").release, CMDLINE, initrds.markers)
        check_handoff(after, before)


def test_the_drop_in_uses_the_module_by_itself():
    with with_module(NOKEXEC) as (guest, before, initrds):
        assert status_of(guest, "kexec -S -l")[0] == 0
        run(guest, f"kexec -l -t bzImage vmlinuz {initrds.options()} --append='{CMDLINE} drop-in'")
        run(guest, "kexec -S -l", 1)
        after = guest.reboot_with("kexec -e")
        check_arrival(after, before, kernel_of("6.12").release, f"{CMDLINE} drop-in", initrds.markers)
        check_record(after, before)


def test_handoffs_in_a_chain_through_the_module():
    kernel, _ = kernel_and_module(NOKEXEC)
    initrds = four(kernel)
    with with_module(NOKEXEC, initrds=initrds, files={"vmlinuz": kernel.vmlinuz}) as (guest, first, _):
        before, sizes = first, []
        for count in range(1, HANDOFFS + 1):
            load(guest, initrds, f"{CMDLINE} chain")
            after = guest.reboot_with("reboot -f")
            check_arrival(after, before, kernel.release, f"{CMDLINE} chain", initrds.markers)
            check_handoff(after, before, chain=count)
            arm(guest)
            run(guest, "insmod baton.ko")
            sizes.append(after.memory_kb)
            before = after
        assert max(sizes) - min(sizes) <= 16, f"MemTotal in kB after each handoff: {sizes}"


@pytest.mark.skipif(not LONG, reason="two loads on the counted clock; make check-long has it")
def test_the_handoff_is_at_least_as_short_as_by_the_kernels_own_kexec():
    """From just before the reboot call to purgatory, by the deterministic clock, on the same kernel with the same image."""
    took = {}
    for way in ("kexec_load", "module"):
        with with_module("6.1", "6.1", initrds=single(kernel_of("6.1")), icount=True) as (guest, _, initrds):
            load(guest, initrds, CMDLINE, f"--via={way}")
            stages = handoff_record.find(guest.reboot_with("baton reboot --no-load --now")).stages
            took[way] = stages[handoff_record.ENTERED] - stages[handoff_record.REBOOT_CALL]
    assert 0 < took["module"] <= took["kexec_load"], took


def test_a_busy_system_hands_over_whole():
    """All processors compute, memory, a disk and the network are written, while the reboot goes on."""
    line = new_command_line()
    network = ("-device", "virtio-net-pci,netdev=n", "-netdev", "user,id=n,restrict=on")
    with with_module(NOKEXEC, smp=4, extra=network) as (guest, before, initrds):
        load(guest, initrds, line)
        guest.run("ip link set eth0 up && ip address add 10.0.2.15/24 dev eth0")
        for command in ("ping -A 10.0.2.2", "while :; do :; done", "while :; do :; done", "dd if=/dev/zero of=/dev/vda bs=64k seek=4000",
                        "while :; do dd if=/dev/urandom of=/run/noise bs=1M count=16; done"):
            guest.run(f"({command}) >/dev/null 2>&1 &")
        after = guest.reboot_with("reboot -f")
        check_arrival(after, before, kernel_of("6.12").release, line, initrds.markers)
        check_handoff(after, before)


def fill_memory(guest, name, leave):
    """Write a file in memory that leaves so many MiB free."""
    free = int(re.search(r"^MemFree: +(\d+) kB$", guest.run("cat /proc/meminfo"), re.M)[1]) >> 10
    assert free > leave
    run(guest, f"dd if=/dev/zero of=/run/full/{name} bs=1M count={free - leave}")


def test_a_nearly_full_memory_hands_over_whole():
    """Full when the image is loaded, so that its pages are the last ones, wherever they lie; and fuller at the end."""
    line = new_command_line()
    kernel, _ = kernel_and_module(NOKEXEC)
    initrds = single(kernel)
    with with_module(NOKEXEC, initrds=initrds, files={"vmlinuz": kernel.vmlinuz}, memory="512M") as (guest, before, _):
        run(guest, "mkdir /run/full && mount -t tmpfs -o size=100% none /run/full")
        fill_memory(guest, "before", leave=32)
        load(guest, initrds, line)
        fill_memory(guest, "after", leave=8)
        after = guest.reboot_with("reboot -f")
        check_arrival(after, before, kernel.release, line, initrds.markers)
        check_handoff(after, before)


def test_a_processor_that_was_taken_offline_after_the_load_is_brought_up_first():
    """Asleep in the old kernel's memory, it would wake when that changes."""
    with with_module(NOKEXEC, smp=2) as (guest, before, initrds):
        load(guest, initrds, CMDLINE)
        guest.run("echo 0 > /sys/devices/system/cpu/cpu1/online")
        shown = len(guest.console_text())
        after = guest.reboot_with("reboot -f")
        assert "Booting Node 0 Processor 1" in guest.console_text()[shown:].split("Linux version")[0]
        check_arrival(after, before, kernel_of("6.12").release, CMDLINE, initrds.markers)


@pytest.mark.parametrize("entry", ["direct", "stub"])
def test_efi_finds_its_tables_mapped(entry):
    """The decompressor's stub looks at the system and the configuration table before it has page tables of its own."""
    line = new_command_line()
    with with_module("6.12", "6.12", firmware="ovmf-kernel") as (guest, before, initrds):
        load(guest, initrds, line, f"--via=module --entry={entry}")
        after = guest.reboot_with("reboot -f")
        assert before.efi and after.efi
        check_arrival(after, before, kernel_of("6.12").release, line, initrds.markers)
        check_handoff(after, before)


def test_a_kernel_without_kexec_on_efi_hands_over_and_says_that_efi_does_not_come_along():
    """It shows no map of EFI's runtime services. ACPI's tables are found by their address alone."""
    with with_module(NOKEXEC, firmware="ovmf-kernel") as (guest, before, initrds):
        assert "EFI not handed on" in load(guest, initrds, CMDLINE)
        after = guest.reboot_with("reboot -f")
        check_handoff(after, before)
        assert before.efi and not after.efi
        assert guest.run("ls /sys/firmware/acpi/tables")
