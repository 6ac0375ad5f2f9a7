# SPDX-License-Identifier: LGPL-2.1-or-later
"""Small C programs that run in a guest, and plugins that QEMU loads, compiled into the cache."""

import shutil
import subprocess

from lab import cache, environment
from lab.errors import LabError

WARNINGS = ("-O2", "-Wall", "-Wextra", "-D_GNU_SOURCE")
STATIC = {
    "amd64": ("gcc", "-static", *WARNINGS),
    "i386": ("i686-linux-gnu-gcc", "-static", "-D_FILE_OFFSET_BITS=64", *WARNINGS),
}
SHARED = ("gcc", "-shared", "-fPIC", "-fvisibility=hidden", *WARNINGS)


def build(source, architecture="amd64"):
    """Return the path of the static program made from one C file, compiling it at first use."""
    return _build(source, STATIC[architecture])


def build_plugin(source):
    """Return the path of the shared object made from one C file, compiling it at first use."""
    return _build(source, SHARED)


def _build(source, words):
    def fill(target):
        if not shutil.which(words[0]):
            raise LabError(f"{words[0]}: not found; scripts/setup installs it")
        done = subprocess.run([*words, "-o", target / source.stem, source], text=True, capture_output=True, check=False,
                              env=environment.clean())
        if done.returncode:
            raise LabError(f"{source.name}: {words[0]} exit status {done.returncode}\n{done.stderr}")

    return cache.entry("programs", cache.digest(source.read_bytes(), *words), fill) / source.stem
