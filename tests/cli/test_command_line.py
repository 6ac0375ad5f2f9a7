# SPDX-License-Identifier: LGPL-2.1-or-later
"""The running command line is read as the kernel reads it, and what others do with it is known."""
import json
import struct

import pytest

import make_image
from test_system import fake_system, system  # noqa: F401: fixtures

LOW, HIGH = 1 << 20, (1 << 20) + (512 << 20)


def plan(system, *arguments):
    system.kernel()
    result = system.run("baton", "plan", "--json", "--no-initrd", *arguments)
    assert result.status == 0, result.err
    return json.loads(result.out)


@pytest.mark.parametrize("word", ["memmap=512M$0x100000", '"memmap=512M$0x100000"', 'memmap="512M$0x100000"'])
def test_memory_that_a_word_reserves_is_left_alone_however_it_is_quoted(system, word):
    system.write("proc/cmdline", f"root=/dev/vda1 {word} quiet\n")
    for segment in plan(system)["segments"]:
        start = int(segment["address"], 16)
        assert start >= HIGH or start + segment["size"] <= LOW, segment


def test_what_is_appended_is_the_kernels_and_not_inits(system):
    system.write("proc/cmdline", "root=/dev/vda1 -- one\n")
    assert plan(system, "--append=quiet")["command_line"] == "root=/dev/vda1 quiet -- one"


def test_words_that_the_kernel_adds_itself_are_not_given_to_it_again(system):
    """Built in, and of the same release: it adds them once more."""
    system.write("boot/config-6.1.0-run", 'CONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE="panic=9 quiet"\n')
    system.write("proc/cmdline", "panic=9 quiet root=/dev/vda1\n")
    system.write("proc/version", "Linux version 6.1.0-run\n")
    system.kernel(version="6.1.0-run (build@lab) #1 SMP")
    made = json.loads(system.run("baton", "plan", "--json", "--no-initrd").out)
    assert made["command_line"] == "root=/dev/vda1"


def test_a_boot_configurations_words_are_left_to_the_initrd_that_brings_them(system):
    """Documentation/admin-guide/bootconfig.rst: at the end of the initrd, then its size, the sum of its bytes, and a mark."""
    text = b'kernel.panic = "9"\0'
    initrd = make_image.archive("init")
    system.kernel()
    system.write("proc/bootconfig", 'kernel.panic = "9"\n')
    system.write("proc/cmdline", 'panic="9" bootconfig root=/dev/vda1\n')
    for contents, line in (
            (initrd + text + struct.pack("<II", len(text), sum(text)) + b"#BOOTCONFIG\n", "bootconfig root=/dev/vda1"),
            (initrd, 'panic="9" bootconfig root=/dev/vda1')):
        system.write("boot/initrd.img-6.1.0-run", contents)
        assert json.loads(system.run("baton", "plan", "--json").out)["command_line"] == line


def test_where_measurements_would_be_lost_the_files_are_given(system):
    """IMA's list, of which a TPM holds the sum: kexec_file_load alone hands it on."""
    system.write("sys/kernel/security/ima/runtime_measurements_count", "40\n")
    system.write("sys/class/tpm/tpm0/tpm_version_major", "2\n")
    system.write("boot/config-6.1.0-run", "CONFIG_IMA_KEXEC=y\n")
    made = plan(system)
    assert made["method"] == "kexec_file_load", made["reasons"]
    assert any(reason["topic"] == "method" and "measurements" in reason["text"] for reason in made["reasons"])
