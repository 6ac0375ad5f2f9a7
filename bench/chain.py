# SPDX-License-Identifier: LGPL-2.1-or-later
"""One guest that is handed from kernel to kernel, once for each loader and initrd, and what was measured."""

import dataclasses
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import loaders, marks
from lab import debian, initramfs, kernels, record
from lab.errors import LabError
from lab.guest import Guest

MEMORY = "4G"
INITRDS = ("small", "debian")
TIMEOUT = 300
CROSS_CHECK = 50_000                # ns between the plugin's gap and what baton's purgatory wrote down


@dataclass(frozen=True)
class Handoff:
    """One load and one jump. Times are seconds, sizes bytes; what is known of baton only is None for others.

    load         the whole command
    outage       from the reboot call to the first program of the new kernel
    gap          of it, to the first instruction of the new kernel proper
    phases       [name, seconds] of the outage, in order
    """

    series: str
    initrd: str
    loader: str
    load: float
    peak: int
    handed_over: int | None
    outage: float
    gap: float
    phases: list | None


def initrd_files(kernel, progress=lambda text: None):
    """Return {name: bytes} of INITRDS for a Kernel.

    "small" is the lab's own: its first program, busybox, two drivers. "debian" is what Debian's mkinitramfs
    makes, and behind it a small archive that puts the lab's first program in the place of Debian's /init.
    """
    small = initramfs.build(None, kernel, initramfs.VIRTIO_BLOCK).read_bytes()
    own = {"init": initramfs.file(initramfs.first_program().read_bytes())}
    # In Debian's tree /lib is a link to usr/lib.
    own |= {f"usr/{name}": node for name, node in initramfs.module_nodes(kernel, initramfs.VIRTIO_BLOCK).items()}
    theirs = debian.initrd(kernel, progress).read_bytes()
    return {"small": small, "debian": theirs + bytes(-len(theirs) % 4) + initramfs.cpio(own)}


def run(series, which=loaders.ALL, icount=True, progress=lambda text: None):
    """Yield a Handoff for each initrd and loader, all in one guest with one kernel of `series`."""
    kernel = kernels.get(series, progress=progress)
    initrds = initrd_files(kernel, progress)
    disk = loaders.files() | {"vmlinuz": kernel.vmlinuz} | initrds
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "marks"
        small = initramfs.store(initrds["small"])
        with Guest(kernel, initrd=small, disks=[disk], icount=icount, memory=MEMORY, smp=1,
                   extra=marks.arguments(kernel, out, icount)) as guest:
            guest.wait_report(TIMEOUT)
            for initrd in INITRDS:
                for loader in which:
                    progress(f"{series}, {initrd} initrd, {loader.name}")
                    yield _handoff(guest, out, series, initrd, loader)


def _handoff(guest, out, series, initrd, loader):
    """Load into a kernel that holds nothing yet, and jump with nothing in between."""
    guest.unpack_disk(folder=loaders.DATA, timeout=TIMEOUT)
    cost = loaders.succeed(guest, loader.command(initrd))
    marks_before, text_before = len(marks.read(out)), len(guest.console_text())
    guest.kexec()
    report = guest.wait_report(TIMEOUT)
    seen = marks.read(out)[marks_before:]
    if tuple(mark.name for mark in seen) != marks.NAMES:
        raise LabError(f"{series}, {loader.name}: marks {[mark.name for mark in seen]}, expected {list(marks.NAMES)}")
    log = guest.console_text()[text_before:]
    handed_over = cost.handed_over() if loader.ours else None
    made = Handoff(series, initrd, loader.name, cost.nanoseconds / 1e9, cost.peak, handed_over,
                   (seen[2].nanoseconds - seen[0].nanoseconds) / 1e9, (seen[1].nanoseconds - seen[0].nanoseconds) / 1e9, None)
    if guest.machine.icount:
        made = _deterministic(made, cost, seen, guest.leaves()[-1], report)
    if loader.ours and guest.machine.icount:
        made = dataclasses.replace(made, phases=_phases(made, guest.leaves()[-1], _record(made, report), log))
    return made


def _deterministic(made, cost, seen, left_at, report):
    """Return a Handoff with the guest's clock in place of the host's.

    The time stamp counter is read on both sides of the outage, and neither loader reads it in between. So the gap
    is counted in instructions, which are nanoseconds as long as the processor does not sleep.
    """
    if seen[0].idles != seen[1].idles:
        raise LabError(f"{made.series}, {made.loader}: the processor slept {seen[1].idles - seen[0].idles} times "
                       "in the gap; the clock jumps then, and instructions do not tell the time")
    return dataclasses.replace(made, load=cost.ticks / 1e9, outage=(report.tsc - left_at) / 1e9,
                               gap=(seen[1].instructions - seen[0].instructions) / 1e9)


def _record(made, report):
    found = record.find(report)
    if not found or found.digest_result != record.DIGEST_GOOD:
        raise LabError(f"{made.series}, {made.loader}: no handoff record with a good digest: {found}")
    return found


def _phases(made, left_at, found, log):
    """Return where the outage went: [name, seconds], from purgatory's stages and the new kernel's log."""
    entered, verified, left = (stage - left_at for stage in found.stages[1:4])
    stub = left < made.gap * 1e9 - CROSS_CHECK
    if not stub and abs(left - made.gap * 1e9) > CROSS_CHECK:
        raise LabError(f"{made.series}, {made.loader}: the gap is {made.gap * 1e9:.0f} ns for the plugin, {left} ns "
                       "for purgatory; they must agree")
    begun, unpacked = (made.outage - seconds for seconds in _before_first_program(made, log))
    ends = [("the old kernel stops", entered / 1e9), ("purgatory verifies every byte", verified / 1e9)]
    ends += [("the kernel unpacks and relocates itself", made.gap)] if stub else []
    ends += [("the new kernel starts", begun), ("it unpacks the initrd", unpacked), ("it starts its drivers", made.outage)]
    starts = [0, *(end for _, end in ends[:-1])]
    return [[name, end - start] for (name, end), start in zip(ends, starts)]


def _before_first_program(made, log):
    """Return how many seconds before its first program a kernel began and ended to unpack its initrd."""
    times = []
    for words in ("Trying to unpack rootfs image|Unpacking initramfs", "Freeing initrd memory", "Run /init as init process"):
        match = re.search(rf"^\[ *(\d+\.\d+)\] (?:{words})", log, re.M)
        if not match:
            raise LabError(f"{made.series}, {made.loader}: the new kernel's log does not say {words!r}")
        times.append(float(match[1]))
    return times[2] - times[0], times[2] - times[1]
