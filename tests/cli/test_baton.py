# SPDX-License-Identifier: LGPL-2.1-or-later
"""baton's verbs and options, on recorded machines."""
import re

import pytest

import make_image

VERBS = ["status", "list", "load", "unload", "plan", "machine", "reboot", "prepare", "report", "mark", "doctor", "help", "version"]


def test_help_names_every_verb(baton):
    for arguments in (["help"], ["--help"], ["-h"]):
        result = baton(*arguments)
        assert result.status == 0 and not result.err
        for verb in VERBS:
            assert re.search(rf"^  {verb} ", result.out, re.M)


@pytest.mark.parametrize("verb", VERBS)
def test_help_for_each_verb(baton, verb):
    result = baton("help", verb)
    assert result.status == 0 and f"Usage: baton {verb}" in result.out and "--help" in result.out
    assert all(len(line) <= 110 for line in result.out.splitlines())
    if verb != "help":
        assert baton(verb, "--help").out == result.out


def test_version(baton):
    assert re.fullmatch(r"baton \d+\.\d+\.\d+\n", baton("version").out)
    assert baton("--version").out == baton("version").out


def test_options_may_stand_before_the_verb(baton, machine):
    record = f"--machine={machine('bios-1g')}"
    assert baton("--json", record, "status").out == baton("status", record, "--json").out


@pytest.mark.parametrize("arguments, expected", [
    (["plna"], "did you mean plan?"),
    (["frobnicate"], "`baton help` lists them"),
    (["/boot/vmlinuz"], "baton load /boot/vmlinuz"),
    (["help", "laod"], "did you mean load?"),
    (["plan", "--apend=x"], "did you mean --append?"),
    (["plan", "--frobnicate"], "see baton help plan"),
    (["plan", "--now"], "not an option of `baton plan`"),
    (["--now", "status"], "not an option of `baton status`"),
    (["plan", "--no-"], "could be one of"),
    (["plan", "-Z"], "-Z: no such option"),
    (["plan", "--json", "-vZ"], "-Z: no such option"),
    (["plan", "--initrd"], "--initrd=FILE"),
    (["plan", "--json=yes"], "takes no value"),
    (["plan", "a", "b"], "takes one KERNEL"),
    (["plan", "a", "--kernel=b"], "already named"),
    (["status", "x"], "takes no argument"),
    (["plan", "x", "--via=magic"], "kexec_file_load"),
    (["plan", "x", "--format=multiboot-x86"], "not supported"),
    (["plan", "x", "--format=floppy"], "unknown; those that baton starts"),
    (["plan", "x", "--mem-min=low"], "not a number"),
    (["plan", "x", "--mem-min=-1"], "not a number"),
    (["plan", "x", "--mem-max=16E"], "not a number"),
    (["plan", "x", "--mem-max=99999999T"], "too large"),
    (["plan", "x", "--mem-max=0"], "nothing lies below 0"),
    (["plan", "x", "--console=printer"], "no serial port"),
    (["plan", "x", "--console=ttyS1,0"], "no speed"),
    (["plan", "x", "--console=ttyS4"], "no serial port"),
    (["plan", "x", "--screen=on"], "expected auto, reuse or none"),
    (["plan", "x", "--color=blue"], "expected auto, always or never"),
    (["plan", "x", "--seed=abc"], "hex digits"),
    (["plan", "x", "--seed=zz"], "not a hex digit"),
    (["plan", "x", "--seed=" + "00" * 65], "hex digits"),
    (["plan", "x", "--initrd=a", "--no-initrd"], "contradict"),
    (["plan", "x", "--elf=y", "--via=kexec_load"], "contradict"),
    (["plan", "x", "--no-efi", "--via=kexec_file_load"], "--no-efi cannot be honoured"),
    (["load", "x", "--machine=y"], "cannot be carried out"),
    (["reboot", "x", "--machine=y"], "cannot be carried out"),
    (["reboot", "x", "--no-load", "--dry-run"], "nothing to plan"),
])
def test_usage_errors(baton, arguments, expected):
    result = baton(*arguments)
    assert result.status == 2 and not result.out
    assert result.err.startswith("baton: ") and result.err.count("\n") == 1
    assert expected in result.err


