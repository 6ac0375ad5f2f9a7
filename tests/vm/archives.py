# SPDX-License-Identifier: LGPL-2.1-or-later
"""Archives as no tool writes them, for what the kernel's unpacker still takes, or does not.

The format is that of Documentation/driver-api/early-userspace/buffer-format.rst; what each oddity means was read in
init/initramfs.c of Linux 6.1 and 6.12.
"""

import bz2
import gzip
import lzma
import stat
import subprocess
from dataclasses import dataclass

NEWC, NEWC_CRC = b"070701", b"070702"
LONG_AGO = 1_000_000_000


@dataclass(frozen=True)
class Member:
    """One member of an archive; the same `inode` with `links` above 1 makes hard links."""

    name: str
    mode: int
    data: bytes = b""
    inode: int = 0
    owner: tuple = (0, 0)
    links: int = 1
    time: int = LONG_AGO
    device: tuple = (0, 0)

    def encode(self, magic=NEWC, checksum=None):
        """Return the member's bytes, padded to four as the format asks."""
        name = self.name.encode("utf-8", "surrogateescape") + b"\0"
        check = sum(self.data) & 0xFFFFFFFF if magic == NEWC_CRC and checksum is None else checksum or 0
        fields = (self.inode, self.mode, *self.owner, self.links, self.time, len(self.data), 0, 0, *self.device,
                  len(name), check)
        return padded(magic + b"".join(b"%08X" % field for field in fields) + name) + padded(self.data)


TRAILER = Member("TRAILER!!!", 0, time=0)


def file(name, data=b"", mode=0o644, **more):
    return Member(name, stat.S_IFREG | mode, data.encode() if isinstance(data, str) else data, **more)


def folder(name, mode=0o755, **more):
    return Member(name, stat.S_IFDIR | mode, links=2, **more)


def symlink(name, target, **more):
    return Member(name, stat.S_IFLNK | 0o777, target.encode(), **more)


def node(name, kind, major, minor, mode=0o600):
    return Member(name, kind | mode, device=(major, minor))


def archive(*members, magic=NEWC, end=True):
    """Return a newc archive; without its `end` it is one that was cut off between two members."""
    return b"".join(member.encode(magic) for member in members) + (TRAILER.encode(magic) if end else b"")


def padded(data, to=4):
    return data + bytes(-len(data) % to)


# Compressions, with the settings that the kernel's own decoders take

def by_tool(*words):
    """Return a function that compresses bytes by a command."""
    return lambda data: subprocess.run(words, input=data, stdout=subprocess.PIPE, check=True).stdout


XZ_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 20}]
PACK = {
    "gzip": lambda data: gzip.compress(data, 1, mtime=0),
    "xz": lambda data: lzma.compress(data, lzma.FORMAT_XZ, lzma.CHECK_CRC32, filters=XZ_FILTERS),
    "zstd": by_tool("zstd", "-1", "-q", "-c"),
    "lz4": by_tool("lz4", "-l", "-1", "-q", "-c"),
    "bzip2": lambda data: bz2.compress(data, 1),
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE, preset=0),
    "lzo": by_tool("lzop", "-1", "-c"),
}
