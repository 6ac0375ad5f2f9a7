# SPDX-License-Identifier: LGPL-2.1-or-later
"""A jump that stops no service leaves a file system that needs no recovery, whoever writes to it."""

import subprocess

from handoff import DATA, arm, binary, kernel_of, run, single
from lab import initramfs
from lab.guest import CMDLINE, Guest

EXT4 = (*initramfs.VIRTIO_BLOCK, "crc32c_generic", "ext4")


def test_now_leaves_no_journal_to_recover(tmp_path):
    """After a sync alone the next kernel says "recovery complete". An open file refuses an ordinary remount."""
    kernel = kernel_of("6.1")
    initrds = single(kernel, EXT4)
    image = tmp_path / "ext4"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-m", "0", image, "64M"], check=True)
    files = initrds.files | {"baton": binary(), "vmlinuz": kernel.vmlinuz}
    with Guest("6.1", initrd=initramfs.build(None, kernel, EXT4), disks=[files, image], smp=1) as guest:
        first = guest.wait_report()
        arm(guest)
        run(guest, "mkdir -p /mnt && mount -t ext4 /dev/vdb /mnt && exec 3>/mnt/open && echo data >&3 && "
                   "{ sleep 100000 & } && cp vmlinuz /mnt/dirty")
        output = guest.send(f"cd {DATA} && exec 3>>/mnt/open && baton reboot vmlinuz {initrds.options()} "
                            f"--cmdline='{CMDLINE}' --now")
        second = guest.wait_report(240)
        assert second.boot_id != first.boot_id, output
        told = guest.streams.results[output].output.decode(errors="replace")
        assert "warning" not in told and "read-only" in told
        guest.run("mkdir -p /mnt && mount -t ext4 /dev/vdb /mnt")
        log = guest.run("dmesg")
        assert "EXT4-fs (vdb): mounted" in log and "recovery" not in log, log
        assert guest.run("cat /mnt/open").strip() == "data"
