# SPDX-License-Identifier: LGPL-2.1-or-later
"""kexec's options: each has its meaning or is refused."""
import re

import pytest

import make_image

SHORT = "h?vdfixyluetpscaS"  # kexec-tools' getopt string, without the colon of -t
LONG = """help version load load-panic unload exec force no-ifdown no-sync kexec-file-syscall kexec-syscall
    kexec-syscall-auto status type no-checks debug mem-min mem-max entry reuseinitrd reset-vga serial serial-baud
    console-vga console-serial load-preserve-context load-jump-back-helper load-live-update exec-live-update
    print-ckr-size hotplug no-cma force-dtb append command-line reuse-cmdline initrd ramdisk dtb args-elf args-linux
    args-none module real-mode entry-32bit elf32-core-headers elf64-core-headers pass-memmap-cmdline noefi
    reuse-video-type""".split()
REFUSED = """load-preserve-context load-jump-back-helper load-live-update exec-live-update args-elf args-none module
    real-mode""".split()


def test_every_option_of_the_peer_is_known(kexec):
    out = kexec("--help").out
    for name in LONG:
        assert re.search(rf"--{name}\b", out), name
    for letter in SHORT:
        result = kexec(f"-{letter}", *(["bzImage"] if letter == "t" else []), "--help")
        assert result.status == 0, letter


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why(kexec, name):
    result = kexec("-l", "x", f"--{name}" + ("=f" if name == "module" else ""))
    assert result.status == 1 and not result.out
    assert result.err.startswith(f"kexec: --{name}: ") and len(result.err) > 50


@pytest.mark.parametrize("arguments, expected", [
    ([], "no kernel was named"),
    (["-l"], "no kernel was named"),
    (["-l", "a", "b"], "one kernel is loaded"),
    (["-e", "kernel"], "nothing is loaded by -e or -u"),
    (["--frobnicate"], "no such option"),
    (["--loda"], "did you mean --load?"),
    (["--load-p"], "could be one of"),
    (["-Z"], "-Z: no such option"),
    (["-t"], "-t: expects a value"),
    (["--append"], "--append=TEXT"),
    (["--load=x"], "takes no value"),
    (["-l", "x", "--type=uki"], "those that baton starts: bzImage"),
    (["-l", "x", "-t", "whatever"], "those that baton starts: bzImage"),
    (["-l", "x", "--mem-min=low"], "not a number"),
    (["-l", "x", "--mem-max=4G"], "not a number"),
    (["-l", "x", "--entry=0x"], "not a number"),
    (["-l", "x", "--serial=com1"], "ttyS0 to ttyS3"),
    (["-l", "x", "--hotplug"], "only for a crash kernel"),
    (["-l", "x", "--elf64-core-headers"], "only for a crash kernel"),
    (["-l", "x", "--elf32-core-headers"], "--elf32-core-headers: only for a crash kernel"),
    (["-l", "x", "--initrd=a", "--reuseinitrd"], "both say which initrd"),
    (["-l", "x", "-c", "--force-dtb"], "--force-dtb cannot be honoured with -c"),
    (["-l", "x", "--noefi", "--force-dtb"], "leave one of them out"),
    (["-l", "x", "--json"], "only with --dry-run"),
    (["-l", "x", "--machine=y"], "only with --dry-run"),
    (["-e", "--dry-run"], "only a load can be planned"),
])
def test_usage_errors(kexec, kernel, arguments, expected):
    """Those that the plan would find are found before the machine is even looked at."""
    if "--force-dtb" in arguments:
        arguments = [*arguments, "--dry-run"]
    result = kexec(*arguments)
    assert result.status == 1 and not result.out
    assert expected in result.err and result.err.count("\n") == 1


def test_help_and_version(kexec):
    for arguments in (["-h"], ["-?"], ["--help"]):
        assert kexec(*arguments).status == 0 and kexec(*arguments).out.startswith("kexec (baton)")
    assert re.fullmatch(r"kexec \(baton\) [\d.]+\n", kexec("-v").out)


