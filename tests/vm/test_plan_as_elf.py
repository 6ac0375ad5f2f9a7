# SPDX-License-Identifier: LGPL-2.1-or-later
"""A plan written as an ELF file boots with no first kernel; a damaged one says so and resets the machine."""

import re
import subprocess

import pytest

import formats
from handoff import MACHINES, PAGE, contents_at, four, kernel_of, plan_elf, single
from lab import gdb, handoff_record, kernels
from lab.guest import CMDLINE, Guest

SERIES = list(kernels.SERIES)
VGA_TEXT, VGA_BYTES = 0xB8000, 80 * 25 * 2
VERIFIED = "baton: purgatory: everything verified"


SLOW_CPU = "qemu64"  # no SSE4.2, no pages of 1 GiB, no 5-level page tables


def boot(elf, **options):
    """Start a plan on the machine that it was made for: tests/golden/machines/bios-1g."""
    return Guest(elf, firmware="pvh", memory="1G", smp=1, **options)


def check_boot(elf, release, command_line, markers, digest_result=handoff_record.DIGEST_GOOD, message=VERIFIED, **options):
    """Insist that a plan ends in a kernel with what was planned for it."""
    with boot(elf, **options) as guest:
        report = guest.wait_report()
        assert (report.release, report.cmdline) == (release, command_line)
        assert report.markers == markers
        assert handoff_record.find(report).digest_result == digest_result
        assert message in guest.console_text()


@pytest.mark.parametrize("series", SERIES)
def test_a_plan_boots_each_bzimage(series, tmp_path):
    initrds = four(kernel_of(series))
    line = f"{CMDLINE} planned"
    elf, plan = plan_elf(tmp_path, kernel_of(series).vmlinuz, initrds, "--console=serial", command_line=line)
    assert plan["initrds_reordered"]
    check_boot(elf, kernel_of(series).release, line, initrds.markers)