@pytest.mark.parametrize("verb", ["load", "unload", "reboot"])
def test_what_changes_the_system_is_refused_without_the_right(baton, kernel, verb):
    result = baton(verb, *([kernel] if verb != "unload" else []))
    assert result.status == 3 and not result.out
    assert "CAP_SYS_BOOT" in result.err or "needs root" in result.err


def test_plan_text_has_every_part(baton, kernel, initrds, machine):
    result = baton("plan", kernel, f"--initrd={initrds[0]}", "--append=quiet", f"--machine={machine('bios-1g')}")
    assert result.status == 0 and not result.err
    for part in ("Kernel", "Linux 6.1.0-test", "bzImage", str(initrds[0]), "quiet", "kexec_load", "Segments",
                 "purgatory", "Memory", "K kernel", "Reasons"):
        assert part in result.out
    bars = re.findall(r"[KIBPV.]{48}", result.out)
    assert bars and set("KIP") <= set("".join(bars))


def test_plan_of_a_large_map_stays_short(baton, kernel, machine):
    result = baton("plan", kernel, f"--machine={machine('ranges-20000')}")
    assert result.status == 0 and len(result.out.splitlines()) < 80
    assert "20000 ranges" in result.out


def test_a_file_of_no_known_format_is_told_by_each(baton, folder, machine):
    path = folder / "noise"
    path.write_bytes(bytes(range(255, 0, -1)) * 100)
    result = baton("plan", path, f"--machine={machine('bios-1g')}")
    assert result.status == 4 and "HdrS" in result.err


def test_plan_json(plan, initrds, kernel):
    made = plan(*(f"--initrd={path}" for path in initrds), "--cmdline=a b", "--append=c", "--append=d")
    assert made["schema"] == 1 and made["target"] == "normal" and made["method"] == "kexec_load"
    assert made["command_line"] == "a b c d"
    assert made["kernel"]["path"] == str(kernel) and made["kernel"]["version"].startswith("6.1.0-test")
    assert [row["path"] for row in made["initrds"]] == [str(path) for path in initrds]
    assert {row["role"] for row in made["segments"]} == {"kernel", "initrd", "boot_data", "purgatory"}
    for row in made["segments"]:
        assert int(row["end"], 16) - int(row["address"], 16) == row["memory_size"] >= row["size"]
        assert row["reason"]


def test_the_same_seed_makes_the_same_plan(baton, kernel, machine, folder):
    files = [folder / name for name in ("one.elf", "two.elf", "three.elf")]
    for path, seed in zip(files, ("0102", "0102", "0103"), strict=True):
        result = baton("plan", kernel, f"--machine={machine('bios-1g')}", f"--seed={seed}", f"--elf={path}")
        assert result.status == 0, result.err
    one, two, three = (path.read_bytes() for path in files)
    assert one == two and one != three and one[:4] == b"\x7fELF"


def test_the_running_command_line_is_reused_by_default(plan):
    assert plan("--append=more")["command_line"] == plan("--reuse-cmdline", "--append=more")["command_line"]
    assert plan()["command_line"] and plan("--cmdline=")["command_line"] == ""
    assert plan("--reuse-cmdline", "--cmdline=x")["command_line"] == plan()["command_line"] + " x"


def test_an_initrd_beside_the_kernel_is_found(plan, folder):
    boot = folder / "boot"
    boot.mkdir()
    for name in ("vmlinuz-1", "vmlinuz-2", "vmlinuz-3", "vmlinuz", "other"):
        (boot / name).write_bytes(make_image.bzimage())
    for name in ("initrd.img-1", "initramfs-2.img", "initrd-3", "initrd.img"):
        (boot / name).write_bytes(make_image.initrd())
    expected = {"vmlinuz-1": "initrd.img-1", "vmlinuz-2": "initramfs-2.img", "vmlinuz-3": "initrd-3",
                "vmlinuz": "initrd.img"}
    for name, initrd in expected.items():
        assert [row["path"] for row in plan(kernel=boot / name)["initrds"]] == [str(boot / initrd)]
    assert plan(kernel=boot / "other")["initrds"] == []
    assert plan("--no-initrd", kernel=boot / "vmlinuz-1")["initrds"] == []


def test_bounds_are_kept(plan):
    for row in plan("--mem-min=64M", "--mem-max=0x8000000")["segments"]:
        assert 0x4000000 <= int(row["address"], 16) and int(row["end"], 16) <= 0x8000000


