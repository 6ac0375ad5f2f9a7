# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels without kexec, and stock ones by choice, restart through baton's kernel module."""

import contextlib
import os
import re
from pathlib import Path

import pytest

from handoff import (arm, check_arrival, check_record, first_kernel, four, kernel_of, new_command_line, run, single,
                     status_of)
from lab import baton_module, custom_kernels, headers, initramfs, kernels, programs, record
from lab.guest import CMDLINE

SERIES = list(kernels.SERIES)
DEVICE = Path(__file__).parent / "device.c"
CYCLES = 200
# A kernel of lab/kernel-configs; nokexec-debug, with KASAN and lockdep, takes twice as long to build and ten times to run.
NOKEXEC = os.environ.get("BATON_MODULE_KERNEL", "nokexec")


def kernel_and_module(old):
    """Return (Kernel, path of baton.ko) for "nokexec" or a series of Debian's."""
    if old in kernels.SERIES:
        return kernel_of(old), baton_module.get(headers.get(old))
    return custom_kernels.get(old), baton_module.get(custom_kernels.headers(old))


@contextlib.contextmanager
def with_module(old, new="6.12", initrds=None, files=None, **options):
    """Boot a kernel, insert baton.ko; yields (guest, report, Initrds of the kernel `new` on the disk)."""
    kernel, module = kernel_and_module(old)
    initrds = initrds or four(kernel_of(new))
    disk = initrds.files | {"vmlinuz": kernel_of(new).vmlinuz, "baton.ko": module, "device": programs.build(DEVICE)}
    with first_kernel(kernel, disk | (files or {}), **options) as (guest, report):
        run(guest, "insmod baton.ko")
        yield guest, report, initrds


def load(guest, initrds, command_line, options=""):
    """Load the kernel on the disk; return what baton said."""
    return run(guest, f"baton load vmlinuz {initrds.options()} --cmdline='{command_line}' {options}")


def module_loaded(guest):
    return guest.run("cat /sys/class/misc/baton/loaded").strip() == "1"


def device_status(guest):
    """Return the fields of the device's STATUS and CAPABILITIES as texts."""
    return dict(line.partition(" ")[::2] for line in run(guest, "./device status").splitlines())


def no_splat(guest):
    """Insist on a kernel log without complaints."""
    found = re.findall(r".*(?:BUG|WARNING|Oops|general protection|Call Trace|Bad page).*", guest.run("dmesg"))
    assert not found, found


def check_handoff(report, before, chain=1):
    """Insist on the record of a handoff that an ordinary reboot started, which makes no marks on its way."""
    found = record.find(report)
    assert found, "no handoff record among the setup_data"
    assert (found.chain, found.digest_result) == (chain, record.DIGEST_GOOD)
    assert (found.from_release, found.from_boot_id) == (before.release, before.boot_id)


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


def test_what_is_loaded_over_the_running_kernel_arrives_whole():
    """Without KASLR the old kernel lies where the new one must go."""
    line = new_command_line()
    with with_module(NOKEXEC, cmdline="nokaslr") as (guest, before, initrds):
        load(guest, initrds, line, "--entry=stub --mem-max=96M")
        text = re.search(r"([0-9a-f]+)-([0-9a-f]+) : Kernel code", guest.run("cat /proc/iomem"))
        start, end = int(text[1], 16), int(text[2], 16)
        assert start == 16 << 20
        assert int(device_status(guest)["to_copy"]) * 4096 > end - start
        after = guest.reboot_with("reboot -f")
        check_arrival(after, before, kernel_of("6.12").release, line, initrds.markers)
        check_handoff(after, before)


