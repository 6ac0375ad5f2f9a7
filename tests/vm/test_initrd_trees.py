# SPDX-License-Identifier: LGPL-2.1-or-later
"""An initrd unpacked beforehand is the same tree of files to the kernel: names, modes, owners, times, links, contents.

Each awkward concatenation boots twice, as it is and unpacked, and the guest tells its whole tree. Where baton leaves
an initrd as it is, it says why, and hands over the very bytes.
"""

import json
import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from archives import (NEWC_CRC, PACK, TRAILER, Member, archive, file, folder, node, padded, symlink)
from handoff import MACHINES, MICROCODE, binary, contents_at, kernel_of
from lab import initramfs, programs
from lab.guest import CMDLINE, Guest
from lab.guest_report import fnv1a64

SERIES = "6.12"
TREE = Path(__file__).parent / "tree.c"
FAILED = "Initramfs unpacking failed"
# The biggest that the kernel takes: a name of one component, and a path with its NUL (PATH_MAX).
LONG_NAME = "n" * 255
LONG_PATH = [f"deep/{'d' * 250}" + f"/{'e' * 250}" * count for count in range(14)]


def base():
    """Return the archive that every case needs to start: the lab's first program, a shell, and tree.c."""
    busybox = Path(initramfs.BUSYBOX).read_bytes()
    members = [folder("."), *(folder(name) for name in sorted({*initramfs.FOLDERS, "bin", "root"}))]
    members += [file("init", initramfs.first_program().read_bytes(), 0o755), file("bin/busybox", busybox, 0o755),
                symlink("bin/sh", "busybox"), file("bin/tree", programs.build(TREE).read_bytes(), 0o755)]
    return archive(*members)


@dataclass(frozen=True)
class Case:
    """An initrd, and the contents of some files in the tree that the kernel must make of it; None: no such file."""

    content: bytes
    proof: dict = field(default_factory=dict)
    failed: bool = False    # the kernel says that something in it is wrong, and stops there


# What is unpacked

def microcode_first():
    parts = MICROCODE.split("/")
    early = archive(*(folder("/".join(parts[:count])) for count in range(1, len(parts))),
                    file(MICROCODE, b"not really microcode " * 99))
    return Case(early + bytes(-len(early) % 512) + PACK["zstd"](base() + archive(file("late", "packed"))),
                {"/late": b"packed", f"/{MICROCODE}": b"not really microcode " * 99})


def every_compression_and_none():
    """Each changes one file of all, so that the order shows; zeros behind lz4, which has no end of its own."""
    pieces, proof = [base()], {}
    for name, pack in PACK.items():
        pieces.append(padded(pack(archive(file("last", name), file(f"by-{name}", name)))) + bytes(8))
        proof[f"/by-{name}"] = name.encode()
    pieces.append(archive(file("plain", "plain")))
    return Case(b"".join(pieces), proof | {"/last": list(PACK)[-1].encode(), "/plain": b"plain"})


def zeros_of_every_length():
    """Behind a compressed archive any number will do; before a plain one they must end at a multiple of four."""
    content, proof = PACK["gzip"](base()), {}
    for count in (0, 1, 2, 3, 4, 5, 6, 7, 511, 512, 513):
        content += bytes(count) + PACK["xz"](archive(file(f"after-{count}", str(count))))
        proof[f"/after-{count}"] = str(count).encode()
    content = padded(content) + bytes(512) + archive(file("plain", "at the end"))
    return Case(content + bytes(1021), proof | {"/plain": b"at the end"})


def zeros_before_everything():
    return Case(bytes(1023) + PACK["zstd"](base()) + bytes(3) + PACK["gzip"](archive(file("second", "2"))),
                {"/second": b"2"})


def streams_of_several_archives():
    inner = base() + bytes(512) + archive(file("one", "1")) + archive(file("two", "2")) + bytes(7)
    other = archive(file("one", "changed")) + bytes(4) + archive() + archive(file("three", "3"))
    return Case(PACK["zstd"](inner) + PACK["bzip2"](other), {"/one": b"changed", "/two": b"2", "/three": b"3"})


def gzip_streams_without_a_gap():
    """As `cat a.gz b.gz` makes it: to gzip one stream, to the kernel two."""
    return Case(PACK["gzip"](base()) + PACK["gzip"](archive(file("one", "1"))) + PACK["gzip"](archive(file("two", "2"))),
                {"/one": b"1", "/two": b"2"})


def overrides_in_later_archives():
    first = archive(folder("a"), file("a/file", "old and longer"), file("a/mode", "same", 0o600), symlink("a/link", "file"),
                    file("a/to-link", "was a file"), folder("a/to-file"), file("a/gone", "stays"))
    second = archive(file("a/file", "new"), file("a/mode", "same", 0o755, owner=(7, 8)), file("a/link", "now a file"),
                     symlink("a/to-link", "/init"), file("a/to-file", "now a file"), folder("a", 0o700, owner=(1, 2)))
    third = archive(folder("a", 0o1777, time=5), file("a/file", "newest"))
    return Case(PACK["gzip"](base() + first) + PACK["xz"](second) + PACK["lzma"](third),
                {"/a/file": b"newest", "/a/link": b"now a file", "/a/to-link": b"/init", "/a/to-file": b"now a file"})


