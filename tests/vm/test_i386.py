# SPDX-License-Identifier: LGPL-2.1-or-later
"""32-bit x86: from 64-bit kernels to 32-bit ones, among those, and back."""

import contextlib
import dataclasses
import json
import os
import re
import struct
import subprocess
from pathlib import Path

import pytest

import formats
from handoff import (DATA, LONG, REBOOT, ROOT, Initrds, check_arrival, check_record, first_kernel, kernel_of, load_command,
                     loaded, new_command_line, run, single)
from lab import gdb, initramfs, handoff_record, sysroot
from lab.guest import CMDLINE, Guest
from lab.guest_report import fnv1a64
from test_plan_as_elf import boot, check_boot, plan_elf

BINARY = "build-i386/baton"
OLD_CPU = "pentium3"                # no long mode, no PAE kernel's NX, no CRC instruction
OLD_KERNEL = Path(__file__).parent / "old_kernel.c"


@pytest.mark.parametrize("new, firmware", [("6.1-686-pae", "ovmf-kernel"), ("6.1-686", "kernel")])
def test_a_64_bit_kernel_starts_a_32_bit_one(new, firmware):
    """With memory above 4 GiB, which a kernel without PAE cannot use and must not trip over; and with an EFI that it
    cannot call, whose ACPI tables it must find all the same."""
    kernel, line = kernel_of(new), new_command_line()
    initrds = single(kernel)
    files = initrds.files | {"vmlinuz": kernel.vmlinuz}
    with first_kernel("6.12", files, memory="5G", firmware=firmware) as (guest, before):
        output = run(guest, load_command("vmlinuz", initrds, line, "auto"))
        assert "needed for a 32-bit kernel" in output
        assert loaded(guest)
        after = guest.reboot_with(REBOOT)
        check_arrival(after, dataclasses.replace(before, efi=False), kernel.release, line, initrds.markers)
        check_record(after, before)
        assert after.architecture == "i686"
        assert re.search(r"ACPI: RSDP 0x\w+ ", guest.run("dmesg"))
        assert (after.memory_kb > 4 << 20) == new.endswith("pae")
        assert "Move RAMDISK" not in guest.run("dmesg"), "the initrd lies where the kernel maps it"


@pytest.mark.parametrize("series, words, seed", [("6.1-686-pae", "", "17"), ("6.1-686", "", "e3"), ("6.1-686", "nokaslr", "00")])
def test_a_plan_enters_a_32_bit_kernel_past_its_decompressor(series, words, seed, tmp_path):
    """It runs at the address that the plan says, relocated for it."""
    kernel, line = kernel_of(series), f"{CMDLINE} {words}".strip()
    initrds = single(kernel)
    elf, plan = plan_elf(tmp_path, kernel.vmlinuz, initrds, f"--seed={seed * 64}", command_line=line)
    assert plan["direct_entry"]
    address = next(int(segment["address"], 16) for segment in plan["segments"] if segment["name"] == "kernel")
    assert (address == 0x1000000) == (words == "nokaslr")
    with boot(elf) as guest:
        report = guest.wait_report()
        assert (report.release, report.cmdline, report.markers) == (kernel.release, line, initrds.markers)
        assert handoff_record.find(report).entry == handoff_record.ENTRY_DIRECT
        assert re.search(rf"^ *{address:08x}-\w+ : Kernel code$", guest.run("cat /proc/iomem"), re.M)


def test_a_plan_enters_a_32_bit_vmlinux(tmp_path):
    """It has no relocations, and lies where it was linked."""
    kernel, line = kernel_of("6.1-686-pae"), f"{CMDLINE} vmlinux"
    initrds = single(kernel)
    elf, plan = plan_elf(tmp_path, formats.vmlinux(kernel), initrds, "--console=serial", command_line=line)
    assert plan["kernel"]["format"] == "ELF32 vmlinux"
    check_boot(elf, kernel.release, line, initrds.markers)


# A 32-bit baton

def test_a_32_bit_baton_on_a_64_bit_kernel_says_what_it_cannot_and_does_the_rest():
    """kexec_file_load is there, but for 64-bit programs only."""
    kernel, line = kernel_of("6.1"), new_command_line()
    initrds = single(kernel)
    with first_32bit_kernel("6.1", initrds.files | {"vmlinuz": kernel.vmlinuz}, cpu="max") as (guest, before):
        output = run(guest, load_command("vmlinuz", initrds, line, "kexec_file_load"), 4)
        assert "for 64-bit programs only" in output and "use a 64-bit baton" in output and "built without" not in output
        run(guest, load_command("vmlinuz", initrds, line, "auto"))
        check_arrival(guest.reboot_with(REBOOT), before, kernel.release, line, initrds.markers)


