# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs that are compared, and what one command of theirs costs in a guest."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from lab import kexec_tools, programs
from lab.errors import LabError
from lab.guest import CONSOLE

ROOT = Path(__file__).resolve().parents[1]
MEASURE = Path(__file__).parent / "measure.c"
DATA = "/run/data"                  # where a guest unpacks its disk
# Debian's kexec with its own dynamic loader and libraries: Debian's initrd brings others.
KEXEC = "tools/lib64/ld-linux-x86-64.so.2 --library-path tools/lib tools/sbin/kexec"


@dataclass(frozen=True)
class Loader:
    """One way to load a kernel: the command's words before the kernel, and the option for its command line.

    `before` is a command that runs in DATA ahead of the load and is not counted. `says` is what the load must say, so
    that it is the case which its name promises.
    """

    name: str
    words: str
    cmdline_option: str
    ours: bool = False
    before: str = ""
    says: str = ""

    def command(self, initrd):
        """Return the shell command that loads vmlinuz with an initrd, both in DATA; with this clock it may test its timer."""
        return f"{self.words} vmlinuz --initrd={initrd} '{self.cmdline_option}={CONSOLE}'"


def baton(name="baton", options="", before="", says=""):
    """Return the Loader of baton with more options."""
    return Loader(name, f"./baton load --json {options}".strip(), "--cmdline", True, before, says)


PEER = Loader("kexec-tools -c", f"{KEXEC} -c -l", "--command-line")
PEER_FILE = Loader("kexec-tools -s", f"{KEXEC} -s -l", "--command-line")
BATON = baton(says="relocated beforehand")
PREPARED = baton("baton, kernel prepared", before="./baton prepare vmlinuz", says="when it was prepared")
STUB = baton("baton --entry=stub", "--entry=stub", says="own decompressor, as asked for")
PACKED = baton("baton --unpack-initrd=never", "--unpack-initrd=never", says="relocated beforehand")
ALL = (PEER, PEER_FILE, BATON, PREPARED, STUB, PACKED)


@dataclass(frozen=True)
class Cost:
    """What one command cost in the guest; `peak` in bytes."""

    status: int
    ticks: int
    nanoseconds: int
    peak: int
    output: str

    def handed_over(self):
        """Return the bytes that `baton load --json` says it gave to the kernel."""
        return json.loads(self.output)["handed_over"]


def binary():
    """Return the static binary to measure."""
    path = (ROOT / os.environ.get("BATON_STATIC", "build-static/baton")).resolve()
    if not path.exists():
        raise LabError(f"{path}: not found; run make STATIC=1")
    return path


def files():
    """Return {name: content} of what all loaders need on a guest's disk."""
    return {"baton": binary(), "measure": programs.build(MEASURE), "tools": kexec_tools.get()}


def measure(guest, command):
    """Run a command under measure.c in DATA; return its Cost."""
    output = guest.run(f"cd {DATA} && ./measure {command} 2>&1", timeout=300)
    match = re.search(r"MEASURED status=(\d+) ticks=(\d+) nanoseconds=(\d+) peak_kb=(\d+)\n", output)
    if not match:
        raise LabError(f"{command}: not measured:\n{output}")
    return Cost(int(match[1]), int(match[2]), int(match[3]), int(match[4]) * 1024, output[:match.start()])


def succeed(guest, command, says=""):
    """Return the Cost of a command that must end with exit status 0 and say those words."""
    cost = measure(guest, command)
    if cost.status:
        raise LabError(f"{command}: exit status {cost.status}\n{cost.output}")
    if says not in cost.output:
        raise LabError(f"{command}: it does not say {says!r}:\n{cost.output}")
    return cost