def test_what_is_cleared_is_zero_as_the_kernel_is_entered(tmp_path):
    """Memory holds something else before; the kernel itself clears its bss only later."""
    kernel = kernel_of("6.12")
    elf, plan = plan_elf(tmp_path, kernel.vmlinuz, single(kernel))
    start, end = (int(plan["cleared"][name], 16) for name in ("address", "end"))
    with boot(elf, extra=gdb.OPTIONS) as guest, gdb.connect(guest) as stub:
        for address in (start, (start + end) // 2 & ~7, end - 8):
            stub.write(address, b"\xff" * 8)
        assert guest.read_memory(end - 8, 8) == b"\xff" * 8
        stub.run_to(int(plan["kernel_entry"], 16))
        assert guest.read_memory(start, end - start) == bytes(end - start)
        stub.detach()
        assert guest.wait_report().release == kernel.release


@pytest.mark.parametrize("series", SERIES)
def test_a_plan_boots_each_unpacked_vmlinux(series, tmp_path):
    initrds = single(kernel_of(series))
    line = f"{CMDLINE} vmlinux"
    elf, plan = plan_elf(tmp_path, formats.vmlinux(kernel_of(series)), initrds, "--console=serial",
                         command_line=line)
    assert plan["kernel"]["format"].startswith("ELF")
    check_boot(elf, kernel_of(series).release, line, initrds.markers)


@pytest.mark.parametrize("series", SERIES)
def test_a_plan_boots_through_the_32_bit_entry(series, tmp_path):
    initrds = single(kernel_of(series))
    line = f"{CMDLINE} 32"
    elf, _ = plan_elf(tmp_path, kernel_of(series).vmlinuz, initrds, "--32bit", "--console=serial",
                      command_line=line)
    check_boot(elf, kernel_of(series).release, line, initrds.markers)


def test_without_digests_the_record_says_so(tmp_path):
    initrds = single(kernel_of("6.12"))
    line = CMDLINE
    elf, _ = plan_elf(tmp_path, kernel_of("6.12").vmlinuz, initrds, "--no-verify", "--console=serial",
                      command_line=line)
    check_boot(elf, kernel_of("6.12").release, line, initrds.markers, handoff_record.DIGEST_SKIPPED, "not verified")


def machine_without_crc32c(folder):
    """The recorded machine, its processor's flag for the CRC instruction overwritten, as a bare tar."""
    path = folder / "machine.tar"
    archive = subprocess.run(["zstd", "-dcq", MACHINES / "bios-1g.tar.zst"], stdout=subprocess.PIPE, check=True).stdout
    assert b" sse4_2 " in archive
    path.write_bytes(archive.replace(b" sse4_2 ", b" sse4_x "))
    return path


@pytest.mark.parametrize("planned_for_it", [True, False], ids=["xxh3", "crc32c-in-software"])
def test_a_cpu_without_any_fast_instruction_verifies_and_boots(planned_for_it, tmp_path):
    initrds = single(kernel_of("6.12"))
    line = f"{CMDLINE} slow"
    machine = machine_without_crc32c(tmp_path) if planned_for_it else "bios-1g"
    elf, _ = plan_elf(tmp_path, kernel_of("6.12").vmlinuz, initrds, "--console=serial", command_line=line,
                      machine=machine)
    check_boot(elf, kernel_of("6.12").release, line, initrds.markers, cpu=SLOW_CPU)


def test_a_cpu_without_any_fast_instruction_finds_a_flipped_bit(tmp_path):
    elf, plan = plan_elf(tmp_path, kernel_of("6.12").vmlinuz, single(kernel_of("6.12")), "--console=serial",
                         machine=machine_without_crc32c(tmp_path))
    flip(elf, plan, "initrd")
    with boot(elf, cpu=SLOW_CPU) as guest:
        guest.wait_reset()
        assert "baton: purgatory: initrd at" in guest.console_text()


def flip(elf, plan, name, where=0.5):
    """Flip one bit of a segment's content in the ELF file, at a fraction of its length."""
    segment, at = next(row for row in contents_at(plan) if row[0]["name"] == name)
    flip_at(elf, at + int((segment["size"] - 1) * where))


def flip_at(elf, position, bit=0x10):
    """Flip one bit of a byte in a file."""
    with open(elf, "r+b") as stream:
        stream.seek(position)
        byte = stream.read(1)[0]
        stream.seek(position)
        stream.write(bytes([byte ^ bit]))


@pytest.fixture(name="planned")
def fixture_planned(tmp_path):
    """Return a function that plans a small boot with more options: (path, plan)."""
    kernel = kernel_of("6.12")
    return lambda *options: plan_elf(tmp_path, kernel.vmlinuz, single(kernel), *options)


@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("name", ["kernel", "initrd", "boot data"])
def test_a_flipped_bit_is_told_on_the_serial_port_and_resets_the_machine(name, where, planned):
    elf, plan = planned("--console=serial")
    flip(elf, plan, name, where)
    with boot(elf) as guest:
        assert guest.wait_reset()["data"]["reason"] == "guest-reset"
        guest.wait_exit()
        text = guest.console_text()
        assert re.search(rf"baton: purgatory: {name} at 0x\w{{16}}, size 0x\w+: digest 0x\w+, expected 0x\w+", text)
        assert "Resetting the machine" in text
        assert not guest.streams.reports and "Linux version" not in text


# Offsets in src/wire/purgatory_params.h: in its header, and in the parameters.
PARAMS_OFFSET = 16
PARAMETERS = {"entry": 0, "boot data's address": 8, "whether to verify": 40, "what is cleared": 96, "an address to verify": 112}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_flipped_bit_in_purgatorys_own_parameters_is_told(name, planned):
    elf, plan = planned("--console=serial")
    _, at = next(row for row in contents_at(plan) if row[0]["name"] == "purgatory")
    content = elf.read_bytes()[at:]
    assert content[8:16] == b"PURGATRY"
    flip_at(elf, at + int.from_bytes(content[PARAMS_OFFSET:PARAMS_OFFSET + 4], "little") + PARAMETERS[name], bit=1)
    with boot(elf) as guest:
        assert guest.wait_reset()["data"]["reason"] == "guest-reset"
        guest.wait_exit()
        assert "baton: purgatory: parameters at 0x" in guest.console_text()
        assert not guest.streams.reports and "Linux version" not in guest.console_text()


# What a device or a fault does to pages; each is given the segment's bytes and two numbers of pages.

def page_at(data, number):
    return data[number * PAGE:(number + 1) * PAGE]


def put(data, number, content):
    data[number * PAGE:(number + 1) * PAGE] = content


def swapped(data, first, second):
    one, other = page_at(data, first), page_at(data, second)
    put(data, first, other)
    put(data, second, one)


def dropped(data, first, _):
    put(data, first, bytes(PAGE))


def repeated(data, first, second):
    put(data, second, page_at(data, first))


def missing(data, first, _):
    """All that follow are one page too low."""
    del data[first * PAGE:(first + 1) * PAGE]
    data += bytes(PAGE)


def damage(elf, plan, name, how, pages):
    """Change whole pages of a segment in the ELF file, to something else."""
    segment, at = next(row for row in contents_at(plan) if row[0]["name"] == name)
    with open(elf, "r+b") as stream:
        stream.seek(at)
        data = bytearray(stream.read(segment["size"]))
        before = bytes(data)
        how(data, *pages)
        assert len(data) == len(before) and data != before, "the pages are the same anyway; choose others"
        stream.seek(at)
        stream.write(data)


@pytest.mark.parametrize("algorithm", ["crc32c", "xxh3"])
@pytest.mark.parametrize("name, pages", [("kernel", (1, 2)), ("initrd", (100, 300))])
@pytest.mark.parametrize("how", [swapped, dropped, repeated, missing])
def test_pages_out_of_place_are_told_and_reset_the_machine(how, name, pages, algorithm, tmp_path):
    slow = algorithm == "xxh3"
    elf, plan = plan_elf(tmp_path, kernel_of("6.12").vmlinuz, single(kernel_of("6.12")), "--console=serial",
                         machine=machine_without_crc32c(tmp_path) if slow else "bios-1g")
    damage(elf, plan, name, how, pages)
    with boot(elf, cpu=SLOW_CPU if slow else "max") as guest:
        assert guest.wait_reset()["data"]["reason"] == "guest-reset"
        guest.wait_exit()
        assert re.findall(r"baton: purgatory: ([a-z0-9 ]+) at 0x", guest.console_text()) == [name]
        assert "Resetting the machine" in guest.console_text()
        assert not guest.streams.reports and "Linux version" not in guest.console_text()


def test_a_flipped_bit_resets_the_machine_without_a_console_too(planned):
    elf, plan = planned()
    flip(elf, plan, "initrd")
    with boot(elf) as guest:
        guest.wait_reset()
        assert guest.wait_exit() == 0
        assert "baton" not in guest.console_text() and not guest.streams.reports


def test_a_flipped_bit_is_told_on_the_vga_screen(planned):
    elf, plan = planned("--console=vga")
    flip(elf, plan, "kernel")
    # The machine stands still at the reset, so that its screen can be read.
    with boot(elf, extra=("-action", "shutdown=pause")) as guest:
        guest.wait_reset()
        text = guest.read_memory(VGA_TEXT, VGA_BYTES)[::2].decode("cp437")
        assert "baton: purgatory: kernel at 0x" in text
        assert "Resetting the machine" in text
