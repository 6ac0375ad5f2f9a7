# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs of another architecture that run on this machine: by its own kernel where that can, else through qemu-user.

    subprocess.run([foreign.runnable(program), "--list"])

Not every kernel for x86-64 runs 32-bit programs: IA32 emulation may be built out or off (`ia32_emulation=off`), and then
they end in "Exec format error". Whether it does is found out by running one, each time. `BATON_LAB_FOREIGN=emulated` in
the environment takes the emulator in any case; `python3 -m lab runner ARCHITECTURE` says which way is taken.
"""

import os
import platform
import shlex
import struct
import subprocess
from pathlib import Path

from lab import cache, environment, programs
from lab.errors import LabError

# To add an architecture: its emulator, and the number that its programs have in e_machine (ELF specification, "ELF
# Header"); its compiler is in programs.STATIC.
EMULATORS = {"i386": "qemu-i386"}
MACHINES = {3: "i386", 62: "x86_64", 183: "aarch64"}
PROBE = Path(__file__).parent / "probe.c"
PROBE_STATUS = 42           # of probe.c: no shell that takes a program for a script of its own ends so by chance

RUNNER = """\
#!/bin/sh
# run PROGRAM [ARGUMENT]...: run a program for {architecture}; without one, say how. Made by lab/foreign.py.
{probe} >/dev/null 2>&1
if [ $? = {status} ] && [ "$BATON_LAB_FOREIGN" != emulated ]; then
	[ $# != 0 ] && exec "$@"
	echo "{architecture} programs: run by this machine's kernel"
# Tests are run with a PATH that has nothing in it, too.
elif emulator=$(PATH="$PATH:{folders}"; command -v {emulator}); then
	[ $# != 0 ] && exec "$emulator" "$@"
	[ "$BATON_LAB_FOREIGN" = emulated ] && why=BATON_LAB_FOREIGN=emulated || why="this machine's kernel runs none"
	echo "{architecture} programs: run through {emulator} ($why)"
else
	echo "{architecture} programs: this machine's kernel runs none, and {emulator} is not there; install Debian's qemu-user" >&2
	exit 127
fi
"""


def runner(architecture, probe=None):
    """Return the path of a script that runs a program of that architecture: `SCRIPT PROGRAM ARGUMENT...`.

    `probe` stands in for the program that the script tries first.
    """
    if architecture not in EMULATORS:
        raise LabError(f"architecture {architecture!r}: no emulator is known for its programs; add it to lab/foreign.py")
    path = probe or programs.build(PROBE, architecture)
    return _script(RUNNER.format(architecture=architecture, probe=path, status=PROBE_STATUS, emulator=EMULATORS[architecture],
                                 folders=environment.DEFAULT_PATH))


def runnable(program):
    """Return the path of what runs as `program` (a path) does: itself if it is for this machine, else a script.

    If the emulator is asked for now, the script takes it whatever environment it is run in: tests clear theirs.
    """
    machine = architecture_of(program)
    if machine == platform.machine():
        return program
    way = "BATON_LAB_FOREIGN=emulated " if os.environ.get("BATON_LAB_FOREIGN") == "emulated" else ""
    text = f'#!/bin/sh\n# Made by lab/foreign.py.\n{way}exec {runner(machine)} {shlex.quote(str(Path(program).absolute()))} "$@"\n'
    return _script(text)


def emulated(program):
    """Tell whether a program (a path) runs here through an emulator, which needs memory and addresses of its own."""
    machine = architecture_of(program)
    if machine == platform.machine():
        return False
    said = subprocess.run([runner(machine)], text=True, stdout=subprocess.PIPE, check=True).stdout
    return " through " in said


def _script(text):
    def fill(folder):
        (folder / "run").write_text(text)
        (folder / "run").chmod(0o755)

    return cache.entry("runners", cache.digest(text), fill) / "run"


def architecture_of(program):
    """Return the architecture of an ELF file, as MACHINES names it."""
    with open(program, "rb") as stream:
        header = stream.read(20)
    if header[:4] != b"\x7fELF" or len(header) < 20:
        raise LabError(f"{program}: no ELF file, so its architecture is not known")
    number, = struct.unpack_from("<H", header, 18)
    if number not in MACHINES:
        raise LabError(f"{program}: ELF machine {number}: unknown; known are {', '.join(MACHINES.values())}")
    return MACHINES[number]