def test_the_second_name_and_the_verb_are_the_same(baton, kexec):
    assert baton("kexec", "--help").out == kexec("--help").out


def test_the_command_line_of_systemctl_kexec(kexec, kernel, initrds, machine):
    result = kexec("--load", kernel, "--append", "root=/dev/sda1 ro", "--initrd", initrds[0], "--dry-run", "--json",
                   f"--machine={machine('bios-1g')}")
    assert result.status == 0
    assert result.json["command_line"] == "root=/dev/sda1 ro"
    assert result.json["initrds"][0]["path"] == str(initrds[0])


def test_the_command_line_is_empty_unless_it_is_given(kexec_plan):
    assert kexec_plan()["command_line"] == ""
    assert kexec_plan("--reuse-cmdline")["command_line"]


def test_no_initrd_is_found_by_itself(kexec, machine, folder):
    (folder / "vmlinuz-k").write_bytes(make_image.bzimage())
    (folder / "initrd.img-k").write_bytes(make_image.initrd())
    result = kexec("-l", folder / "vmlinuz-k", "--dry-run", "--json", f"--machine={machine('bios-1g')}")
    assert result.json["initrds"] == []


def test_long_options_can_be_abbreviated_and_arguments_permuted(kexec, kernel, machine):
    result = kexec(kernel, "--comm=x", "--dry", "--js", "--mach", machine("bios-1g"), "--load")
    assert result.status == 0 and result.json["command_line"] == "x"


@pytest.mark.parametrize("arguments, told", [
    (["-a", "-l", "--no-checks"], "the kernel compares its own digests"),
    (["-l", "-t", "bzImage"], None),
    (["-l", "--type=bzImage64", "-s"], None),
    (["-s", "-l", "-i"], "the kernel compares its own digests"),
    (["-l", "--reuse-video-type"], "hands on the screen information"),
    (["-l", "--reset-vga", "--console-vga"], "the kernel's own purgatory"),
    (["-l", "--serial=ttyS0", "--serial-baud=115200", "--console-serial"], "the kernel's own purgatory"),
])
def test_what_changes_nothing_of_the_result_is_no_reason_to_refuse(kexec, kernel, machine, arguments, told):
    """Where only files are taken. Installers and the scripts of distributions say just these."""
    result = kexec(*arguments, kernel, "--dry-run", "--json", f"--machine={machine('locked-down')}")
    assert result.status == 0, result.err
    assert result.json["method"] == "kexec_file_load"
    warnings = [row["text"] for row in result.json["reasons"] if row["topic"] == "warning"]
    told_of = [text for text in warnings if "not for kexec_file_load" in text]
    assert len(told_of) == bool(told) and all(told in text for text in told_of)


@pytest.mark.parametrize("arguments", [["--noefi"], ["--mem-min=0x1000000"], ["--entry=0x1000000"], ["--entry-32bit"]])
def test_what_changes_the_result_is_refused_where_only_files_are_taken(kexec, kernel, machine, arguments):
    result = kexec("-l", *arguments, kernel, "--dry-run", f"--machine={machine('locked-down')}")
    assert result.status == 255 and "needs kexec_load" in result.err


@pytest.mark.parametrize("arguments", [["--reset-vga", "--console-vga"], ["--console-serial", "--serial=0x3f8", "-i"],
                                       ["--type=bzImage"], ["--elf64-core-headers"], ["--elf32-core-headers"],
                                       ["--pass-memmap-cmdline"]])
def test_a_crash_kernel_is_loaded_as_the_scripts_of_distributions_say_it(kexec, kernel, machine, arguments):
    result = kexec("-p", *arguments, kernel, "--dry-run", "--json", f"--machine={machine('crash-reserved')}")
    assert result.status == 0, result.err
    assert result.json["method"] == "kexec_file_load"


def test_kexec_load_is_chosen_for_what_only_it_can_do_on_the_way(kexec_plan):
    assert kexec_plan("--console-vga")["method"] == "kexec_load"


