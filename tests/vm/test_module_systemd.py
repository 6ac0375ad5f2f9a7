# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Debian with baton-arm.service: every `systemctl reboot` is a handoff through the module."""

import json

import pytest

from handoff import LONG, kernel_of
from installed import UNTIL_RECORDED, install, switching_initrd
from lab import baton_module, debian, headers, handoff_record
from lab.guest import Guest

STEADY = "tsc=reliable"
PAIRS = [("6.1", "6.12"), ("6.12", "7.2"), ("7.2", "6.1"), ("6.12", "6.12")]


@pytest.mark.parametrize("series, target", PAIRS if LONG else PAIRS[:1])
def test_an_armed_system_hands_over_when_systemd_reboots_it(series, target, tmp_path):
    old, new = kernel_of(series), kernel_of(target)
    baton = install(tmp_path)
    module = {f"/usr/lib/modules/{old.release}/updates/baton.ko": baton_module.get(headers.get(series))}
    disk = debian.system_disk({"/": tmp_path} | module | debian.boot_files(new)
                              | {f"/boot/initrd.img-{new.release}": switching_initrd(new)})
    with Guest(old, initrd=switching_initrd(old), disks=[disk], cmdline=f"rw {STEADY}", smp=1) as guest:
        first = guest.wait_report(debian.BOOT_TIMEOUT)
        guest.run("depmod -a && systemctl enable baton-arm", debian.BOOT_TIMEOUT)
        guest.run(UNTIL_RECORDED, debian.BOOT_TIMEOUT)
        assert guest.run(f"{baton} status --quiet; echo $?").strip() == "6", "it takes memory only when the system ends"
        # As after grub-reboot.
        guest.run("mkdir -p /boot/grub && echo next_entry=other > /boot/grub/grubenv && systemctl start baton-arm")
        assert guest.run(f"{baton} status --quiet; echo $?").strip() == "6", "the boot loader was asked for another entry"
        guest.run("rm -r /boot/grub")
        second = guest.reboot_with("systemctl reboot", debian.BOOT_TIMEOUT)
        assert second.release == new.release
        found = handoff_record.find(second)
        assert (found.chain, found.from_boot_id, found.digest_result) == (1, first.boot_id, handoff_record.DIGEST_GOOD)
        made = json.loads(guest.run(f"{baton} report --json"))
        assert made["at_ns"]["reboot_call"] is not None, made["unknown"]
