# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests in guests share: a first kernel with baton in it, what it hands over, and what must arrive."""

import contextlib
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab import handoff_record, initramfs, kernels, programs
from lab.guest import CMDLINE, Guest
from lab.guest_report import fnv1a64
from lab.libbaton import baton

ROOT = Path(__file__).resolve().parents[2]
RESTRICT = Path(__file__).parent / "restrict.c"
MACHINES = ROOT / "tests" / "golden" / "machines"
DATA = "/run/data"                  # where a guest unpacks what it was given on its disk
MICROCODE = "kernel/x86/microcode/GenuineIntel.bin"
REBOOT = f"cd {DATA} && baton reboot --no-load --now"
PAGE = 4096
LONG = bool(os.environ.get("BATON_LAB_LONG"))   # the widest matrices: scripts/check-long
BOOT_LOADER_KEXEC = 208             # 0xD0: type 13 (kexec), version 0


def binary():
    """Return the path of the static binary under test."""
    path = ROOT / os.environ.get("BATON_STATIC", "build-static/baton")
    assert path.exists(), f"{path}: not found; run make STATIC=1, or set BATON_STATIC"
    return path.resolve()


# The initrds that are handed over

@dataclass(frozen=True)
class Initrds:
    """Files for a disk, the options that name them, and the markers that the new kernel must then report."""

    files: dict
    names: tuple
    markers: dict

    def options(self):
        """Return the options for a command line in the folder that holds the files."""
        return " ".join(f"--initrd={name}" for name in self.names)

    def options_in(self, folder):
        """Put the files into a folder of this machine and return the options, one word each."""
        for name, content in self.files.items():
            if isinstance(content, bytes):
                (folder / name).write_bytes(content)
            else:
                (folder / name).symlink_to(content)
        return [f"--initrd={folder / name}" for name in self.names]


def single(kernel, with_modules=(), files=None):
    """Return the smallest useful Initrds: one archive with the lab's first program and one marker."""
    archive = initramfs.build({"markers/arrived": "whole"} | (files or {}), kernel, with_modules)
    return Initrds({"initrd": archive}, ("initrd",), {"arrived": fnv1a64(b"whole")})


def four(kernel, with_modules=()):
    """Return Initrds in four files of odd sizes, one compressed, and microcode that is named last.

    Each holds a file of its own and markers/order; the archive that the kernel unpacks last decides what is
    in that one. So the order is proved by content, and the padding by each part arriving at all: a plain cpio
    must begin at a multiple of four.
    """
    first = _part("first", initramfs.build(None, kernel, with_modules).read_bytes()) + bytes(1)
    third = _part("third") + bytes(3)
    microcode = initramfs.cpio({MICROCODE: initramfs.file(b"not really microcode " * 99),
                                "markers/order": initramfs.file("microcode"),
                                "markers/before-first": initramfs.file("microcode"),
                                "markers/microcode": initramfs.file("content of microcode")})
    files = {"first": first, "second.zst": _odd_zstd("second"), "third": third, "microcode": microcode}
    markers = {name: f"content of {name}" for name in ("first", "second", "third", "microcode")}
    markers |= {"order": "third", "before-first": "first"}
    return Initrds(files, ("first", "second.zst", "third", "microcode"),
                   {name: fnv1a64(text.encode()) for name, text in markers.items()})


def _part(name, before=b""):
    """Return a newc archive with the markers of one part, after the archive `before`."""
    nodes = {f"markers/{name}": initramfs.file(f"content of {name}"), "markers/order": initramfs.file(name)}
    if name == "first":
        nodes["markers/before-first"] = initramfs.file(name)
    return before + initramfs.cpio(nodes)


def _odd_zstd(name):
    """Return a zstd-compressed part whose size is no multiple of four."""
    for spare in range(16):
        packed = subprocess.run(["zstd", "-q"], input=_part(name) + bytes(4096 + 512 * spare),
                                stdout=subprocess.PIPE, check=True).stdout
        if len(packed) % 4:
            return packed
    raise AssertionError("no zstd stream of an odd size")


# The first kernel

@contextlib.contextmanager
def first_kernel(series, files=None, **options):
    """Boot a kernel with baton, `kexec` and `files` in it; yields (guest, report).

    It begins at a snapshot if it can; a test that is about where its kernel lies, or the like, passes `snapshot=False`.
    One CPU, unless a test is about several: they share one thread of the host (lab/qemu.py) and take their time.
    """
    disk = {"baton": binary(), "kexec": initramfs.link("baton"), "restrict": programs.build(RESTRICT)} | (files or {})
    with Guest(series, disks=[disk], **{"smp": 1, "snapshot": True} | options) as guest:
        report = guest.wait_report()
        arm(guest)
        yield guest, report


