# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the new command line leaves the new kernel decides whether its initrd is unpacked, and whether it is loaded at all.

On a machine of 1 GiB; the initrd is some KiB, and 32 MiB of files.
"""
import gzip

import pytest

import make_image

CONTENTS = bytes(32 << 20)
NO_ROOM = 5


@pytest.fixture
def packed(folder):
    path = folder / "packed"
    path.write_bytes(gzip.compress(make_image.archive("zeros", content=CONTENTS)))
    return path


def about_initrd(made):
    return [row["text"] for row in made["reasons"] if row["topic"] == "initrd"]


def test_words_that_take_memory_keep_it_packed_and_the_plan_says_which(plan, packed):
    assert "unpacked beforehand" in about_initrd(plan(f"--initrd={packed}", "--cmdline=hugepages=64"))[0]
    made = plan(f"--initrd={packed}", "--cmdline=hugepages=200 hugepagesz=1G hugepages=0 crashkernel=1G-2G:448M,2G-:1G")
    assert about_initrd(made) == ["stays as it is: unpacked it has 32 MiB, and is there twice; the new command line takes 848 "
                                  "MiB with hugepages=200 crashkernel=1G-2G:448M,2G-:1G, and leaves 80 MiB for it"]
    assert made["initrd_size"] == packed.stat().st_size and made["warnings"] == []
    assert "unpacked beforehand" in about_initrd(plan(f"--initrd={packed}", "--cmdline=init=/x -- hugepages=420"))[0]


@pytest.mark.parametrize("words", ["mem=12M", "memmap=12M", "memmap=exactmap,640K@0,10M@1M", "hugepages=511"])
def test_what_surely_has_no_room_is_refused_with_the_words(plan, packed, words):
    told = plan(f"--initrd={packed}", f"--cmdline={words}", status=NO_ROOM)
    assert "has not the memory to unpack its initrd" in told and f"with {words}," in told and "--unpack-initrd=never" in told
    for choice in ("never", "always"):
        made = plan(f"--initrd={packed}", f"--cmdline={words}", f"--unpack-initrd={choice}")
        assert len(made["warnings"]) == 1 and "the memory to unpack its initrd" in made["warnings"][0]


@pytest.mark.parametrize("initrd", [(), ("--no-initrd",), ("--unpack-initrd=never",)])
def test_a_kernel_larger_than_what_is_left_is_refused_whatever_of_its_initrd(plan, packed, initrd):
    words = initrd if "--no-initrd" in initrd else (f"--initrd={packed}", *initrd)
    told = plan(*words, "--cmdline=mem=3M", status=NO_ROOM)
    assert "the new kernel takes 4 MiB before it starts anything" in told and "leaves it 2 MiB with mem=3M; leave the words out" in told


def test_the_drop_in_refuses_it_too(kexec_plan, packed):
    assert "--unpack-initrd=never" in kexec_plan(f"--initrd={packed}", "--append=mem=12M", status=255)
