# SPDX-License-Identifier: LGPL-2.1-or-later
"""baton.ko for a guest: module/ built against a header set, cached by its sources.

    baton_module.get(headers.get("6.12"))          -> path of baton.ko
    baton_module.get(custom_kernels.headers("nokexec"))
"""

import shutil
import subprocess
from pathlib import Path

from lab import cache, environment
from lab.errors import LabError

SOURCE = Path(__file__).resolve().parents[1] / "module"


def sources():
    """Return the files that the module is built from."""
    return sorted(path for path in SOURCE.rglob("*") if path.suffix in (".c", ".h", ".S") or path.name == "Kbuild")


def get(headers):
    """Return the path of baton.ko for the kernel of a headers.Headers, building it at first use."""
    key = f"{headers.release}-{cache.digest(str(headers.folder), *(part for path in sources() for part in _named(path)))}"
    return cache.entry("baton-module", key, lambda folder: build(headers, folder)) / "baton.ko"


def build(headers, folder, words=()):
    """Build baton.ko in an empty folder; return what the compiler and kbuild said."""
    for path in sources():
        copy = folder / path.relative_to(SOURCE)
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(path, copy)
    done = subprocess.run(["make", "-s", "-C", headers.folder, f"M={folder}", *headers.make, *words, "modules"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
                          env=environment.clean())
    if done.returncode:
        raise LabError(f"baton.ko for {headers.release}: make's exit status {done.returncode}\n{done.stdout}")
    return done.stdout


# The house's own habits: text is not split differently, and a comment ends on its last line.
CHECKPATCH = ("--no-tree", "--terse", "--show-types", "--max-line-length=100", "--ignore=BLOCK_COMMENT_STYLE,SPLIT_STRING")


def style(headers):
    """Return what the kernel's checkpatch.pl, which lies in a custom kernel's headers, says about the sources."""
    script = headers.folder / "scripts" / "checkpatch.pl"
    done = subprocess.run(["perl", script, *CHECKPATCH, "-f", *sources()], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False, env=environment.clean())
    if done.returncode not in (0, 1):
        raise LabError(f"{script}: exit status {done.returncode}\n{done.stdout}")
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith("total: "))


def _named(path):
    return str(path.relative_to(SOURCE)), path.read_bytes()
