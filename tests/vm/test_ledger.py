# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ledger tells the truth: it agrees with what is seen from outside the guest, and what nobody knows is unknown."""

import json
import re
import time

import pytest

from bench import marks
from lab import debian, initramfs, kexec_tools, handoff_record
from lab.guest import CMDLINE, Guest
from handoff import DATA, REBOOT, arm, first_kernel, kernel_of, load_command, loaded, run, single
from installed import UNTIL_RECORDED, install, switching_initrd

OLD_SYSTEM = ["command", "loaded", "reboot_call"]
PURGATORY = ["purgatory", "verified", "left"]
POINTS = [*OLD_SYSTEM, *PURGATORY, "kernel", "first_program", "up"]
MS = 1_000_000                          # nanoseconds
# Without the deterministic clock: an emulated counter is as steady as this machine's clock, but a busy machine makes the
# kernel doubt it, and then its times are unknown.
STEADY = "tsc=reliable"
# Debian's kexec-tools with its own dynamic loader and libraries.
PEER = "tools/lib64/ld-linux-x86-64.so.2 --library-path tools/lib tools/sbin/kexec"


def report_of(guest):
    """Return the report of a guest's running system."""
    return json.loads(run(guest, "baton report --json"))


def check_order(made, unknown=()):
    """Insist that every point is known but those, which have a reason, and that they come in order."""
    assert {name for name in POINTS if made["at_ns"][name] is None} == set(unknown), made["unknown"]
    assert set(made["unknown"]) == set(unknown) and all(made["unknown"].values())
    known = [made["at_ns"][name] for name in POINTS if name not in unknown]
    assert known == sorted(set(known)), made["at_ns"]


def check_from(made, before, chain):
    """Insist on a handoff by baton from the kernel that reported `before`."""
    assert (made["kind"], made["chain"], made["digests"]) == ("baton", chain, "good")
    assert (made["from_release"], made["from_boot_id"]) == (before.release, before.boot_id)


# Known points: the deterministic clock, one instruction a nanosecond, and a plugin of QEMU that counts them.

# Between the points of the ledger and the instructions that stand for them. Measured: 0.41 ms from "Run /init" in the
# kernel's log to /init's first instruction, 0.04 ms from baton's mark to the kernel's system call. The issue asks for
# 5 % of the outage, which would be 83 ms.
OUTAGE_WITHIN = 1 * MS
GAP_WITHIN = MS // 10
# From the program `tsc` to baton's own start, which is read from a disk: while the processor waits for that, its clock
# goes on with the host's. Measured: 1.3 ms, and 6 ms on a busy host.
COMMAND_WITHIN = 20 * MS


def check_outage(made, seen):
    """Compare the ledger with the marks of one handoff: the reboot call, the new kernel's entry, its first program."""
    assert [mark.name for mark in seen] == ["call", "entry", "first"]
    call, entry, first = seen
    assert call.idles == first.idles, "the processor slept, and instructions do not tell the time"
    phases = {phase["from"]: phase for phase in made["phases"]}
    outage = [phases[name] for name in ("reboot_call", *PURGATORY, "kernel")]
    assert [phase["part"] for phase in outage] == ["between"] * 4 + ["new_system"]
    total = sum(phase["ns"] for phase in outage)
    assert total == made["outage_ns"]
    assert abs(total - (first.instructions - call.instructions)) < OUTAGE_WITHIN
    # The kernel is entered directly, so that purgatory's last note and the kernel's entry are one moment.
    gap = sum(phases[name]["ns"] for name in ("reboot_call", "purgatory", "verified"))
    assert made["direct"] and abs(gap - (entry.instructions - call.instructions)) < GAP_WITHIN


