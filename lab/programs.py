# SPDX-License-Identifier: LGPL-2.1-or-later
"""Small C programs that run in a guest, compiled statically into the cache."""

import subprocess

from lab import cache
from lab.errors import LabError

COMPILE = ("gcc", "-static", "-O2", "-Wall", "-Wextra", "-D_GNU_SOURCE")


def build(source):
    """Return the path of the program made from one C file, compiling it at first use."""
    def fill(target):
        done = subprocess.run([*COMPILE, "-o", target / source.stem, source], text=True, capture_output=True, check=False)
        if done.returncode:
            raise LabError(f"{source.name}: gcc exit status {done.returncode}\n{done.stderr}")

    return cache.entry("programs", cache.digest(source.read_bytes(), *COMPILE), fill) / source.stem
