# SPDX-License-Identifier: LGPL-2.1-or-later
"""What firmware and loader report: of a real systemd-boot, and of an ACPI boot record that QEMU supplies.

systemd-boot takes no times in a virtual machine, whose counter it does not trust; so the CPU says that it is none.
Debian's OVMF publishes no FPDT, and its kernels would not read one: the record is found by baton itself.
"""

import base64
import json
import re
import struct
import subprocess
import tarfile

import pytest

from lab import initramfs, handoff_record, systemd_boot
from lab.guest import CMDLINE, Guest
from handoff import DATA, arm, binary, kernel_of, load_command, new_command_line, run, single

EFIVARS = "/sys/firmware/efi/efivars"
MODULES = (*initramfs.VIRTIO_BLOCK, "efivarfs")
NO_VIRTUAL_MACHINE = "max,-hypervisor"


@pytest.fixture(scope="module")
def booted():
    """A guest that OVMF and systemd-boot have started, with baton in it; and the report of its start."""
    kernel = kernel_of("6.1")
    initrd = initramfs.build({}, kernel, MODULES)
    image = systemd_boot.boot_image(kernel.vmlinuz, initrd, CMDLINE)
    initrds = single(kernel, MODULES)
    disk = {"baton": binary(), "kexec": initramfs.link("baton"), "restrict": b"", "vmlinuz": kernel.vmlinuz}
    with Guest(kernel, firmware="ovmf", boot_disk=image, initrd=initrd, disks=[disk | initrds.files], smp=1,
               cpu=NO_VIRTUAL_MACHINE) as guest:
        report = guest.wait_report()
        arm(guest)
        guest.run(f"mount -t efivarfs efivarfs {EFIVARS}")
        yield guest, report, initrds


def loader_time(guest, name):
    """Return the variable's microseconds as nanoseconds, read independently of baton."""
    raw = base64.b64decode(guest.run(f"base64 {EFIVARS}/{name}-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"))
    return int(raw[4:].decode("utf-16-le").rstrip("\0")) * 1000


def test_debians_ovmf_publishes_no_fpdt(booted):
    guest, _, _ = booted
    tables = guest.run("ls /sys/firmware/acpi/tables").split()
    assert "FACP" in tables and "FPDT" not in tables


def test_a_real_loaders_times_are_shown_as_reported(booted):
    guest, report, _ = booted
    started, ended = loader_time(guest, "LoaderTimeInitUSec"), loader_time(guest, "LoaderTimeExecUSec")
    assert 0 < started < ended
    made = json.loads(run(guest, "baton report --json"))
    assert made["kind"] == "firmware" and made["chain"] is None
    assert made["firmware"] == {"firmware_ns": started, "firmware_source": "LoaderTimeInitUSec",
                                "loader_ns": ended - started, "loader_source": "LoaderTimeExecUSec", "why": None}
    text = run(guest, "LC_ALL=C.UTF-8 baton report")
    assert text.startswith("No handoff")
    assert re.search(r"firmware .*\n.*as reported by the loader, LoaderTimeInitUSec", text)
    assert re.search(r"boot loader .*\n.*as reported by the loader, LoaderTimeExecUSec", text)
    milliseconds = (ended + made["at_ns"]["first_program"] + 500_000) // 1_000_000
    assert re.search(rf"^First program .* {milliseconds / 1000:.3f} s", text, re.M)


def test_a_record_holds_the_times_and_nothing_more_of_the_firmware(booted, tmp_path):
    guest, _, _ = booted
    run(guest, "baton machine --record=/run/machine.tar")
    (tmp_path / "machine.tar").write_bytes(base64.b64decode(guest.run("base64 /run/machine.tar")))
    with tarfile.open(tmp_path / "machine.tar") as archive:
        names = archive.getnames()
    variables = {name.rsplit("/", 1)[1].split("-")[0] for name in names if "efivars/" in name}
    assert variables == {"SecureBoot", "LoaderTimeInitUSec", "LoaderTimeExecUSec"}
    assert not [name for name in names if name.startswith("baton/memory")]
    done = subprocess.run([binary(), "machine", "--json", f"--machine={tmp_path}/machine.tar"], text=True,
                          capture_output=True, check=True)
    assert json.loads(done.stdout)["boot_times"]["firmware_ns"] == loader_time(guest, "LoaderTimeInitUSec")


