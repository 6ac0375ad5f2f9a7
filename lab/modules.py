"""Kernel modules on the host's side: find them, unpack them, and put them into an order that loads."""

import lzma
import re
import subprocess
import zlib
from functools import cache as memoize
from pathlib import Path

from lab.errors import LabError


def _zstd(data):
    return subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True).stdout


DECOMPRESS = {
    ".ko": lambda data: data,
    ".ko.xz": lzma.decompress,
    ".ko.gz": lambda data: zlib.decompress(data, wbits=31),
    ".ko.zst": _zstd,
}


def closure(kernel, names):
    """Return [(name, ELF bytes)] of the modules `names` and all that they depend on, dependencies first.

    A module that is built into the kernel is left out; one that exists nowhere is a LabError.
    """
    found, builtin = _index(kernel.modules, kernel.config.parent)
    loaded = {}

    def visit(name, wanted_by):
        if name in loaded or name in builtin:
            return
        if name not in found:
            raise LabError(f"{kernel.modules}: module {name}, needed by {wanted_by}: neither a file nor built in")
        data = read(found[name])
        for dependency in dependencies(data):
            visit(dependency, name)
        loaded[name] = data

    for name in names:
        visit(_normal(name), "the caller")
    return list(loaded.items())


def read(path):
    """Return a module's ELF bytes, decompressed."""
    suffix = path.name[path.name.index(".ko"):]
    return DECOMPRESS[suffix](path.read_bytes())    # type: ignore[operator]


def dependencies(data):
    """Return the names in the `depends=` field of a module's .modinfo section."""
    match = re.search(rb"(?:^|\0)depends=([^\0]*)\0", data)
    return [_normal(name) for name in match[1].decode().split(",") if name] if match else []


@memoize
def _index(folder, metadata):
    found = {_normal(path.name.split(".ko")[0]): path
             for path in folder.rglob("*.ko*") if path.name[path.name.index(".ko"):] in DECOMPRESS}
    # From 7.2 on Debian keeps modules.builtin in a package of its own, beside the kernel's configuration.
    listings = [place / "modules.builtin" for place in (folder, metadata)]
    lines = [line for listing in listings if listing.exists() for line in listing.read_text().split()]
    return found, {_normal(Path(line).name.split(".ko")[0]) for line in lines}


def _normal(name):
    return name.replace("-", "_")
