# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bzImage and an initrd small enough for a test; nothing in them runs."""
import bz2
import lzma
import struct
import subprocess
import zlib

SETUP_SECTS = 4
SETUP_SIZE = (SETUP_SECTS + 1) * 512


def bzimage(version="6.1.0-test (me@here) #1 SMP", body=64 * 1024, init_size=0x400000, cmdline_size=2047,
            xloadflags=0x7F, protocol=0x020F, payload=None, alignment=0x200000, pref_address=0x1000000):
    """Return the bytes. Offsets are those of Documentation/arch/x86/boot.rst."""
    if payload:
        body = (0x2000 + len(payload) + 255) // 256 * 256
    setup = bytearray(SETUP_SIZE)

    def put(offset, form, value):
        struct.pack_into("<" + form, setup, offset, value)

    put(0x1F1, "B", SETUP_SECTS)
    put(0x1F4, "I", body // 16)            # syssize
    put(0x1FE, "H", 0xAA55)                # boot_flag
    put(0x200, "H", 0x6AEB)                # jump past the header, to 0x26c
    setup[0x202:0x206] = b"HdrS"
    put(0x206, "H", protocol)
    put(0x20E, "H", 0x400)                 # kernel_version, minus 0x200
    put(0x211, "B", 1)                     # loadflags: LOADED_HIGH
    put(0x214, "I", 0x100000)              # code32_start
    put(0x22C, "I", 0x7FFFFFFF)            # initrd_addr_max
    put(0x230, "I", alignment)             # kernel_alignment
    put(0x234, "B", 1)                     # relocatable_kernel
    put(0x235, "B", 21)                    # min_alignment
    put(0x236, "H", xloadflags)
    put(0x238, "I", cmdline_size)
    put(0x248, "I", 0x1000)                # payload_offset
    put(0x24C, "I", len(payload) if payload else body - 0x2000)  # payload_length
    put(0x258, "Q", pref_address)          # pref_address
    put(0x260, "I", init_size)
    text = version.encode("latin-1")[:100] + b"\0"
    setup[0x600:0x600 + len(text)] = text
    code = bytearray(bytes((i * 7) & 0xFF for i in range(256)) * (body // 256))
    if payload:
        code[0x1000:0x1000 + len(payload)] = payload
    return with_crc(bytes(setup) + bytes(code))


def with_crc(image):
    """The last four bytes of the code as the kernel's build made them until 6.14: its CRC-32 of all that is before."""
    return image[:-4] + struct.pack("<I", zlib.crc32(image[:-4]) ^ 0xFFFFFFFF)


# As 6.15 and later have them: 64-bit and 32-bit link addresses, each list after a zero.
RELOCATIONS = (0, 0x81000010, 0x81200008, 0, 0x81000020, 0x81000024)
PARTS = ((0x1000000, bytes(range(256)) * 64, 0x4000), (0x1200000, bytes(range(255, -1, -1)) * 32, 0x100000))


def unpacked_kernel(parts=PARTS, relocations=RELOCATIONS, entry=0x1000000):
    """A vmlinux of parts (address, bytes, size in memory), section headers and relocations behind it."""
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    end = 0x1000 + sum(len(data) for _, data, _ in parts)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, entry, 64, end, 0, 64, 56, len(parts), 64, 1, 0)
    body, offset = b"", 0x1000
    for address, data, memory in parts:
        header += struct.pack("<IIQQQQQQ", 1, 7, offset, 0xFFFFFFFF80000000 + address, address, len(data), memory,
                              0x200000)
        body, offset = body + data, offset + len(data)
    return header + bytes(0x1000 - len(header)) + body + bytes(64) + struct.pack(f"<{len(relocations)}I", *relocations)


def _gzip(data, level=9):
    packer = zlib.compressobj(level=level, wbits=31)
    return packer.compress(data) + packer.flush()


def _tool(*words):
    return lambda data: subprocess.run(words, input=data, stdout=subprocess.PIPE, check=True).stdout


# By the codecs' names, each as the kernel's build packs a kernel and an initrd.
PACK = {
    "gzip": _gzip,
    "xz": lambda data: lzma.compress(data, lzma.FORMAT_XZ, lzma.CHECK_CRC32),
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "bzip2": bz2.compress,
    "zstd": _tool("zstd", "-cq"),
    "lz4": _tool("lz4", "-clq"),
    "lzo": _tool("lzop", "-c"),
}


def payload(packed, stated):
    """Packed bytes and the size that they state, as the kernel's build appends it (scripts/Makefile.lib, size_append)."""
    return packed + struct.pack("<I", stated)


def packed_bzimage(unpacked=None, codec="xz", stated=None):
    """A bzImage that baton can enter directly if nothing is wrong with `unpacked` or the size that is stated."""
    unpacked = unpacked_kernel() if unpacked is None else unpacked
    packed, size = PACK[codec](unpacked), len(unpacked) if stated is None else stated
    # gzip ends with the size by itself.
    return bzimage(payload=payload(packed[:-4] if codec == "gzip" else packed, size))


def unpacked_kernel32():
    """The same for 32-bit x86: one list of relocations."""
    parts = [(0x1000000, bytes(range(256)) * 64, 0x4000), (0x1200000, bytes(range(255, -1, -1)) * 32, 0x100000)]
    header = b"\x7fELF\x01\x01\x01" + bytes(9)
    end = 0x1000 + sum(len(data) for _, data, _ in parts)
    header += struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, 0x1000000, 52, end, 0, 52, 32, len(parts), 40, 1, 0)
    body, offset = b"", 0x1000
    for address, data, memory in parts:
        header += struct.pack("<8I", 1, offset, 0xC0000000 + address, address, len(data), memory, 7, 0x1000)
        body, offset = body + data, offset + len(data)
    relocations = struct.pack("<4I", 0, 0xC1000010, 0xC1000021, 0xC1200008)
    return header + bytes(0x1000 - len(header)) + body + bytes(40) + relocations


def direct_bzimage(unpacked=None, **options):
    """A bzImage that baton can enter directly; its payload is gzip without compression, the same everywhere."""
    return bzimage(payload=_gzip(unpacked or unpacked_kernel(), level=0), **options)


def elf(size=0x3000, address=0x1000000):
    """An ELF64 vmlinux of one segment, linked at @address."""
    body = bytes((i * 5) & 0xFF for i in range(256)) * (size // 256)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, address, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    header += struct.pack("<IIQQQQQQ", 1, 7, 0x1000, 0xFFFFFFFF80000000 + address, address, size, size + 0x1000, 0x200000)
    return header + bytes(0x1000 - len(header)) + body


def archive(*names, content=b"from the initrd\n"):
    """A cpio archive (newc) of files with these names."""
    def entry(path, data, mode):
        fields = [1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path) + 1, 0]
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + path.encode() + b"\0"
        head += bytes(-len(head) % 4)
        return head + data + bytes(-len(data) % 4)

    return b"".join(entry(name, content, 0o100644) for name in names) + entry("TRAILER!!!", b"", 0)


def initrd(name="hello", content=b"from the initrd\n"):
    """A cpio archive (newc) of one file."""
    return archive(name, content=content)
