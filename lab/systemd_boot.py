"""Disks that OVMF boots through systemd-boot, which tells the kernel how long firmware and loader took."""

from pathlib import Path

from lab import cache, disk
from lab.errors import LabError
from lab.packages import Suite

SUITE = "bookworm"
PACKAGE = "systemd-boot-efi"
PROGRAM = "usr/lib/systemd/boot/efi/systemd-bootx64.efi"


def get():
    """Return the path of Debian's systemd-boot for x86-64, fetching it at first use."""
    record = cache.path("systemd-boot", "program")
    known = cache.read_json(record)
    if known and Path(known).exists():
        return Path(known)
    package, folder = Suite(SUITE).unpack(PACKAGE)
    program = folder / PROGRAM
    if not program.exists():
        raise LabError(f"{package.key}: no {PROGRAM} in the package")
    cache.write_json(record, str(program))
    return program


def boot_image(kernel, initrd, cmdline):
    """Return the path of an image in the cache that boots a kernel; paths in. There is no menu and no waiting."""
    entry = f"title lab\nlinux /vmlinuz\ninitrd /initrd\noptions {cmdline}\n"
    return disk.boot_image_of({
        "EFI/BOOT/BOOTX64.EFI": get(), "loader/loader.conf": b"timeout 0\ndefault lab.conf\n",
        "loader/entries/lab.conf": entry.encode(), "vmlinuz": kernel, "initrd": initrd})
