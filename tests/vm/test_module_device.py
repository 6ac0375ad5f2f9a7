# SPDX-License-Identifier: LGPL-2.1-or-later
"""What baton's kernel module does and refuses while the system runs, and what it leaves alone when it ends otherwise."""

import re
import time

import pytest

from handoff import DATA, check_arrival, kernel_of, run, single
from lab import initramfs
from lab.guest import CMDLINE, EXIT_TIMEOUT, timeout_scale
from module_guest import DEBUG, NOKEXEC, check_handoff, device_status, load, module_loaded, no_splat, with_module

CYCLES = {"6.12": 50}
INTERRUPT_FLAG = 1 << 9                 # of EFLAGS


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
        load(guest, initrds, CMDLINE)
        # What is loaded goes with the module.
        run(guest, "rmmod baton && insmod baton.ko")
        assert not module_loaded(guest)
        guest.send("reboot -f")
        guest.wait_reset()


def test_a_reboot_that_skips_the_orderly_stop_goes_through_firmware():
    """Forced after the load: other processors, interrupts and IOMMU are as they were when the last moment comes."""
    with with_module("7.2", smp=2) as (guest, _, initrds):
        load(guest, initrds, CMDLINE, "--via=module")
        run(guest, "echo 1 > /sys/kernel/reboot/force")
        guest.send("reboot -f")
        guest.wait_reset()


def test_a_panic_while_armed_resets_the_machine():
    with with_module("6.1", crashes=True) as (guest, _, initrds):
        load(guest, initrds, CMDLINE, "--via=module")
        guest.send("echo c > /proc/sysrq-trigger")
        guest.wait_reset()
        assert "sysrq triggered crash" in guest.console_text()


def memory_in_use(guest):
    """Return kB of memory that is neither free nor can be had back, nor held in readiness for one processor.

    All from one look at each zone, which the kernel takes with its lock held: MBs go to and fro between what is free and
    what is held in readiness. First the processors are made to add up what they have counted each for itself.
    """
    guest.run("sync; echo 3 > /proc/sys/vm/drop_caches; [ ! -e /proc/sys/vm/stat_refresh ] || cat /proc/sys/vm/stat_refresh")
    text = guest.run("cat /proc/zoneinfo")

    def pages(label):
        found = re.findall(rf"^ +{label} +(\d+)$", text, re.M)
        assert found, label
        return sum(map(int, found))

    return 4 * (pages("managed") - pages("pages free") - pages("count:") - pages("nr_file_pages"))


@pytest.mark.parametrize("old", [NOKEXEC, "6.12"])
def test_inserting_loading_and_removing_loses_no_memory(old):
    """A page lost in each round would be twice what is allowed. The stock kernel claims its destinations, the other cannot."""
    rounds = CYCLES.get(old, 200)
    with with_module(old) as (guest, _, _):
        run(guest, "rmmod baton && ./device cycle baton.ko 10 16")
        before = memory_in_use(guest)
        run(guest, f"./device cycle baton.ko {rounds} 16", timeout=300)
        lost = memory_in_use(guest) - before
        no_splat(guest)
        assert lost < rounds * 2, f"{lost} kB are gone"


def test_a_load_that_there_is_no_memory_for_takes_none_from_others():
    """KASAN takes an eighth for itself, and keeps some of what was freed."""
    with with_module(NOKEXEC, memory="640M" if NOKEXEC == DEBUG else "512M") as (guest, _, _):
        run(guest, "mount -t tmpfs -o size=100% none /tmp; dd if=/dev/zero of=/tmp/ballast bs=1M count=300")
        run(guest, "./device full 200")
        assert module_loaded(guest)
        assert "Out of memory" not in guest.run("dmesg")
        no_splat(guest)
        run(guest, "baton unload; rm /tmp/ballast && rmmod baton && ./device cycle baton.ko 1 200")


def test_malformed_and_hostile_calls_get_an_errno():
    races, calls = (10, 4000) if NOKEXEC == DEBUG else (30, 20000)
    with with_module(NOKEXEC, smp=2) as (guest, _, _):
        run(guest, "./device refused")
        run(guest, f"./device race {races}", timeout=300)
        run(guest, f"./device hostile 1 {calls}", timeout=300)
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


def test_a_locked_down_kernel_takes_nothing():
    with with_module(NOKEXEC) as (guest, _, initrds):
        guest.run("echo integrity > /sys/kernel/security/lockdown")
        assert "a good load: Operation not permitted" in run(guest, "./device refused", 1)
        assert "locked down" in run(guest, f"baton load vmlinuz {initrds.options()} --reuse-cmdline --via=module", 3)
        assert "locked down" in run(guest, "baton doctor", 1)