# 32-bit kernels that hand over

@contextlib.contextmanager
def first_32bit_kernel(series, files=None, **options):
    """Boot a 32-bit kernel with baton for i386 in it, on a CPU without long mode unless told; yields (guest, report)."""
    path = ROOT / os.environ.get("BATON_I386", BINARY)
    assert path.exists(), f"{path}: not found; run scripts/check i386"
    disk = {"baton": path.resolve()} | (files or {})
    with Guest(series, disks=[disk], **{"smp": 1, "cpu": OLD_CPU, "snapshot": True} | options) as guest:
        report = guest.wait_report()
        arm_32bit(guest)
        yield guest, report


def arm_32bit(guest):
    """Unpack the disk in a kernel that has just started, and put baton where it belongs."""
    guest.unpack_disk("vda", DATA, timeout=120)
    guest.run(f"ln -s {DATA}/baton /bin/baton; ln -s {DATA}/baton /bin/kexec")


def hand_over(old, new, entry):
    """Reboot from a 32-bit kernel into another and check what arrived; returns both kernels' reports."""
    kernel, line = kernel_of(new), new_command_line()
    initrds = single(kernel)
    with first_32bit_kernel(old, initrds.files | {"vmlinuz": kernel.vmlinuz}) as (guest, before):
        run(guest, load_command("vmlinuz", initrds, line, "auto", f"--console=serial --entry={entry}"))
        assert loaded(guest)
        after = guest.reboot_with(REBOOT)
        check_arrival(after, before, kernel.release, line, initrds.markers)
        check_record(after, before)
        assert handoff_record.find(after).entry == {"direct": handoff_record.ENTRY_DIRECT, "stub": handoff_record.ENTRY_STUB}[entry]
        assert "baton: purgatory: everything verified" in guest.console_text()
        return before, after


@pytest.mark.parametrize("old, new, entry", [("6.1-686-pae", "6.1-686", "direct"), ("6.1-686", "6.1-686-pae", "stub")])
def test_a_32_bit_kernel_starts_a_32_bit_one(old, new, entry):
    reports = hand_over(old, new, entry)
    assert [report.architecture for report in reports] == ["i686", "i686"]


@pytest.mark.skipif(not LONG, reason="each of its steps is a test of its own; make check-long has the chain")
def test_one_32_bit_kexec_chains_through_kernels_of_both_word_sizes():
    """Most memory is above 4 GiB: the 32-bit kernels' purgatory does not reach it, nor does a 32-bit program name it,
    though under a 64-bit kernel the next one's place would be chosen there at random."""
    hops = ["6.12", "6.1", "6.1-686-pae"]
    files = {}
    for series in hops:
        kernel = kernel_of(series)
        files |= {f"vmlinuz-{series}": kernel.vmlinuz,
                  f"initrd-{series}": initramfs.build({"markers/at": series}, kernel, initramfs.VIRTIO_BLOCK)}
    with first_32bit_kernel("6.1-686-pae", files, cpu="max", memory="5G") as (guest, before):
        for number, series in enumerate(hops, 1):
            line = new_command_line(f"hop={number}")
            run(guest, f"kexec -l vmlinuz-{series} --initrd=initrd-{series} --append='{line}'")
            after = guest.reboot_with("kexec -e")
            check_arrival(after, before, kernel_of(series).release, line, {"at": fnv1a64(series.encode())})
            found = handoff_record.find(after)
            assert (found.chain, found.entry, found.digest_result) == (number, handoff_record.ENTRY_DIRECT, handoff_record.DIGEST_GOOD)
            assert after.architecture == ("i686" if series == "6.1-686-pae" else "x86_64")
            arm_32bit(guest)


def test_a_64_bit_kernel_on_a_cpu_without_the_mode_is_refused():
    kernel = kernel_of("6.12")
    with first_32bit_kernel("6.1-686", {"vmlinuz": kernel.vmlinuz}) as (guest, _):
        error = run(guest, "baton load vmlinuz --cmdline=x", expected=4).splitlines()[-1]
        assert "no 64-bit mode" in error and "32-bit kernel" in error
        assert not loaded(guest)


