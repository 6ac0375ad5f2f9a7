# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real Debian in the lab: its root, its own initrds, and disks that boot it with systemd.

    debian.root()                     a minimal Debian 12 as a tar, made by mmdebstrap; of another suite by its name
    debian.initrd(kernels.get("6.1")) what Debian's mkinitramfs makes for a kernel: MODULES=most, zstd, about 30 MB
    debian.system_disk(files)         an ext4 image of that root, with `files` put in

A system that boots through systemd, and is driven like any other guest:

    kernel = kernels.get("6.1")
    disk = debian.system_disk({"/usr/sbin/baton": binary, "/markers/disk": "1"} | debian.boot_files(kernels.get("6.12")))
    with Guest(kernel, initrd=debian.initrd(kernel), disks=[disk], cmdline=debian.CMDLINE, smp=1) as guest:
        guest.wait_report(debian.BOOT_TIMEOUT)       # from multi-user.target: the system is up
        guest.run("baton load")
        report = guest.reboot_with("systemctl kexec", debian.BOOT_TIMEOUT)

The report comes from lab.service, which starts after multi-user.target, so its `tsc` is the moment when the
system is up, not that of the first program. The service is a root shell for `guest.run()`; systemd ends it
with all of its commands when the system stops. `guest.kexec()` jumps without asking systemd.

Nothing here needs root: an ordinary user works in a user namespace, for which Debian's uidmap and a line in
/etc/subuid and /etc/subgid must be there (adduser writes one). What is in the cache stays until `lab clean`.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from lab import cache, disk, environment, initramfs, packages
from lab.errors import LabError

SUITE = "bookworm"              # systemd 252
NEWER = "trixie"                # systemd 257
PACKAGES = ("systemd-sysv", "dbus", "udev", "kmod", "initramfs-tools", "zstd", "busybox", "e2fsprogs", "procps")
WITHOUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
LABEL = "lab-root"
CMDLINE = f"root=LABEL={LABEL} rw"
BOOT_TIMEOUT = 240
DISK_SIZE = 2 << 30             # bytes; sparse
EPOCH = "1704067200"            # 2024-01-01, the date at which guests with the deterministic clock start

SERVICE = """\
[Unit]
Description=The lab's channel to the host
After=multi-user.target

[Service]
ExecStart=/usr/lib/lab/init --service

[Install]
WantedBy=multi-user.target
"""
# The guest's own files. Timers that ask the network for updates, and a scan for LVM snapshots, only disturb.
SYSTEM_FILES = {
    "/etc/systemd/system/lab.service": initramfs.file(SERVICE, 0o644),
    "/etc/systemd/system/multi-user.target.wants/lab.service": initramfs.link("../lab.service"),
    "/etc/systemd/system/apt-daily.timer": initramfs.link("/dev/null"),
    "/etc/systemd/system/apt-daily-upgrade.timer": initramfs.link("/dev/null"),
    "/etc/systemd/system/e2scrub_reap.service": initramfs.link("/dev/null"),
    "/etc/systemd/system/default.target": initramfs.link("/usr/lib/systemd/system/multi-user.target"),
    "/etc/fstab": initramfs.file(f"LABEL={LABEL} / ext4 defaults 0 1\n", 0o644),
    "/etc/hostname": initramfs.file("lab\n", 0o644),
}

# Every script gets an empty folder as $1 and the root's tar as $2. The memory file system goes away with the
# namespace, whoever owns the files in it. Device nodes cannot be made in a user namespace: the host's are used.
ENTER = """\
mount -t tmpfs -o mode=0755 tmpfs "$1"
tar -x --numeric-owner --exclude='./dev/*' -f "$2" -C "$1"
"""
# A package's modules lie there as they are; modules.dep, which dpkg's scripts would make, is made by depmod.
MAKE_INITRD = ENTER + """\
release=$3 modules=$4 metadata=$5 config=$6 target=$7
here=$1/usr/lib/modules/$release
mkdir -p "$here/kernel"
cp "$metadata"/modules.* "$here"
mount --bind "$modules/kernel" "$here/kernel"
cp "$config" "$1/boot/config-$release"
mount --rbind /dev "$1/dev"
mount -t proc proc "$1/proc"
chroot "$1" depmod "$release"
chroot "$1" mkinitramfs -o /initrd "$release"
cp "$1/initrd" "$target/initrd"
mkdir "$target/modules"
cp "$here"/modules.* "$target/modules"
"""
MAKE_DISK = ENTER + """\
tar -x --numeric-owner --keep-directory-symlink -f "$3" -C "$1"
mke2fs -q -t ext4 -L "$4" -m 0 -d "$1" "$6" "$5"
"""


