# SPDX-License-Identifier: LGPL-2.1-or-later
"""kexec_file_load: the very files are given, IMA sees their labels, and large ones fit into small machines."""

import contextlib
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from handoff import RESTRICT, arm, binary, first_kernel, kernel_of, loaded, run, single
from lab import initramfs, programs
from lab.guest import CMDLINE, Guest

LABEL = Path(__file__).parent / "label.c"
PEAK = Path(__file__).parent / "peak.c"
SECURITY = "/sys/kernel/security"
# Kernels and initrds must have labels, wherever they lie; nothing else need have any.
POLICY = r"appraise func=KEXEC_KERNEL_CHECK\nappraise func=KEXEC_INITRAMFS_CHECK\n"
LARGE = 330                             # MiB, of 1024
SPARE = 16                              # MiB that baton may take beside the kernel's file


def label(guest, name, content):
    digest = hashlib.sha256(content if isinstance(content, bytes) else Path(content).read_bytes()).hexdigest()
    run(guest, f"./label {name} {digest}")


@contextlib.contextmanager
def appraising(series):
    """Yield a guest with a kernel and two initrds, none of them labelled yet, under the policy."""
    kernel, initrd = kernel_of(series).vmlinuz, single(kernel_of(series)).files["initrd"]
    files = {"vmlinuz": kernel, "initrd": initrd, "more": initramfs.cpio({"more": initramfs.file("more")}),
             "label": programs.build(LABEL)}
    with first_kernel(series, files) as (guest, _):
        run(guest, f"grep -q securityfs /proc/mounts || mount -t securityfs none {SECURITY}")
        run(guest, f"printf '{POLICY}' >{SECURITY}/ima/policy")
        yield guest, files


@pytest.mark.parametrize("series", ["6.1", "6.12"])
def test_under_appraisal_labelled_files_are_loaded_and_others_refused_by_their_names(series):
    with appraising(series) as (guest, files):
        load = f"baton load vmlinuz --initrd=initrd --cmdline='{CMDLINE}'"
        refused = run(guest, load, 3)
        assert "vmlinuz has no label (security.ima)" in refused and "signature" not in refused
        label(guest, "vmlinuz", files["vmlinuz"])
        assert "initrd has no label (security.ima)" in run(guest, load, 3)
        label(guest, "initrd", b"another content")
        assert "a label (security.ima) does not match its file" in run(guest, load, 3)
        assert not loaded(guest)
        label(guest, "initrd", files["initrd"])
        assert "kexec_file_load" in run(guest, load)
        assert loaded(guest)
        run(guest, "kexec -u")
        # Both are labelled; what would be made of them is not.
        label(guest, "more", files["more"])
        assert "a copy in memory, which has no label" in run(guest, f"{load} --initrd=more", 3)
        assert not loaded(guest)


@contextlib.contextmanager
def with_large_initrd(folder, kernel):
    """Yield a guest that has an initrd on a file system of its disk, not in its memory."""
    mke2fs = shutil.which("mke2fs", path="/usr/sbin:/sbin:/usr/bin:/bin")
    content = folder / "content"
    content.mkdir()
    shutil.copy(kernel.vmlinuz, content / "vmlinuz")
    shutil.copy(single(kernel).files["initrd"], content / "initrd")
    with open(content / "initrd", "r+b") as initrd:
        initrd.truncate(LARGE << 20)    # zeros, as the kernel takes them between archives
    image = folder / "large.ext2"
    subprocess.run([mke2fs, "-q", "-t", "ext2", "-d", content, image, f"{LARGE + 64}M"], check=True)
    modules = (*initramfs.VIRTIO_BLOCK, "crc32c_generic", "ext4")
    tools = {"baton": binary(), "kexec": initramfs.link("baton"), "restrict": programs.build(RESTRICT), "peak": programs.build(PEAK)}
    with Guest(kernel, disks=[tools, image], modules=modules, memory="1G", smp=1) as guest:
        guest.wait_report()
        arm(guest)
        run(guest, "mkdir -p /large && mount -t ext2 -o ro /dev/vdb /large")
        yield guest


def test_an_initrd_of_a_third_of_the_memory_is_loaded_without_a_copy_of_baton_own(tmp_path):
    kernel = kernel_of("6.1")
    with with_large_initrd(tmp_path, kernel) as guest:
        load = "baton load --via=kexec_file_load /large/vmlinuz --initrd=/large/initrd --cmdline=x"
        told = run(guest, f"./peak {load}", timeout=600)
        assert loaded(guest)
        kib = int(re.search(r"peak (\d+) KiB", told)[1])
        assert kib << 10 < kernel.vmlinuz.stat().st_size + (SPARE << 20)


@pytest.mark.parametrize("series", ["6.1", "6.12", "7.2"])
def test_the_longest_command_line_of_the_file_call_is_known(series):
    longest = 2047 - 1 - 30
    files = {"vmlinuz": kernel_of(series).vmlinuz, "initrd": single(kernel_of(series)).files["initrd"]}
    with first_kernel(series, files) as (guest, _):
        load = "baton load --via=kexec_file_load vmlinuz --initrd=initrd --cmdline="
        run(guest, load + "x" * longest)
        assert loaded(guest)
        run(guest, "kexec -u")
        # The kernel itself says no to one more, which the peer would pass on.
        assert f"at most {longest} by kexec_file_load" in run(guest, load + "x" * (longest + 1), 2)
        assert not loaded(guest)
