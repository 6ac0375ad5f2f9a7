# SPDX-License-Identifier: LGPL-2.1-or-later
"""What baton hands over of a kernel is what the kernel's own decompressor makes of it, byte for byte.

A guest is started by the ordinary entry and stopped where its decompressor has done all its work and the next
instruction jumps to the kernel's first one. Then its memory is compared with a plan for the same virtual base.
The physical base is in no byte of a kernel: it maps itself from where it finds itself (startup_64).

What may differ, and does: between the end of a part and the next, the decompressor leaves whatever the unpacked
file had there, and baton leaves zeros. Nothing of the kernel lies there: no program header covers it.
"""

import contextlib
import json
import re
import struct
import subprocess

import pytest

import formats
from decompressor import Decompressor
from handoff import LONG, MACHINES, PAGE, binary, contents_at, kernel_of
from lab import gdb, kernels
from lab.guest import CMDLINE, Guest

SERIES = list(kernels.SERIES)
MIB2 = 2 << 20
LINKED_TEXT = 0xFFFFFFFF81000000
# struct boot_params: Documentation/arch/x86/zero-page.rst; struct setup_header: boot.rst
ORIG_X, ORIG_Y, ACPI_RSDP, SCRATCH, LOADFLAGS = 0x00, 0x01, 0x70, 0x1E4, 0x211
KASLR_FLAG = 2
# What the decompressor may write: the cursor when it says something, the stack of its first call, and two facts.
WRITTEN = {ORIG_X, ORIG_Y, *range(SCRATCH, SCRATCH + 4), *range(ACPI_RSDP, ACPI_RSDP + 8), LOADFLAGS}


# What the guest's decompressor makes

class Loaded:
    """A guest whose decompressor is done: memory and boot_params are read while it stands still."""

    def __init__(self, guest, stub, place):
        self.guest, self.stub = guest, stub
        stub.run_to(place.first)
        self._boot_params = stub.registers()["rsi"]
        self.params_before = guest.read_memory(self._boot_params, PAGE)
        place.run_through(stub)
        registers = stub.registers()
        assert registers["r15"] == self._boot_params
        self.entry = registers["rax"]
        self.params = guest.read_memory(self._boot_params, PAGE)

    def read(self, address, size):
        return self.guest.read_memory(address, size)

    def bases(self):
        """Let the guest go on, and return what it says of itself: (physical, virtual) address of its text."""
        self.stub.detach()
        self.guest.wait_report()
        physical = re.search(r"(\w+)-\w+ : Kernel code", self.guest.run("cat /proc/iomem"))
        virtual = re.search(r"(\w+) T _text\n", self.guest.run("grep -w _text /proc/kallsyms"))
        return int(physical[1], 16), int(virtual[1], 16)


@contextlib.contextmanager
def loaded(series, line=""):
    """Start a kernel by its ordinary entry; yields it as Loaded."""
    kernel = kernel_of(series)
    with (Guest(series, smp=1, cmdline=line, extra=gdb.OPTIONS) as guest, gdb.connect(guest) as stub):
        yield Loaded(guest, stub, Decompressor.of(kernel.vmlinuz))


# The kernel's file

def first_relocation(file):
    """Return (place in memory from the first part on, value in the file) of the first 64-bit field that moves."""
    sections = struct.unpack_from("<Q", file, 40)[0]
    size, count = struct.unpack_from("<HH", file, 58)
    zero, address = struct.unpack_from("<II", file, sections + size * count)
    assert zero == 0, "the list of 64-bit fields comes first, after a zero"
    place = address - (LINKED_TEXT & 0xFFFFFFFF)
    part = next(part for part in formats.parts_of(file) if part.start <= place < part.start + part.size)
    return place, struct.unpack_from("<Q", file, part.offset + place - part.start)[0]


# What baton makes