def arm(guest, device="vda"):
    """Unpack the disk in a kernel that has just started, and put baton where it belongs."""
    guest.unpack_disk(device, DATA, timeout=120)
    guest.run(f"ln -s {DATA}/baton {DATA}/kexec {DATA}/restrict /bin/")


def status_of(guest, command, timeout=120):
    """Run a command in the guest's DATA folder; return (exit status, output)."""
    status, output = guest.result(guest.send(f"cd {DATA} && {command}"), timeout)
    return status, output.decode(errors="replace")


def run(guest, command, expected=0, timeout=120):
    """Run a command in DATA, insist on its exit status, return its output."""
    status, output = status_of(guest, command, timeout)
    assert status == expected, f"{command}: exit status {status}, expected {expected}\n{output}"
    return output


def loaded(guest):
    """Tell whether the guest's kernel has something loaded for the next reboot."""
    return guest.run("cat /sys/kernel/kexec_loaded").strip() == "1"


def load_command(kernel, initrds, command_line, via="kexec_load", options=""):
    """Return the `baton load` of a kernel and Initrds that lie in DATA."""
    return f"baton load --via={via} {kernel} {initrds.options()} --cmdline={shlex.quote(command_line)} {options}".strip()


def new_command_line(words='quoted="two words" last=ö'):
    """Return a command line that a careless program would damage."""
    return f"{CMDLINE} {words}"


# What arrived

def check_record(report, before, chain=1, digest_result=handoff_record.DIGEST_GOOD):
    """Insist on a record that tells the handoff from the kernel that reported `before`."""
    found = handoff_record.find(report)
    assert found, "no handoff record among the setup_data"
    assert (found.magic, found.version) == (handoff_record.MAGIC, handoff_record.VERSION)
    # Behind the fields stand the two parts of the command line.
    assert found.size >= handoff_record.LAYOUT.size + len(found.usual.encode()) + len(found.once.encode())
    assert (found.chain, found.digest_result) == (chain, digest_result)
    assert (found.from_release, found.from_boot_id) == (before.release, before.boot_id)
    assert found.mailbox == handoff_record.MAILBOX_READ
    stages = list(found.stages[:handoff_record.LEFT + 1])
    assert (stages[handoff_record.LOADED] == 0) == found.loaded_before
    known = [stage for number, stage in enumerate(stages) if number != handoff_record.LOADED or not found.loaded_before]
    assert all(known), found.stages
    assert [before.tsc, *known, report.tsc] == sorted({before.tsc, *known, report.tsc}), found.stages
    assert found.stages[handoff_record.LEFT + 1:] == (0, 0)


def check_arrival(report, before, release, command_line, markers):
    """Insist that another kernel runs, with its files and its command line, on the machine as it was."""
    assert report.boot_id != before.boot_id
    assert report.release == release
    assert report.cmdline == command_line.encode().decode("latin-1"), "the lab shows bytes as Latin-1"
    assert report.markers == markers
    assert report.memory_map == before.memory_map
    assert report.efi == before.efi
    assert report.bootloader_type == BOOT_LOADER_KEXEC
    assert report.cpus == before.cpus
    assert not report.kexec_loaded


# Plans on the host

def plan_elf(folder, kernel, initrds, *options, machine="bios-1g", command_line=CMDLINE):
    """Write a plan for a recorded machine as an ELF file, by libbaton; return (path, the plan's JSON)."""
    target = folder / "plan.elf"
    recorded = baton.Machine(machine if isinstance(machine, Path) else MACHINES / f"{machine}.tar.zst")
    request = baton.Request(kernel)
    request.set_method(baton.Method.ELF)
    request.set_find_initrd()
    for word in (*initrds.options_in(folder), f"--cmdline={command_line}", f"--seed={'5a' * 32}", *options):
        name, given, value = word.removeprefix("--").partition("=")
        request.set(name, value if given else None)
    plan = request.plan(recorded)
    plan.write_elf(target)
    return target, plan.json(recorded)


def contents_at(plan):
    """Yield (segment, offset of its bytes in the ELF file) of a plan: each begins at a page, in the plan's order."""
    at = PAGE
    for segment in plan["segments"]:
        yield segment, at
        at += -(-segment["size"] // PAGE) * PAGE


def kernel_of(series):
    """Return the lab's Kernel of a series."""
    return kernels.get(series)
