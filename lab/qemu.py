"""QEMU's command line for a guest: plain data in, a list of words out."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

PROGRAM = "qemu-system-x86_64"
FIRMWARES = ("kernel", "seabios", "ovmf", "ovmf-kernel", "pvh")
OVMF_CODE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
OVMF_VARS = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
# QEMU is killed with the thread that started it (PR_SET_PDEATHSIG of prctl(2)), else a test run that is killed leaves its
# guests behind. Who was dead before the kernel was told, by then no longer the parent, is noticed by the second half.
BOUND = ("setpriv", "--pdeathsig", "KILL", "sh", "-c", 'test "$PPID" = "$0" && exec "$@"')
# What a guest with the deterministic clock takes from outside is fixed too: the date, and QEMU's random numbers.
ICOUNT = ["-accel", "tcg", "-icount", "shift=0,sleep=off",
          "-rtc", "base=2024-01-01T00:00:00,clock=vm", "-seed", "1"]


@dataclass(frozen=True)
class Machine:
    """The computer that QEMU makes. `disks` are (path, read-only boot disk?) pairs, data disks first."""

    firmware: str = "kernel"
    memory: str = "1G"
    smp: int = 2
    machine: str = "q35"
    cpu: str = "max"
    vga: str = "std"
    icount: bool = False
    reboot: bool = False
    extra: tuple = ()


def command(machine, kernel, initrd, cmdline, disks, boot_disk, sockets, folder):
    """Return QEMU's command line.

    `sockets` maps "console", "control" and "monitor" to inherited file descriptors; `folder` takes logs and
    the firmware's variables. `disks` are raw images for the guest's vda, vdb…, never written to.
    """
    words = [PROGRAM, "-nodefaults", "-no-user-config", "-display", "none", "-vga", machine.vga,
             "-machine", machine.machine, "-cpu", machine.cpu, "-m", machine.memory]
    words += _clock(machine)
    words += ["-no-reboot"] if not machine.reboot else []
    words += _channels(sockets, folder)
    words += _firmware(machine, folder)
    if machine.firmware in ("kernel", "ovmf-kernel", "pvh"):
        words += _direct(kernel, initrd, cmdline)
    for number, disk in enumerate(disks):
        words += _disk(f"data{number}", disk, "")
    if boot_disk:
        words += _disk("boot", boot_disk, ",bootindex=0")
    return [*words, *machine.extra]


def _clock(machine):
    if machine.icount:
        if machine.smp != 1:
            raise LabError(f"icount with {machine.smp} CPUs: the deterministic clock has one CPU; pass smp=1")
        return [*ICOUNT, "-smp", "1"]
    # With a host thread for each CPU one boot of some 300 ends in a panic or hangs while the kernel patches its code (seen
    # with QEMU 7.2 and two CPUs; most likely a stale translation of a breakpoint that is gone). With one thread none did.
    return ["-accel", f"tcg,thread={'multi' if machine.smp == 1 else 'single'}", "-smp", str(machine.smp)]


def _channels(sockets, folder):
    log = f",logfile={folder}/console.log,logappend=on"
    words = []
    for name, options in (("console", log), ("control", ""), ("monitor", "")):
        words += ["-chardev", f"socket,id={name},fd={sockets[name]}{options}"]
    return [*words, "-serial", "chardev:console", "-serial", "chardev:control", "-mon", "chardev=monitor,mode=control"]


def _firmware(machine, folder):
    if machine.firmware not in FIRMWARES:
        raise LabError(f"firmware {machine.firmware!r}: unknown; known are {', '.join(FIRMWARES)}")
    if not machine.firmware.startswith("ovmf"):
        return []
    if not OVMF_CODE.exists():
        raise LabError(f"{OVMF_CODE}: not found; install Debian's ovmf")
    variables = folder / "ovmf-variables.fd"
    shutil.copyfile(OVMF_VARS, variables)
    return ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={OVMF_CODE}",
            "-drive", f"if=pflash,format=raw,unit=1,file={variables}"]


def _direct(kernel, initrd, cmdline):
    words = ["-kernel", str(kernel)]
    words += ["-initrd", str(initrd)] if initrd else []
    return words + (["-append", cmdline] if cmdline else [])


def _disk(name, path, options):
    # A snapshot: guests may write, and the image in the cache stays what it is.
    return ["-drive", f"if=none,id={name},format=raw,snapshot=on,file={path}",
            "-device", f"virtio-blk-pci,drive={name}{options}"]


def start(words, sockets, folder):
    """Start QEMU with its ends of `sockets`; its own messages go to qemu.log in `folder`.

    It ends with the thread that calls this at the latest, so one that starts a guest must live as long as it.
    """
    if not shutil.which(words[0]):
        raise LabError(f"{words[0]}: not found; install Debian's qemu-system-x86")
    with open(folder / "qemu.log", "wb") as log:
        return subprocess.Popen([*BOUND, str(os.getpid()), *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                pass_fds=list(sockets.values()))