def test_the_ledger_agrees_with_what_is_seen_from_outside(tmp_path):
    """Twice in a row: a reboot that loads as well, of which every point is known, and one that finds it loaded."""
    old, new = kernel_of("6.12"), kernel_of("6.1")
    others = [("entry", marks.entry_instruction(old.vmlinuz)),
              *(("call", marks.reboot_instruction(kernel.vmlinuz)) for kernel in (old, new))]
    extra = marks.arguments(new, tmp_path / "marks", counting=True, more=others)
    initrds = {name: single(kernel, initramfs.VIRTIO_BLOCK).files["initrd"] for name, kernel in (("old", old), ("new", new))}
    files = {"old": old.vmlinuz, "new": new.vmlinuz} | {f"{name}.img": path for name, path in initrds.items()}
    with first_kernel("6.12", files, icount=True, extra=extra) as (guest, first):
        seen = len(marks.read(tmp_path / "marks"))
        command = guest.send(f"cd {DATA} && tsc && baton reboot new --initrd=new.img --cmdline='{CMDLINE}' --now")
        second = guest.wait_report()
        given = int(guest.streams.results[command].output.split(b"\n")[0])
        arm(guest)
        run(guest, "baton mark up")
        made = report_of(guest)
        check_from(made, first, chain=1)
        check_order(made)
        check_outage(made, marks.read(tmp_path / "marks")[seen:])
        since_command = made["at_ns"]["first_program"] - made["at_ns"]["command"]
        assert abs(since_command - (second.tsc - given)) < COMMAND_WITHIN
        assert made["command_to_up_ns"] == made["at_ns"]["up"] - made["at_ns"]["command"]

        run(guest, f"baton load old --initrd=old.img --cmdline='{CMDLINE}'")
        seen = len(marks.read(tmp_path / "marks"))
        guest.reboot_with(REBOOT)
        arm(guest)
        made = report_of(guest)
        check_from(made, second, chain=2)
        check_order(made, unknown=["loaded", "up"])
        check_outage(made, marks.read(tmp_path / "marks")[seen:])
        assert "loaded before the command" in made["unknown"]["loaded"]
        assert "baton mark up" in made["unknown"]["up"]


# Unknown points

def test_without_a_mailbox_the_old_systems_times_are_unknown_and_the_rest_is_not():
    """There is no memory to note them in; then it is overwritten after the load; then it lies elsewhere."""
    kernel = kernel_of("6.12")
    initrds = single(kernel, initramfs.VIRTIO_BLOCK)
    load = load_command("vmlinuz", initrds, f"{CMDLINE} {STEADY}")
    # No bpffs is mounted here. Where a folder of /run should be there is a file.
    none, lost = ": >/run/baton", "dd if=/dev/zero of=/run/baton/mailbox bs=4096 count=1 conv=notrunc"
    moved = "cp -p /run/baton/mailbox /run/baton/copy && mv /run/baton/copy /run/baton/mailbox"
    with first_kernel("6.12", initrds.files | {"vmlinuz": kernel.vmlinuz}, cmdline=STEADY) as (guest, before):
        run(guest, none)
        assert "no mailbox: no memory could be kept" in run(guest, f"{load} -v")
        after = guest.reboot_with(REBOOT)
        arm(guest)
        made = report_of(guest)
        check_from(made, before, chain=1)
        check_order(made, unknown=[*OLD_SYSTEM, "up"])
        assert {made["unknown"][name] for name in OLD_SYSTEM} == {
            "the old system had no memory to note it in; there, baton load -v tells why"}
        assert (made["outage_ns"], made["command_to_up_ns"]) == (None, None)

        run(guest, load)
        run(guest, lost)
        before, after = after, guest.reboot_with(REBOOT)
        arm(guest)
        made = report_of(guest)
        check_from(made, before, chain=2)
        check_order(made, unknown=[*OLD_SYSTEM, "up"])
        assert {made["unknown"][name] for name in OLD_SYSTEM} == {
            "it was noted in memory that the old kernel moved or used for something else"}
        text = run(guest, "baton report")
        # Once; the names of the rows stand between its lines.
        assert text.count("not known: it was noted in memory that the old") == 1 and text.count("not known, as above") == 3

        run(guest, load)
        run(guest, moved)
        assert "the ledger's mailbox is no longer where it was" in run(guest, "baton mark reboot-call", 1)
        guest.reboot_with(REBOOT)
        arm(guest)
        made = report_of(guest)
        check_from(made, after, chain=3)
        # What purgatory finds in the old place may be what was there, or anything.
        assert made["at_ns"]["command"] is made["at_ns"]["reboot_call"] is made["outage_ns"] is None
        assert re.search("memory for it had been moved|memory that the old kernel moved", made["unknown"]["reboot_call"])


