# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ten traps of kexec-tools (shared/facts/kexec-tools.md), each with what baton does instead."""
import lzma

import pytest

import make_image


def test_trap_1_debug_does_not_make_the_load_fail(kexec_plan):
    """-d passes KEXEC_FILE_DEBUG (8) only where the kernel is known to have it: 6.1 has not."""
    assert int(kexec_plan("-d", "-s", on="bios-1g")["file_flags"], 16) & 8 == 0
    assert int(kexec_plan("-d", "-s", on="e820-200")["file_flags"], 16) & 8 == 8


@pytest.mark.parametrize("option", ["--noefi", "--reuse-video-type"])
def test_trap_2_the_command_line_survives_other_options(kexec_plan, option):
    for arguments in (["--append=root=/dev/sda1 quiet", option], [option, "--append=root=/dev/sda1 quiet"]):
        assert kexec_plan(*arguments)["command_line"] == "root=/dev/sda1 quiet"


def test_trap_3_the_default_mode_loads_elf_kernels(kexec, machine, folder):
    path = folder / "vmlinux-elf"
    path.write_bytes(make_image.elf())
    result = kexec("-l", path, "--dry-run", "--json", f"--machine={machine('e820-200')}")
    assert result.status == 0, result.err
    assert result.json["method"] == "kexec_load" and "ELF" in result.json["kernel"]["format"]


INCOMPATIBLE = ["--mem-min=0x1000000", "--mem-max=0x3fffffff", "--entry=0x1000200", "--noefi", "--entry-32bit"]
ON_THE_WAY = ["--no-checks", "--console-vga", "--reuse-video-type"]     # the file call leaves them out, and says so


@pytest.mark.parametrize("option", INCOMPATIBLE + ON_THE_WAY)
def test_trap_4_options_that_the_file_call_cannot_pass_choose_the_other_call(kexec_plan, option):
    plan = kexec_plan(option, "--append=x", on="e820-200")
    assert plan["method"] == "kexec_load"
    assert plan["method_reason"].startswith("kexec_load")


@pytest.mark.parametrize("option", INCOMPATIBLE)
def test_trap_4_they_are_an_error_with_the_file_call(kexec_plan, option):
    err = kexec_plan(option, "-s", status=1)
    assert option.split("=")[0] in err and "-s" in err and "leave one of them out" in err


def test_trap_4_a_device_tree_is_an_error_with_the_file_call(kexec_plan, folder):
    tree = folder / "tree.dtb"
    tree.write_bytes(b"\xd0\x0d\xfe\xed" + bytes(60))
    assert "--dtb" in kexec_plan(f"--dtb={tree}", "-s", status=1)


def test_trap_5_a_command_line_that_is_too_long_is_an_error(kexec_plan):
    assert len(kexec_plan("--append=" + "x" * 2047)["command_line"]) == 2047
    err = kexec_plan("--append=" + "x" * 2048, status=1)
    assert "2048" in err and "2047" in err


def test_trap_5_repeated_options_add_up(kexec_plan, initrds):
    plan = kexec_plan("--append=one", "--command-line=two", "--append=three",
                      *(f"--initrd={path}" for path in initrds))
    assert plan["command_line"] == "one two three"
    assert [row["path"] for row in plan["initrds"]] == [str(path) for path in initrds]


def test_trap_6_reuse_takes_whole_words(kexec, kernel, machine):
    """BOOT_IMAGE is dropped, and for a crash kernel crashkernel too; what only looks like them is not."""
    def words(*arguments):
        result = kexec(kernel, "--dry-run", "--json", "--reuse-cmdline", "--append=crashkernelx=1",
                       f"--machine={machine('crash-reserved')}", *arguments)
        assert result.status == 0, result.err
        return result.json["command_line"].split()

    assert [word for word in words("-l") if word.startswith("crashkernel=")]
    assert not [word for word in words("-p") if word.startswith("crashkernel=")]
    for arguments in (["-l"], ["-p"]):
        assert words(*arguments)[-1] == "crashkernelx=1"
        assert not [word for word in words(*arguments) if word.startswith("BOOT_IMAGE=")]


def test_trap_7_a_truncated_file_is_an_error_and_leaves_nothing_behind(baton, kexec, machine, folder):
    short = folder / "short"
    short.write_bytes(make_image.bzimage()[:0x400])
    before = sorted(folder.iterdir())
    result = kexec("-l", short, f"--machine={machine('bios-1g')}", "--dry-run")
    assert result.status == 255 and str(short) in result.err
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("baud", ["0", "fast", "-1", "", "9600x", "230400", "1"])
def test_trap_8_a_bad_speed_is_an_error(kexec_plan, baud):
    assert "--serial-baud" in kexec_plan(f"--serial-baud={baud}", status=1)


def test_trap_8_unload_with_panic_does_not_load(kexec):
    for arguments in (["-u", "-p"], ["-p", "-u"], ["-pu"]):
        result = kexec(*arguments)
        assert result.status == 255 and "unloading a kernel" in result.err
        result = kexec(*arguments, "/nonexistent")
        assert result.status == 1 and "nothing is loaded by -e or -u" in result.err


def test_trap_8_status_253_is_only_for_a_missing_system_call(kexec, kernel, machine):
    arguments = ["-l", kernel, "--dry-run", "-s"]
    assert kexec(*arguments, f"--machine={machine('no-kexec')}").status == 253
    assert kexec(*arguments, "--noefi", f"--machine={machine('bios-1g')}").status == 1


def test_trap_9_the_screen_is_handed_on(kexec_plan):
    screen = [row["text"] for row in kexec_plan(on="ovmf-1g")["reasons"] if row["topic"] == "screen"]
    assert screen and "handed on" in screen[0]


def test_trap_10_maps_and_initrds_of_any_length(kexec_plan, folder):
    paths = [folder / f"part-{i}" for i in range(40)]
    for path in paths:
        path.write_bytes(make_image.initrd(path.name))
    plan = kexec_plan(*(f"--initrd={path}" for path in paths), on="ranges-20000")
    assert plan["memory"]["range_count"] == 20000 and len(plan["initrds"]) == 40
    assert plan["e820"]["in_boot_params"] == 128 and plan["e820"]["in_extension"] > 2048 - 128
    assert len(plan["segments"]) <= 16


def test_whole_file_compression_that_the_peer_does_not_read(plan, folder):
    path = folder / "kernel.xz"
    path.write_bytes(lzma.compress(make_image.bzimage()))
    assert plan(kernel=path)["kernel"]["wrappers"] == ["xz"]