def hard_links_within_and_across_archives():
    """An inode number means the same file inside an archive only: the trailer ends it."""
    first = archive(file("a", inode=9, links=2), file("b", "shared", inode=9, links=2), file("alone", "x", inode=10, links=2))
    second = archive(file("c", "another", inode=9, links=2), file("d", "another", inode=9, links=2),
                     file("e", "not alone's", inode=10, links=2))
    return Case(PACK["zstd"](base() + first + second) + PACK["gzip"](archive(file("f", "third", inode=9, links=2))),
                {"/a": b"shared", "/b": b"shared", "/c": b"another", "/d": b"another", "/alone": b"x",
                 "/e": b"not alone's", "/f": b"third"})


def empty_archives():
    return Case(PACK["gzip"](archive()) + PACK["xz"](base()) + PACK["gzip"](archive()) + bytes(2)
                + PACK["gzip"](archive(file("after", "empty ones"))), {"/after": b"empty ones"})


def checksums():
    return Case(PACK["zstd"](base()) + PACK["gzip"](archive(file("summed", b"\xff" * 5000), symlink("link", "summed"),
                                                             magic=NEWC_CRC)), {"/summed": b"\xff" * 5000})


def a_wrong_checksum():
    """The kernel stops there; what comes before it is unpacked, and nothing behind it."""
    wrong = file("wrong", "data").encode(NEWC_CRC, checksum=1) + TRAILER.encode(NEWC_CRC)
    return Case(PACK["zstd"](base()) + PACK["gzip"](archive(file("before", "b"))) + PACK["gzip"](wrong)
                + PACK["gzip"](archive(file("behind", "never"))), {"/before": b"b", "/behind": None}, failed=True)


def long_names():
    deep = [folder("deep"), *map(folder, LONG_PATH), file(f"{LONG_PATH[-1]}/file", "deep")]
    names = [file(LONG_NAME, "long"), file("n" * 256, "too long"), file("x/" * 2100 + "y", "far too long")]
    strange = [file("sp ace\n\t\\", "strange"), file("\udcff\udc80", "not UTF-8"), file("./dot", "dot"), file("/slash", "s")]
    return Case(PACK["zstd"](base() + archive(*deep, *names, *strange)),
                {f"/{LONG_NAME}": b"long", f"/{LONG_PATH[-1]}/file": b"deep", "/dot": b"dot", "/slash": b"s"})


def every_kind_of_node():
    kinds = [node("null", stat.S_IFCHR, 1, 3, 0o666), node("disk", stat.S_IFBLK, 253, 17), node("pipe", stat.S_IFIFO, 0, 0),
             node("socket", stat.S_IFSOCK, 0, 0), file("setuid", "x", 0o6755, owner=(1000, 100)), file("empty"),
             file("old", "o", time=0), file("future", "f", time=0xFFFFFFFF), symlink("dangling", "no/where", owner=(5, 6)),
             symlink("long-link", "t" * 4000), folder("sticky", 0o1777), folder("closed", 0), file("closed/in", "i", 0)]
    return Case(PACK["xz"](base()) + PACK["lzo"](archive(*kinds)), {"/closed/in": b"i", "/long-link": b"t" * 4000})


def what_the_kernel_passes_over():
    """Links with contents too long, members without a name, a trailer in disguise, parents that are missing."""
    odd = [symlink("link", "l" * 4097), Member("", stat.S_IFREG | 0o644, b"nameless"), file("no/parent", "lost"),
           file("TRAILER!!!x", "not a trailer"), symlink("TRAILER!!!", "a link"), file("behind", "b")]
    return Case(PACK["gzip"](base()) + PACK["zstd"](archive(*odd)), {"/behind": b"b", "/TRAILER!!!x": b"not a trailer"})


UNPACKED = [microcode_first, every_compression_and_none, zeros_of_every_length, zeros_before_everything,
            streams_of_several_archives, gzip_streams_without_a_gap, overrides_in_later_archives,
            hard_links_within_and_across_archives, empty_archives, checksums, a_wrong_checksum, long_names,
            every_kind_of_node, what_the_kernel_passes_over]


# What stays as it is

def packed_base():
    return padded(PACK["gzip"](base()))


