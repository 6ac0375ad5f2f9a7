# SPDX-License-Identifier: LGPL-2.1-or-later
"""Help, manual and completion name the same options."""
import re
import subprocess

import pytest

from conftest import TOP
from test_baton import VERBS


def options_in(text):
    """Options at the left of a help's lines."""
    return set(re.findall(r"^ +(?:-., )? *(--[a-z0-9-]+)", text, re.M))


def refused_in(text):
    return set(re.findall(r"^ +(--[a-z0-9-]+).*\(refused", text, re.M))


@pytest.fixture
def baton_options(baton):
    return {verb: options_in(baton("help", verb).out) for verb in VERBS}


def complete(name, line):
    """What bash would offer for the last word of @line, without the trailing "="."""
    words = line.split(" ")
    script = f"""
        compopt() {{ :; }}
        source {TOP}/integration/completion/{name}
        COMP_WORDS=({' '.join(repr(word) for word in words)}); COMP_CWORD={len(words) - 1}
        _{name}; printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert not done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("verb", VERBS)
def test_the_manual_names_every_option(baton_options, verb):
    manual = (TOP / "man/baton.8.scd").read_text()
    for option in baton_options[verb]:
        assert f"*{option}*" in manual


def test_the_manual_names_nothing_else(baton_options):
    manual = (TOP / "man/baton.8.scd").read_text()
    known = set().union(*baton_options.values())
    assert set(re.findall(r"\*(--[a-z0-9-]+)\*", manual)) <= known


@pytest.mark.parametrize("verb", VERBS)
def test_the_completion_offers_what_the_verb_takes(baton_options, verb):
    assert {word.rstrip("=") for word in complete("baton", f"baton {verb} --")} == baton_options[verb]


def test_the_completion_knows_verbs_and_values():
    assert complete("baton", "baton ") == set(VERBS) | {"kexec"}
    assert complete("baton", "baton plan --via = k") == {"kexec_load", "kexec_file_load"}
    assert complete("kexec", "kexec -t bz") == {"bzImage", "bzImage64"}


def test_the_kexec_manual_and_completion(kexec):
    text = kexec("--help").out
    manual = (TOP / "man/kexec.8.scd").read_text()
    options, refused = options_in(text), refused_in(text)
    for option in options:
        assert f"*{option}*" in manual
    section = manual[manual.index("# REFUSED OPTIONS"):]
    for option in refused:
        assert f"*{option}*" in section
    assert {word.rstrip("=") for word in complete("kexec", "kexec --")} == options - refused


@pytest.mark.parametrize("page", ["baton.8", "baton.3", "kexec.8", "baton-machine-record.5"])
def test_the_manual_can_be_built(page):
    source = (TOP / f"man/{page}.scd").read_bytes()
    done = subprocess.run(["scdoc"], input=source, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b".TH" in done.stdout
