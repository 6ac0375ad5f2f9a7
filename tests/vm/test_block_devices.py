# SPDX-License-Identifier: LGPL-2.1-or-later
"""`kexec -l /dev/vda`: kernels and initrds that were written to block devices, which are larger than what is on them."""

import contextlib
import subprocess

import pytest

from handoff import MICROCODE, arm, binary, check_arrival, kernel_of, loaded, run, single
from lab import initramfs
from lab.guest import CMDLINE, Guest

DISK = 32 << 30             # far more than the guest's memory
SECTOR = 512
LEFT_OVER = b"left over of what was larger " * 4096


def disk(path, content, behind=b""):
    """Write a sparse disk that begins with some bytes, and with others in the next sector."""
    with open(path, "wb") as image:
        image.write(content + bytes(-len(content) % SECTOR) + behind)
        image.truncate(DISK)
    return path


def packed_initrd(kernel):
    """Return what Debian makes: microcode, uncompressed, then a compressed archive at the next sector."""
    microcode = initramfs.cpio({MICROCODE: initramfs.file(b"not really microcode")})
    archive = single(kernel).files["initrd"].read_bytes()
    packed = subprocess.run(["zstd", "-q"], input=archive, stdout=subprocess.PIPE, check=True).stdout
    return microcode + bytes(-len(microcode) % SECTOR) + packed


@contextlib.contextmanager
def with_disks(folder, kernel, behind=b"", more=()):
    """Yield (guest, report): a kernel on /dev/vdb, an initrd on /dev/vdc, with something else behind both; then more disks."""
    tools = {"baton": binary(), "kexec": initramfs.link("baton")}
    disks = [tools, disk(folder / "kernel", kernel.vmlinuz.read_bytes(), behind or LEFT_OVER),
             disk(folder / "initrd", packed_initrd(kernel), behind), *more]
    with Guest("6.1", disks=disks, memory="512M", smp=1) as guest:
        report = guest.wait_report()
        arm(guest)
        yield guest, report


@pytest.mark.parametrize("call", ["-c", "-s"])
def test_a_kernel_and_an_initrd_on_disks_of_their_own_boot_by_either_call(tmp_path, call):
    kernel = kernel_of("6.12")
    with with_disks(tmp_path, kernel) as (guest, before):
        told = run(guest, f"kexec {call} -d -l /dev/vdb --initrd=/dev/vdc --reuse-cmdline")
        assert loaded(guest)
        assert ("lies on a block device" in told) == (call == "-s")
        after = guest.reboot_with("kexec -e")
        check_arrival(after, before, kernel.release, CMDLINE, single(kernel).markers)


def test_what_is_not_an_initrd_behind_one_is_told_and_left_out(tmp_path):
    kernel = kernel_of("6.12")
    with with_disks(tmp_path, kernel, LEFT_OVER) as (guest, before):
        told = run(guest, f"baton load /dev/vdb --initrd=/dev/vdc --cmdline='{CMDLINE}'")
        assert "warning: initrd: /dev/vdc: what follows the archives" in told
        after = guest.reboot_with("baton reboot --no-load --now")
        check_arrival(after, before, kernel.release, CMDLINE, single(kernel).markers)


def test_what_is_no_kernel_is_refused_at_once_and_by_its_name(tmp_path):
    empty = tmp_path / "empty"
    empty.touch()
    with with_disks(tmp_path, kernel_of("6.12"), more=[empty]) as (guest, _):
        assert "/dev/vdd: the block device has no medium, or no bytes" in run(guest, "baton load /dev/vdd", 4)
        assert "/dev/vdc: is a cpio archive, an initrd and not a kernel" in run(guest, "baton load /dev/vdc", 4)
        refused = run(guest, "baton load /dev/vdb --initrd=/dev/vdb --cmdline=x", 4)
        assert "/dev/vdb: the block device begins with" in refused and "not with an initrd" in refused
        run(guest, "mkfifo pipe")
        assert "but a pipe, which can be read only once" in run(guest, "baton load pipe", 4, timeout=20)
        assert "but a character device" in run(guest, "baton load /dev/zero", 4)
        assert not loaded(guest)
