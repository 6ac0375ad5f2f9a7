# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests that have booted once, kept as QEMU's migration stream in the cache, so that a test begins at a running kernel.

    with Guest("6.12", disks=[{...}], snapshot=True) as guest:
        guest.wait_report()             # the first time by booting, which leaves the snapshot; then in a second

A snapshot is taken as the first program has reported and waits for what it is told, before the caller sees the report.
Its key is everything that the machine was made from: kernel, initrd, QEMU with all of its words, the sizes of the disks.
What is on the disks is none of it: nothing has read them yet, and they are given anew to each guest.

A guest that begins so is told the time, and given random numbers of its own, before the caller sees it. What it has in
common with the others of its snapshot: boot_id, and where its kernel and the kernel's memory lie. A test about those,
or about the boot itself, boots (`snapshot=False`). After AGE a snapshot is taken anew, so that they change at last.

A snapshot that does not load is an error of the guest that wanted it. `BATON_LAB_SNAPSHOTS=0` boots every guest.
"""

import fcntl
import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from functools import cache as memoize
from pathlib import Path

from lab import cache, qemu
from lab.errors import LabError

KIND = "snapshots"
FORMAT = "1"                    # of what is stored; part of every key
AGE = 24 * 3600                 # seconds
BOUND = 2 << 30                 # bytes of all snapshots together
DISK_STEP = 256 << 20           # data disks are padded to multiples, so that what is on them does not make their size
PACK = ("zstd", "-1", "-q", "-f", "-o")
UNPACK = ("zstd", "-dcq")
FIRMWARES = ("kernel", "ovmf-kernel")
# What of QEMU's words differs from guest to guest, and does not make another machine.
PER_GUEST = re.compile(r"\bfd=\d+|logfile=[^,]*")


@dataclass(frozen=True)
class Said:
    """What a guest had said when its snapshot was taken: the line of its report, and its console."""

    report: str
    reply_channel: str
    console: str


def wanted():
    """Tell whether snapshots are used at all."""
    return os.environ.get("BATON_LAB_SNAPSHOTS", "1") != "0"


def possible(machine, disks):
    """Tell whether a machine can begin at a snapshot: nothing but its disks, all of them ours, may differ at the start."""
    return (machine.firmware in FIRMWARES and not machine.icount and not machine.extra
            and all(isinstance(content, dict) for content in disks))


def key(words, folder, files, disks):
    """Return the name of the snapshot for QEMU's words in a guest's folder.

    `files` are what the words name and the machine starts from (kernel, initrd), `disks` the images whose sizes count.
    """
    plain = [PER_GUEST.sub("", word.replace(str(folder), "")) for word in words]
    contents = [Path(path).read_bytes() for path in files if path]
    sizes = [str(Path(disk).stat().st_size) for disk in disks]
    return cache.digest(FORMAT, _host(), *plain, *contents, *sizes)


@memoize
def _host():
    """Return what of this machine is in a snapshot: QEMU's build, and the rate at which the time stamp counter runs.

    A guest measured that rate as it booted; it is the host's, which is another one after the next boot at the earliest.
    """
    version = subprocess.run([qemu.PROGRAM, "--version"], text=True, capture_output=True, check=True).stdout
    return version + Path("/proc/sys/kernel/random/boot_id").read_text()


class Store:
    """One snapshot in the cache: absent, being made by somebody, or complete."""

    def __init__(self, name):
        self.name = name
        self.folder = cache.path(KIND, name)
        self._lock = None

    def open(self):
        """Return (Said, stream of the packed memory) of a complete snapshot that is young enough, else None."""
        try:
            if time.time() - self.folder.stat().st_ctime > AGE:
                return None
            said = Said(**json.loads((self.folder / "said.json").read_text()))
            stream = open(self.folder / "memory.zst", "rb")
        except FileNotFoundError:
            return None         # absent, or thrown away just now
        os.utime(self.folder / "memory.zst")
        return said, stream

    def claim(self):
        """Return whether this guest is to make the snapshot; nobody waits for another guest that does."""
        lock = open(cache.path("locks", f"{KIND}-{self.name}"), "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        return True

    def release(self):
        """Give up a claim, if there is one."""
        if self._lock:
            self._lock.close()
            self._lock = None

    def write(self, said, migrate):
        """Make the snapshot: `migrate(stream)` has QEMU write the standing guest into a stream, and closes it."""
        partial = self.folder.with_name(f".partial-{self.name}")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            _pack(self.name, partial / "memory.zst", migrate)
            (partial / "said.json").write_text(json.dumps(vars(said)))
            shutil.rmtree(self.folder, ignore_errors=True)
            os.rename(partial, self.folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        make_room(keep=self.folder)


def _pack(name, target, migrate):
    packing = subprocess.Popen([*PACK, target], stdin=subprocess.PIPE)
    try:
        migrate(packing.stdin)
    except BaseException:
        packing.kill()
        packing.wait()
        raise
    if status := packing.wait():
        raise LabError(f"snapshot {name}: zstd's exit status {status}; is the disk full?")


def make_room(keep=None, bound=BOUND):
    """Throw away snapshots that are too old, and then those used longest ago, until all are smaller than `bound`."""
    with cache.lock(KIND):
        found = []
        for memory in cache.path(KIND, "x").parent.glob("[!.]*/memory.zst"):
            status = memory.stat()
            found.append((status.st_mtime, status.st_size, memory.parent))
        total = sum(size for _, size, _ in found)
        for _, size, folder in sorted(found):
            if folder != keep and (total > bound or time.time() - folder.stat().st_ctime > AGE):
                shutil.rmtree(folder)
                total -= size


def unpacking(stream):
    """Return the process whose output is the memory in a packed stream; its input is closed here."""
    with stream:
        return subprocess.Popen(UNPACK, stdin=stream, stdout=subprocess.PIPE)


def check_unpacked(process, name):
    """Insist on a stream that was whole."""
    status = process.wait()
    if status:
        raise LabError(f"snapshot {name}: zstd's exit status {status}: the file is damaged; "
                       "`python3 -m lab clean` removes it, BATON_LAB_SNAPSHOTS=0 boots instead")
