# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is loaded lies where nobody knows: no output and no file tells, unless --show-addresses asks for it."""
import re
import stat

import pytest

import make_image
from test_system import LOAD, fake_system, system  # pylint: disable=unused-import

SEED = "--seed=" + "b7" * 64
KEYS = ("entry", "kernel_entry", "virtual_offset", "boot_params", "handoff_record", "mailbox")
# Numbers of the image's own: where it was linked, and how it is aligned.
OF_THE_IMAGE = {0x1000000, 0x200000}


@pytest.fixture
def kernel(system):
    system.write("boot/vmlinuz-6.1.0-run", make_image.direct_bzimage(version="6.1.0-run (me@here) #1"))
    system.initrd()
    return system.root / "boot/vmlinuz-6.1.0-run"


@pytest.fixture
def secrets(system, kernel):
    """All addresses of the plan that SEED makes, which must differ from the image's own to be found anywhere."""
    made = system.run("baton", "load", "--json", "--show-addresses", SEED, kernel).json
    found = {int(made[key], 16) for key in KEYS}
    found |= {int(row[key], 16) for row in made["segments"] for key in ("address", "end")}
    assert made["direct_entry"] and int(made["virtual_offset"], 16) > 0x200000
    assert all(row["address"] for row in made["segments"])
    return found - {0} - OF_THE_IMAGE


def told(text):
    return {int(number, 16) for number in re.findall(r"0x0*([0-9a-f]+)", text)}


@pytest.mark.parametrize("command", [
    ["baton", "load"], ["baton", "load", "-v"], ["baton", "load", "--json"], ["baton", "load", "-v", "--json"],
    ["baton", "reboot", "-v"], ["baton", "reboot", "-v", "--json"], ["baton", "reboot", "--now", "-v"],
    ["kexec", "-l"], ["kexec", "-l", "-d"], ["kexec", "-f", "-d"]])
def test_no_address_of_what_is_loaded_is_printed(system, kernel, secrets, command):
    result = system.run(*command, SEED, kernel)
    assert LOAD in result.calls, result.err
    assert not told(result.out + result.err) & secrets
    if "--json" in command:
        made = system.run("baton", "load", "--json", kernel).json
        assert [made[key] for key in KEYS] == [None] * len(KEYS)
        assert {row[key] for row in made["segments"] for key in ("address", "end")} == {None}
    if "-d" in command:
        assert "Segments" in result.out and "one of" in result.out, "all but the addresses"


@pytest.mark.parametrize("command", [["baton", "load", "-v"], ["baton", "load"], ["baton", "reboot", "--now"], ["kexec", "-l", "-d"]])
def test_who_asks_for_them_is_told(system, kernel, secrets, command):
    result = system.run(*command, "--show-addresses", SEED, kernel)
    assert len(told(result.out) & secrets) >= 6, result.out


def test_a_plan_that_is_only_shown_has_addresses_which_no_load_will_take(system, kernel):
    shown = [system.run("baton", *words, "--json", kernel).json for words in (["plan"], ["load", "--dry-run"])]
    loaded = system.run("baton", "load", "--json", "--show-addresses", kernel).json
    drawn = {(made["virtual_offset"], made["kernel_entry"]) for made in [*shown, loaded]}
    assert len(drawn) == 3 and None not in {value for pair in drawn for value in pair}


def test_no_file_that_is_left_holds_them_and_none_is_for_others(system, kernel, secrets):
    before = set(system.root.rglob("*"))
    system.run("baton", "load", "-v", SEED, kernel)
    left = [path for path in set(system.root.rglob("*")) - before if path.is_file()]
    for path in [*left, *(system.root / "run").rglob("*")]:
        if not path.is_file():
            continue
        content = path.read_bytes()
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
        assert not told(content.decode("latin-1")) & secrets, path
        for secret in secrets:
            if secret >= 1 << 24:
                assert secret.to_bytes(8, "little") not in content, path
