# SPDX-License-Identifier: LGPL-2.1-or-later
"""baton beside Debian's kexec-tools, in one guest, on the deterministic clock.

    make bench

Prints one table, writes it with its method into docs/performance.md, and ends with exit status 1 if a
figure misses its target.
"""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# pylint: disable=wrong-import-position
from lab import cache, initramfs, kernels, kexec_tools, programs
from lab.errors import LabError
from lab.guest import CMDLINE, Guest

MEASURE = Path(__file__).parent / "measure.c"
RECORD = ROOT / "tests" / "golden" / "machines" / "ranges-20000.tar.zst"
PAGE = ROOT / "docs" / "performance.md"
DATA = "/run/data"
MIB = 1 << 20
PEAK_ALLOWANCE = 16 * MIB           # beyond the bytes that are handed over
PLAN_LIMIT = 50_000_000             # instructions
# What a Debian initrd holds: drivers for disks, networks and screens, and file systems.
BIG_FOLDERS = ("fs", "lib", "crypto", "drivers/ata", "drivers/block", "drivers/md", "drivers/mmc", "drivers/nvme",
               "drivers/scsi", "drivers/usb", "drivers/gpu/drm", "drivers/net/ethernet", "drivers/virtio")


# How the new kernel is entered: past its own decompressor, or through it, as kexec-tools does.
ENTRIES = {"auto": "direct entry", "stub": "--entry=stub"}


@dataclass(frozen=True)
class Cost:
    """What one command cost in the guest."""

    status: int
    ticks: int
    peak: int
    output: str


@dataclass(frozen=True)
class Row:
    """One line of the table; `reached` is None for what has no target."""

    what: str
    ours: str
    peer: str
    target: str = ""
    reached: bool | None = None


# The guest

def binary():
    """Return the static binary to measure."""
    path = (ROOT / os.environ.get("BATON_STATIC", "build-static/baton")).resolve()
    if not path.exists():
        raise LabError(f"{path}: not found; run make STATIC=1")
    return path


def big_initrd(kernel, small):
    """Return the path of an initrd like Debian's own in size and content: modules in a zstd-compressed cpio."""
    def fill(target):
        nodes = {}
        for folder in BIG_FOLDERS:
            place = f"usr/lib/modules/{kernel.release}/kernel/{folder}"
            nodes |= initramfs.nodes_of(place, kernel.modules / "kernel" / folder)
        # The small one comes along, so that this one boots too.
        archive = small.read_bytes() + initramfs.cpio(nodes)
        packed = subprocess.run(["zstd", "-9", "-T0", "-q"], input=archive, stdout=subprocess.PIPE, check=True).stdout
        (target / "initrd").write_bytes(packed)

    key = cache.digest(kernel.version, small.read_bytes(), *BIG_FOLDERS)
    return cache.entry("big-initrd", key, fill) / "initrd"


def measure(guest, command):
    """Run a command under measure.c in DATA; return its Cost."""
    output = guest.run(f"cd {DATA} && ./measure {command} 2>&1", timeout=300)
    match = re.search(r"MEASURED status=(\d+) ticks=(\d+) peak_kb=(\d+)\n", output)
    if not match:
        raise LabError(f"{command}: not measured:\n{output}")
    return Cost(int(match[1]), int(match[2]), int(match[3]) * 1024, output[:match.start()])


def succeed(guest, command):
    """Return the Cost of a command that must end with exit status 0."""
    cost = measure(guest, command)
    if cost.status:
        raise LabError(f"{command}: exit status {cost.status}\n{cost.output}")
    return cost


def load_ours(initrd, entry):
    """Return baton's command that loads a kernel, an initrd and a command line."""
    return f"./baton load --via=kexec_load --entry={entry} --json vmlinuz --initrd={initrd} '--cmdline={CMDLINE}'"


def load_theirs(initrd):
    """Return kexec-tools' command that loads the same."""
    return f"/sbin/kexec -c -l vmlinuz --initrd={initrd} '--command-line={CMDLINE}'"


