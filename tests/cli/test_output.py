# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the output goes: colours, terminals, outputs that are closed or full."""
import os
import pty
import subprocess
import time

import pytest

from conftest import environment, give_up_rights, program

ESCAPE = "\x1b["


def on_terminal(*arguments, **changes):
    """Run baton with both outputs on a terminal, and return what it wrote there."""
    leader, follower = pty.openpty()
    process = subprocess.Popen([program("baton"), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=follower,
                               stderr=follower, env=environment(**changes), preexec_fn=give_up_rights)
    os.close(follower)
    out = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        out += part
    os.close(leader)
    process.wait(60)
    return out.decode()


@pytest.mark.parametrize("arguments", [["help"], ["status"], ["plan", "/nonexistent"]])
def test_colours_on_a_terminal_only(baton, arguments):
    assert ESCAPE in on_terminal(*arguments)
    result = baton(*arguments)
    assert ESCAPE not in result.out + result.err


@pytest.mark.parametrize("changes", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": None}])
def test_colours_can_be_unwanted(changes):
    assert ESCAPE not in on_terminal("help", **changes)
    assert ESCAPE in on_terminal("help", "--color=always", **changes)


def test_an_empty_no_color_does_not_count():
    assert ESCAPE in on_terminal("help", NO_COLOR="")


def test_color_option(baton):
    assert ESCAPE in baton("help", "--color=always").out
    assert ESCAPE not in on_terminal("help", "--color=never")


def test_json_has_no_colours():
    assert ESCAPE not in on_terminal("status", "--json")


def test_a_quick_plan_shows_no_progress(kernel, machine):
    began = time.monotonic()
    out = on_terminal("plan", kernel, f"--machine={machine('bios-1g')}", "--color=never")
    took = time.monotonic() - began
    # On a machine so busy that it was not quick, there may be a bar (src/cli/progress.c, FIRST_AFTER_MS).
    assert ("\r\x1b" not in out and "[#" not in out) or took > 0.4


@pytest.mark.parametrize("name, arguments", [("baton", ["help"]), ("baton", ["status", "--json"]), ("kexec", ["-h"])])
def test_a_full_output_is_an_error(name, arguments):
    from conftest import run
    with open("/dev/full", "w") as full:
        result = run(name, *arguments, stdout=full)
    # A C library may have thrown the reason away with the bytes.
    assert result.status == 1 and ("No space left" in result.err or "not everything was written" in result.err)


def test_a_closed_pipe_is_an_error(baton):
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w") as pipe:
        result = baton("help", stdout=pipe)
    assert result.status == 1 and "Broken pipe" in result.err


def test_closed_standard_files_do_no_harm(kernel, machine, folder):
    """With output closed, the ELF file must not be opened in its place and get the text."""
    elf = folder / "closed.elf"
    done = subprocess.run(["sh", "-c", '"$@" >&- 2>&- <&-', "sh", program("baton"), "plan", kernel, "--seed=00",
                           f"--machine={machine('bios-1g')}", f"--elf={elf}"],
                          env=environment(), preexec_fn=give_up_rights, timeout=60, check=False)
    assert done.returncode == 1
    expected = folder / "open.elf"
    subprocess.run([program("baton"), "plan", "-q", kernel, "--seed=00", f"--machine={machine('bios-1g')}",
                    f"--elf={expected}"], env=environment(), preexec_fn=give_up_rights, timeout=60, check=True)
    assert elf.read_bytes() == expected.read_bytes()


def test_an_elf_that_cannot_be_written_leaves_nothing(baton, kernel, machine, folder):
    result = baton("plan", kernel, f"--machine={machine('bios-1g')}", f"--elf={folder}/missing/file.elf")
    assert result.status == 1 and "missing/file.elf" in result.err and not result.out
