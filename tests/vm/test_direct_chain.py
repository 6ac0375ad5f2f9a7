# SPDX-License-Identifier: LGPL-2.1-or-later
"""Direct starts in a row: each kernel runs where its plan says, and that is elsewhere each time."""

import json
import math
import os
import re
from dataclasses import dataclass

import formats
from handoff import REBOOT, arm, check_arrival, check_record, first_kernel, kernel_of, load_command, run, single
from lab import initramfs
from lab.guest import CMDLINE

STARTS = int(os.environ.get("BATON_LAB_STARTS", "12"))      # fifty and more in `make check-long`
MIB = 1 << 20
ALIGNMENT = 2 * MIB                     # CONFIG_PHYSICAL_ALIGN of Debian's kernels
LINKED_AT = 16 * MIB                    # CONFIG_PHYSICAL_START
LINKED_TEXT = 0xFFFFFFFF80000000 + LINKED_AT
KERNEL_IMAGE_SIZE = 1024 * MIB          # of virtual addresses, with CONFIG_RANDOMIZE_BASE
# QEMU executes the CRC instruction a bit at a time, half of the time of such a handoff; the portable digest is faster
# in it. Four levels of page tables save the rest of what can be saved. The other chain runs without such tricks.
QUICK_CPU = "max,sse4.2=off,la57=off"
# How seldom a check of chance may fail although all is well.
LEVEL = 1e-6 if STARTS < 50 else 1e-9          # with twelve, draws that all lie in a fifth of the places fail


def where_it_runs(guest):
    """Return the (physical, virtual) address of the text of the kernel that runs now, as it says itself."""
    physical = re.search(r"(\w+)-\w+ : Kernel code", guest.run("cat /proc/iomem"))
    virtual = re.search(r"(\w+) T _text\n", guest.run("grep -m1 -w _text /proc/kallsyms"))
    return int(physical[1], 16), int(virtual[1], 16)


@dataclass(frozen=True)
class Choice:
    """One base out of so many places; `number` counts them from the lowest."""

    number: int
    places: int


def planned_bases(plan):
    """Return the (physical, virtual) address of the kernel's text in a plan."""
    kernel = next(segment for segment in plan["segments"] if segment["role"] == "kernel")
    return int(kernel["address"], 16), LINKED_TEXT + int(plan["virtual_offset"], 16)


def needed_size(kernel):
    """Return how many bytes the decompressor keeps free for a kernel: misc.c, extract_kernel(), needed_size.

    The larger of what it unpacks, relocations included, and what the kernel takes in memory.
    """
    file = formats.vmlinux(kernel).read_bytes()
    size = max(len(file), *(part.start + part.memory_size for part in formats.parts_of(file)))
    return math.ceil(size / ALIGNMENT) * ALIGNMENT


def physical_places(plan, size):
    """Return all allowed physical bases of a kernel that needs `size` bytes.

    In the way are the initrd, at the top of memory, and the mailbox's page; the rest lies below 16 MiB.
    """
    initrd = next(int(segment["address"], 16) for segment in plan["segments"] if segment["role"] == "initrd")
    page = int(plan["mailbox"], 16)
    return [start for start in range(LINKED_AT, initrd - size + 1, ALIGNMENT) if not start <= page < start + size]


def choices_of(plan, size):
    """Return the (physical, virtual) Choice of a plan, which must have had all the places that the decompressor has."""
    kernel = next(segment for segment in plan["segments"] if segment["role"] == "kernel")
    physical = physical_places(plan, size)
    virtual = range(0, KERNEL_IMAGE_SIZE - LINKED_AT - size + 1, ALIGNMENT)
    assert f"one of {len(physical)} places" in kernel["reason"]
    assert re.search(rf"virtual base moved .* one of {len(virtual)} places", json.dumps(plan["reasons"]))
    return (Choice(physical.index(int(kernel["address"], 16)), len(physical)),
            Choice(virtual.index(int(plan["virtual_offset"], 16)), len(virtual)))


def most_repetitions(count, places):
    """Return how many of the pairs among `count` uniform choices may be equal: more has a chance below LEVEL.

    The number of equal pairs is nearly Poisson's, with the mean of pairs / places. So far out its tail is too thin:
    counted exactly, 50 choices of 450 places fail this with a chance of 5e-7.
    """
    mean, bound = count * (count - 1) / 2 / places, 0
    term = left = math.exp(-mean)
    while 1 - left > LEVEL:
        bound += 1
        term *= mean / bound
        left += term
    return bound


def check_spread(choices):
    """Insist that choices are as different as uniform ones, and as evenly spread.

    Kolmogorov's distance between their distribution and the uniform one is above d with a chance of at most
    2 exp(-2 n d^2) (Dvoretzky, Kiefer, Wolfowitz; Massart's constant).
    """
    numbers, places = [choice.number for choice in choices], min(choice.places for choice in choices)
    count = len(numbers)
    equal = sum(numbers[:at].count(number) for at, number in enumerate(numbers))
    assert equal <= most_repetitions(count, places), f"{equal} equal pairs among {numbers}"
    shares = sorted((choice.number + 0.5) / choice.places for choice in choices)
    distance = max(max(share - at / count, (at + 1) / count - share) for at, share in enumerate(shares))
    limit = math.sqrt(math.log(2 / LEVEL) / 2 / count)
    assert distance <= limit, f"distance {distance:.3f} from uniform, at most {limit:.3f}: {sorted(numbers)}"


def test_direct_starts_lie_where_planned_and_elsewhere_each_time():
    kernel = kernel_of("6.12")
    initrds = single(kernel, initramfs.VIRTIO_BLOCK)
    command_line, size, choices = f"{CMDLINE} chain", needed_size(kernel), []
    with first_kernel("6.12", initrds.files | {"vmlinuz": kernel.vmlinuz}, cpu=QUICK_CPU) as (guest, before):
        for count in range(1, STARTS + 1):
            plan = json.loads(run(guest, load_command("vmlinuz", initrds, command_line, options="--entry=direct --json --show-addresses")))
            assert plan["direct_entry"]
            choices.append(choices_of(plan, size))
            after = guest.reboot_with(REBOOT)
            check_arrival(after, before, kernel.release, command_line, initrds.markers)
            check_record(after, before, chain=count)
            assert where_it_runs(guest) == planned_bases(plan)
            arm(guest)
            before = after
    for base in zip(*choices, strict=True):
        check_spread(base)
