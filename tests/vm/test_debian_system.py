# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Debian 12 with systemd, its root and /boot on two disks: what baton promises before it ends a system, and after.

One guest: the tests of `first` are about the system that firmware started, those of `second`, `third` and `fourth` about the ones
that followed, each by the reboot that its fixture makes. They run in the order in which they stand here.
"""

import contextlib
import json
import re

import pytest

from handoff import kernel_of
from installed import DRIVERS, FSTAB, System, boot_disk, install, switching_initrd
from lab import debian, initramfs
from lab.guest import CMDLINE, Guest

OLD, NEW = "6.1", "6.12"
LINE = f"root=LABEL={debian.LABEL} rw tsc=reliable"
ONCE = "systemd.unit=multi-user.target"
UNITS = ("baton-report", "baton-mark-shutdown", "baton-prepare", "baton-arm")
INHIBIT = ("systemd-inhibit --what=shutdown --mode=block --who=unpacker --why='a package is half unpacked' "
           "tail -f /dev/null >/dev/null & echo $! >/run/inhibitor")


def release_of(series):
    return kernel_of(series).release


@pytest.fixture(scope="module", name="first")
def boot(tmp_path_factory):
    """The old kernel runs, the new one is the installed one, and the old one's pair is there, with Debian's own initrd."""
    place, staged = tmp_path_factory.mktemp("disks"), tmp_path_factory.mktemp("installed")
    old, new = kernel_of(OLD), kernel_of(NEW)
    baton = install(staged)
    files = debian.boot_files(old) | debian.boot_files(new)
    boot = {path.removeprefix("/boot/"): content for path, content in files.items() if path.startswith("/boot/")}
    boot |= {f"initrd.img-{new.release}": switching_initrd(new),
             "driverless.img": switching_initrd(new, [name for name in DRIVERS if name not in initramfs.VIRTIO_BLOCK])}
    root = {path: content for path, content in files.items() if not path.startswith("/boot/")}
    # Where kernels are prepared already nothing is done in the background, and loads unpack them.
    disk = debian.system_disk({"/": staged, "/etc/fstab": initramfs.file(FSTAB, 0o644), "/usr/sbin/kexec": initramfs.link(baton),
                               "/var/cache/baton/kernels/none": "", "/boot/.below": ""} | root)
    with Guest(old, initrd=switching_initrd(old), disks=[disk, boot_disk(place, boot)], cmdline=LINE, memory="2G", smp=1) as guest:
        yield System(guest, baton)


@contextlib.contextmanager
def in_place_of(system, path, command):
    """Have something else at a path for a while: `command` makes it out of nothing."""
    system.run(f"mv {path} {path}.aside && {command}")
    try:
        yield
    finally:
        system.run(f"mv -f {path}.aside {path}")


# Before anything is stopped

def test_units_say_what_they_are(first):
    """static: runs by being there. Only baton-arm is there to be enabled."""
    states = first.run(f"systemctl is-enabled {' '.join(f'{unit}.service' for unit in UNITS)} || true").split()
    assert dict(zip(UNITS, states, strict=True)) == {"baton-report": "static", "baton-mark-shutdown": "static", "baton-prepare": "static",
                                        "baton-arm": "disabled"}
    assert first.run("systemctl is-enabled baton-arm.service", 1).strip() == "disabled"


def test_a_healthy_debian_is_loaded_without_a_warning(first):
    """With the lab's initrd, and the running kernel's own pair with the one that mkinitramfs makes."""
    assert first.warnings("baton load") == ""
    assert first.loaded()
    assert first.warnings(f"baton load --verify /boot/vmlinuz-{release_of(OLD)}") == ""
    first.run("baton unload")


@pytest.mark.parametrize("root", ["LABEL=nowhere", "UUID=00000000-0000-0000-0000-000000000000", "/dev/vdz1"])
def test_a_root_that_is_not_there_is_refused(first, root):
    output = first.run(f"baton reboot --append=root={root}", 1)
    assert f"root={root}: there is no such device or file system" in output and "--no-verify-start" in output
    assert not first.loaded()


@pytest.mark.parametrize("word, words", [("module_blacklist=virtio_blk", "module_blacklist= keeps the kernel from loading it"),
                                         ("rdinit=/no", "is nothing that the kernel finds by itself")])
def test_what_the_new_command_line_takes_from_the_initrd_is_refused(first, word, words):
    assert words in first.run(f"baton reboot --append={word}", 1)
    assert not first.loaded()


def test_an_initrd_without_the_driver_of_the_roots_disk_is_refused(first):
    installed = f"/boot/initrd.img-{release_of(NEW)}"
    with in_place_of(first, installed, f"cp /boot/driverless.img {installed}"):
        output = first.run("baton reboot", 1)
        assert re.search(r"the root file system needs the driver virtio.blk, which is a module in Linux \S+ \(virtio_blk\), "
                         "and the initrd has it not", output), output
        assert not first.loaded()
        # Who names it is told.
        told = first.warnings(f"baton load /boot/vmlinuz-{release_of(NEW)} --initrd={installed}")
        assert "needs the driver virtio" in told and first.loaded()
        first.run("baton unload")


def test_a_link_to_a_kernel_whose_initrd_is_not_made_yet_starts_the_running_pair_or_nothing(first):
    initrd, own = (f"/boot/initrd.img-{release_of(series)}" for series in (NEW, OLD))
    assert first.run("readlink /vmlinuz").strip() == f"boot/vmlinuz-{release_of(NEW)}"
    with in_place_of(first, initrd, "true"):
        plan = json.loads(first.run("baton plan --json 2>/dev/null"))
        assert plan["kernel"]["path"].endswith(f"/vmlinuz-{release_of(OLD)}")
        assert [each["path"] for each in plan["initrds"]] == [own]
        assert any("unfinished" in text and release_of(NEW) in text for text in plan["warnings"])
        with in_place_of(first, own, "true"):
            output = first.run("baton reboot", 1)
            assert "unfinished" in output and f"vmlinuz-{release_of(NEW)}" in output
    assert not first.loaded()


def test_a_boot_that_is_not_mounted_is_named(first):
    first.run("umount /boot")
    try:
        assert "/boot is not mounted (/etc/fstab names LABEL=lab-boot)" in first.run("baton reboot", 1)
    finally:
        first.run("mount /boot")


@pytest.mark.parametrize("load", ["baton load -q", "baton load -q --json", "kexec -l", "kexec -a -l"])
def test_warnings_of_a_load_reach_standard_error_whatever_else_is_printed(first, load):
    """One of the plan's, and one of the machine's: without CAP_SYS_ADMIN the kernel hides where its memory lies."""
    kernel, initrd = f"/boot/vmlinuz-{release_of(NEW)}", f"--initrd=/boot/initrd.img-{release_of(NEW)}"
    line = f"--command-line='{CMDLINE} {LINE} console=ttyUSB7'" if load.startswith("kexec") else "--append=console=ttyUSB7"
    told = first.warnings(f"setpriv --bounding-set=-sys_admin {load} {kernel} {initrd} {line}")
    assert first.loaded()
    assert re.search("warning: console=ttyUSB7: this system has no such console", told), told
    assert re.search("warning: .*/proc/iomem", told), told
    first.run("baton unload")


def test_what_firmware_did_not_tell_is_said_once(first):
    text = first.run("COLUMNS=120 baton report")
    assert text.startswith("No handoff") and json.loads(first.run("baton report --json"))["firmware"]["why"]
    assert text.count("neither the firmware") == text.count("not known: ") == 1 and text.count("not known, as above") == 2, text


def test_an_inhibitor_is_heard_before_anything_is_loaded(first):
    first.run(f"{INHIBIT}; until systemd-inhibit --list --no-legend | grep -q unpacker; do :; done")
    for command in ("baton reboot", "baton reboot --now"):
        output = first.run(command, 1)
        assert re.search(r'inhibited by unpacker \(process \d+\): "a package is half unpacked"', output), output
        assert "--ignore-inhibitors" in output and not first.loaded()
    assert first.run("systemctl is-system-running").strip() == "running"


# After a reboot through systemd

@pytest.fixture(scope="module", name="second")
def through_systemd(first):
    """Somebody inhibits it, and is not heard."""
    if not first.run("systemd-inhibit --list --no-legend").strip():
        first.run(INHIBIT)
    first.reboot(f"baton reboot --ignore-inhibitors --append={ONCE}")
    return first


def test_whoever_inhibits_it_can_be_ignored(second):
    assert second.report.release == release_of(NEW) and second.report.boot_id != second.reports[0].boot_id
    assert second.report.cmdline == f"{CMDLINE} {LINE} {ONCE}"


def test_the_report_keeps_the_initrd_apart_and_names_the_slowest_units(second):
    made, text = json.loads(second.run("baton report --json")), second.run("COLUMNS=120 baton report")
    assert made["kind"] == "baton" and "6.1" in made["from_release"]
    times = made["at_ns"]
    assert times["first_program"] < times["system"] < times["up"]
    assert re.search(r"^  initrd .* s ", text, re.M) and re.search(r"^  starting services .* s ", text, re.M)
    units = made["slowest_units"]
    assert len(units) == 5 and [unit["ns"] for unit in units] == sorted((unit["ns"] for unit in units), reverse=True)
    blamed = second.run("systemd-analyze blame --no-pager").split()
    assert {unit["name"] for unit in units} <= set(blamed) and all(unit["name"].removesuffix(".service")[:16] in text for unit in units)


def test_what_was_given_for_one_handoff_is_left_out_of_the_next(second):
    plan = json.loads(second.run("baton plan --json 2>/dev/null"))
    assert plan["command_line"] == f"{CMDLINE} {LINE}"
    assert any("left out what was given for the last handoff alone" in reason["text"] and ONCE in reason["text"]
               for reason in plan["reasons"]), plan["reasons"]


# After a jump that stops no service

@pytest.fixture(scope="module", name="third")
def at_once(second):
    """While both file systems are written to."""
    second.run("for place in /boot /var/tmp; do echo data >$place/before; "
               "sh -c \"while echo more; do sleep 0.1; done >>$place/written\" >/dev/null 2>&1 & done")
    second.reboot("baton reboot --now")
    return second


def test_now_leaves_no_journal_to_recover(third):
    assert third.report.boot_id != third.reports[1].boot_id
    log = third.run("dmesg")
    for disk in ("vda", "vdb"):
        assert f"EXT4-fs ({disk}): mounted" in log
    assert "recovery" not in log and "orphan" not in log, log
    assert "recovering journal" not in third.run("journalctl -b --no-pager")
    assert third.run("cat /boot/before /var/tmp/before").split() == ["data", "data"]


def test_each_end_of_a_system_stands_in_wtmp(third):
    ends = [line for line in third.run("last -x shutdown").splitlines() if line.startswith("shutdown")]
    assert len(ends) == 2 and all("system down" in line for line in ends), third.run("last -x")


def test_the_command_line_is_the_first_ones_again(third):
    assert third.report.cmdline == third.reports[0].cmdline == f"{CMDLINE} {LINE}"


@pytest.fixture(scope="module", name="fourth")
def automatically(third):
    """This systemd makes no jump of `shutdown -r now`: that would go through firmware, and end the guest."""
    new = release_of(NEW)
    third.reboot(f"env -i PATH=/usr/bin:/bin /usr/sbin/kexec /boot/vmlinuz-{new} --initrd=/boot/initrd.img-{new} --reuse-cmdline")
    return third


def test_the_automatic_mode_of_the_drop_in_starts_what_it_loaded(fourth):
    assert json.loads(fourth.run("baton report --json"))["kind"] == "baton"
    assert fourth.report.cmdline == f"{CMDLINE} {LINE}"


# getrusage(RUSAGE_CHILDREN) of a program that perl has run: ru_maxrss, in KiB (struct rusage of x86-64).
PEAK = "perl -e '$usage = \"\\0\" x 144; system(@ARGV); $status = $? >> 8; syscall(98, -1, $usage); " \
       "print \"peak \", unpack(\"x32 q\", $usage), \"\\n\"; exit $status' "


def test_where_kexec_is_switched_off_a_reboot_is_refused_at_once_and_the_system_stays(fourth):
    """Before anything is unpacked: by the memory that it took, beside that of a load."""
    def peak(command, expected):
        output = fourth.run(f"{PEAK} {fourth.baton} {command}", expected)
        return int(re.search(r"^peak (\d+)$", output, re.M)[1]), output

    loaded, _ = peak("load", 0)
    fourth.run("baton unload")
    fourth.run("sysctl -q kernel.kexec_load_disabled=1")
    refused, output = peak("reboot", 3)
    assert "kexec_load_disabled" in output
    # What is packed is read, for its header.
    assert refused < loaded / 4, (refused, loaded)
    assert fourth.run("systemctl is-system-running").strip() == "running"
    assert "No jobs" in fourth.run("systemctl list-jobs")
