# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Debian that boots through systemd, with baton as `make install` leaves it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from handoff import ROOT, binary
from lab import debian, initramfs

# Debian's own initrd would do the same in three times the time.
FIRST_PROGRAM = """\
#!/bin/sh
mount -t devtmpfs dev /dev
while read -r module; do insmod "$module"; done </lib/modules/lab.list
mkdir /new
mount -t ext4 /dev/vda /new
umount /dev
exec switch_root /new /sbin/init
"""
DRIVERS = (*initramfs.VIRTIO_BLOCK, "crc32c_generic", "ext4")
BOOT_LABEL = "lab-boot"
FSTAB = f"LABEL={debian.LABEL} / ext4 defaults 0 1\nLABEL={BOOT_LABEL} /boot ext4 defaults 0 0\n"
UNTIL_RECORDED = """\
systemctl is-system-running --wait
main=$(systemctl show -P MainPID baton-report.service)
[ "$main" = 0 ] || tail --pid="$main" -f /dev/null
"""


def switching_initrd(kernel, drivers=DRIVERS):
    """Return the path of an initrd that goes on in the system on the first disk."""
    return initramfs.build({"init": initramfs.file(FIRST_PROGRAM)}, kernel, drivers)


def install(folder):
    """Install the build under test into a folder; return the path that baton has on a system whose files these are."""
    build = (ROOT / os.environ.get("BATON_STATIC", "build-static/baton")).parent
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet"], check=True, capture_output=True,
                   env=os.environ | {"DESTDIR": str(folder)})
    baton = next(folder.rglob("sbin/baton"))
    assert baton.read_bytes() == binary().read_bytes()
    return f"/{baton.relative_to(folder)}"


def boot_disk(folder, files):
    """Return an ext4 image with {path below /boot: content}, which FSTAB mounts. No fsck: a recovery is the kernel's to tell."""
    content = folder / "boot"
    content.mkdir()
    for name, data in files.items():
        (content / name).write_bytes(data if isinstance(data, bytes) else Path(data).read_bytes())
    image = folder / "boot.ext4"
    mke2fs = shutil.which("mke2fs", path="/usr/sbin:/sbin:/usr/bin:/bin")
    subprocess.run([mke2fs, "-q", "-t", "ext4", "-L", BOOT_LABEL, "-m", "0", "-d", content, image, "256M"], check=True)
    return image


class System:
    """A Debian that runs in a guest, with baton at `baton`."""

    def __init__(self, guest, baton):
        self.guest, self.baton, self.reports = guest, baton, [guest.wait_report(debian.BOOT_TIMEOUT)]
        self.settle()

    @property
    def report(self):
        return self.reports[-1]

    def settle(self):
        """Wait until everything is up and this boot is recorded."""
        assert self.guest.run(UNTIL_RECORDED, debian.BOOT_TIMEOUT).strip() == "running", self.guest.run("systemctl --failed")

    def result(self, command):
        """Run a command line in which "baton" stands for where it is; return (exit status, output)."""
        words = re.sub(r"(?<![\w/.-])baton(?= )", self.baton, command)
        status, output = self.guest.result(self.guest.send(words), debian.BOOT_TIMEOUT)
        return status, output.decode(errors="replace")

    def run(self, command, expected=0):
        """Run it, insist on its exit status, return its output."""
        status, output = self.result(command)
        assert status == expected, f"{command}: exit status {status}, expected {expected}\n{output}"
        return output

    def warnings(self, command):
        """Run a command that must succeed; return what it says on standard error."""
        return self.run(f"{command} 2>&1 >/dev/null")

    def loaded(self):
        return self.guest.run("cat /sys/kernel/kexec_loaded").strip() == "1"

    def reboot(self, command):
        """Run a command that must end in another system; wait until that is up."""
        self.reports.append(self.guest.reboot_with(re.sub(r"^baton", self.baton, command), debian.BOOT_TIMEOUT))
        self.settle()
        return self.report