def test_where_no_memory_is_left_a_load_goes_without_a_mailbox_and_a_mark_leaves_nothing():
    """/run/baton is full to its last page, and no bpffs is mounted: the first write to a hole in a file would be a SIGBUS."""
    kernel = kernel_of("6.12")
    initrds = single(kernel)
    load = load_command("vmlinuz", initrds, CMDLINE)
    with first_kernel("6.12", initrds.files | {"vmlinuz": kernel.vmlinuz}) as (guest, _):
        run(guest, "mkdir -p /run/baton && mount -t tmpfs -o size=16k small /run/baton")
        run(guest, "dd if=/dev/zero of=/run/baton/full bs=4096; [ $(wc -c </run/baton/full) = 16384 ]")
        assert "no mailbox: no memory could be kept: /run is full" in run(guest, f"{load} -v")
        assert loaded(guest)
        assert "No space left on device" in run(guest, "baton mark up", 1)
        assert run(guest, "ls -A /run/baton").split() == ["full"]
        # With room again, both work.
        run(guest, f": >/run/baton/full && {load} && baton mark up")
        assert sorted(run(guest, "ls -A /run/baton").split()) == ["full", "loaded", "mailbox", "up"]


def test_after_another_loader_everything_before_is_unknown_and_stays_so():
    """baton, then kexec-tools' kexec_file_load in the place of what baton had loaded, then baton again."""
    kernel = kernel_of("6.12")
    initrds = single(kernel, initramfs.VIRTIO_BLOCK)
    load = load_command("vmlinuz", initrds, CMDLINE)
    files = initrds.files | {"vmlinuz": kernel.vmlinuz, "tools": kexec_tools.get()}
    with first_kernel("6.12", files) as (guest, first):
        run(guest, load)
        second = guest.reboot_with(REBOOT)
        arm(guest)
        check_from(report_of(guest), first, chain=1)

        run(guest, load)
        run(guest, f"{PEER} -s -l vmlinuz {initrds.options()} --command-line='{CMDLINE}'")
        run(guest, "baton mark shutdown && baton mark reboot-call")
        guest.kexec()
        third = guest.wait_report()
        assert handoff_record.find(second) and not handoff_record.find(third)
        arm(guest)
        made = report_of(guest)
        assert (made["kind"], made["release"], made["boot_id"]) == ("kexec", kernel.release, third.boot_id)
        assert [made[name] for name in ("from_release", "from_boot_id", "chain", "digests")] == [None] * 4
        check_order(made, unknown=[*OLD_SYSTEM, *PURGATORY, "up"])
        assert {made["unknown"][name] for name in (*OLD_SYSTEM, *PURGATORY)} == {
            "this kernel was started without a handoff record: by the file call, or by another tool than baton"}
        assert "without baton's record" in run(guest, "baton report")

        run(guest, load)
        guest.reboot_with(REBOOT)
        arm(guest)
        # Nobody knows how many there were before.
        check_from(report_of(guest), third, chain=None)


