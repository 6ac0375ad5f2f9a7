# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs of another architecture run here, whether or not this machine's kernel runs them."""

import subprocess
import sys
from pathlib import Path

import pytest

from lab import foreign, initramfs, programs, sysroot
from lab.errors import LabError

ARGUMENTS = r"""
#include <stdio.h>
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		printf("<%s>", argv[i]);
	return sizeof(void *);
}
"""
# To a kernel for x86-64 with IA32 emulation this is what a 32-bit program is to one without: not its format.
NO_PROGRAM = b"\x7fELF\x01\x01\x01".ljust(64, b"\0")


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """A program for 32-bit x86 that shows its arguments; its status is the size of a pointer."""
    source = tmp_path_factory.mktemp("foreign") / "arguments.c"
    source.write_text(ARGUMENTS)
    return programs.build(source, "i386")


@pytest.fixture
def way():
    """How 32-bit programs run here by themselves: "kernel" or "emulator"."""
    try:
        status = subprocess.run([programs.build(foreign.PROBE, "i386")], check=False).returncode
    except OSError:
        return "emulator"
    assert status == foreign.PROBE_STATUS
    return "kernel"


def said(runner, **changes):
    """What a runner says of itself."""
    return subprocess.run([runner], text=True, capture_output=True, check=True, env={"PATH": "/usr/bin:/bin"} | changes).stdout


def test_the_runner_takes_the_way_that_works_here_and_says_which(way):
    words = {"kernel": "run by this machine's kernel", "emulator": "run through qemu-i386 (this machine's kernel runs none)"}
    assert said(foreign.runner("i386")) == f"i386 programs: {words[way]}\n"


def test_the_emulator_can_be_asked_for(program):
    assert "BATON_LAB_FOREIGN=emulated" in said(foreign.runner("i386"), BATON_LAB_FOREIGN="emulated")
    done = subprocess.run([foreign.runnable(program), "a b", "", "$c"], text=True, capture_output=True, check=False,
                          env={"PATH": "/usr/bin:/bin", "BATON_LAB_FOREIGN": "emulated"})
    assert (done.stdout, done.returncode) == ("<a b><><$c>", 4)


def test_a_program_is_emulated_in_a_cleared_environment_too(program, tmp_path, monkeypatch):
    """The tests of the command line clear theirs; what they run would be another way than the one that was asked for."""
    (tmp_path / "qemu-i386").write_text("#!/bin/sh\necho emulated\n")
    (tmp_path / "qemu-i386").chmod(0o755)
    monkeypatch.setenv("BATON_LAB_FOREIGN", "emulated")
    done = subprocess.run([foreign.runnable(program)], text=True, capture_output=True, check=True,
                          env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert done.stdout == "emulated\n"


@pytest.mark.parametrize("probe", [NO_PROGRAM, b"#!/bin/sh\nexit 0\n", b"#!/bin/sh\nexit 42\n"], ids=["no-format", "other-status", "runs"])
def test_the_probe_alone_decides(probe, program, tmp_path):
    """A kernel that refuses the format, or a shell that takes the program for a script of its own: then the emulator."""
    (tmp_path / "probe").write_bytes(probe)
    (tmp_path / "probe").chmod(0o755)
    runner = foreign.runner("i386", probe=tmp_path / "probe")
    assert ("through qemu-i386" in said(runner)) == (b"42" not in probe)
    if b"42" not in probe:
        done = subprocess.run([runner, program, "x"], text=True, capture_output=True, check=False)
        assert (done.stdout, done.returncode) == ("<x>", 4)


def test_the_emulator_is_found_without_a_path(program, monkeypatch):
    """As tests run baton to see that it finds what it starts."""
    monkeypatch.setenv("BATON_LAB_FOREIGN", "emulated")
    for variables in ({"PATH": "/nowhere"}, {}):
        done = subprocess.run([foreign.runnable(program), "x"], text=True, capture_output=True, check=False, env=variables)
        assert (done.stdout, done.returncode) == ("<x>", 4), done.stderr


def test_without_an_emulator_the_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(foreign.EMULATORS, "i386", "qemu-that-is-not-there")
    (tmp_path / "probe").write_bytes(NO_PROGRAM)
    (tmp_path / "probe").chmod(0o755)
    done = subprocess.run([foreign.runner("i386", probe=tmp_path / "probe")], text=True, capture_output=True, check=False,
                          env={"PATH": str(tmp_path)})
    assert done.returncode == 127 and "install Debian's qemu-user" in done.stderr


def test_a_program_for_another_architecture_runs_by_what_stands_for_it(program):
    done = subprocess.run([foreign.runnable(program), "a b", "", "$c"], text=True, capture_output=True, check=False)
    assert (done.stdout, done.returncode) == ("<a b><><$c>", 4)


def test_a_program_for_this_machine_runs_by_itself():
    here = Path(sys.executable).resolve()
    assert foreign.runnable(here) == here and not foreign.emulated(here)


def test_a_test_can_ask_whether_a_program_is_emulated(program, way, monkeypatch):
    monkeypatch.delenv("BATON_LAB_FOREIGN", raising=False)
    assert foreign.emulated(program) == (way == "emulator")
    monkeypatch.setenv("BATON_LAB_FOREIGN", "emulated")
    assert foreign.emulated(program)


def test_what_is_no_program_is_refused(tmp_path):
    (tmp_path / "script").write_text("#!/bin/sh\n")
    with pytest.raises(LabError, match="no ELF file"):
        foreign.runnable(tmp_path / "script")
    (tmp_path / "other").write_bytes(b"\x7fELF" + bytes(14) + b"\xff\xee")
    with pytest.raises(LabError, match="ELF machine 61183: unknown"):
        foreign.runnable(tmp_path / "other")


def test_busybox_of_another_architecture_lists_its_commands():
    assert "bin/sh" in initramfs.busybox_nodes("i386")


def test_cross_built_unit_tests_have_the_runner():
    assert f"exe_wrapper = ['{foreign.runner('i386')}'" in sysroot.get().read_text()


def test_every_foreign_compiler_has_a_runner():
    """An architecture that the lab builds programs for can run them."""
    for architecture in programs.STATIC:
        assert architecture == "amd64" or foreign.runner(architecture).exists()
