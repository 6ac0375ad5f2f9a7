"""Disk images for guests, made without root and without loop devices.

The boot disk has an MBR, GRUB for BIOS in the gap behind it, and one FAT partition of type EFI System that
holds GRUB for EFI, grub.cfg, the kernel and the initrd. So one image boots under SeaBIOS and under OVMF, and
nothing needs to be patched: GRUB's boot.img looks for core.img in sector 1 unless told otherwise.
"""

import io
import shutil
import struct
import subprocess
import tarfile
from pathlib import Path

from lab import cache, environment, initramfs
from lab.errors import LabError

SECTOR = 512
PARTITION_START = 2048          # sectors; core.img has the gap from sector 1 to here
SPARE = 8 << 20                 # bytes in the partition beyond the files that are put there
BOOT_CODE = 440                 # bytes of boot.img in the MBR; the disk signature follows
MODULES = ("normal", "part_msdos", "fat", "linux", "serial", "terminal", "configfile", "echo", "test", "reboot", "halt")
GRUB = Path("/usr/lib/grub")
TOOLS = {"grub-mkimage": "grub-common", "mformat": "mtools", "mcopy": "mtools", "mmd": "mtools"}
# The search is spelled out because the BIOS and the EFI build find themselves on differently named disks.
EARLY_CONFIG = "set root=hd0,msdos1\nset prefix=(hd0,msdos1)/boot/grub\n"


def grub_config(cmdline, initrd=True):
    """Return a grub.cfg that boots /vmlinuz at once and talks on the serial console."""
    lines = ["serial --unit=0 --speed=115200", "terminal_input serial", "terminal_output serial",
             "set timeout=0", "set default=0", "menuentry lab {", f"    linux /vmlinuz {cmdline}"]
    lines += ["    initrd /initrd"] if initrd else []
    return "\n".join([*lines, "}", ""])


def boot_image(kernel, initrd, cmdline):
    """Return the path of an image in the cache that boots a kernel with GRUB; paths in, `initrd` may be None."""
    files = {"vmlinuz": kernel, "boot/grub/grub.cfg": grub_config(cmdline, bool(initrd)).encode()}
    if initrd:
        files["initrd"] = initrd
    return boot_image_of(files)


def boot_image_of(files):
    """Return the path of an image in the cache with GRUB and {name: bytes or host path} in its one partition.

    The files must hold boot/grub/grub.cfg, which may use GRUB's commands of MODULES; or a loader of their own,
    EFI/BOOT/BOOTX64.EFI, for OVMF.
    """
    contents = {name: content if isinstance(content, bytes) else Path(content).read_bytes()
                for name, content in sorted(files.items())}
    key = cache.digest(Path(__file__).read_bytes(), *(part for item in contents.items() for part in item))
    return cache.entry("disks", key, lambda folder: _fill_boot_image(folder, contents)) / "disk"


def _fill_boot_image(folder, contents):
    for tool, package in TOOLS.items():
        if not shutil.which(tool):
            raise LabError(f"{tool}: not found; install Debian's {package}")
    core = _grub_image(folder, "i386-pc", ("biosdisk",))
    if "EFI/BOOT/BOOTX64.EFI" not in contents:
        contents = contents | {"EFI/BOOT/BOOTX64.EFI": _grub_image(folder, "x86_64-efi", ("efi_gop",))}
    boot_code = (GRUB / "i386-pc" / "boot.img").read_bytes()[:BOOT_CODE]
    if len(core) > (PARTITION_START - 1) * SECTOR:
        raise LabError(f"GRUB core.img: {len(core)} bytes do not fit before sector {PARTITION_START}")
    sectors = -(-(sum(map(len, contents.values())) + SPARE) // SECTOR)
    with open(folder / "disk", "wb") as image:
        image.write(_mbr(boot_code, sectors))
        image.write(core)
        image.truncate((PARTITION_START + sectors) * SECTOR)
    _fill_partition(folder, contents)


def _grub_image(folder, platform, extra):
    """Return GRUB's core image for a platform, with all the modules that its configuration needs."""
    if not (GRUB / platform).is_dir():
        raise LabError(f"{GRUB / platform}: not found; install Debian's grub-pc-bin and grub-efi-amd64-bin")
    early = folder / "early.cfg"
    early.write_text(EARLY_CONFIG)
    target = folder / f"core.{platform}"
    subprocess.run(["grub-mkimage", "-O", platform, "-p", "/boot/grub", "-c", early, "-o", target, *MODULES, *extra],
                   check=True, stdin=subprocess.DEVNULL, env=environment.clean())
    data = target.read_bytes()
    target.unlink()
    early.unlink()
    return data


def _mbr(boot_code, sectors):
    """Return sector 0: boot code, disk signature and one active partition of type 0xEF (UEFI 2.10, section 5.2)."""
    no_chs = b"\xfe\xff\xff"
    row = struct.pack("<B3sB3sII", 0x80, no_chs, 0xEF, no_chs, PARTITION_START, sectors)
    return boot_code.ljust(BOOT_CODE, b"\0") + struct.pack("<IH", 0x62617431, 0) + row + bytes(48) + b"\x55\xaa"


def _fill_partition(folder, contents):
    drive = f"{folder}/disk@@{PARTITION_START * SECTOR}"

    def mtool(*words):
        subprocess.run([words[0], "-i", drive, *words[1:]], check=True, env=environment.clean(MTOOLS_SKIP_CHECK="1"))

    size = (folder / "disk").stat().st_size // SECTOR - PARTITION_START
    mtool("mformat", "-T", str(size), "-h", "255", "-s", "63", "-H", str(PARTITION_START), "-N", "62617431", "::")
    made = set()
    for name, data in contents.items():
        for parent in reversed(Path(name).parents[:-1]):
            if parent not in made:
                mtool("mmd", f"::/{parent}")
                made.add(parent)
        staged = folder / "staged"
        staged.write_bytes(data)
        mtool("mcopy", str(staged), f"::/{name}")
        staged.unlink()


def tar_image(target, files):
    """Write {guest path: content} as a tar to `target`, for a data disk; contents as in initramfs.build."""
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as archive:
        nodes: dict = {}
        for path, content in files.items():
            nodes |= initramfs.nodes_of(path, content)
        for name in sorted(nodes):
            archive.addfile(*_tar_member(name, nodes[name]))


def _tar_member(name, node):
    member = tarfile.TarInfo(name)
    member.mode = node.mode & 0o7777
    kind = node.mode & 0o170000
    if kind == 0o120000:
        member.type, member.linkname = tarfile.SYMTYPE, node.data.decode()
        return member, None
    if kind == 0o040000:
        member.type = tarfile.DIRTYPE
        return member, None
    member.size = len(node.data)
    return member, io.BytesIO(node.data)