@pytest.mark.parametrize("cpu, name", [(OLD_CPU, "initrd"), ("max", "kernel")], ids=["xxh3", "crc32c"])
def test_a_flipped_bit_is_found_after_a_32_bit_kernel(cpu, name):
    """It is flipped after the old kernel has copied everything to its place, before purgatory's first instruction."""
    kernel = kernel_of("6.1-686")
    initrds = single(kernel)
    with first_32bit_kernel("6.1-686-pae", initrds.files | {"vmlinuz": kernel.vmlinuz}, cpu=cpu) as (guest, _):
        options = f"vmlinuz {initrds.options()} --cmdline=damaged --console=serial --entry=stub"
        plan = json.loads(run(guest, f"baton plan --json {options}"))
        run(guest, f"baton load {options}")
        segment = next(row for row in plan["segments"] if row["name"] == name)
        address = int(segment["address"], 16) + segment["size"] // 2
        with gdb.connect(guest) as stub:
            # It stands still now, and takes the command when it runs on.
            guest.send(REBOOT)
            stub.run_to(int(plan["entry"], 16))
            stub.write(address, bytes([stub.read(address, 1)[0] ^ 0x04]))
            stub.detach()
            assert guest.wait_reset()["data"]["reason"] == "guest-reset"
        assert f"baton: purgatory: {name} at 0x" in guest.console_text()
        assert "Resetting the machine" in guest.console_text()


# A kernel of 2007

def old_kernel(folder):
    """Return a bzImage of boot protocol 2.06 that is not relocatable, made of old_kernel.c."""
    elf, flat = folder / "old_kernel.elf", folder / "old_kernel.bin"
    compiler = f"{sysroot.COMPILER}-gcc"
    subprocess.run([compiler, "-ffreestanding", "-nostdlib", "-static", "-fno-pie", "-no-pie", "-O2", "-mno-sse",
                    "-fno-stack-protector", "-fcf-protection=none", "-Wall", "-Wextra", "-Wl,--build-id=none",
                    "-Wl,--section-start=.head=0x100000", "-Wl,-Ttext=0x100400", "-Wl,-e,start", OLD_KERNEL, "-o", elf],
                   check=True)
    subprocess.run(["objcopy", "-O", "binary", "-j", ".head", "-j", ".text", "-j", ".rodata*", "-j", ".data", elf, flat],
                   check=True)
    code = flat.read_bytes()
    setup = bytearray(b"\x90" * 1024)       # past the fields of 2.06 lies code
    for offset, form, value in ((0x1f1, "B", 1), (0x1f4, "I", (len(code) + 15) // 16), (0x1fe, "H", 0xaa55),
                                (0x200, "H", 0x3aeb), (0x206, "H", 0x0206), (0x20e, "H", 0), (0x211, "B", 1),
                                (0x214, "I", 0x100000), (0x22c, "I", 0x37ffffff), (0x230, "I", 0x100000),
                                (0x234, "B", 0), (0x238, "I", 255)):
        struct.pack_into("<" + form, setup, offset, value)
    setup[0x202:0x206] = b"HdrS"
    target = folder / "old-bzImage"
    target.write_bytes(bytes(setup) + code)
    return target


def fnv1a32(data):
    value = 0x811c9dc5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xffffffff
    return value


def test_a_kernel_of_protocol_2_06_is_entered_as_it_was_promised(tmp_path):
    initrd = b"\0\1an initrd of old" * 1001    # unknown data: text would be refused
    elf, plan = plan_elf(tmp_path, old_kernel(tmp_path), Initrds({"initrd": initrd}, ("initrd",), {}),
                         "--console=serial", command_line="root=/dev/hda1")
    assert plan["kernel_entry"] == "0x100000" and plan["handoff_record"] in (None, "0x0")
    with boot(elf) as guest:
        found = guest.wait_console(r"old kernel: (.*) line=\[(.*)\] end")
        assert found[2] == "root=/dev/hda1"
        state = {name: int(value, 16) for name, value in (word.split("=") for word in found[1].split())}
        assert state == {
            "eip": 0x100000, "ebx": 0, "ebp": 0, "edi": 0, "paging": 0, "cr4": 0, "cs": 0x10, "ds": 0x18, "interrupts": 0,
            "magic": int.from_bytes(b"HdrS", "little"), "loader": 0xd0, "code32": 0x100000,
            "e820": plan["e820"]["in_boot_params"], "setup_data": 0, "size": len(initrd), "hash": fnv1a32(initrd)}