def root(progress=lambda text: None, suite=SUITE):
    """Return the path of a tar of a minimal Debian with systemd, udev and initramfs-tools in it.

    The first call takes a minute and some 80 MB from the machine's own mirror.
    """
    return cache.entry("debian-root", _recipe(suite), lambda folder: _bootstrap(folder, suite, progress)) / "root.tar"


def initrd(kernel, progress=lambda text: None):
    """Return the path of the initrd that Debian 12's initramfs-tools makes for a kernels.Kernel."""
    return _installed(kernel, progress) / "initrd"


def _installed(kernel, progress):
    """Return a folder with what Debian makes as it installs a kernel: initrd, and depmod's lists in modules/."""
    def fill(folder):
        progress(f"mkinitramfs for {kernel.release}")
        _in_root(SUITE, MAKE_INITRD, kernel.release, kernel.modules, _metadata(kernel), kernel.config, folder)

    key = cache.digest(_recipe(SUITE), MAKE_INITRD, kernel.release, kernel.version)
    root(progress)
    return cache.entry("debian-initrd", key, fill)


def boot_files(kernel, progress=lambda text: None):
    """Return {path: content} that Debian's packages install of a kernel, for system_disk(): all but the modules.

    The lists of the modules are there, so that the kernel does not look half removed.
    """
    lists = (_installed(kernel, progress) / "modules").iterdir()
    modules = {f"/usr/lib/modules/{kernel.release}/{path.name}": path for path in lists}
    return modules | {
            f"/boot/vmlinuz-{kernel.release}": kernel.vmlinuz,
            f"/boot/initrd.img-{kernel.release}": initrd(kernel, progress),
            f"/boot/config-{kernel.release}": kernel.config,
            "/vmlinuz": initramfs.link(f"boot/vmlinuz-{kernel.release}"),
            "/initrd.img": initramfs.link(f"boot/initrd.img-{kernel.release}")}


def _metadata(kernel):
    """Return the folder with the modules.builtin and modules.order of a kernel's package."""
    return kernel.modules if (kernel.modules / "modules.order").exists() else kernel.config.parent


def system_disk(files=None, progress=lambda text: None, suite=SUITE):
    """Return the path of an ext4 image in the cache that holds Debian and `files`; guests see it as LABEL.

    `files` maps paths to bytes, text, Nodes or host files and folders, as in initramfs.build; they are root's,
    and they win over Debian's. Links of folders stay: /sbin/x lands in /usr/sbin. There are no modules on the
    disk: the initrd brings what a guest needs to mount it.
    """
    wanted = SYSTEM_FILES | {"/usr/lib/lab/init": initramfs.first_program()} | (files or {})
    with tempfile.TemporaryDirectory() as place:
        extra = Path(place) / "files.tar"
        disk.tar_image(extra, wanted)

        def fill(folder):
            progress("a disk with Debian")
            _in_root(suite, MAKE_DISK, extra, LABEL, str(DISK_SIZE // 1024), folder / "disk")

        key = cache.digest(_recipe(suite), MAKE_DISK, extra.read_bytes())
        root(progress, suite)
        return cache.entry("disks", key, fill) / "disk"


def _recipe(suite):
    """Return what the root is made from; another recipe is another root."""
    return cache.digest(suite, ENTER, *PACKAGES, *WITHOUT)


def _bootstrap(folder, suite, progress):
    _need("mmdebstrap", "mmdebstrap")
    mirror = packages.mirror()
    progress(f"mmdebstrap makes a minimal {suite}")
    words = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
    words += [f"--dpkgopt=path-exclude={pattern}" for pattern in WITHOUT]
    words += [suite, folder / "root.tar", f"deb [signed-by={mirror.keyring}] {mirror.uri} {suite} main"]
    _run("mmdebstrap", words)


def _in_root(suite, script, *arguments):
    """Run a script on a suite's root in mount, process and, for an ordinary user, user namespaces of its own."""
    words = ["unshare", "--mount", "--pid", "--fork"]
    if os.geteuid():
        _need("newuidmap", "uidmap")
        words += ["--map-root-user", "--map-auto"]
    with tempfile.TemporaryDirectory() as scratch:
        _run("unshare", [*words, "sh", "-euc", script, "sh", scratch, root(suite=suite), *arguments])


def _run(name, words):
    done = subprocess.run(words, text=True, capture_output=True, stdin=subprocess.DEVNULL, check=False,
                          env=environment.clean(SOURCE_DATE_EPOCH=EPOCH, E2FSPROGS_FAKE_TIME=EPOCH))
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-12:])
        raise LabError(f"{name}: exit status {done.returncode}\n{tail}")


def _need(tool, package):
    if not shutil.which(tool):
        raise LabError(f"{tool}: not found; install Debian's {package}, or run scripts/setup")
