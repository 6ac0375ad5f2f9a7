# SPDX-License-Identifier: LGPL-2.1-or-later
"""Small C programs that run in a guest, and plugins that QEMU loads, compiled into the cache."""

import subprocess

from lab import cache
from lab.errors import LabError

WARNINGS = ("-O2", "-Wall", "-Wextra", "-D_GNU_SOURCE")
STATIC = ("gcc", "-static", *WARNINGS)
SHARED = ("gcc", "-shared", "-fPIC", "-fvisibility=hidden", *WARNINGS)


def build(source):
    """Return the path of the static program made from one C file, compiling it at first use."""
    return _build(source, STATIC)


def build_plugin(source):
    """Return the path of the shared object made from one C file, compiling it at first use."""
    return _build(source, SHARED)


def _build(source, words):
    def fill(target):
        done = subprocess.run([*words, "-o", target / source.stem, source], text=True, capture_output=True, check=False)
        if done.returncode:
            raise LabError(f"{source.name}: gcc exit status {done.returncode}\n{done.stderr}")

    return cache.entry("programs", cache.digest(source.read_bytes(), *words), fill) / source.stem