def test_a_kernel_is_never_put_where_it_would_move_itself_over_the_rest(baton, kernel, machine):
    """Below its preferred address, 16 MiB: it needs 4 MiB from there up."""
    common = ["plan", kernel, f"--machine={machine('bios-1g')}", "--entry=stub"]
    assert baton(*common, "--mem-max=0x1400000").status == 0
    result = baton(*common, "--mem-max=0x13fffff")
    assert result.status == 5 and "no room for the kernel" in result.err and "at 0x1000000 or above" in result.err


def test_a_recorded_machine_needs_a_kernel(baton, machine):
    result = baton("plan", f"--machine={machine('bios-1g')}")
    assert result.status == 2 and "needs a kernel" in result.err


@pytest.mark.parametrize("arguments", [["load", "--dry-run"], ["reboot", "-n"], ["reboot", "--now", "--dry-run"]])
def test_a_dry_run_is_a_plan(baton, kernel, machine, arguments):
    common = [kernel, f"--machine={machine('bios-1g')}", "--seed=00"]
    result = baton(*arguments, *common)
    assert result.status == 0 and result.out == baton("plan", *common).out


def test_quiet_prints_nothing(baton, kernel, machine):
    result = baton("plan", "-q", kernel, f"--machine={machine('bios-1g')}")
    assert (result.status, result.out, result.err) == (0, "", "")


def test_status(baton, machine):
    result = baton(f"--machine={machine('e820-200')}")
    assert result.status == 0 and "nothing is loaded" in result.out and "To do next" in result.out
    facts = baton("status", f"--machine={machine('e820-200')}", "--json").json
    assert facts["loaded"] is False and facts["kexec_load"] is True and facts["obstacles"] == []
    assert facts["blocked"] is False and facts["last_boot"] == {"kexec": False, "baton": False}


def test_quiet_status_tells_by_its_exit_status(baton, machine):
    result = baton("status", "-q", f"--machine={machine('bios-1g')}")
    assert (result.status, result.out, result.err) == (6, "", "")


@pytest.mark.parametrize("name, word", [("no-kexec", "built without kexec"), ("limited", "used up"),
                                        ("locked-down", "locked down")])
def test_status_tells_what_stands_in_the_way(baton, machine, name, word):
    assert word in baton("status", f"--machine={machine(name)}").out
    facts = baton("status", "--json", f"--machine={machine(name)}").json
    assert any(word in sentence for sentence in facts["obstacles"])
    assert facts["blocked"] == (name != "locked-down")


def test_status_of_this_machine(baton):
    assert baton().status == 0
    assert baton("--json").json["release"]


@pytest.mark.parametrize("name", ["bios-1g", "ovmf-1g", "e820-200", "numa-2t", "crash-reserved", "la57", "tiny-64m"])
def test_machine_prints_every_record(baton, machine, name):
    assert baton("machine", f"--machine={machine(name)}").status == 0
    facts = baton("machine", "--json", f"--machine={machine(name)}").json
    assert facts["schema"] == 1 and facts["memory"] and facts["release"]


def test_a_record_of_a_record_is_the_same_machine(baton, machine, folder):
    copy = folder / "copy.tar"
    result = baton("machine", f"--machine={machine('ovmf-1g')}", f"--record={copy}")
    assert result.status == 0 and str(copy) in result.out
    assert baton("machine", "--json", f"--machine={copy}").out == \
        baton("machine", "--json", f"--machine={machine('ovmf-1g')}").out


def test_this_machine_can_be_recorded_without_rights(baton, folder):
    record = folder / "here.tar.zst"
    result = baton("machine", f"--record={record}")
    assert result.status == 0, result.err
    assert baton("machine", f"--machine={record}", "--json").json["release"]


def test_hostile_text_cannot_drive_the_terminal(baton, machine, folder):
    path = folder / "hostile\x1b]0;title\x07"
    path.write_bytes(make_image.bzimage(version="6.1\x1b[2J\x9b\xff"))
    record = f"--machine={machine('bios-1g')}"
    result = baton("plan", path, record, "--append=\x1b[31m\udcff", "--color=never")
    assert result.status == 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\x80-\x9f\udc80-\udcff]", result.out)
    made = baton("plan", path, record, "--append=\udcff", "--json")
    made.out.encode("utf-8")
    assert made.json["kernel"]["path"] == str(path)
    result = baton("plan", folder / "missing\x1b[31m", record)
    assert "\x1b" not in result.err and "missing\\x1b[31m" in result.err