def test_after_a_handoff_the_old_times_are_not_shown(booted):
    """Last of this guest's: it hands over, and the variables are still there."""
    guest, report, initrds = booted
    command_line = new_command_line()
    run(guest, load_command("vmlinuz", initrds, command_line), timeout=240)
    after = guest.reboot_with(f"cd {DATA} && baton reboot --no-load --now")
    assert handoff_record.find(after) and after.boot_id != report.boot_id
    arm(guest)
    guest.run(f"mount -t efivarfs efivarfs {EFIVARS}")
    assert loader_time(guest, "LoaderTimeInitUSec")
    made = json.loads(run(guest, "baton report --json"))
    assert made["kind"] == "baton" and made["chain"] == 1 and made["from_boot_id"] == report.boot_id
    assert made["firmware"] == dict.fromkeys(made["firmware"])
    assert "as reported by" not in run(guest, "baton report")


# ACPI's boot record

LOADER_START, EXIT_END = 4_321_000_000, 5_432_100_000


def boot_record():
    """A Firmware Basic Boot Performance Table with its one record (ACPI 6.5, 5.2.24.6 and 5.2.24.9).

    Its first 36 bytes double as the header of an ACPI table, for which QEMU takes it: so it must have the
    checksum 0 in byte 9, the upper half of the record's type, which is 0; the rest is made up for in a time.
    """
    def table(filler):
        return struct.pack("<4sI", b"FBPT", 56) + struct.pack("<HBBI5Q", 2, 48, 2, 0, 1000 + filler, LOADER_START - 5,
                                                              LOADER_START, EXIT_END - 7, EXIT_END)

    return next(made for made in map(table, range(256)) if sum(made) % 256 == 0)


def pointer_table(address):
    """An FPDT that points to the boot record (ACPI 6.5, 5.2.24 and 5.2.24.4)."""
    body = struct.pack("<HBBIQ", 0, 16, 1, 0, address)
    table = bytearray(struct.pack("<4sIBB6s8sI4sI", b"FPDT", 36 + len(body), 1, 0, b"BATON ", b"LABTABLE", 1, b"BATN", 1))
    table += body
    table[9] = -sum(table) & 0xff
    return bytes(table)


def guest_with_tables(folder, address):
    files = {"fbpt": boot_record(), "fpdt": pointer_table(address)}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    extra = [word for name in files for word in ("-acpitable", f"file={folder / name}")]
    return Guest("6.1", disks=[{"baton": binary(), "kexec": initramfs.link("baton"), "restrict": b""}], smp=1, extra=extra)


def test_a_boot_record_is_found_where_the_kernel_does_not_show_it(tmp_path):
    with guest_with_tables(tmp_path, 0) as guest:
        guest.wait_report()
        address = int(re.search(r"ACPI: FBPT 0x([0-9A-F]+) 000038", guest.run("dmesg"))[1], 16)
        arm(guest)
        assert "malformed" in json.loads(run(guest, "baton machine --json"))["boot_times"]["why"]
    with guest_with_tables(tmp_path, address) as guest:
        guest.wait_report()
        arm(guest)
        assert guest.run("ls /sys/firmware/acpi").split().count("fpdt") == 0
        times = json.loads(run(guest, "baton machine --json"))["boot_times"]
        assert times == {"firmware_ns": LOADER_START, "firmware_source": "ACPI FPDT",
                         "loader_ns": EXIT_END - LOADER_START, "loader_source": "ACPI FPDT", "why": None}
        text = run(guest, "baton report")
        assert text.count("as reported by the firmware, ACPI FPDT") == 2
        run(guest, "baton machine --record=/run/machine.tar")
        assert f"baton/memory-0x{address:x}" in guest.run("tar -tf /run/machine.tar").split()