def test_a_processor_that_does_not_come_up_keeps_everything_out():
    """With `nosmt` the second thread of each core is present, and stays asleep in the old kernel's memory."""
    threads = ("-smp", "4,sockets=1,cores=2,threads=2")
    with with_module(NOKEXEC, smp=4, cpu="Nehalem", extra=threads, cmdline="nosmt") as (guest, _, initrds):
        assert guest.run("cat /sys/devices/system/cpu/offline").strip()
        assert "offline" in run(guest, f"baton load vmlinuz {initrds.options()} --reuse-cmdline", 4)
        assert re.search(r"CPU \d is offline and does not come up", guest.run("dmesg"))
        assert not module_loaded(guest)
        guest.run("echo on > /sys/devices/system/cpu/smt/control")
        run(guest, f"baton load vmlinuz {initrds.options()} --reuse-cmdline")
        guest.reboot_with("reboot -f")


def test_switches_that_even_root_cannot_undo_are_not_hidden_from_the_module():
    """kexec_load_disabled keeps what is loaded; a limit is for the module's loads too. Another file lies over each of them."""
    with with_module("6.12") as (guest, _, _):
        run(guest, "echo 0 > /run/zero; echo -1 > /run/none")
        run(guest, "sysctl -w kernel.kexec_load_limit_reboot=2")
        run(guest, "mount --bind /run/none /proc/sys/kernel/kexec_load_limit_reboot")
        for _ in range(2):
            run(guest, "./device at 0x2000000")
        assert "Operation not permitted" in run(guest, "./device at 0x2000000", 1)
        run(guest, "umount /proc/sys/kernel/kexec_load_limit_reboot")
        run(guest, "sysctl -w kernel.kexec_load_disabled=1")
        run(guest, "mount --bind /run/zero /proc/sys/kernel/kexec_load_disabled")
        assert "Operation not permitted" in run(guest, "./device at 0x2000000", 1)
        assert "not permitted" in run(guest, "baton unload", 3)
        assert module_loaded(guest)
        no_splat(guest)


def test_whoever_is_handed_the_open_device_learns_nothing_without_the_capability():
    with with_module(NOKEXEC) as (guest, _, _):
        run(guest, "chmod 666 /dev/baton")
        said = run(guest, "restrict nobody ./device status", 1)
        assert said.count("Operation not permitted") == 2, said


def test_the_calls_of_a_later_version_are_understood():
    with with_module(NOKEXEC) as (guest, _, _):
        run(guest, "./device later")


@pytest.mark.parametrize("old", [NOKEXEC, "6.12"])
def test_a_load_under_way_can_be_killed_and_looked_at(old):
    with with_module(old, smp=2, memory="1G") as (guest, _, _):
        # The first time the kernel's own caches grow.
        run(guest, "./device killed 400", timeout=300)
        before = memory_in_use(guest)
        run(guest, "for i in 1 2 3; do ./device killed 400 || exit 1; done", timeout=900)
        assert memory_in_use(guest) - before < 1 << 10
        no_splat(guest)


def test_armed_a_power_off_is_a_power_off():
    with with_module(NOKEXEC) as (guest, _, initrds):
        load(guest, initrds, CMDLINE)
        guest.send("poweroff -f")
        assert guest.wait_exit() == 0


def has_stopped_for_good(guest):
    """Tell whether every processor of a guest waits for an interrupt that it does not take."""
    state = guest.qmp("human-monitor-command", **{"command-line": "info registers -a"})
    flags = [int(word, 16) for word in re.findall(r"\b[ER]FL=(\w+)", state)]
    return "HLT=0" not in state and flags and not any(word & INTERRUPT_FLAG for word in flags)


def test_armed_a_halt_is_a_halt():
    with with_module(NOKEXEC, smp=2) as (guest, _, initrds):
        load(guest, initrds, CMDLINE)
        guest.send("halt -f")
        guest.wait_console("reboot: System halted")
        deadline = time.monotonic() + EXIT_TIMEOUT * timeout_scale()
        while not has_stopped_for_good(guest):
            assert time.monotonic() < deadline, guest.console_text()[-2000:]


def test_armed_an_emergency_restart_goes_through_firmware():
    """SysRq B stops nothing first: all other processors are at work when the last moment comes."""
    with with_module("6.1", smp=2) as (guest, _, initrds):
        load(guest, initrds, CMDLINE, "--via=module")
        guest.send("echo b > /proc/sysrq-trigger")
        guest.wait_reset()


def test_what_is_loaded_while_the_system_goes_down_is_not_started():
    """Devices still master the bus: it was not armed when they were to be stopped."""
    with with_module(NOKEXEC, smp=2) as (guest, _, _):
        # A real-time process may keep its processor for good.
        run(guest, "echo -1 > /proc/sys/kernel/sched_rt_runtime_us")
        guest.send(f"cd {DATA} && ./device late")
        guest.wait_reset()
        assert "late: loaded" in guest.console_text()