SMALL = archive(file("x", "y" * 3000))
KEPT = {
    "garbage at the end": (lambda: packed_base() + b"garbage", "unknown data"),
    "a boot configuration at the end": (lambda: packed_base() + b"kernel.foo = 1\n\0\0\0#BOOTCONFIG\n", "unknown data"),
    "garbage between": (lambda: packed_base() + b"????" + PACK["gzip"](SMALL), "unknown data"),
    "a plain archive at no multiple of four": (lambda: packed_base() + b"\0" + SMALL, "unknown data"),
    "something at no multiple of four behind a plain archive":
        (lambda: packed_base() + archive(file("x", "yz"))[:-3] + PACK["gzip"](SMALL), "not aligned"),
    "a plain archive without its end": (lambda: packed_base() + archive(file("x"), end=False), "has no end"),
    "a stream whose archive has no end": (lambda: PACK["zstd"](archive(file("x"), end=False)), "whole archives"),
    "a stream that is no archive": (lambda: PACK["xz"](b"a file system, perhaps" * 100), "whole archives"),
    "a stream with something behind its archive": (lambda: PACK["gzip"](SMALL + b"more"), "whole archives"),
    "an empty stream": (lambda: PACK["gzip"](b"") + bytes(4) + packed_base(), "whole archives"),
    "a stream that begins with zeros": (lambda: PACK["gzip"](bytes(4) + SMALL), "whole archives"),
    "a stream with microcode": (lambda: PACK["gzip"](archive(file(MICROCODE, "m"))), "would take effect"),
    "a stream with ACPI tables": (lambda: PACK["lz4"](archive(file("kernel/firmware/acpi/a.aml", "m"))), "would take effect"),
    "ACPI tables behind a stream": (lambda: packed_base() + archive(file("kernel/firmware/acpi/a.aml", "m")),
                                    "would take effect"),
    "nothing compressed": (base, "nothing in it is compressed"),
}
# Fatal to the next kernel, so told before it is loaded.
CUT = {
    "a plain archive cut off": (lambda: packed_base() + SMALL[:1000], "has no end"),
    "a stream cut off": (lambda: packed_base()[:-1000], "gzip"),
}
BAD_FILE = 4


# Planning and booting

def run_plan(folder_, content, choice):
    """Plan a start of the initrd; return (the plan's ELF file, what came of the command)."""
    initrd, target = folder_ / "initrd", folder_ / f"{choice}.elf"
    initrd.write_bytes(content)
    words = [binary(), "plan", kernel_of(SERIES).vmlinuz, f"--initrd={initrd}", f"--unpack-initrd={choice}", "--json",
             f"--machine={MACHINES / 'bios-1g.tar.zst'}", f"--elf={target}", f"--cmdline={CMDLINE}", "--seed=5a"]
    return target, subprocess.run(words, text=True, capture_output=True, check=False)


def plan(folder_, content, choice):
    """Plan a start of the initrd; return (the plan's ELF file, its reasons and warnings for the initrd, the initrd's bytes in it)."""
    target, done = run_plan(folder_, content, choice)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    told = [row["text"] for row in made["reasons"] if row["topic"] == "initrd" or row["text"].startswith("initrd: ")]
    return target, told, initrd_in(made, target)


def initrd_in(made, target):
    segment, at = next(row for row in contents_at(made) if row[0]["role"] == "initrd")
    with open(target, "rb") as stream:
        stream.seek(at)
        return stream.read(segment["size"])


def boot(elf):
    """Return what a guest says of its files: (lines, whether the kernel complained about the initrd)."""
    with Guest(elf, firmware="pvh", memory="1G", smp=1) as guest:
        guest.wait_report()
        return guest.run("tree /").splitlines(), FAILED in guest.console_text()


def check_proof(lines, proof):
    """Insist that the tree is the one that the case is about."""
    rows = {line.split(" ")[0]: line.split(" ") for line in lines}
    for name, content in proof.items():
        if content is None:
            assert name not in rows
        else:
            assert name in rows, f"{name} is not in the guest"
            assert rows[name][7] == fnv1a64(content), f"{name} has other contents in the guest"


@pytest.mark.parametrize("make", UNPACKED, ids=lambda make: make.__name__)
def test_an_unpacked_initrd_is_the_same_tree(make, tmp_path):
    case = make()
    elf, reasons, original = plan(tmp_path, case.content, "never")
    assert original == case.content and not reasons
    lines, failed = boot(elf)
    check_proof(lines, case.proof)
    assert failed == case.failed
    elf, reasons, unpacked = plan(tmp_path, case.content, "always")
    assert len(reasons) == 1 and "unpacked beforehand" in reasons[0], reasons
    assert unpacked != original
    assert boot(elf) == (lines, failed)


@pytest.mark.parametrize("name", KEPT)
def test_where_there_is_a_doubt_it_stays_and_the_reason_is_told(name, tmp_path):
    make, reason = KEPT[name]
    content = make()
    _, reasons, handed_over = plan(tmp_path, content, "always")
    # What nobody knows is a warning.
    beginning = "initrd: unknown data" if reason == "unknown data" else "stays as it is: "
    assert len(reasons) == 1 and reasons[0].startswith(beginning) and reason in reasons[0], reasons
    assert handed_over == content


@pytest.mark.parametrize("name", CUT)
def test_what_is_cut_off_is_refused(name, tmp_path):
    make, reason = CUT[name]
    _, done = run_plan(tmp_path, make(), "always")
    assert done.returncode == BAD_FILE and reason in done.stderr, done.stderr
