# SPDX-License-Identifier: LGPL-2.1-or-later
"""One guest that is handed from kernel to kernel, once for each loader and initrd, and what was measured."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import loaders, marks
from lab import debian, initramfs, kernels, handoff_record
from lab.errors import LabError
from lab.guest import Guest

MEMORY = "4G"
INITRDS = ("small", "debian")
TIMEOUT = 300
CROSS_CHECK = 50e-6                 # seconds between the plugin's gap and what baton's purgatory wrote down
LOG_LINES = ("Trying to unpack rootfs image|Unpacking initramfs", "Freeing initrd memory", "Run /init as init process")


@dataclass(frozen=True)
class Handoff:
    """One load and one jump. Times are seconds, sizes bytes.

    load         the whole command
    outage       from the reboot call to the first program of the new kernel
    gap          of it, to the first instruction of the new kernel proper
    handed_over  what baton says it gave to the kernel; None for other loaders
    phases       {name of PHASES: seconds} of the outage as far as they are known; empty without the deterministic clock
    """

    series: str
    initrd: str
    loader: str
    load: float
    peak: int
    handed_over: int | None
    outage: float
    gap: float
    phases: dict


# In the order in which they pass. The first three make the gap; only baton's purgatory tells them apart.
PHASES = {
    "stop": "the old kernel stops its devices and moves the pages to their places",
    "verify": "purgatory verifies every byte",
    "decompress": "the kernel unpacks and relocates itself",
    "start": "the new kernel starts, up to its initrd",
    "unpack": "it unpacks the initrd",
    "drivers": "it starts its drivers, then the first program",
}


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


def run(series, initrd, which=loaders.ALL, icount=True, progress=lambda text: None):
    """Return a Handoff for each loader, all in one guest with the kernel of `series` and one of INITRDS."""
    kernel = kernels.get(series, progress=progress)
    files = initrd_files(kernel, progress)
    disk = loaders.files() | {"vmlinuz": kernel.vmlinuz, initrd: files[initrd]}
    made = []
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "marks"
        with Guest(kernel, initrd=initramfs.store(files["small"]), disks=[disk], icount=icount, memory=MEMORY, smp=1,
                   extra=marks.arguments(kernel, out, icount)) as guest:
            guest.wait_report(TIMEOUT)
            for loader in which:
                progress(f"{series}, {initrd} initrd, {loader.name}")
                made.append(_handoff(guest, out, series, initrd, loader))
    return made


def _handoff(guest, out, series, initrd, loader):
    """Load into a kernel that holds nothing yet, and jump with nothing in between."""
    guest.unpack_disk(folder=loaders.DATA, timeout=TIMEOUT)
    if loader.before:
        loaders.succeed(guest, loader.before)
    cost = loaders.succeed(guest, loader.command(initrd), loader.says)
    marks_before, text_before = len(marks.read(out)), len(guest.console_text())
    guest.kexec()
    report = guest.wait_report(TIMEOUT)
    seen = marks.read(out)[marks_before:]
    if tuple(mark.name for mark in seen) != marks.NAMES:
        raise LabError(f"{series}, {loader.name}: marks {[mark.name for mark in seen]}, expected {list(marks.NAMES)}")
    jump = Jump(f"{series}, {initrd} initrd, {loader.name}", seen, guest.leaves()[-1], report,
                guest.console_text()[text_before:])
    exact = guest.machine.icount
    return Handoff(series, initrd, loader.name, load=(cost.ticks if exact else cost.nanoseconds) / 1e9, peak=cost.peak,
                   handed_over=cost.handed_over() if loader.ours else None,
                   outage=jump.outage() if exact else jump.seconds(2), gap=jump.gap() if exact else jump.seconds(1),
                   phases=jump.phases(loader.ours) if exact else {})


@dataclass(frozen=True)
class Jump:
    """What is known of one jump: the three marks, the counter just before it, and what came up after it."""

    what: str
    marks: list
    left_at: int
    report: object
    log: str

    def seconds(self, number):
        """Return the host's seconds from the reboot call to mark `number`."""
        return (self.marks[number].nanoseconds - self.marks[0].nanoseconds) / 1e9

    def outage(self):
        """Return the guest's seconds to the first program: the time stamp counter was read on both sides."""
        return (self.report.tsc - self.left_at) / 1e9   # type: ignore[attr-defined]

    def gap(self):
        """Return the guest's seconds to the new kernel's first instruction, where nobody reads the counter.

        They are counted in instructions, which are nanoseconds as long as the processor does not sleep.
        """
        slept = self.marks[1].idles - self.marks[0].idles
        if slept:
            raise LabError(f"{self.what}: the processor slept {slept} times in the gap; the clock jumps then, and "
                           "instructions do not tell the time")
        return (self.marks[1].instructions - self.marks[0].instructions) / 1e9

    def phases(self, ours):
        """Return {name of PHASES: seconds}."""
        gap, outage = self.gap(), self.outage()
        parts = self._purgatory(gap) if ours else {}
        begun, unpacked = (outage - seconds for seconds in self._before_first_program())
        return parts | {"start": begun - gap, "unpack": unpacked - begun, "drivers": outage - unpacked}

    def _purgatory(self, gap):
        """Return the parts of the gap that baton's purgatory wrote down; it and the plugin must agree."""
        found = handoff_record.find(self.report)
        if not found or found.digest_result != handoff_record.DIGEST_GOOD:
            raise LabError(f"{self.what}: no handoff record with a good digest: {found}")
        entered, verified, left = ((found.stages[stage] - self.left_at) / 1e9
                                   for stage in (handoff_record.ENTERED, handoff_record.VERIFIED, handoff_record.LEFT))
        parts = {"stop": entered, "verify": verified - entered}
        if found.entry == handoff_record.ENTRY_STUB:
            parts["decompress"] = gap - left
        elif abs(gap - left) > CROSS_CHECK:
            raise LabError(f"{self.what}: the gap is {gap:.6f} s for the plugin, {left:.6f} s for purgatory")
        return parts

    def _before_first_program(self):
        """Return how many seconds before its first program the kernel began and ended to unpack its initrd."""
        times = []
        for words in LOG_LINES:
            match = re.search(rf"^\[ *(\d+\.\d+)\] (?:{words})", self.log, re.M)
            if not match:
                raise LabError(f"{self.what}: the new kernel's log does not say {words!r}")
            times.append(float(match[1]))
        return times[2] - times[0], times[2] - times[1]
