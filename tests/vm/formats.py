# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels in other wrappings than Debian's: the unpacked vmlinux and its parts, whole files that common tools pack."""

import lzma
import struct
import subprocess
from dataclasses import dataclass

from lab import cache

# Offsets in the setup header: Documentation/arch/x86/boot.rst
SETUP_SECTS, PAYLOAD_OFFSET = 0x1F1, 0x248
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# The fastest setting of each tool: what is tested is that the wrapping is understood.
PACK = {
    "gz": ("gzip", "-1n"), "xz": ("xz", "-0"), "zst": ("zstd", "-1", "-q"), "lz4": ("lz4", "-1", "-q"),
    "bz2": ("bzip2", "-1"), "lzma": ("xz", "--format=lzma", "-0"), "lzo": ("lzop", "-1"),
}


def vmlinux(kernel):
    """Return the path of a kernel's ELF file, unpacked from its bzImage into the cache."""
    def fill(target):
        (target / "vmlinux").write_bytes(_unpack(_payload(kernel.vmlinuz.read_bytes())))

    return cache.entry("vmlinux", f"{kernel.release}-{kernel.version}", fill) / "vmlinux"


def _payload(image):
    """Return the compressed ELF in a bzImage, without the unpacked size in its last four bytes."""
    offset, length = struct.unpack_from("<II", image, PAYLOAD_OFFSET)
    start = ((image[SETUP_SECTS] or 4) + 1) * 512 + offset
    return image[start:start + length - 4]


def _unpack(payload):
    if payload.startswith(ZSTD_MAGIC):
        return subprocess.run(["zstd", "-dcq"], input=payload, stdout=subprocess.PIPE, check=True).stdout
    return lzma.LZMADecompressor().decompress(payload)


@dataclass(frozen=True)
class Part:
    """A program header that is loaded; `start` counts from the first one's physical address."""

    start: int
    offset: int
    size: int
    memory_size: int


def parts_of(file):
    """Return the Parts of an unpacked kernel (ELF-64, Elf64_Ehdr and Elf64_Phdr in elf(5))."""
    offset, size, count = struct.unpack_from("<Q14xHH", file, 32)
    rows = [struct.unpack_from("<IIQQQQQ", file, offset + number * size) for number in range(count)]
    loads = [row for row in rows if row[0] == 1]
    return [Part(row[4] - loads[0][4], row[2], row[5], row[6]) for row in loads]


def packed(path, suffix):
    """Return the path of a whole file compressed by the tool of `suffix`, in the cache."""
    data, words = path.read_bytes(), PACK[suffix]

    def fill(target):
        with open(target / "packed", "wb") as stream:
            subprocess.run([*words, "-c"], input=data, stdout=stream, check=True)

    return cache.entry("packed", cache.digest(data, *words), fill) / "packed"
