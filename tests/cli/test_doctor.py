# SPDX-License-Identifier: LGPL-2.1-or-later
"""baton doctor, on recorded machines."""

import pytest


def ways(result):
    return {way["name"]: way for way in result.json["ways"]}


def test_without_kexec_and_module_no_way_is_open_and_each_has_its_advice(baton, machine):
    result = baton("doctor", f"--machine={machine('no-kexec')}")
    assert result.status == 1 and not result.err
    assert "CONFIG_KEXEC)" in result.out and "CONFIG_KEXEC_FILE)" in result.out
    assert "To do next" in result.out
    found = ways(baton("doctor", "--json", f"--machine={machine('no-kexec')}"))
    assert {name: way["state"] for name, way in found.items()} == {"kexec_load": "no", "kexec_file_load": "no", "module": "no"}


def test_a_locked_down_kernel_takes_signed_files_only(baton, machine):
    result = baton("doctor", "--json", f"--machine={machine('locked-down')}")
    assert result.status == 0
    assert result.json["best"] == "kexec_file_load"
    assert [ways(result)[name]["state"] for name in ("kexec_load", "kexec_file_load", "module")] == ["closed", "yes", "closed"]
    assert "signed" in ways(result)["kexec_file_load"]["reason"]


def test_a_plain_machine_has_kexec_load(baton, machine):
    result = baton("doctor", "--json", f"--machine={machine('tiny-64m')}")
    assert (result.status, result.json["best"]) == (0, "kexec_load")
    assert "nothing: baton load works" in baton("doctor", f"--machine={machine('tiny-64m')}").out


@pytest.mark.parametrize("name", ["unprivileged", "limited"])
def test_what_was_not_asked_is_unknown_or_switched_off(baton, machine, name):
    states = {way["state"] for way in ways(baton("doctor", "--json", f"--machine={machine(name)}")).values()}
    assert "yes" not in states


def test_a_32_bit_kernel_has_no_kexec_file_load_and_no_advice_brings_it(baton, machine):
    found = ways(baton("doctor", "--json", f"--machine={machine('i386-pentium3')}"))
    assert {name: way["state"] for name, way in found.items()} == {"kexec_load": "unknown", "kexec_file_load": "no", "module": "no"}
    assert "CONFIG" not in baton("doctor", f"--machine={machine('i386-pentium3')}").out
