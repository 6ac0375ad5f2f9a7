# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels whose payload, and initrds whose archives, are not what they should be.

`baton load` unpacks them on a system that only writes down what is done (fake_system.c). What is damaged is refused, as
the next kernel would find the same when nobody can help it; --entry=stub and --unpack-initrd=never load it all the same.
What baton merely does not know is handed over as it is, every byte as it was in the file, and the plan says why.
"""
import bisect
import bz2
import json
import lzma
import os
import resource
import struct
import subprocess
import zlib

import pytest

import make_image
from conftest import built, environment, foreign, give_up_rights
from test_system import LOAD, System, fake_system  # pylint: disable=unused-import

MIB = 1 << 20
BAD_FILE = 4                    # exit status: src/cli/cli.h
AVAILABLE = 400 * MIB
LIMIT = AVAILABLE // 4          # of an initrd unpacked: src/plan/unpack.h, plan_initrd_limit()
GOOD = make_image.unpacked_kernel()


def relocated(*words):
    """A kernel with these words behind the ELF file, each list after a zero."""
    return make_image.packed_bzimage(make_image.unpacked_kernel(relocations=words))


def changed(offset, form, value):
    """A kernel whose ELF file has another value at an offset."""
    unpacked = bytearray(GOOD)
    struct.pack_into("<" + form, unpacked, offset, value)
    return make_image.packed_bzimage(bytes(unpacked))


def program_header(index, field, value):
    """A kernel one of whose program headers has another value; fields as in <elf.h>."""
    at = {"p_offset": 8, "p_vaddr": 16, "p_paddr": 24, "p_filesz": 32, "p_memsz": 40}[field]
    return changed(64 + 56 * index + at, "Q", value)


def cut(codec):
    """A kernel whose packed payload ends half-way, but is followed by the size that it should have."""
    packed = make_image.PACK[codec](GOOD)
    return make_image.bzimage(payload=make_image.payload(packed[:len(packed) // 2], len(GOOD)))


def relocations_inside_a_part():
    """A kernel whose second part reaches over its relocations: the first of them would change the next."""
    part_at, list_at = 0x1000 + 0x4000, len(GOOD) - 4 * len(make_image.RELOCATIONS)
    second = 0x81200000 + list_at + 4 * 2 - part_at    # the link address of the second
    unpacked = bytearray(make_image.unpacked_kernel(relocations=(0, second, second + 4, 0, 0x81000020, 0x81000024)))
    struct.pack_into("<Q", unpacked, 64 + 56 + 32, len(unpacked) - part_at)
    return make_image.packed_bzimage(bytes(unpacked))


# The kernel, and words of the reason for not entering it directly: what baton does not know, and the kernel may.
UNKNOWN = {
    "is packed in no known way": (make_image.bzimage(), "packed in a way unknown"),
    "ends before the section headers": (make_image.packed_bzimage(GOOD[:0x7000]), "section headers"),
    "has parts on one page": (program_header(1, "p_paddr", 0x1004800), "shares a page"),
    "has relocations between its parts": (relocated(0, 0x81100000, 0, 0x81000020), "lies in no segment"),
    "has relocations in its bss": (relocated(0, 0x81000010, 0, 0x81280000), "lies in no segment"),
    "has a relocation half outside": (relocated(0, 0x81003ffc, 0, 0x81000020), "lies in no segment"),
    "has unsorted relocations": (relocated(0, 0x81200008, 0x81000010, 0, 0x81000020), "not sorted"),
    "has a relocation twice": (relocated(0, 0x81000010, 0x81000010, 0, 0x81000020), "not sorted"),
    "has one list of relocations": (relocated(0, 0x81000010, 0x81200008), "1 list, expected 2 or 3"),
    "has no zero before the lists": (relocated(0x81000010, 0, 0x81000020), "expected 0"),
    "has four lists of relocations": (relocated(0, 0, 0, 0), "more than 3 lists"),
    "has a list that is cut": (make_image.packed_bzimage(GOOD[:-2]), "not a multiple of 4"),
    "relocates its relocations": (relocations_inside_a_part(), "inside the segment"),
}

# What says that the file is damaged: the kernel's own decompressor would stop at it, with nobody to help.
DAMAGED = {
    "states more than it has": (make_image.packed_bzimage(stated=len(GOOD) + 1), "but states"),
    "states less than it has": (make_image.packed_bzimage(stated=len(GOOD) - 1), "unpacks to more than"),
    "gzip states more": (make_image.packed_bzimage(codec="gzip", stated=len(GOOD) + 1), "incorrect length"),
    "states nothing": (make_image.packed_bzimage(stated=0), "unpacks to more than 0 bytes"),
    "states nearly 4 GiB": (make_image.packed_bzimage(stated=0xfffffff0), "states 4095 MiB unpacked, more than the 4 MiB"),
    "is a text": (make_image.packed_bzimage(b"not a kernel\n" * 100), "ELF"),
    "is empty": (make_image.packed_bzimage(b""), "empty"),
    "ends in the ELF header": (make_image.packed_bzimage(GOOD[:50]), "ELF header"),
    "ends in the program headers": (make_image.packed_bzimage(GOOD[:100]), "ELF program headers"),
    "ends in a part": (make_image.packed_bzimage(GOOD[:0x3000]), "reach past"),
    "is for AArch64": (changed(18, "H", 183), "AArch64"),
    "is 32-bit": (changed(4, "B", 1), "32-bit"),
    "is entered outside": (changed(24, "Q", 0x1100000), "entry point 0x1100000 lies in no segment"),
    "has parts that overlap": (program_header(1, "p_paddr", 0x1003000), "overlap"),
    "has a part past the file": (program_header(1, "p_offset", 0x6000), "reach past"),
    "has a part at the end of numbers": (program_header(1, "p_offset", 2**64 - 0x1000), "reach past"),
    "has a part past the address space": (program_header(1, "p_memsz", 2**63), "past the address space"),
    "has a part larger than its memory": (program_header(1, "p_memsz", 0x100), "in memory"),
    "spans more than 2 GiB": (program_header(1, "p_memsz", 0x80000000), "2 GiB"),
    "has relocations out of range": (relocated(0, 0x81000010, 0, 0x8fffff00), "0x8fffff00 lies in no segment"),
    "has relocations in the lower half": (relocated(0, 0x01000010, 0, 0x81000020), "lies in no segment"),
} | {f"is {codec} that ends half-way": (cut(codec), f"payload: {codec}: ") for codec in make_image.PACK}


@pytest.fixture
def system(tmp_path, fake_system):  # pylint: disable=redefined-outer-name
    """A small machine that says how much memory it has."""
    system = System(tmp_path, fake_system)
    system.write("proc/meminfo", f"MemTotal: 1048576 kB\nMemFree: {AVAILABLE >> 10} kB\nMemAvailable: {AVAILABLE >> 10} kB\n")
    return system


def reason(plan, topic):
    """Return the one sentence of a plan about a topic."""
    sentence, = [row["text"] for row in plan["reasons"] if row["topic"] == topic]
    return sentence


def warnings(plan):
    return [row["text"] for row in plan["reasons"] if row["topic"] == "warning"]


@pytest.mark.parametrize("codec", make_image.PACK)
def test_a_good_kernel_is_entered_directly(system, codec):
    """Else the tests below could pass for another reason than theirs."""
    kernel = system.write("boot/good", make_image.packed_bzimage(codec=codec))
    plan = system.run("baton", "load", "--json", "--no-initrd", kernel).json
    assert plan["direct_entry"] and f"({codec})" in reason(plan, "entry")


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_baton_does_not_know_is_entered_at_its_decompressor(system, name):
    image, words = UNKNOWN[name]
    kernel = system.write("boot/unknown", image)
    result = system.run("baton", "load", "--json", "--show-addresses", "--no-initrd", kernel)
    assert result.status == 0 and result.calls == [LOAD], result.err
    assert not result.json["direct_entry"] and result.json["virtual_offset"] == "0x0"
    assert reason(result.json, "entry").startswith("the kernel's own decompressor: ")
    assert words in reason(result.json, "entry")
    handed_over = [row["size"] for row in result.json["segments"] if row["role"] == "kernel"]
    assert handed_over == [len(image) - make_image.SETUP_SIZE], "its code as a whole, and nothing that was unpacked"


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_payload_is_refused(system, name):
    image, words = DAMAGED[name]
    kernel = system.write("boot/damaged", image)
    for options in ([], ["--entry=direct"]):
        result = system.run("baton", "load", "--no-initrd", *options, kernel)
        assert result.status == BAD_FILE and not result.calls and not result.out
        assert result.err.startswith(f"baton: {kernel}: ") and result.err.count("\n") == 1
        assert words in result.err and "load it all the same with baton load --entry=stub" in result.err


@pytest.mark.parametrize("name", DAMAGED)
def test_with_its_own_entry_asked_for_a_damaged_payload_is_loaded(system, name):
    """The checksum of the whole, which these have, is of what was written here; so nothing is known."""
    image, _ = DAMAGED[name]
    kernel = system.write("boot/damaged", image)
    result = system.run("baton", "load", "--json", "--no-initrd", "--entry=stub", kernel)
    assert result.status == 0 and result.calls == [LOAD], result.err
    handed_over = [row["size"] for row in result.json["segments"] if row["role"] == "kernel"]
    assert handed_over == [len(image) - make_image.SETUP_SIZE], "its code as a whole, and nothing that was unpacked"


@pytest.mark.parametrize("name", UNKNOWN)
def test_with_direct_entry_or_nothing_it_is_an_error(system, name):
    image, words = UNKNOWN[name]
    kernel = system.write("boot/unknown", image)
    result = system.run("baton", "load", "--no-initrd", "--entry=direct", kernel)
    assert result.status == BAD_FILE and not result.calls and not result.out
    assert result.err.startswith("baton: direct entry is not possible: ") and result.err.count("\n") == 1
    assert words in result.err and "leave out --entry=direct" in result.err


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_plan_of_it_is_no_crash_and_asks_for_nothing(system, name):
    """Only headers are looked at, so some of it is not seen; an ELF file for QEMU has it all unpacked."""
    image, words = UNKNOWN[name]
    kernel = system.write("boot/unknown", image)
    assert system.run("baton", "plan", "--no-initrd", kernel).status == 0
    text = system.run("baton", "plan", "-v", "--no-initrd", f"--elf={system.root}/elf", kernel)
    assert text.status == 0 and not text.calls
    assert words in text.out and "the kernel's own decompressor" in text.out
    assert system.run("baton", "prepare", kernel).status == BAD_FILE


@pytest.mark.parametrize("name", DAMAGED)
def test_a_plan_of_a_damaged_one_is_no_crash(system, name):
    """Where all is unpacked it is refused; else what the headers do not tell is left to the load."""
    image, words = DAMAGED[name]
    kernel = system.write("boot/damaged", image)
    assert system.run("baton", "plan", "--no-initrd", kernel).status in (0, BAD_FILE)
    text = system.run("baton", "plan", "-v", "--no-initrd", f"--elf={system.root}/elf", kernel)
    assert text.status == BAD_FILE and not text.calls and not (system.root / "elf").exists()
    assert words in text.err
    assert system.run("baton", "prepare", kernel).status == BAD_FILE


# One bit

def flipped(image, at):
    image = bytearray(image)
    image[at] ^= 1
    return bytes(image)


# The middle of what is packed; the code in front of it, which unpacks it; the setup.
PLACES = {"payload": make_image.SETUP_SIZE + 0x1000 + 200, "code": make_image.SETUP_SIZE + 0x800, "setup": 0x700}


def without_crc(image):
    """The same of a version that has none any more."""
    version = image.index(b"6.1.0-test")
    return image[:version] + b"6.19.0-tes" + image[version + 10:-4] + bytes(4)


@pytest.mark.parametrize("options", [[], ["--32bit"], ["--via=kexec_file_load"], ["--dry-run"]], ids=" ".join)
@pytest.mark.parametrize("codec", make_image.PACK)
def test_one_bit_of_the_payload_is_found_whichever_way_it_is_started(system, codec, options):
    kernel = system.write("boot/kernel", flipped(make_image.packed_bzimage(codec=codec), PLACES["payload"]))
    result = system.run("baton", "load", "--no-initrd", *options, kernel)
    assert result.status == BAD_FILE and not result.calls, result.out
    assert f"{kernel}: " in result.err and "the file is damaged" in result.err
    loaded = system.run("baton", "load", "--json", "--no-initrd", "--entry=stub", *options, kernel)
    assert loaded.status == 0, loaded.err
    assert "as --entry=stub asks for" in " ".join(warnings(loaded.json))


@pytest.mark.parametrize("place", ["code", "setup"])
@pytest.mark.parametrize("options", [["--32bit"], ["--via=kexec_file_load"], ["--dry-run"]], ids=" ".join)
def test_one_bit_of_the_code_that_unpacks_it_is_found_where_that_code_runs(system, place, options):
    kernel = system.write("boot/kernel", flipped(make_image.packed_bzimage(), PLACES[place]))
    result = system.run("baton", "load", "--no-initrd", *options, kernel)
    assert result.status == BAD_FILE and not result.calls, result.out
    assert "the checksum at the end of the kernel code is wrong" in result.err


@pytest.mark.parametrize("codec", sorted(set(make_image.PACK) - {"lz4", "lzma"}))
def test_without_a_checksum_of_the_whole_the_payload_is_unpacked_for_a_test(system, codec):
    image = without_crc(make_image.packed_bzimage(codec=codec))
    whole = system.write("boot/whole", image)
    damaged = system.write("boot/damaged", flipped(image, PLACES["payload"]))
    for options in ([], ["--32bit"]):
        assert system.run("baton", "load", "--no-initrd", *options, whole).calls == [LOAD]
        result = system.run("baton", "load", "--no-initrd", *options, damaged)
        assert result.status == BAD_FILE and not result.calls and f"payload: {codec}: " in result.err


def test_a_signature_changes_the_checksum_but_not_the_kernel(system):
    """As for secure boot: the PE headers' checksum and place of the certificates are set, and those appended."""
    image = bytearray(make_image.bzimage())
    pe = 0x80
    image[:2], image[0x3c:0x40] = b"MZ", struct.pack("<I", pe)
    image[pe:pe + 4], image[pe + 24:pe + 26] = b"PE\0\0", b"\x0b\x02"
    image = bytearray(make_image.with_crc(bytes(image)))
    struct.pack_into("<I", image, pe + 24 + 64, 0x12345678)
    struct.pack_into("<II", image, pe + 24 + 112 + 32, len(image), 1472)
    signed = system.write("boot/signed", bytes(image) + bytes(range(92)) * 16)
    assert system.run("baton", "load", "--no-initrd", "--via=kexec_file_load", signed).status == 0
    image[pe + 4] ^= 1
    other = system.write("boot/other", bytes(image))
    assert system.run("baton", "load", "--no-initrd", "--via=kexec_file_load", other).status == BAD_FILE


