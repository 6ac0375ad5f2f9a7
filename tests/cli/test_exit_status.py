# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each exit status of baton(8) and kexec(8), and that the manual names them."""
import os
import re

import pytest

import make_image
from conftest import TOP


def test_0_success(baton, kernel, machine):
    assert baton("plan", kernel, f"--machine={machine('bios-1g')}").status == 0


def test_1_failed(baton, machine):
    result = baton("plan", "/nonexistent/vmlinuz", f"--machine={machine('bios-1g')}")
    assert result.status == 1 and "/nonexistent/vmlinuz: No such file" in result.err


def test_2_usage(baton):
    assert baton("plan", "--frobnicate").status == 2


def test_3_not_permitted(baton, kernel, machine):
    result = baton("plan", kernel, f"--machine={machine('locked-down')}", "--via=kexec_load")
    assert result.status == 3 and "locked down" in result.err


def test_3_a_file_that_may_not_be_read(baton, kernel, machine, folder):
    secret = folder / "secret"
    secret.write_bytes(kernel.read_bytes())
    secret.chmod(0)
    if os.geteuid() == 0:  # its owner, who has no capability in these tests, could not read it either
        os.chown(secret, 1, 1)
    result = baton("plan", secret, f"--machine={machine('bios-1g')}")
    assert result.status == 3 and "Permission denied" in result.err


BAD = {
    "empty": b"",
    "text": b"#!/bin/sh\n" * 100,
    "truncated": make_image.bzimage()[:0x240],
    "no-boot-flag": make_image.bzimage()[:0x1FE] + b"\0\0" + make_image.bzimage()[0x200:],
    "payload-past-the-end": make_image.bzimage()[:0x24C] + b"\xff\xff\xff\x7f" + make_image.bzimage()[0x250:],
    "old-protocol": make_image.bzimage(protocol=0x0204),
    "gzip-cut": b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"\0" * 40,
}


@pytest.mark.parametrize("name", BAD)
def test_4_a_bad_file(baton, machine, folder, name):
    path = folder / name
    path.write_bytes(BAD[name])
    before = sorted(folder.iterdir())
    result = baton("plan", path, f"--machine={machine('bios-1g')}")
    assert result.status == 4 and not result.out
    assert str(path) in result.err and result.err.count("\n") == 1
    assert sorted(folder.iterdir()) == before


def test_4_a_folder_and_a_device(baton, machine):
    for path in ("/", "/dev/zero"):
        result = baton("plan", path, f"--machine={machine('bios-1g')}")
        assert result.status == 4 and result.err.startswith(f"baton: {path}: ")


def test_4_bad_initrds(baton, kernel, machine, folder):
    empty = folder / "empty-initrd"
    empty.write_bytes(b"")
    for path, status in ((folder, 4), (empty, 4), (folder / "missing", 1)):
        result = baton("plan", kernel, f"--initrd={path}", f"--machine={machine('bios-1g')}")
        assert result.status == status and str(path) in result.err


def test_4_bad_records_and_device_trees(baton, kernel, folder, machine):
    bad = folder / "bad-record"
    bad.write_bytes(b"not a record" * 100)
    result = baton("plan", kernel, f"--machine={bad}")
    assert result.status == 4 and str(bad) in result.err
    result = baton("plan", kernel, f"--dtb={bad}", f"--machine={machine('bios-1g')}")
    assert result.status == 4 and "d0 0d fe ed" in result.err


def test_5_no_room(baton, machine, folder):
    path = folder / "large"
    path.write_bytes(make_image.bzimage(init_size=0x7FE00000))
    result = baton("plan", path, f"--machine={machine('tiny-64m')}")
    assert result.status == 5 and result.err.count("\n") == 1


def test_6_not_loaded(baton, machine):
    assert baton("status", "--quiet", f"--machine={machine('bios-1g')}").status == 6


def statuses_in(page):
    text = (TOP / "man" / page).read_text()
    section = re.search(r"^# EXIT STATUS\n(.*?)^# ", text, re.M | re.S)[1]
    return [int(number) for number in re.findall(r"^.\[ \*(\d+)\*$|^\[\[ \*(\d+)\*$", section, re.M) for number in number
            if number]


def test_the_manual_has_the_table():
    source = (TOP / "src/cli/cli.h").read_text()
    assert statuses_in("baton.8.scd") == [int(number) for number in re.findall(r"EXIT_STATUS_\w+ = (\d)", source)]
    assert statuses_in("kexec.8.scd") == [0, 1, 253, 254, 255]