def make_plan(kernel, line, *options):
    """Plan a direct start on the machine that the guests are; return the plan's JSON."""
    words = [binary(), "plan", kernel.vmlinuz, "--no-initrd", f"--machine={MACHINES / 'bios-1g.tar.zst'}", "--json",
             "--entry=direct", f"--cmdline={CMDLINE} {line}".strip(), *options]
    done = subprocess.run(words, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def seed_for(kernel, line, offset):
    """Return the seed whose virtual base is moved by `offset`, which must be one of those that baton chooses from."""
    found = re.search(r"virtual base moved .* one of (\d+) places", json.dumps(make_plan(kernel, line)["reasons"]))
    count, wanted = int(found[1]) if found else 1, offset // MIB2
    assert wanted < count, f"the decompressor chose place {wanted}, baton has {count}"
    # The first 32 bytes are for something else; of a 64-bit number the upper part chooses.
    return (bytes(32) + struct.pack("<Q", -(-(wanted << 64) // count)) + bytes(24)).hex()


def content_of(plan, elf, role):
    """Yield (segment, bytes) of a plan's ELF file."""
    for segment, at in contents_at(plan):
        if segment["role"] == role:
            yield segment, elf[at:at + segment["size"]]


def handed_over(plan, elf):
    """Return a kernel's memory as purgatory leaves it, from its first part's address on."""
    memory, base = bytearray(), kernel_base(plan)
    for segment, content in content_of(plan, elf, "kernel"):
        memory.extend(bytes(int(segment["address"], 16) - base - len(memory)))
        memory += content + bytes(segment["memory_size"] - segment["size"])
    # Purgatory writes the rest (test_plan_as_elf.py).
    assert int(plan["cleared"]["address"], 16) == base + len(memory)
    return bytes(memory) + bytes(plan["cleared"]["size"])


def kernel_base(plan):
    return next(int(segment["address"], 16) for segment in plan["segments"] if segment["role"] == "kernel")


# The comparison

def first_difference(ours, theirs):
    return next((hex(at) for at, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), None)


def compare_memory(ours, theirs, file):
    """Insist that every byte of every part is what the guest's decompressor has put there."""
    for part in formats.parts_of(file):
        end, memory_end = part.start + part.size, part.start + part.memory_size
        if ours[part.start:end] != theirs[part.start:end]:
            where = first_difference(ours[part.start:end], theirs[part.start:end])
            pytest.fail(f"part at +0x{part.start:x}: first difference at +{where}")
        # The kernel clears this by itself, whatever its decompressor left there; baton hands over zeros.
        assert not any(ours[end:memory_end])


def compare_boot_params(before, after, ours):
    """Insist that the decompressor writes nothing into boot_params that a plan does not fill in."""
    changed = {at for at in range(PAGE) if before[at] != after[at]}
    assert changed <= WRITTEN, f"the decompressor wrote at {sorted(map(hex, changed - WRITTEN))}"
    assert struct.unpack_from("<Q", ours, ACPI_RSDP) == struct.unpack_from("<Q", after, ACPI_RSDP)
    assert ours[LOADFLAGS] & KASLR_FLAG == after[LOADFLAGS] & KASLR_FLAG


def compare(series, line, folder):
    """Start a kernel by its ordinary entry, make the same plan, compare; return how far it was moved."""
    kernel, target = kernel_of(series), folder / "plan.elf"
    file = formats.vmlinux(kernel).read_bytes()
    place, linked = first_relocation(file)
    plan = make_plan(kernel, line)
    with loaded(series, line) as guest:
        physical = guest.entry - (int(plan["kernel_entry"], 16) - kernel_base(plan))
        offset = struct.unpack("<Q", guest.read(physical + place, 8))[0] - linked
        plan = make_plan(kernel, line, f"--elf={target}", f"--seed={seed_for(kernel, line, offset)}")
        assert int(plan["virtual_offset"], 16) == offset
        elf = target.read_bytes()
        ours = handed_over(plan, elf)
        compare_memory(ours, guest.read(physical, len(ours)), file)
        compare_boot_params(guest.params_before, guest.params, next(content_of(plan, elf, "boot_data"))[1][:PAGE])
        assert guest.bases() == (physical, LINKED_TEXT + offset)
    assert physical % MIB2 == 0 and offset % MIB2 == 0
    return offset


@pytest.mark.parametrize("series", SERIES if LONG else [SERIES[0], SERIES[-1]])
def test_a_relocated_kernel_is_what_its_decompressor_makes(series, tmp_path):
    """For two virtual bases; once in some 480 times that takes a third start."""
    offsets = set()
    for _ in range(5):
        offsets.add(compare(series, "", tmp_path))
        if len(offsets) == 2:
            return
    pytest.fail(f"the decompressor chose one virtual base five times: {offsets}")


@pytest.mark.parametrize("series", SERIES if LONG else SERIES[:1])
def test_a_kernel_that_is_not_moved_is_what_its_decompressor_makes(series, tmp_path):
    assert compare(series, "nokaslr", tmp_path) == 0
