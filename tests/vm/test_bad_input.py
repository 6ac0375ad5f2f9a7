# SPDX-License-Identifier: LGPL-2.1-or-later
"""What cannot work is told in one clear error, and the running system is left as it was."""

import json
import zlib
from pathlib import Path

import pytest

from handoff import (REBOOT, check_arrival, first_kernel, kernel_of, load_command, loaded, run, single, status_of)
from lab.guest import CMDLINE

# Exit statuses of baton: src/cli/cli.h
FAILED, USAGE, NOT_PERMITTED, BAD_FILE, NO_ROOM, NOT_LOADED = 1, 2, 3, 4, 5, 6


def guest_with(series="6.12", files=None, **options):
    """Boot a kernel that finds itself and an initrd on its disk."""
    kernel = kernel_of(series)
    return first_kernel(series, single(kernel).files | {"vmlinuz": kernel.vmlinuz} | (files or {}), **options)


def refused(guest, command, status, *words):
    """Insist that a command ends with one line that holds `words`, behind warnings alone, and leaves no trace."""
    before = loaded(guest)
    output = run(guest, command, status)
    *warnings, error = output.splitlines()
    assert all(line.startswith(("baton: warning: ", "kexec: warning: ")) for line in warnings), f"{command}:\n{output}"
    assert error.startswith(("baton: ", "kexec: ")) and "warning: " not in error, f"{command}:\n{output}"
    for word in words:
        assert word in error, f"{command}: {word!r} is not in\n{error}"
    assert loaded(guest) == before, f"{command} changed what is loaded"
    assert not guest.run("ls -A /tmp"), f"{command} left files behind"


LOAD = "baton load vmlinuz --initrd=initrd"
ARM64_IMAGE = bytes(56) + b"ARMd" + bytes(4096)
# e_machine 183 is AArch64; a header that is complete otherwise.
ARM64_ELF = (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\0\xb7\0\x01\0\0\0" + bytes(8) + b"\x40" + bytes(7) + bytes(8)
             + bytes(4) + b"\x40\0\x38\0\x01\0\x40\0\0\0\0\0" + bytes(4096))


