# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Debian 13, whose systemd (257) makes a jump of an ordinary reboot by itself where the kernel has something loaded.

One guest, as in test_debian_system.py: each fixture makes one reboot.
"""

import re

import pytest

from handoff import kernel_of
from installed import System, install, switching_initrd
from lab import baton_module, debian, headers, initramfs
from lab.guest import CMDLINE, Guest

SERIES = "6.12"                 # Debian 13's own
LINE = f"root=LABEL={debian.LABEL} rw tsc=reliable"
CRON = "env -i PATH=/usr/bin:/bin"


def release():
    return kernel_of(SERIES).release


@pytest.fixture(scope="module", name="first")
def boot(tmp_path_factory):
    staged, kernel = tmp_path_factory.mktemp("installed"), kernel_of(SERIES)
    baton = install(staged)
    disk = debian.system_disk({"/": staged, "/usr/sbin/kexec": initramfs.link(baton),
                               "/opt/baton.ko": baton_module.get(headers.get(SERIES))} | debian.boot_files(kernel)
                              | {f"/boot/initrd.img-{release()}": switching_initrd(kernel)}, suite=debian.NEWER)
    with Guest(kernel, initrd=switching_initrd(kernel), disks=[disk], cmdline=LINE, smp=1) as guest:
        yield System(guest, baton)


def states(system):
    """Return what is loaded: by kexec, in the module."""
    return system.run("cat /sys/kernel/kexec_loaded /sys/class/misc/baton/loaded").split()


def test_the_installed_kernel_is_prepared_in_the_background(first):
    first.run("main=$(systemctl show -P MainPID baton-prepare.service); [ $main = 0 ] || tail --pid=$main -f /dev/null")
    assert first.run("systemctl show -P Result baton-prepare.service").strip() == "success"
    assert len(first.run("ls /var/cache/baton/kernels").split()) == 1
    assert "baton prepare" not in first.run("baton load")
    first.run("baton unload")


def test_this_systemd_is_one_that_jumps_by_itself(first):
    assert int(re.match(r"systemd (\d+)", first.run("systemctl --version"))[1]) >= 255


def test_an_inhibitor_is_heard_by_baton_before_systemd(first):
    first.run("systemd-inhibit --what=shutdown --mode=block --who=unpacker --why=unpacking tail -f /dev/null >/dev/null & "
              "until systemd-inhibit --list --no-legend | grep -q unpacker; do :; done")
    output = first.run("baton reboot", 1)
    assert re.search(r'inhibited by unpacker \(process \d+\): "unpacking"', output) and "--ignore-inhibitors" in output
    assert not first.loaded()


@pytest.fixture(scope="module", name="second")
def from_the_module(first):
    """kexec's first, then the module's: an ordinary reboot, of which somebody wants none."""
    first.run("insmod /opt/baton.ko && baton load -q --via=kexec_load --append=older=1")
    assert states(first) == ["1", "0"]
    first.run("baton load -q --via=module --append=newer=1")
    assert states(first) == ["0", "1"]
    first.reboot("baton reboot --no-load --ignore-inhibitors")
    return first


def test_what_was_loaded_last_into_the_module_is_what_starts(second):
    assert second.report.cmdline == f"{CMDLINE} {LINE} newer=1"
    assert second.report.boot_id != second.reports[0].boot_id


@pytest.fixture(scope="module", name="third")
def from_kexec(second):
    """The other way round, and the reboot is anybody's."""
    second.run("insmod /opt/baton.ko && baton load -q --via=module --append=older=1 && "
               "baton load -q --via=kexec_load --append=newest=1")
    assert states(second) == ["1", "0"]
    second.reboot("systemctl reboot")
    return second


def test_what_was_loaded_last_by_kexec_is_what_starts(third):
    """And what was given for the handoff before is not in its line."""
    assert third.report.cmdline == f"{CMDLINE} {LINE} newest=1"
    assert third.report.boot_id != third.reports[1].boot_id


def test_the_automatic_mode_works_with_crons_path(third):
    """/usr/sbin, where shutdown is, is not on it. This systemd makes a jump of `shutdown -r now`."""
    before = third.report.boot_id
    assert third.run(f"{CRON} sh -c 'command -v shutdown || echo none'").strip() == "none"
    third.reboot(f"{CRON} /usr/sbin/kexec /boot/vmlinuz-{release()} --initrd=/boot/initrd.img-{release()} --reuse-cmdline")
    assert third.report.boot_id != before and third.report.cmdline == f"{CMDLINE} {LINE} newest=1"