# Bombs

def zstd_bomb(size):
    """A frame of blocks that repeat one byte each (RFC 8878, 3.1.1.2), with a window of 1 MiB and no stated size."""
    block = 128 << 10
    blocks = [struct.pack("<I", 1 << 1 | block << 3)[:3] + b"B"] * (size // block)
    return b"\x28\xb5\x2f\xfd\x00\x50" + b"".join(blocks) + b"\x01\0\0"


def gzip_bomb(size):
    """One member whose deflate blocks repeat: each ends at a byte, and refers to nothing before it."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(b"B" * 4 * MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08" + bytes(7) + block * (size // (4 * MIB)) + b"\x03\0" + bytes(8)


def streams(pack):
    """Many whole streams in a row, which are one to the format's tool."""
    return lambda size: pack(b"B" * 4 * MIB) * (size // (4 * MIB))


BOMBS = {"zstd": zstd_bomb, "gzip": gzip_bomb, "bzip2": streams(bz2.compress), "xz": streams(lzma.compress)}
BOMB_SIZE = 8 << 30
# Resident memory that is allowed beside: the program and its decoders. What Python had in the child before it became
# the program counts too, but not in addition.
BESIDES = 96 * MIB


def measured(system, *arguments, before=give_up_rights, **changes):
    """Run the command; return its exit status, output and peak of resident memory in bytes."""
    with open(system.root / "out", "w+") as out:
        process = subprocess.Popen([system.binary, "baton", *map(str, arguments)], stdout=out, stderr=out,
                                   preexec_fn=before,
                                   env=environment(FAKE_ROOT=str(system.root), FAKE_LOG=str(system.log), **changes))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return process.returncode, out.read(), usage.ru_maxrss << 10


@pytest.mark.parametrize("codec", BOMBS)
@pytest.mark.parametrize("stated, words", [(MIB, "unpacks to more than 1048576 bytes"),
                                           (900 * MIB, "states 900 MiB unpacked, more than the 16 MiB")])
def test_a_kernel_that_is_a_bomb_costs_no_more_than_it_states(system, codec, stated, words):
    image = make_image.bzimage(payload=make_image.payload(BOMBS[codec](BOMB_SIZE), stated), init_size=16 * MIB)
    kernel = system.write("boot/bomb", image)
    status, output, peak = measured(system, "load", "--json", "--no-initrd", kernel)
    assert status == BAD_FILE and words in output
    assert peak < len(image) + BESIDES


def test_of_a_vmlinux_with_debug_data_only_what_is_loaded_counts(system):
    """1.25 GiB of file, on a machine with a third of that to spare."""
    kernel = system.write("boot/vmlinux-debug", make_image.elf(size=MIB))
    os.truncate(kernel, 1280 * MIB)
    system.write("proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 409600 kB\n")
    status, output, peak = measured(system, "load", "--json", "--no-initrd", kernel)
    assert status == 0, output
    assert json.loads(output)["handed_over"] < 2 * MIB and json.loads(output)["kernel"]["size"] == 1280 * MIB
    assert peak < BESIDES


def limit_addresses(size):
    give_up_rights()
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def with_addresses(system, size, *arguments):
    """Run the command with so many MiB of addresses; an emulator is told how many its program has (qemu-user's -R)."""
    if foreign.emulated(built()):
        return measured(system, *arguments, QEMU_RESERVED_VA=f"{size}M")
    return measured(system, *arguments, before=lambda: limit_addresses(size * MIB))


def addresses_at_start(system):
    """Return the least limit in MiB that the program starts with: AddressSanitizer reserves terabytes."""
    sizes = range(1, 4095 if foreign.emulated(built()) else 1 << 25)
    return sizes[bisect.bisect_left(sizes, True, key=lambda size: with_addresses(system, size, "version")[0] == 0)]


def test_a_kernel_that_this_process_may_not_unpack_is_entered_at_its_decompressor(system):
    """The machine has the memory, but a limit is set: the packed kernel can still be loaded."""
    system.write("proc/meminfo", "MemTotal: 67108864 kB\nMemAvailable: 67108864 kB\n")
    large = make_image.payload(zstd_bomb(900 * MIB), 900 * MIB)
    kernel = system.write("boot/large", make_image.bzimage(payload=large, init_size=1000 * MIB))
    limit = addresses_at_start(system) + 512
    status, output, _ = with_addresses(system, limit, "load", "--json", "--no-initrd", kernel)
    assert status == 0, output
    # Whoever loads must know: should the file be damaged, the next kernel halts.
    assert "warning: " in output and "too little memory to unpack it here" in output[:output.index("{")]
    assert "out of memory" in reason(json.loads(output[output.index("{"):]), "entry")


@pytest.mark.parametrize("codec", BOMBS)
def test_an_initrd_that_is_a_bomb_costs_no_more_than_its_budget(system, codec):
    bomb = system.write("boot/bomb", BOMBS[codec](BOMB_SIZE))
    kernel = system.write("boot/good", make_image.packed_bzimage())
    status, output, peak = measured(system, "load", "--json", f"--initrd={bomb}", kernel)
    assert status == 0, output
    plan = json.loads(output)
    assert "unpacked it is larger than the 100 MiB" in reason(plan, "initrd")
    assert plan["initrd_size"] == bomb.stat().st_size, "it is handed over as it was"
    assert peak < LIMIT + bomb.stat().st_size + BESIDES


# Initrds that are cut

def load_with(system, data, *options):
    """Load with that initrd."""
    system.write("boot/initrd", data)
    kernel = system.write("boot/good", make_image.packed_bzimage())
    return system.run("baton", "load", "--json", f"--initrd={system.root}/boot/initrd", *options, kernel)


def refused(system, data):
    """It must be refused; return what is said. And it must be loaded as it is when that is asked for."""
    for options in ([], ["--unpack-initrd=always"], ["--dry-run"]):
        result = load_with(system, data, *options)
        assert result.status == BAD_FILE and not result.calls and not result.out
        assert result.err.startswith(f"baton: {system.root}/boot/initrd: ") and result.err.count("\n") == 1
        assert "load it all the same with baton load --unpack-initrd=never" in result.err
    loaded = load_with(system, data, "--unpack-initrd=never")
    assert loaded.status == 0 and loaded.calls == [LOAD], loaded.err
    assert loaded.json["direct_entry"], "the kernel is not to blame"
    assert [row["size"] for row in loaded.json["segments"] if row["role"] == "initrd"] == [len(data)]
    return result.err


NOISE = bytes(i * i % 251 for i in range(100_000))


@pytest.mark.parametrize("codec", make_image.PACK)
def test_a_packed_initrd_that_ends_in_the_middle_is_refused(system, codec):
    packed = make_image.PACK[codec](make_image.initrd(content=NOISE))
    assert f"/initrd: {codec}: " in refused(system, packed[:len(packed) // 2])


@pytest.mark.parametrize("codec", sorted(set(make_image.PACK) - {"lz4", "lzma"}))
def test_an_initrd_with_one_bit_flipped_is_refused(system, codec):
    packed = make_image.PACK[codec](make_image.initrd(content=NOISE))
    assert f"/initrd: {codec}: " in refused(system, flipped(packed, len(packed) // 2))


@pytest.mark.parametrize("codec", make_image.PACK)
def test_a_packed_archive_that_ends_in_the_middle_is_refused(system, codec):
    """The stream is whole, the archive in it is not."""
    archive = make_image.initrd(content=b"x" * 5000)
    assert "does not hold whole archives" in refused(system, make_image.PACK[codec](archive[:3000]))


@pytest.mark.parametrize("size", [50, 120, 3000, -4])
def test_an_archive_that_ends_in_the_middle_is_refused(system, size):
    archive = make_image.initrd(content=b"x" * 5000)
    assert "the archive at 0x0 has no end" in refused(system, archive[:size])
    packed = make_image.PACK["gzip"](archive)
    both = packed + bytes(-len(packed) % 4) + archive[:size]
    assert "has no end" in refused(system, both)


def test_the_file_that_is_damaged_is_the_one_that_is_named(system):
    good = system.write("boot/good.img", make_image.PACK["zstd"](make_image.initrd()))
    cut = system.write("boot/cut.img", good.read_bytes()[:-10])
    kernel = system.write("boot/good", make_image.packed_bzimage())
    result = system.run("baton", "load", f"--initrd={good}", f"--initrd={cut}", kernel)
    assert result.status == BAD_FILE and result.err.startswith(f"baton: {cut}: zstd: ")


@pytest.mark.parametrize("data, words", {
    "an archive without a trailer": (make_image.initrd()[:-124], "has no end"),
    "a file system": (make_image.PACK["gzip"](b"\1" * 5000), "does not hold whole archives"),
}.values())
def test_what_the_kernel_may_know_is_handed_over_as_it_is(system, data, words):
    result = load_with(system, data)
    assert result.status == 0 and result.calls == [LOAD], result.err
    assert "stays as it is: the" in reason(result.json, "initrd") and words in reason(result.json, "initrd")
    assert result.json["initrd_size"] == len(data)


@pytest.mark.parametrize("data, what", {
    "a file system that is no RAM disk's": (b"XFSB" + bytes(5000), "an XFS file system"),
    "a text": (b"a list of files\nfor an initrd\n", "a text file"),
    "an EFI program": (b"MZ" + bytes(0x3a) + struct.pack("<I", 0x40) + b"PE\0\0" + bytes(200), "an EFI program"),
}.values())
def test_a_file_that_is_something_else_is_no_initrd(system, data, what):
    assert f"it is {what}, and no initrd" in refused(system, data)


@pytest.mark.parametrize("data", [b"\1\2\3\4" * 100, b"hsqs" + bytes(5000)], ids=["unknown", "squashfs, a RAM disk's"])
def test_data_that_nobody_knows_is_handed_over_with_a_warning(system, data):
    result = load_with(system, data)
    assert result.status == 0 and result.calls == [LOAD], result.err
    assert "unknown data at 0x0" in " ".join(warnings(result.json))