def test_bad_files_and_what_is_missing_leave_a_former_load_in_place():
    """With nothing loaded first, then the same with a good load before: that one starts in the end."""
    kernel, line = kernel_of("6.12"), f"{CMDLINE} survived"
    data = kernel.vmlinuz.read_bytes()
    files = {"truncated": data[:len(data) // 2], "header-only": data[:1024], "empty": b"", "text": "hello\n",
             "arm64": ARM64_IMAGE, "arm64-elf": ARM64_ELF, "truncated.gz": b"\x1f\x8b\x08" + bytes(7) + b"nonsense"}
    with guest_with(files=files) as (guest, before):
        for once_more in (False, True):
            refused(guest, "baton load missing", FAILED, "missing", "No such file")
            refused(guest, "baton load vmlinuz --initrd=missing", FAILED, "missing", "No such file")
            refused(guest, "baton load /tmp", BAD_FILE, "/tmp", "director")
            for name in files:
                refused(guest, f"baton load {name} --initrd=initrd", BAD_FILE, name)
            refused(guest, "baton load arm64 --initrd=initrd", BAD_FILE, "arm64")
            refused(guest, f"baton load vmlinuz --initrd=initrd --cmdline={'x' * 4000}", USAGE, "2047")
            refused(guest, f"restrict nobody {LOAD}", NOT_PERMITTED, "root")
            refused(guest, "restrict nobody baton reboot --no-load --now", NOT_PERMITTED, "root")
            refused(guest, f"restrict no-kexec_load {LOAD} --via=kexec_load", BAD_FILE, "kexec_load")
            if not once_more:
                refused(guest, "baton reboot --no-load --now", NOT_LOADED, "no kernel is loaded")
                run(guest, load_command("vmlinuz", single(kernel), line))
        after = guest.reboot_with(REBOOT)
        check_arrival(after, before, kernel.release, line, single(kernel).markers)


def flipped(data, at):
    """Return the bytes with one bit of them changed."""
    data = bytearray(data)
    data[at] ^= 1
    return bytes(data)


@pytest.mark.parametrize("series", ["6.12", "7.2"])
def test_what_damage_baton_finds_is_no_matter_for_the_next_kernel(series):
    """It would halt there without a reset. Here the load is refused, and the former one starts in the end."""
    kernel, line = kernel_of(series), f"{CMDLINE} survived"
    data, initrd = kernel.vmlinuz.read_bytes(), Path(single(kernel).files["initrd"]).read_bytes()
    packed = zlib.compress(initrd, 1, wbits=31)
    files = {"flipped": flipped(data, len(data) // 2), "initrd.cut": initrd[:len(initrd) // 2],
             "initrd.gz": flipped(packed, len(packed) // 2)}
    with guest_with(series, files=files) as (guest, before):
        run(guest, load_command("vmlinuz", single(kernel), line))
        for options in ("", "--entry=direct", "--32bit"):
            refused(guest, f"baton load flipped --initrd=initrd {options}", BAD_FILE, "flipped: ", "damaged", "--entry=stub")
        refused(guest, "kexec -l flipped --initrd=initrd --reuse-cmdline", 255, "flipped: ", "damaged")
        for name in ("initrd.cut", "initrd.gz"):
            refused(guest, f"baton load vmlinuz --initrd={name}", BAD_FILE, f"{name}: ", "damaged", "--unpack-initrd=never")
        after = guest.reboot_with(REBOOT)
        check_arrival(after, before, kernel.release, line, single(kernel).markers)


def test_a_switched_off_kexec_says_that_only_a_reboot_helps():
    with guest_with("6.1") as (guest, _):
        guest.run("echo 1 >/proc/sys/kernel/kexec_load_disabled")
        for via in ("auto", "kexec_load", "kexec_file_load"):
            refused(guest, f"{LOAD} --via={via}", NOT_PERMITTED, "kexec_load_disabled")
        assert "kexec_load_disabled" in run(guest, "baton status")


@pytest.mark.parametrize("series", ["6.12", "7.2"])
def test_loads_are_counted_as_few_as_they_are(series):
    """A limit of two is enough for two loads: looking at the machine uses none up. The third is refused."""
    with guest_with(series) as (guest, _):
        guest.run("echo 2 >/proc/sys/kernel/kexec_load_limit_reboot")
        run(guest, "baton status; baton machine; baton plan vmlinuz --initrd=initrd")
        run(guest, f"{LOAD} --via=kexec_load")
        run(guest, f"{LOAD} --via=kexec_file_load")
        assert guest.run("cat /proc/sys/kernel/kexec_load_limit_reboot").strip() == "0"
        for via in ("auto", "kexec_load", "kexec_file_load"):
            refused(guest, f"{LOAD} --via={via}", NOT_PERMITTED, "kexec_load_limit_reboot")
        assert loaded(guest)


@pytest.mark.parametrize("size", ["70M", "120M"])
def test_too_little_memory_is_told_and_the_guest_lives(size):
    """The archive is a sparse file: the guest has room for it, but not for it and the kernel's copy."""
    with guest_with("6.12", memory="224M", smp=1) as (guest, _):
        run(guest, f"cp initrd big && truncate -s {size} big")
        for via in ("kexec_load", "kexec_file_load"):
            refused(guest, f"baton load --via={via} vmlinuz --initrd=big", NO_ROOM, "MiB", "smaller initrd")
        run(guest, "rm big")
        run(guest, LOAD)
        assert loaded(guest)


@pytest.mark.parametrize("series", ["6.1", "7.2"])
def test_a_locked_down_kernel_is_asked_by_kexec_file_load_and_its_refusal_explained(series):
    """Debian's image is signed, but the key is in the firmware of machines with secure boot, not in this guest's."""
    with guest_with(series, cmdline="lockdown=integrity") as (guest, _):
        assert "[integrity]" in guest.run("cat /sys/kernel/security/lockdown")
        plan = json.loads(run(guest, "baton plan --json vmlinuz --initrd=initrd"))
        assert plan["method"] == "kexec_file_load"
        assert "locked down" in plan["method_reason"]
        refused(guest, f"{LOAD} --via=kexec_load", NOT_PERMITTED, "locked down", "kexec_file_load")
        refused(guest, LOAD, NOT_PERMITTED, "kexec_file_load", "signed")
        refused(guest, "kexec -l vmlinuz --initrd=initrd --reuse-cmdline", 255, "signed")


def test_a_crash_kernel_that_a_refused_load_cost_is_said_to_be_gone():
    """kexec_file_load frees the loaded crash kernel before it checks the signature of the next."""
    kernel = kernel_of("6.12")
    command = f"kexec -p vmlinuz --initrd=initrd --append='{CMDLINE}'"
    with first_kernel("6.12", single(kernel).files | {"vmlinuz": kernel.vmlinuz},
                      cmdline="crashkernel=192M") as (guest, _):
        run(guest, command)
        assert guest.run("cat /sys/kernel/kexec_crash_loaded").strip() == "1"
        guest.run("echo integrity >/sys/kernel/security/lockdown")
        status, output = status_of(guest, command)
        assert status == 255
        assert guest.run("cat /sys/kernel/kexec_crash_loaded").strip() == "0", "then the message below is a lie"
        assert "discarded the crash kernel" in output, output
