# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a module is built against: Debian's headers of the lab's kernels, unpacked so that they work where they lie.

    tree = headers.get("6.12")        -> Headers: release, folder (make's -C), make (words for make)

Debian's packages expect to lie in /usr/src and to run with their own suite's C library and compiler. Here the
programs that kbuild runs get that suite's library beside them, and this machine's gcc builds the module: what
only the compiler of the suite has is switched off by name (NOT_FOR_GCC and NOT_FOR_MAKE).
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from lab import cache, kernels
from lab.packages import Suite

LOADER = "lib64/ld-linux-x86-64.so.2"
# Settings of the kernel that need a newer gcc than Debian 12's, or pahole, which a module does not need: those that
# make acts on, and those that the headers act on. A module built without them is laid out the same.
NOT_FOR_MAKE = ("CC_HAS_MIN_FUNCTION_ALIGNMENT", "DEBUG_INFO_BTF_MODULES", "PAHOLE_VERSION")
NOT_FOR_GCC = ("CC_HAS_COUNTED_BY", "CC_HAS_COUNTED_BY_PTR")


@dataclass(frozen=True)
class Headers:
    """A folder to build modules in, for one kernel; `make` are the words that every make there needs."""

    release: str
    folder: Path
    make: tuple = ()


def get(series, progress=lambda text: None):
    """Return the Headers of a series of Debian's, of the very build that kernels.get() returns."""
    kernel = kernels.get(series)
    suite = Suite(*kernels.ALL[series])
    key = f"{kernel.release}-{cache.digest(kernel.version, Path(__file__).read_bytes())}"

    def fill(target):
        progress(f"headers of {kernel.release}")
        _fill(target, suite, kernel.release)

    folder = cache.entry("headers", key, fill)
    return Headers(kernel.release, folder / "usr" / "src" / f"linux-headers-{kernel.release}",
                   ("CC=gcc", "ARCH=i386") if kernel.architecture == "i386" else ("CC=gcc",))


def _fill(target, suite, release):
    name = f"linux-headers-{release}"
    wanted = [name] + [depends for depends in suite.show(name).depends if depends.startswith(("linux-headers-", "linux-kbuild-"))]
    for package in wanted:
        # What kbuild runs is this machine's, whatever it builds for; the two architectures' versions are one source's.
        tools = Suite(suite.name) if package.startswith("linux-kbuild-") else suite
        _link_tree(tools.unpack(package)[1], target)
    folder = target / "usr" / "src" / name
    _move_makefile(folder / "Makefile")
    _leave_out(folder / "include" / "config" / "auto.conf", [f"CONFIG_{name}=" for name in NOT_FOR_MAKE], "CONFIG_PAHOLE_VERSION=0\n")
    _leave_out(folder / "include" / "generated" / "autoconf.h", [f"#define CONFIG_{name} " for name in NOT_FOR_GCC])
    if suite.name != "bookworm":
        _bring_library(target, suite)


def _link_tree(source, target):
    """Put the files of `source` into `target`: one copy on the disk; who changes a file here replaces it first."""
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, copy_function=os.link)


def _replace(path, text, mode):
    path.unlink()
    path.write_text(text)
    path.chmod(mode)


def _move_makefile(path):
    """The Makefile includes its other half by an absolute path; make stands in this folder when it reads it."""
    _replace(path, path.read_text().replace("/usr/src", "$(CURDIR)/.."), 0o644)


def _leave_out(path, unwanted, instead=""):
    """Take the lines that begin so out of one of the two files that hold the kernel's configuration."""
    lines = [line for line in path.read_text().splitlines(keepends=True) if not line.startswith(tuple(unwanted))]
    _replace(path, "".join(lines) + instead, 0o644)


def _bring_library(target, suite):
    """Wrap kbuild's programs so that they run with the C library that they were linked to."""
    library = target / "library"
    for package in ("libc6", "libelf1t64", "libssl3t64", "zlib1g", "libzstd1"):
        _link_tree(suite.unpack(package)[1], library)
    loader = next(path for path in library.rglob("ld-linux-x86-64.so.2") if path.is_file())
    folders = sorted({path.parent for path in library.rglob("*.so.*")})
    for program in _programs(target / "usr" / "lib"):
        real = program.with_name(f".{program.name}.debian")
        program.rename(real)
        here = "$(dirname \"$(readlink -f \"$0\")\")"
        up = os.path.relpath(target, program.parent)
        paths = ":".join(f"$here/{up}/{folder.relative_to(target)}" for folder in folders)
        program.write_text(f"#!/bin/sh\nhere={here}\n"
                           f"exec \"$here/{up}/{loader.relative_to(target)}\" --argv0 \"$0\" --library-path \"{paths}\""
                           f" \"$here/{real.name}\" \"$@\"\n")
        program.chmod(0o755)


def _programs(folder):
    """Return the ELF programs below a folder."""
    return [path for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.is_symlink() and os.access(path, os.X_OK) and path.read_bytes()[:4] == b"\x7fELF"]
