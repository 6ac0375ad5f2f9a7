# SPDX-License-Identifier: LGPL-2.1-or-later
"""Refusals that no other test comes to (docs/coverage.md), by the command line."""
import gzip
import json
import tarfile

import pytest

import make_image
from conftest import MACHINES, run

MACHINE = f"--machine={MACHINES / 'bios-1g.tar.zst'}"


@pytest.mark.parametrize("words", [(), ("nothing",)])
def test_a_mark_needs_an_event(words):
    done = run("baton", "mark", *words)
    assert done.status == 2
    assert "name an event: shutdown, reboot-call or up" in done.err


def test_a_compressed_nothing_is_no_kernel(tmp_path):
    (tmp_path / "kernel.gz").write_bytes(gzip.compress(b""))
    done = run("baton", "plan", MACHINE, tmp_path / "kernel.gz")
    assert (done.status, "the gzip file unpacks to nothing" in done.err) == (4, True), done.err


ZEROS = bytes(0x1000)
# Kernels inside of a bzImage that are not entered past its decompressor, and why.
INSIDE = {
    "linked for 0x1001000, not a multiple of 2 MiB": ((0x1001000, ZEROS, 0x1000), (0x1200000, ZEROS, 0x1000)),
    "linked past 2 GiB": ((0x1000000, ZEROS, 0x1000), (0x7FF00000, ZEROS, 0x200000)),
    "more than 8 parts": tuple((0x1000000 + at * 0x200000, ZEROS, 0x1000) for at in range(9)),
    "shares a page with another": ((0x1000000, ZEROS, 0x1800), (0x1001800, ZEROS, 0x1000)),
}


@pytest.mark.parametrize("why, parts", INSIDE.items(), ids=INSIDE)
def test_a_kernel_that_is_laid_out_otherwise_is_left_to_its_decompressor(tmp_path, why, parts):
    unpacked = make_image.unpacked_kernel(parts=parts, relocations=(), entry=parts[0][0])
    (tmp_path / "kernel").write_bytes(make_image.packed_bzimage(unpacked))
    done = run("baton", "plan", MACHINE, "--entry=direct", tmp_path / "kernel")
    assert (done.status, why in done.err) == (4, True), done.err
    assert run("baton", "plan", MACHINE, tmp_path / "kernel").status == 0


@pytest.mark.parametrize("why, image", [
    ("4 bytes are too few", make_image.bzimage(payload=b"\x1f\x8b\x08\x00")),
    ("states 1280 MiB unpacked", make_image.bzimage(payload=make_image.payload(make_image.PACK["xz"](ZEROS), 1280 << 20), init_size=0)),
], ids=["short", "large"])
def test_a_payload_that_cannot_be_is_told(tmp_path, why, image):
    (tmp_path / "kernel").write_bytes(image)
    done = run("baton", "plan", MACHINE, "--entry=direct", tmp_path / "kernel")
    assert (done.status, why in done.err) == (4, True), done.err


def test_a_record_with_a_folder_that_has_contents_is_refused(tmp_path):
    folder = tarfile.TarInfo("proc")
    folder.type, folder.size = tarfile.DIRTYPE, 10
    # tarfile itself writes folders without a size.
    header = bytearray(folder.tobuf(tarfile.USTAR_FORMAT))
    header[124:136] = b"00000000012\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    (tmp_path / "record.tar").write_bytes(bytes(header) + bytes(512) + bytes(1024))
    done = run("baton", "machine", f"--machine={tmp_path / 'record.tar'}")
    assert (done.status, "a directory with contents" in done.err) == (4, True), done.err


@pytest.mark.parametrize("texts, line", [
    (["a", "b"], "a b"), (["-- x", "a"], "a -- x"), (["a -- x", "b -- y"], "a b -- x y"), (["a", "-- x"], "a -- x"), (["-- x"], "-- x"),
    (['"q -- q"', "-- x"], '"q -- q" -- x'),
])
def test_words_that_are_appended_for_init_come_behind_all_for_the_kernel(tmp_path, texts, line):
    (tmp_path / "kernel").write_bytes(make_image.bzimage())
    words = [f"--append={text}" for text in texts]
    done = run("baton", "plan", "--json", MACHINE, "--no-initrd", "--cmdline=", *words, tmp_path / "kernel")
    assert json.loads(done.out)["command_line"] == line


def test_what_an_abbreviation_could_mean_is_named():
    done = run("baton", "plan", "--no-ver")
    assert (done.status, "(--no-verify, --no-verify-start)" in done.err) == (2, True), done.err