def load_rows(guest, name, size):
    """Load by both into a kernel that holds nothing yet; return the Rows."""
    peer = succeed(guest, load_theirs(name))
    guest.run("/sbin/kexec -u")
    rows = []
    for entry, words in ENTRIES.items():
        own = succeed(guest, load_ours(name, entry))
        guest.run(f"{DATA}/baton unload")
        handed_over = json.loads(own.output)["handed_over"]
        limit = handed_over + PEAK_ALLOWANCE
        bound = name == "small" and entry == "auto"
        target = f"at most {mib(limit)}: {mib(handed_over)} handed over + 16 MiB"
        rows += [Row(f"load, {name} initrd ({mib(size)}), {words}", seconds(own.ticks), seconds(peer.ticks),
                     "at most kexec-tools'", own.ticks <= peer.ticks),
                 Row(f"peak memory, {name} initrd, {words}", mib(own.peak), mib(peer.peak),
                     "none: see below" if bound else target, None if bound else own.peak <= limit)]
    return rows


def outage(guest, command):
    """Load, jump with nothing in between, and return the instructions up to the next first program."""
    succeed(guest, command)
    leaves = len(guest.leaves())
    guest.kexec()
    report = guest.wait_report(300)
    guest.unpack_disk(folder=DATA, timeout=300)
    return report.tsc - guest.leaves()[leaves]


def outage_rows(guest, name):
    """Jump by both; return the Rows."""
    peer = outage(guest, load_theirs(name))
    return [Row(f"outage, {name} initrd, {words}", seconds(outage(guest, load_ours(name, entry))), seconds(peer))
            for entry, words in ENTRIES.items()]


# A map with 20,000 ranges

def plan_instructions(kernel, entry):
    """Return the instructions of `baton plan` for the recorded machine, counted here by callgrind."""
    words = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", binary(), "plan", "--quiet",
             f"--machine={RECORD}", f"--entry={entry}", "--no-initrd", "--cmdline=x", kernel.vmlinuz]
    done = subprocess.run(words, text=True, capture_output=True, check=False)
    match = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not match:
        raise LabError(f"callgrind: exit status {done.returncode}\n{done.stderr}")
    return int(match[1])


