# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's own initrds, and a Debian that boots with them through systemd."""

import os
import subprocess

import pytest

from lab import debian, initramfs, kernels
from lab.guest import Guest
from lab.guest_report import fnv1a64

pytestmark = pytest.mark.vm
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def _names(archive):
    """Return the member names of a zstd-compressed cpio."""
    plain = subprocess.run(["zstd", "-dcq", archive], stdout=subprocess.PIPE, check=True).stdout
    return subprocess.run(["cpio", "-t", "--quiet"], input=plain, stdout=subprocess.PIPE, check=True).stdout.decode().split()


@pytest.mark.parametrize("series", kernels.SERIES if os.environ.get("BATON_LAB_LONG") else ["6.12"])
def test_the_system_boots_with_debians_own_initrd(series):
    kernel = kernels.get(series)
    initrd = debian.initrd(kernel)
    assert initrd.read_bytes()[:4] == ZSTD_MAGIC
    names = _names(initrd)
    folder = f"usr/lib/modules/{kernel.release}"
    assert {"init", "scripts/local", f"{folder}/modules.dep"} <= set(names)
    # MODULES=most: drivers of machines that are not this one, and several hundred of them.
    assert any(name.startswith(f"{folder}/kernel/drivers/nvme/host/nvme.ko") for name in names)
    assert sum(".ko" in name for name in names) > 300

    disk = debian.system_disk({"/markers/disk": "arrived", "/sbin/lab-tool": "#!/bin/sh\necho tool runs\n",
                               "/root/link": initramfs.link("../sbin/lab-tool"),
                               "/root/secret": initramfs.file("secret", 0o600)})
    with Guest(kernel, initrd=initrd, disks=[disk], cmdline=debian.CMDLINE, smp=1) as guest:
        report = guest.wait_report(debian.BOOT_TIMEOUT)
        assert report.release == kernel.release
        assert report.markers == {"disk": fnv1a64(b"arrived")}
        assert guest.run("systemctl is-system-running --wait").strip() == "running"
        assert guest.run("cat /proc/1/comm; findmnt -no FSTYPE,LABEL /").split() == ["systemd", "ext4", debian.LABEL]
        assert guest.run("/root/link; readlink /sbin; stat -c %a-%U /root/secret").split("\n") == [
            "tool runs", "usr/sbin", "600-root", ""]
        guest.put_file("/run/a/b", b"\0\xff")
        assert guest.run_bytes("cat /run/a/b") == b"\0\xff"
        guest.send("systemctl poweroff")
        assert guest.wait_exit(debian.BOOT_TIMEOUT) == 0


def test_boot_files_are_where_debians_packages_put_them():
    kernel = kernels.get("6.1")
    files = debian.boot_files(kernel)
    assert files["/vmlinuz"].data.decode() == f"boot/vmlinuz-{kernel.release}"
    assert files[f"/boot/initrd.img-{kernel.release}"] == debian.initrd(kernel)
