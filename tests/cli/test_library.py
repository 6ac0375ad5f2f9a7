# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the command line and libbaton do is one thing: forty requests through both, plans and errors compared."""
import gzip
import itertools
import json
import pathlib
import subprocess

import pytest

import make_image
from conftest import build_folder, environment, foreign, run

MACHINES = pathlib.Path(__file__).parents[1] / "golden/machines"
SEED = "ba70"
KERNELS = ("direct", "stub", "elf", "damaged", "no kernel", "missing")
INITRDS = ("none", "plain", "packed", "two", "damaged", "missing")
REQUESTS = [
    # Every kernel with every initrd.
    *((kernel, initrd, "bios-1g") for kernel, initrd in itertools.product(KERNELS, INITRDS)),
    # What else can be asked, and machines that decide by themselves.
    ("direct", "packed", "bios-1g", "via=kexec_file_load"),
    ("direct", "two", "bios-1g", "via=kexec_file_load"),
    ("elf", "plain", "bios-1g", "via=kexec_file_load"),
    ("direct", "plain", "bios-1g", "via=module"),
    ("direct", "plain", "bios-1g", "entry=direct"),
    ("stub", "plain", "bios-1g", "entry=direct"),
    ("damaged", "plain", "bios-1g", "entry=stub"),
    ("direct", "damaged", "bios-1g", "unpack-initrd=never"),
    ("direct", "packed", "bios-1g", "unpack-initrd=never"),
    ("direct", "packed", "bios-1g", "unpack-initrd=always"),
    ("direct", "none", "bios-1g", "cmdline=" + "x" * 3000),
    ("direct", "none", "bios-1g", "cmdline=console=ttyS0 root=/dev/sda1 -- single"),
    ("direct", "none", "bios-1g", "append=quiet", "append=-- debug"),
    ("direct", "none", "bios-1g", "cmdline=a", "append=b"),
    ("direct", "packed", "bios-1g", "cmdline=hugepages=500"),
    ("direct", "packed", "bios-1g", "cmdline=memmap=100M!4G"),
    ("direct", "none", "bios-1g", "cmdline=\"open"),
    ("direct", "none", "crash-reserved", "crash"),
    ("direct", "plain", "bios-1g", "mem-max=256M", "mem-min=32M"),
    ("direct", "plain", "bios-1g", "mem-max=1M"),
    ("direct", "plain", "bios-1g", "mem-max=much"),
    ("direct", "plain", "bios-1g", "mem-max=256M", "via=kexec_file_load"),
    ("direct", "plain", "ovmf-1g", "no-efi", "screen=none", "no-verify", "console=ttyS1,9600"),
    ("stub", "plain", "bios-1g", "32bit", "entry=0x1000000"),
    ("elf", "plain", "bios-1g", "format=bzImage"),
    ("direct", "plain", "bios-1g", "screen=large"),
    ("direct", "plain", "locked-down"),
    ("direct", "plain", "no-kexec"),
    ("direct", "plain", "la57"),
    ("direct", "packed", "limited"),
    ("direct", "plain", "i386-pae-5g"),
    ("direct", "packed", "numa-2t"),
]


@pytest.fixture(scope="session")
def library():
    build = build_folder()
    subprocess.run(["ninja", "-C", build, "src/cli/plan-by-library"], check=True, capture_output=True, timeout=300)
    return foreign.runnable(build / "src/cli/plan-by-library")


@pytest.fixture
def files(tmp_path):
    """{name: path or paths} of kernels and initrds."""
    contents = {
        "direct": make_image.direct_bzimage(), "stub": make_image.bzimage(), "elf": make_image.elf(),
        "no kernel": b"nothing of the kind\n" * 100, "plain": make_image.initrd(),
        "packed": gzip.compress(make_image.initrd("packed"), mtime=0),
    }
    whole = make_image.packed_bzimage(codec="gzip")
    at = whole.rindex(b"\x1f\x8b\x08") + 200
    contents["damaged"] = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:]
    contents["damaged initrd"] = contents["packed"][:-20]
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def meant(files, asked):
    """Machine, kernel, initrds and options of a row."""
    kernel, initrd, machine, *options = asked
    initrds = {"none": (), "two": ("plain", "packed"), "damaged": ("damaged initrd",)}.get(initrd, (initrd,))
    return MACHINES / f"{machine}.tar.zst", files / kernel, [files / name for name in initrds], options


def by_library(library, machine, kernel, initrds, options):
    done = subprocess.run([library, machine, kernel, *(f"initrd={path}" for path in initrds), *options],
                          text=True, capture_output=True, check=False, timeout=60, env=environment())
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr.strip()


def by_command(machine, kernel, initrds, options):
    words = ["--no-initrd"] if not initrds else [f"--initrd={path}" for path in initrds]
    words += [f"--{option}" for option in options]
    done = run("baton", "plan", "--json", f"--machine={machine}", f"--seed={SEED}", *words, kernel)
    return done.err.removeprefix("baton: ").strip() if done.status else json.loads(done.out)


@pytest.mark.parametrize("asked", REQUESTS, ids=[" ".join(request)[:60] for request in REQUESTS])
def test_command_line_and_library_do_the_same(library, files, asked):
    assert by_library(library, *meant(files, asked)) == by_command(*meant(files, asked))


def test_both_ends_are_among_them(library, files):
    """So that it does not compare one error forty times."""
    ended = [by_library(library, *meant(files, asked)) for asked in REQUESTS]
    plans = [end for end in ended if isinstance(end, dict)]
    assert len(plans) >= 15 and len({end for end in ended if isinstance(end, str)}) >= 8
