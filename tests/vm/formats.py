# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels in other wrappings than Debian's: the unpacked vmlinux, and whole files compressed by common tools."""

import lzma
import struct
import subprocess

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


def packed(path, suffix):
    """Return the path of a whole file compressed by the tool of `suffix`, in the cache."""
    data, words = path.read_bytes(), PACK[suffix]

    def fill(target):
        with open(target / "packed", "wb") as stream:
            subprocess.run([*words, "-c"], input=data, stdout=stream, check=True)

    return cache.entry("packed", cache.digest(data, *words), fill) / "packed"