def test_numbers_in_any_base(kexec_plan):
    for number in ("67108864", "0x4000000", "0400000000"):
        assert all(int(row["address"], 16) >= 0x4000000 for row in kexec_plan(f"--mem-min={number}")["segments"])
    plan = kexec_plan("--mem-max=0x7ffffff")
    assert max(int(row["end"], 16) for row in plan["segments"]) <= 0x8000000


def test_status(kexec, machine):
    assert kexec("-S", f"--machine={machine('bios-1g')}").status == 0
    assert kexec("-S", "-l", f"--machine={machine('bios-1g')}").status == 0
    result = kexec("-S", f"--machine={machine('no-kexec')}")
    assert result.status == 255 and "kexec_crash_loaded" in result.err


def test_print_ckr_size(kexec, machine):
    assert kexec("--print-ckr-size", f"--machine={machine('crash-reserved')}").out == f"{512 << 20}\n"
    assert kexec("--print-ckr-size", f"--machine={machine('bios-1g')}").out == "0\n"


def test_a_crash_kernel_needs_a_reservation(kexec, kernel, machine):
    result = kexec("-p", kernel, "--dry-run", f"--machine={machine('bios-1g')}")
    assert result.status == 254 and "crashkernel=" in result.err


def test_a_crash_kernel_goes_by_the_file_call(kexec, kernel, machine):
    arguments = ["-p", kernel, "--dry-run", f"--machine={machine('crash-reserved')}"]
    for more in ([], ["-s"], ["--elf64-core-headers"]):
        result = kexec(*arguments, "--json", *more)
        assert result.status == 0, result.err
        assert result.json["method"] == "kexec_file_load" and result.json["target"] == "crash"
    for more in (["-c"], ["--noefi"]):
        result = kexec(*arguments, *more)
        assert result.status == 255 and "crash kernel" in result.err and more[0] in result.err


def test_hotplug_is_refused_where_the_kernel_does_not_follow_it(kexec, kernel, machine):
    result = kexec("-p", kernel, "--hotplug", "--dry-run", f"--machine={machine('crash-reserved')}")
    assert result.status == 255 and "--hotplug" in result.err and "crash_elfcorehdr_size" in result.err


def test_reuseinitrd_without_one_is_an_error(kexec, kernel, machine):
    result = kexec("-l", kernel, "--reuseinitrd", "--dry-run", f"--machine={machine('bios-1g')}")
    assert result.status == 255 and "/sys/firmware/initrd" in result.err and "retain_initrd" in result.err


def test_flags_of_the_file_call_that_this_kernel_does_not_know(kexec, kernel, machine):
    """6.12 knows neither; without NO_CMA it takes no memory from there, so that is as asked."""
    arguments = ["-l", kernel, "--dry-run", "--json", f"--machine={machine('e820-200')}"]
    for more in (["--no-cma", "-s"], ["--no-cma", "-c"], ["--no-cma"]):
        assert kexec(*arguments, *more).json["file_flags"] == "0x0"
    result = kexec(*arguments, "--force-dtb")
    assert result.status == 255 and "--force-dtb" in result.err and "7.3" in result.err


def test_serial_port_alone_asks_for_the_console(kexec, kernel, machine, folder):
    for option in ("--serial=ttyS1", "--serial=0x2f8", "--serial-baud=115200", "--console-serial"):
        result = kexec("-l", kernel, option, "-s", "--dry-run", "--json", f"--machine={machine('bios-1g')}")
        assert result.status == 0, result.err
        assert any("purgatory's console" in row["text"] for row in result.json["reasons"]), option


@pytest.mark.parametrize("arguments", [["-l"], ["-f"], ["-p"], []])
def test_without_the_right_nothing_is_even_read(kexec, arguments):
    result = kexec(*arguments, "/nonexistent")
    assert result.status == 255 and "loading a kernel needs" in result.err


@pytest.mark.parametrize("arguments", [["-e"], ["-u"], ["-u", "-p"]])
def test_without_the_right_nothing_is_done(kexec, arguments):
    result = kexec(*arguments)
    assert result.status == 255 and "needs" in result.err