def test_a_boot_through_firmware_was_no_handoff():
    with first_kernel("6.12") as (guest, report):
        made = report_of(guest)
        assert (made["kind"], made["boot_id"], made["chain"], made["from_release"]) == (
            "firmware", report.boot_id, None, None)
        check_order(made, unknown=[*OLD_SYSTEM, *PURGATORY, "up"])
        assert {made["unknown"][name] for name in (*OLD_SYSTEM, *PURGATORY)} == {
            "this kernel was started by firmware and a boot loader, which leave no record"}
        # SeaBIOS publishes no boot record, and there are no EFI variables.
        assert made["firmware"]["firmware_ns"] is None and made["firmware"]["why"]
        assert run(guest, "baton report").startswith("No handoff: ")


# With systemd

# systemd-shutdown calls kexec for the jump. As Debian has it: kexec-tools, which marks nothing.
OTHER_KEXEC = f"#!/bin/sh\ncd /opt\nexec {PEER} \"$@\"\n"
HISTORY = "/var/lib/baton/history.jsonl"


@pytest.fixture(name="debian_with_baton")
def make_debian_with_baton(tmp_path):
    """Return a disk with Debian and baton as `make install` leaves it, and where baton is on it."""
    baton = install(tmp_path)
    new = kernel_of("6.12")
    disk = debian.system_disk({"/": tmp_path, "/opt/tools": kexec_tools.get(),
                               "/usr/sbin/kexec": initramfs.file(OTHER_KEXEC)} | debian.boot_files(new)
                              | {f"/boot/initrd.img-{new.release}": switching_initrd(new)})
    return disk, baton


def check_recorded(guest, baton, report, earlier):
    """Wait for the boot's line in the history, which comes after the lines `earlier`; return (all, what is shown)."""
    assert guest.run(UNTIL_RECORDED, debian.BOOT_TIMEOUT).strip() == "running"
    lines = guest.run(f"cat {HISTORY}").splitlines()
    assert len(lines) == len(earlier) + 1 and lines[:-1] == earlier
    made, shown = json.loads(lines[-1]), json.loads(guest.run(f"{baton} report --json"))
    assert made["boot_id"] == shown["boot_id"] == report.boot_id
    assert (made["at_ns"], made["unknown"]) == (shown["at_ns"], shown["unknown"])
    assert guest.run(f"cat {HISTORY}").splitlines() == lines, "the report has recorded a boot again"
    return lines, shown


def check_seen(made, seconds):
    """Compare the ledger with this machine's clock: the lab's service reports shortly before the system is up.

    Measured: up to 4 % before, on a busy machine.
    """
    assert made["precision_ns"] <= MS
    assert abs(made["command_to_up_ns"] / 1e9 / seconds - 1) < 0.2


def test_systemd_stops_its_services_and_the_next_system_knows_when(debian_with_baton):
    """Of a `systemctl kexec` and of a `baton reboot`; and every boot has its line in the history."""
    old, (disk, baton) = kernel_of("6.1"), debian_with_baton
    with Guest(old, initrd=switching_initrd(old), disks=[disk], cmdline=f"rw {STEADY}", smp=1) as guest:
        first = guest.wait_report(debian.BOOT_TIMEOUT)
        history, made = check_recorded(guest, baton, first, [])
        assert made["kind"] == "firmware"
        check_order(made, unknown=[*OLD_SYSTEM, *PURGATORY])

        guest.run(f"{baton} load")
        sent = time.monotonic()
        second = guest.reboot_with("systemctl kexec", debian.BOOT_TIMEOUT)
        history, made = check_recorded(guest, baton, second, history)
        check_from(made, first, chain=1)
        check_order(made, unknown=["loaded"])
        check_seen(made, second.received - sent)

        # As after `make install PREFIX=/usr`: kexec is baton as well.
        guest.run(f"ln -sf {baton} /usr/sbin/kexec")
        sent = time.monotonic()
        third = guest.reboot_with(f"{baton} reboot", debian.BOOT_TIMEOUT)
        _, made = check_recorded(guest, baton, third, history)
        check_from(made, second, chain=2)
        check_order(made)
        check_seen(made, third.received - sent)