def test_pages_that_happen_to_lie_at_a_destination_stay_there():
    """With so many destinations the allocator hits some, whichever pages it takes; this kernel cannot claim any."""
    big = {"ballast": initramfs.file(bytes(range(256)) * (140 << 12))}
    with with_module(NOKEXEC, initrds=single(kernel_of("6.12"), files=big), memory="768M") as (guest, before, initrds):
        for limit in ("700M", "500M", "400M", "300M"):
            load(guest, initrds, CMDLINE, f"--unpack-initrd=never --mem-max={limit}")
            if int(device_status(guest)["in_place"]):
                break
        found = {name: int(device_status(guest)[name]) for name in ("in_place", "to_copy", "to_clear")}
        assert found["in_place"] and sum(found.values()) * 4096 > 140 << 20, found
        after = guest.reboot_with("reboot -f")
        check_arrival(after, before, kernel_of("6.12").release, CMDLINE, initrds.markers)
        check_handoff(after, before)


def test_not_armed_a_reboot_goes_through_firmware():
    with with_module(NOKEXEC) as (guest, _, initrds):
        load(guest, initrds, CMDLINE)
        run(guest, "baton unload")
        assert not module_loaded(guest)
        guest.send("reboot -f")
        guest.wait_reset()


def test_a_panic_while_armed_resets_the_machine():
    with with_module("6.1") as (guest, _, initrds):
        load(guest, initrds, CMDLINE, "--via=module")
        guest.send("echo c > /proc/sysrq-trigger")
        guest.wait_reset()
        assert "sysrq triggered crash" in guest.console_text()


def memory_in_use(guest):
    """Return kB of memory that is neither free nor can be had back."""
    guest.run("sync; echo 3 > /proc/sys/vm/drop_caches")
    found = dict(re.findall(r"^(\w+): +(\d+) kB$", guest.run("cat /proc/meminfo"), re.M))
    return int(found["MemTotal"]) - int(found["MemFree"]) - int(found["Cached"]) - int(found["Buffers"])


@pytest.mark.parametrize("old", [NOKEXEC, "6.12"])
def test_inserting_loading_and_removing_loses_no_memory(old):
    """A page lost in each of the rounds would be 800 kB. The stock kernel claims its destinations, the other cannot."""
    with with_module(old) as (guest, _, _):
        run(guest, "rmmod baton && ./device cycle baton.ko 10 16")
        before = memory_in_use(guest)
        run(guest, f"./device cycle baton.ko {CYCLES} 16", timeout=300)
        lost = memory_in_use(guest) - before
        no_splat(guest)
        assert lost < CYCLES * 2, f"{lost} kB are gone"


def test_malformed_and_hostile_calls_get_an_errno():
    with with_module(NOKEXEC, smp=2) as (guest, _, _):
        run(guest, "./device refused")
        run(guest, "./device race 30", timeout=300)
        run(guest, "./device hostile 1 20000", timeout=300)
        assert not module_loaded(guest)
        no_splat(guest)


def test_who_is_not_root_gets_nothing():
    with with_module(NOKEXEC) as (guest, _, initrds):
        assert "root" in run(guest, "restrict nobody baton load vmlinuz", 3)
        assert "Permission denied" in run(guest, "restrict nobody ./device refused", 1)
        run(guest, "chmod 666 /dev/baton")
        assert "Operation not permitted" in run(guest, "restrict nobody ./device refused", 1)
        load(guest, initrds, CMDLINE)
        run(guest, "restrict nobody ./device hostile 1 1000", 1)
        assert module_loaded(guest), "an ordinary user has unloaded it"


def test_the_administrators_switches_and_obstacles_are_honoured():
    with with_module("6.12", smp=2) as (guest, _, initrds):
        words = f"vmlinuz {initrds.options()} --reuse-cmdline"
        run(guest, "echo 1 > /sys/kernel/reboot/force")
        assert "/sys/kernel/reboot/force" in run(guest, f"baton load {words} --via=module", 4)
        assert "reboot=force" in run(guest, "baton doctor")
        run(guest, "echo 0 > /sys/kernel/reboot/force; echo 0 > /sys/devices/system/cpu/cpu1/online")
        run(guest, f"baton load {words} --via=module")
        assert guest.run("cat /sys/devices/system/cpu/online").strip() == "0-1"
        assert "in baton's module" in run(guest, "baton status")
        run(guest, "kexec -S -l", 1)
        # The one that is loaded last is the one that counts.
        run(guest, f"baton load {words}")
        assert not module_loaded(guest)
        run(guest, f"baton load {words} --via=module")
        run(guest, "baton unload")
        assert not module_loaded(guest)
        assert guest.run("cat /sys/kernel/kexec_loaded").strip() == "0"
        run(guest, "sysctl -w kernel.kexec_load_disabled=1")
        assert "kexec_load_disabled" in run(guest, f"baton load {words} --via=module", 3)
        assert "a good load: Operation not permitted" in run(guest, "./device refused", 1)


