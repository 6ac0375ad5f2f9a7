"""Debian's own kexec-tools with its libraries, as a folder tree that runs in a busybox guest.

    tree = kexec_tools.get()
    Guest("6.1", files={"/": tree})  ->  guest.run("/sbin/kexec -v")
"""

import re
import shutil
import subprocess
from pathlib import Path

from lab import cache, environment
from lab.errors import LabError
from lab.packages import Suite

SUITE = "bookworm"
LOADER = "ld-linux-x86-64.so.2"


def get(suite_name=SUITE, progress=lambda text: None):
    """Return the folder that holds sbin/kexec, its libraries and the dynamic loader of a Debian suite."""
    # The recipe is part of the name: a tree that an older version of this file built is not taken.
    recipe = cache.digest(Path(__file__).read_bytes())
    record = cache.path("kexec-tools", f"{suite_name}-{recipe}.json")
    known = cache.read_json(record)
    if known and (folder := cache.path("kexec-tools", known)).is_dir():
        return folder
    suite = Suite(suite_name)
    package = suite.show("kexec-tools")
    progress(f"kexec-tools {package.version} and its libraries")
    key = f"{package.key}-{recipe}"
    folder = cache.entry("kexec-tools", key, lambda target: _fill(target, suite))
    cache.write_json(record, key)
    return folder


def _fill(target, suite):
    package, files = suite.unpack("kexec-tools")
    (target / "sbin").mkdir()
    # The loader's place is part of the ABI; the libraries go where Debian's loader looks by itself.
    (target / "lib64").mkdir()
    (target / "lib").mkdir()
    programs = list(files.rglob("sbin/kexec"))
    if not programs:
        raise LabError(f"{package.key}: no sbin/kexec in the package")
    shutil.copy2(programs[0], target / "sbin" / "kexec")
    libraries = _Libraries(suite, package)
    pending = [LOADER, *_needed(programs[0])]
    while pending:
        name = pending.pop()
        copy = target / ("lib64" if name == LOADER else "lib") / name
        if not copy.exists():
            source = libraries.find(name)
            # copyfile follows the version link; the guest needs the name that the loader asks for, nothing else.
            shutil.copy(source, copy)
            pending += _needed(source)


class _Libraries:
    """Finds shared libraries in the packages that kexec-tools depends on, unpacking one after the other."""

    def __init__(self, suite, package):
        self.suite = suite
        self.folders = []
        self.pending = list(package.depends)
        self.seen = set(self.pending)

    def find(self, name):
        for folder in self._folders():
            for path in folder.rglob(name):
                if path.is_file():
                    return path
        raise LabError(f"kexec-tools: library {name}: in none of the packages {', '.join(sorted(self.seen))}")

    def _folders(self):
        yield from self.folders
        while self.pending:
            name = self.pending.pop(0)
            # Only libraries: debconf and the like bring nothing that a guest's kexec needs.
            if not name.startswith("lib"):
                continue
            package, folder = self.suite.unpack(name)
            self.folders.append(folder)
            self.pending += [each for each in package.depends if each not in self.seen]
            self.seen.update(package.depends)
            yield folder


def _needed(path):
    text = subprocess.run(["readelf", "-d", path], text=True, capture_output=True, check=True,
                          env=environment.clean()).stdout
    return re.findall(r"\(NEEDED\).*\[([^\]]+)\]", text)
