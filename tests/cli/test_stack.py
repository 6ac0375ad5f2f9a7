# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small stack (ulimit -s) is no reason to crash: the command runs on one of its own."""
import resource
import subprocess

import pytest

import make_image
from conftest import MACHINES, TOP, built, environment, foreign, give_up_rights
from test_system import LOAD, fake_system, system  # pylint: disable=unused-import

SMALL = 16 << 10            # with less no program starts
pytestmark = pytest.mark.skipif(bool(foreign.emulated(built())), reason="the limit would be the emulator's")


def small_stack():
    give_up_rights()
    resource.setrlimit(resource.RLIMIT_STACK, (SMALL, SMALL))


def run_small(*words, **changes):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, preexec_fn=small_stack, timeout=60,
                          env=environment(**changes), check=False)


@pytest.fixture(params=["as it was built", "static"])
def binary(request):
    """The folder of the programs; the static ones are built beside those under test (scripts/check gcc)."""
    path = built() if request.param != "static" else TOP / "build-static/baton"
    assert path.exists(), f"{path} is not there: scripts/check gcc builds it"
    return path.parent


@pytest.fixture
def files(folder):
    """A kernel and an initrd that are both unpacked, at the same time: two more threads."""
    kernel, initrd = folder / "small-stack-kernel", folder / "small-stack-initrd"
    kernel.write_bytes(make_image.packed_bzimage())
    initrd.write_bytes(subprocess.run(["zstd", "-q"], input=make_image.archive("file"), stdout=subprocess.PIPE, check=True).stdout)
    return kernel, initrd


@pytest.mark.parametrize("words", [
    ["baton", "help"], ["baton", "--help"], ["baton", "version"], ["baton", "status"], ["baton", "machine"], ["kexec", "--help"]])
def test_commands_that_only_tell_do_so(binary, words):
    done = run_small(binary / words[0], *words[1:])
    assert done.returncode == 0 and done.stdout, (done.returncode, done.stderr)


@pytest.mark.parametrize("words", [["baton", "plan"], ["baton", "load", "--dry-run"], ["kexec", "-l", "--dry-run"]])
def test_a_plan_is_made_of_what_is_packed(binary, files, words):
    kernel, initrd = files
    done = run_small(binary / words[0], *words[1:], kernel, f"--initrd={initrd}", f"--machine={MACHINES / 'bios-1g.tar.zst'}", "--json",
                     *(["--append=x"] if words[0] == "kexec" else ["--cmdline=x"]))
    assert done.returncode == 0, (done.returncode, done.stderr)
    assert "unpacked beforehand" in done.stdout and '"direct_entry": true' in done.stdout.replace('":true', '": true')


@pytest.mark.parametrize("words", [["baton", "load"], ["baton", "reboot", "--now"], ["kexec", "-l"]])
def test_what_is_planned_is_loaded(system, files, words):
    system.log.write_text("")
    kernel, initrd = files
    done = run_small(system.binary, *words, kernel, f"--initrd={initrd}", FAKE_ROOT=str(system.root), FAKE_LOG=str(system.log))
    assert done.returncode in (0, 1 if "reboot" in words else 0), (done.returncode, done.stderr)
    assert LOAD in system.log.read_text().splitlines()


def test_where_no_stack_can_be_had_it_says_so(binary):
    """Under a limit on addresses as well, which the program itself fits into: from too little to start up to enough."""
    def little_of_both():
        small_stack()
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    said = 0
    for limit in range(512 << 10, 64 << 20, 32 << 10):
        done = subprocess.run([binary / "baton", "version"], capture_output=True, text=True, preexec_fn=little_of_both, timeout=60,
                              env=environment(), check=False)
        if done.returncode == 0:
            break
        if "ulimit -s" in done.stderr:
            assert done.returncode == 1 and "limited to 16 KiB" in done.stderr
            said += 1
        else:
            assert not said, (f"{limit >> 10} KiB: ended with {done.returncode}, {done.stderr!r}, "
                              "though with less it could say what it lacks")
    assert said