def recorded_ranges():
    """Return the recorded machine's /sys/firmware/memmap as lines "start end type"."""
    archive = subprocess.run(["zstd", "-dcq", RECORD], stdout=subprocess.PIPE, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        return members.extractfile("sys/firmware/memmap.table").read()


# kexec-tools reads the live system only, so the guest's /sys is covered by the recorded map.
COVER = """
mkdir /run/memmap && cd /run/memmap && wc -l <{data}/ranges | xargs seq | xargs mkdir
number=0
while IFS='	' read -r start end type; do
    number=$((number + 1))
    echo $start >$number/start; echo $end >$number/end; echo $type >$number/type
done <{data}/ranges
mount --bind /run/memmap /sys/firmware/memmap
"""


def peer_with_many_ranges(guest):
    """Return how kexec-tools fares on a system with the recorded map, and take the map away again."""
    guest.run(COVER.format(data=DATA), timeout=300)
    cost = measure(guest, load_theirs("small"))
    guest.run("umount /sys/firmware/memmap && /sbin/kexec -u")
    match = re.search(r"more entries allowed \((\d+)\)", cost.output)
    return f"cannot: holds {match[1]}" if match else f"{cost.ticks / 1e6:.1f} M instr."


# The figures

def collect(progress):
    """Run everything in one guest; return the Rows."""
    kernel = kernels.get("6.1", progress=progress)
    tools = kexec_tools.get(progress=progress)
    files = {"/": tools}
    small = initramfs.build(files, kernel, initramfs.VIRTIO_BLOCK)
    disk = {"baton": binary(), "measure": programs.build(MEASURE), "vmlinuz": kernel.vmlinuz, "small": small,
            "big": big_initrd(kernel, small), "ranges": recorded_ranges()}
    progress("a guest with the deterministic clock starts")
    with Guest(kernel, initrd=small, disks=[disk], icount=True, memory="2G") as guest:
        guest.wait_report(300)
        guest.unpack_disk(folder=DATA, timeout=300)
        rows = []
        for name in ("small", "big"):
            progress(f"loading with the {name} initrd, by both")
            rows += load_rows(guest, name, disk[name].stat().st_size)
        progress("planning for 20,000 memory ranges")
        rows += plan_rows(kernel, peer_with_many_ranges(guest))
        for name in ("small", "big"):
            progress(f"the jump with the {name} initrd, by both")
            rows += outage_rows(guest, name)
    return rows


def plan_rows(kernel, peer):
    """Return the figure of planning on a machine with 20,000 memory ranges."""
    rows = []
    for entry, words in ENTRIES.items():
        count = plan_instructions(kernel, entry)
        rows.append(Row(f"baton plan, 20,000 memory ranges, {words}", f"{count / 1e6:.1f} M instr.", peer,
                        f"at most {PLAN_LIMIT / 1e6:.0f} M instr.", count <= PLAN_LIMIT))
    return rows


def seconds(ticks):
    return f"{ticks / 1e9:.2f} s"


def mib(size):
    return f"{size / MIB:.1f} MiB"


# What is printed and written

HEAD = Row("figure", "baton", "kexec-tools", "target")


def mark(row):
    return {True: "✓ reached", False: "✗ MISSED", None: ""}[row.reached]


def cells(row):
    return (row.what, row.ours, row.peer, row.target, mark(row))


def as_table(rows):
    """Return the rows as a Markdown table with aligned columns."""
    lines = [cells(row) for row in (HEAD, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(f"{cell:{width}}" for cell, width in zip(line, widths)) + " |" for line in lines)


METHOD = """\
# Performance

Written by `make bench` ({program}, kexec-tools {tools}, Linux {kernel}). Do not edit.

{table}

**Method.** One QEMU guest (2 GiB, one processor) with Debian's 6.1 kernel, on the deterministic clock: `-icount
shift=0`, so that one executed instruction is one nanosecond and one tick of the time stamp counter. Both programs
load the same kernel, initrd and command line through `kexec_load`, from files in memory, into a kernel that holds
nothing yet. bench/measure.c takes the counter around the whole command, and its peak of resident memory from wait4().
The instructions are those of the whole guest: the command's own, the kernel's on its behalf, and the timer's. The
outage lasts from just before the reboot call to the first instruction of the new kernel's first program. The big
initrd is the small one with the modules that a Debian initrd holds, in one cpio compressed by zstd. With direct
entry, the default, baton unpacks the kernel while it loads; with `--entry=stub` the kernel unpacks itself after the
jump, as with kexec-tools. For 20,000 ranges, callgrind counts the instructions of `baton plan` in user
space, on the computer that runs the bench, the reading of the recorded machine included; kexec-tools finds the same
map in its guest's /sys/firmware/memmap, says that its table is too small, and goes on with /proc/iomem.

**Without a target.** While Debian's 6.1 kernel is unpacked, liblzma holds xz's dictionary of 32 MiB beside the
packed and the unpacked kernel. That peak is over before an initrd is read, so with an initrd of the size that Debian
makes it does not show, and with the small one it does.

**Limits.** An instruction is a proxy for time: a copied byte, a hashed byte and a cache miss cost the same, QEMU
counts each turn of a repeated string instruction, devices answer at once, and nothing runs in parallel. The figures
of the guest repeat within about 1 %; callgrind's depend a little on which vector instructions the computer has.
"""


def write_page(rows):
    """Write docs/performance.md."""
    program = subprocess.run([binary(), "version"], text=True, capture_output=True, check=True).stdout.strip()
    PAGE.parent.mkdir(exist_ok=True)
    tools = kexec_tools.get().name.split("_")[1].split("-")[0].removeprefix("1%3A")
    PAGE.write_text(METHOD.format(program=program, tools=tools, kernel=kernels.get("6.1").version, table=as_table(rows)))


def main():
    started = time.monotonic()

    def progress(text):
        print(f"[{time.monotonic() - started:6.1f} s] {text}", file=sys.stderr, flush=True)

    try:
        rows = collect(progress)
    except LabError as error:
        sys.exit(f"bench: {error}")
    write_page(rows)
    print(as_table(rows))
    missed = [row.what for row in rows if row.reached is False]
    progress(f"done; {PAGE.relative_to(ROOT)} is written")
    sys.exit(f"bench: missed: {'; '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
