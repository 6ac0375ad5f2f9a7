# SPDX-License-Identifier: LGPL-2.1-or-later
"""The three moments of a handoff, seen from outside the guest by a QEMU plugin (marks.c).

leave   the reboot call: the lab's first program is about to make it (reboot_instruction(): whoever makes it)
entry   the first instructions of the new kernel proper, however it got there
first   the first program of the new kernel runs
"""

import lzma
import re
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab import programs
from lab.errors import LabError

SOURCE = Path(__file__).parent / "marks.c"
NAMES = ("leave", "entry", "first")
# MARK() in lab/init/init.c: a seven-byte NOP whose displacement is the text.
LAB_MARKS = {"leave": b"\x0f\x1f\x80LEAV", "first": b"\x0f\x1f\x801ST."}
LOAD_STACK = b"\x48\x8d\x25"        # lea disp32(%rip),%rsp
LOAD_STACK_SIZE = 7
ENTRY_BYTES = 16                    # it is the first or the second instruction of startup_64
# cmp $0xfee1dead,%r32 (include/uapi/linux/reboot.h: LINUX_REBOOT_MAGIC1); with a prefix for %r8d and up.
REBOOT_MAGIC = re.compile(rb"(?:\x41?\x81[\xf8-\xff]|\x3d)\xad\xde\xe1\xfe", re.S)
ELF_PHDR = struct.Struct("<IIQQQQQQ")
PT_LOAD = 1
UNPACK = {b"\xfd7zXZ\0": lambda data: lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(data),
          b"\x28\xb5\x2f\xfd": lambda data: _zstd(data[:-4])}


@dataclass(frozen=True)
class Mark:
    """One line of marks.c: `instructions` since power-on, `idles`, and the host's clock in nanoseconds."""

    name: str
    instructions: int
    idles: int
    nanoseconds: int


def arguments(kernel, out, counting, more=()):
    """Return QEMU's options that write the marks of `kernel` to the file `out`; `counting` with icount only.

    `more` are marks of other kernels: (name, the bytes of an instruction) pairs. A name may stand for several.
    """
    marks = [*LAB_MARKS.items(), ("entry", entry_instruction(kernel.vmlinuz)), *more]
    words = [f"file={programs.build_plugin(SOURCE)}", f"out={out}", *(["count=on"] if counting else [])]
    words += [f"{name}={data.hex()}" for name, data in marks]
    return ("-plugin", ",".join(words))


def read(out):
    """Return the Marks in the file `out`, oldest first."""
    return [Mark(name, *map(int, numbers)) for name, *numbers in map(str.split, out.read_text().splitlines())]


def entry_instruction(vmlinuz):
    """Return the bytes of the instruction in which a kernel first loads its own stack.

    startup_64 begins with it, or with one `mov` before it (arch/x86/kernel/head_64.S). Its operand is relative
    to itself, so the bytes are the same wherever the kernel runs, and no other instruction has them.
    """
    code = entry_code(vmlinux(vmlinuz.read_bytes(), vmlinuz.name), vmlinuz.name)
    at = code.find(LOAD_STACK, 0, ENTRY_BYTES)
    if at < 0:
        raise LabError(f"{vmlinuz.name}: startup_64 begins with {code[:ENTRY_BYTES].hex()}, expected "
                       f"{LOAD_STACK.hex()} in it; tell bench/marks.py what this kernel starts with")
    return code[at:at + LOAD_STACK_SIZE]


def reboot_instruction(vmlinuz):
    """Return the bytes of the instruction in which a kernel compares the first argument of reboot(2) with its magic.

    kernel/reboot.c does it once, whoever calls: the moment when a kernel is told to end.
    """
    found = REBOOT_MAGIC.findall(vmlinux(vmlinuz.read_bytes(), vmlinuz.name))
    if len(found) != 1:
        raise LabError(f"{vmlinuz.name}: {len(found)} comparisons with the magic of reboot(2), expected one; tell "
                       "bench/marks.py what this kernel's look like")
    return found[0]


def vmlinux(image, name):
    """Return the ELF in a bzImage (Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length)."""
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = image[start:start + length]
    for magic, unpack in UNPACK.items():
        if payload.startswith(magic):
            return unpack(payload)
    raise LabError(f"{name}: payload: begins with {payload[:6].hex()}, expected xz or zstd")


def entry_code(elf, name):
    """Return what an ELF file holds at its entry, up to the end of the segment."""
    entry, table = struct.unpack_from("<QQ", elf, 24)
    count, = struct.unpack_from("<H", elf, 56)
    for number in range(count):
        kind, _, offset, _, physical, size, _, _ = ELF_PHDR.unpack_from(elf, table + number * ELF_PHDR.size)
        if kind == PT_LOAD and physical <= entry < physical + size:
            return elf[offset + entry - physical:offset + size]
    raise LabError(f"{name}: ELF: entry {entry:#x} is in none of {count} segments")


def _zstd(data):
    return subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True).stdout