def test_the_drop_in_uses_the_module_by_itself():
    with with_module(NOKEXEC) as (guest, before, initrds):
        assert status_of(guest, "kexec -S -l")[0] == 0
        run(guest, f"kexec -l -t bzImage vmlinuz {initrds.options()} --append='{CMDLINE} drop-in'")
        run(guest, "kexec -S -l", 1)
        after = guest.reboot_with("kexec -e")
        check_arrival(after, before, kernel_of("6.12").release, f"{CMDLINE} drop-in", initrds.markers)
        check_record(after, before)


def test_twenty_handoffs_in_a_chain_through_the_module():
    kernel, _ = kernel_and_module(NOKEXEC)
    initrds = four(kernel)
    with with_module(NOKEXEC, initrds=initrds, files={"vmlinuz": kernel.vmlinuz}) as (guest, first, _):
        before, sizes = first, []
        for count in range(1, 21):
            load(guest, initrds, f"{CMDLINE} chain")
            after = guest.reboot_with("reboot -f")
            check_arrival(after, before, kernel.release, f"{CMDLINE} chain", initrds.markers)
            check_handoff(after, before, chain=count)
            arm(guest)
            run(guest, "insmod baton.ko")
            sizes.append(after.memory_kb)
            before = after
        assert max(sizes) - min(sizes) <= 16, f"MemTotal in kB after each handoff: {sizes}"


def test_the_handoff_is_at_least_as_short_as_by_the_kernels_own_kexec():
    """From just before the reboot call to purgatory, by the deterministic clock, on the same kernel with the same image."""
    took = {}
    for way in ("kexec_load", "module"):
        with with_module("6.1", "6.1", initrds=single(kernel_of("6.1")), icount=True) as (guest, _, initrds):
            load(guest, initrds, CMDLINE, f"--via={way}")
            stages = record.find(guest.reboot_with("baton reboot --no-load --now")).stages
            took[way] = stages[record.ENTERED] - stages[record.REBOOT_CALL]
    assert 0 < took["module"] <= took["kexec_load"], took


def masters(guest):
    """Return {PCI device: its bus master bit} (PCI Local Bus Specification 3.0, 6.2.2: bit 2 of the command register)."""
    lines = guest.run("cd /sys/bus/pci/devices && for i in *; do echo $i $(od -An -tu2 -j4 -N2 $i/config); done").splitlines()
    return {name: bool(int(command) & 4) for name, command in map(str.split, lines)}


def with_driver(guest):
    return [path.split("/")[-2] for path in guest.run("ls -d /sys/bus/pci/devices/*/driver").split()]


def test_a_device_that_mastered_the_bus_does_no_longer():
    """The disk controller that firmware has switched on; in neither kernel has it a driver that would touch it."""
    with with_module(NOKEXEC, initrds=single(kernel_of("6.12"))) as (guest, _, initrds):
        without_driver = {name for name, on in masters(guest).items() if on} - set(with_driver(guest))
        assert without_driver
        load(guest, initrds, CMDLINE)
        guest.reboot_with("reboot -f")
        assert not without_driver & set(with_driver(guest))
        assert not [name for name in without_driver if masters(guest)[name]]


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


def test_a_locked_down_kernel_takes_nothing():
    with with_module(NOKEXEC) as (guest, _, initrds):
        guest.run("echo integrity > /sys/kernel/security/lockdown")
        assert "a good load: Operation not permitted" in run(guest, "./device refused", 1)
        assert "locked down" in run(guest, f"baton load vmlinuz {initrds.options()} --reuse-cmdline --via=module", 3)
        assert "locked down" in run(guest, "baton doctor", 1)


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
