# SPDX-License-Identifier: LGPL-2.1-or-later
"""baton report, on roots whose history holds the boots of boots.py.

BATON_UPDATE_GOLDEN=1 in the environment writes tests/golden/reports anew; look at the difference, and at the
pictures.
"""
import json
import os
import re
import subprocess
import xml.etree.ElementTree

import pytest

import boots
from conftest import TOP, Result, environment, give_up_rights
from test_system import fake_system  # noqa: F401 (a fixture)

GOLDEN = TOP / "tests/golden/reports"
KINDS = {"baton": boots.baton, "kexec": boots.kexec, "firmware": boots.firmware, "gaps": boots.gaps,
         "hostile": boots.hostile, "units": boots.units}
SVG = "{http://www.w3.org/2000/svg}"


class Root:
    """A root folder with a history, whose last boot is the one that runs."""

    def __init__(self, root, binary):
        self.root, self.binary = root, binary

    def write(self, path, contents):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(contents if isinstance(contents, bytes) else contents.encode())

    def history(self, *made):
        self.write(boots.FILE, boots.lines(*made))
        self.write(boots.BOOT_ID, made[-1]["boot_id"] + "\n")

    def lines(self):
        return (self.root / boots.FILE).read_bytes().splitlines()

    def run(self, *arguments, status=0, rights="user", **changes):
        variables = {"FAKE_ROOT": str(self.root), "FAKE_LOG": str(self.root / "log"), "FAKE_RIGHTS": rights,
                     "TZ": "UTC", "COLUMNS": "80"} | changes
        done = subprocess.run([self.binary, "baton", "report", *map(str, arguments)], capture_output=True, text=True,
                              env=environment(**variables), preexec_fn=give_up_rights, timeout=60, check=False)
        assert done.returncode == status, done.stderr
        return Result(done)


@pytest.fixture
def root(tmp_path, fake_system):  # noqa: F811
    return Root(tmp_path, fake_system)


def check_golden(name, text):
    file = GOLDEN / name
    if os.environ.get("BATON_UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert text == file.read_text()


# The terminal

@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [80, 120])
def test_the_bars_look_as_ever(root, kind, width):
    root.history(KINDS[kind]())
    result = root.run(COLUMNS=str(width))
    assert not result.err and all(len(line) <= width for line in result.out.splitlines())
    assert not re.search(r" +$", result.out, re.M)
    check_golden(f"{kind}-{width}.txt", result.out)


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": None, "LANG": "de_DE"}, {"LC_ALL": None},
                                    {"LC_ALL": None, "LC_CTYPE": "C", "LANG": "C.UTF-8"}])
def test_elsewhere_than_in_utf_8_there_is_only_ascii(root, locale):
    root.history(boots.baton())
    result = root.run(**locale)
    result.out.encode("ascii")
    check_golden("baton-ascii.txt", result.out)


def test_a_language_in_utf_8_gets_the_finer_bars(root):
    root.history(boots.baton())
    assert root.run(LC_ALL=None, LANG="de_DE.utf8").out == root.run().out


def test_colours_tell_the_parts_and_change_nothing_else(root):
    root.history(boots.baton())
    coloured = root.run("--color=always").out
    for part in (36, 31, 32):
        assert f"\x1b[{part}m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == root.run().out


def test_a_phase_is_where_its_time_lies(root):
    """Each bar begins in the column where the one before ended, or in the next."""
    root.history(boots.baton())
    rows = re.findall(r"^  \S[^█▏▎▍▌▋▊▉▐▕]*?( *[█▏▎▍▌▋▊▉▐▕]+)", root.run(COLUMNS="120").out, re.M)
    bars = [(len(row) - len(row.lstrip()), len(row)) for row in rows]
    assert len(bars) == 9


def test_what_is_not_known_is_not_guessed(root):
    root.history(boots.gaps())
    out = root.run().out
    assert re.search(r"^\+ old kernel winds down +not known apart: the log of the old system", out, re.M)
    assert "2.088 s" in out and re.search("^  starting services +not known: the system is still starting$", out, re.M)
    assert re.search(r"^Outage +not known", out, re.M) and re.search(r"^In all +not known", out, re.M)


def test_the_slowest_units_stand_where_they_started(root):
    root.history(boots.units())
    result = root.run(COLUMNS="120")
    assert re.search(r"^Slowest to start", result.out, re.M)
    rows = re.findall(r"^  (\S+) +[█▏▎▍▌▋▊▉▐▕]+ +(\d\.\d+ s)", result.out[result.out.index("Slowest"):], re.M)
    assert rows == [("NetworkManager-wait-online", "1.512 s"), ("a-service-with-a-name-tha...", "0.800 s"), ("apt-daily", "0.411 s"),
                    ("boot-efi.mount", "0.063 s"), ("ssh", "0.010 s")]
    assert json.loads(root.run("--json").out)["slowest_units"] == boots.units()["slowest_units"]
    assert json.loads(root.run("--history", "--json").out)["boots"][0]["slowest_units"] == boots.units()["slowest_units"]


@pytest.mark.parametrize("units", [7, [7], [{"name": 7}], [{"name": "a", "ns": -1}], [{"name": "a", "start_ns": "soon"}]])
def test_units_that_are_none_make_no_entry(root, units):
    root.history(boots.baton(), boots.baton(2, slowest_units=units))
    assert json.loads(root.run("--history", "--json").out)["passed_over"] == 1


def test_hostile_units_are_cut_and_harmless(root):
    evil = [{"name": "\x1b[2J\u202e" + "x" * 200 + ".service", "start_ns": 0, "ns": 1}] * 9
    root.history(boots.baton(slowest_units=evil))
    found = json.loads(root.run("--json").out)["slowest_units"]
    assert len(found) == 5 and all(len(unit["name"]) == 63 and unit["name"].isascii() for unit in found)
    assert "\x1b" not in root.run().out


def test_firmware_times_are_labelled_as_reported(root):
    root.history(boots.firmware())
    out = root.run().out
    assert out.startswith("No handoff") and out.count("as reported by the loader, LoaderTime") == 2
    reported = boots.no_firmware() | {"firmware_ns": 5 * 10**9, "firmware_source": "ACPI FPDT",
                                      "why": "the loader's end is not reported"}
    root.history(boots.firmware(firmware=reported))
    out = root.run().out
    assert "as reported by the firmware, ACPI FPDT" in out and "not known: the loader's end is not reported" in out
    assert re.search(r"^First program +not known, as above", out, re.M)


@pytest.mark.parametrize("boot", [boots.firmware(firmware=boots.no_firmware("neither the firmware nor a loader says")),
                                  boots.kexec(), boots.gaps()], ids=["firmware", "kexec", "gaps"])
def test_a_reason_is_told_once(root, boot, tmp_path):
    root.history(boot)
    words = " ".join(root.run(COLUMNS="200").out.split())
    picture = tmp_path / "picture.svg"
    root.run(f"--svg={picture}")
    drawn = " ".join(" ".join(xml.etree.ElementTree.parse(picture).getroot().itertext()).split())
    for why in {*boot["unknown"].values(), boot["firmware"]["why"]} - {None}:
        if boot["kind"] != "firmware" or why == boot["firmware"]["why"]:
            assert words.count(why) == 1 and drawn.count(why) == 1, why
    assert "not known, as above" in words and "not known, as above" in drawn


def test_the_initrd_stands_apart_from_the_system(root):
    root.history(boots.baton())
    out = root.run().out
    assert re.search(r"^  initrd .* 0\.904 s ", out, re.M) and re.search(r"^  starting services .* 1\.918 s ", out, re.M)
    times = boots.baton()["at_ns"]
    root.history(boots.baton(at_ns=times | {"system": times["first_program"]}))
    assert not re.search(r"^  initrd", root.run().out, re.M)
    del times["system"]
    root.history(boots.baton(at_ns=times))
    assert re.search(r"^\+ starting services +not known apart: it was recorded by a baton that", root.run().out, re.M)


@pytest.mark.parametrize("chain, words", [(1, "the first since"), (2, "the 2nd in a row"), (11, "the 11th in a row"),
                                          (23, "the 23rd in a row"), (112, "the 112th in a row")])
def test_a_handoff_is_counted_among_those_in_a_row(root, chain, words):
    root.history(boots.baton(chain=chain))
    assert words in root.run().out.replace("\n", " ")


@pytest.mark.parametrize("digests, words", [("good", "Every digest was compared"), ("skipped", "not compared (--no-verify)"),
                                            ("not run", "No digests were compared")])
def test_whether_digests_were_compared(root, digests, words):
    root.history(boots.baton(digests=digests))
    assert words in root.run().out.replace("\n", " ")


# Hostile text

HOSTILE = [boots.hostile(), boots.hostile_reasons(), boots.hostile_reasons(kind="kexec")]


@pytest.mark.parametrize("boot", HOSTILE, ids=["texts", "reported", "reasons"])
def test_hostile_text_cannot_drive_the_terminal(root, boot):
    root.history(boot)
    for arguments in ([], ["--history"]):
        out = root.run(*arguments).out
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", out)
        assert arguments or "\\x1b[" in out
    assert root.run("--json").json["kind"] == boot["kind"]


@pytest.mark.parametrize("boot", HOSTILE, ids=["texts", "reported", "reasons"])
def test_hostile_text_stays_text_in_the_picture(root, boot):
    picture = xml.etree.ElementTree.fromstring(svg_of(root, boot))
    assert SVG + "script" not in {element.tag for element in picture.iter()}
    assert any("<script>" in (element.text or "") for element in picture.iter(SVG + "text"))


def test_a_file_with_impossible_numbers_does_no_harm(root):
    far = 366 * 24 * 3600 * 10**9
    times = dict(zip(boots.EVENTS, [-far] * 6 + [0, far, far], strict=False))
    root.history(boots.baton(at_ns=times, precision_ns=far, chain=4294967295, started_at=253402300799))
    for arguments in ([], ["--history"], ["--json"], [f"--svg={root.root}/x.svg"]):
        root.run(*arguments)
    root.history(boots.baton(at_ns=dict.fromkeys(boots.EVENTS, 0)))
    for arguments in ([], ["--history"], ["--json"], [f"--svg={root.root}/x.svg"]):
        root.run(*arguments)


# The picture

def svg_of(root, *boots_made, name="picture.svg"):
    root.history(*boots_made)
    file = root.root / name
    assert root.run(f"--svg={file}").out == f"Wrote the picture to {file}\n"
    return file.read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_the_picture_is_well_formed_and_needs_nothing_else(root, kind):
    text = svg_of(root, KINDS[kind]())
    picture = xml.etree.ElementTree.fromstring(text)
    allowed = {SVG + name for name in ("svg", "title", "style", "rect", "line", "path", "text")}
    assert {element.tag for element in picture.iter()} <= allowed
    assert not re.search(r"href|url\(|@import|<!", text)
    width, height = float(picture.get("width")), float(picture.get("height"))
    for rect in picture.iter(SVG + "rect"):
        x, y = float(rect.get("x", 0)), float(rect.get("y", 0))
        assert 0 <= x and x + float(rect.get("width")) <= width and y + float(rect.get("height")) <= height
    for line in picture.iter(SVG + "text"):
        assert 0 < float(line.get("x")) <= width and 0 < float(line.get("y")) < height
    assert "prefers-color-scheme:dark" in text


def test_the_picture_looks_as_ever(root):
    check_golden("baton.svg", svg_of(root, boots.baton()))


def test_the_picture_holds_the_same_as_the_text(root):
    text = svg_of(root, boots.baton())
    words = {element.text for element in xml.etree.ElementTree.fromstring(text).iter(SVG + "text")}
    assert {"stopping services", "1.993 s", "28 %", "Outage", "1.600 s", "7.227 s", "<0.001 s"} <= words


def test_the_bars_of_the_picture_touch(root):
    picture = xml.etree.ElementTree.fromstring(svg_of(root, boots.baton()))
    bars = [(float(bar.get("x")), float(bar.get("width"))) for bar in picture.iter(SVG + "rect") if bar.get("x")]
    assert len(bars) == 9
    for (left, width), (following, _) in zip(bars, bars[1:], strict=False):
        assert abs(left + width - following) < 2.2  # the narrowest bar has two


def test_a_picture_appears_whole_or_not_at_all(root):
    root.history(boots.baton())
    result = root.run(f"--svg={root.root}/missing/x.svg", status=1)
    assert "missing/x.svg" in result.err and not result.out
    assert "not a regular file" in root.run("--svg=/dev/null", status=2).err
    assert not list(root.root.glob("*.svg*"))


# JSON

BOOT_KEYS = {"kind", "boot_id", "release", "from_boot_id", "from_release", "chain", "digests", "direct", "started_at",
             "at_ns", "unknown", "clock", "precision_ns", "firmware", "slowest_units"}
REPORT_KEYS = BOOT_KEYS | {"phases", "outage_ns", "command_to_up_ns"}


@pytest.mark.parametrize("kind", KINDS)
def test_json_has_the_documented_keys(root, kind):
    boot = KINDS[kind]()
    root.history(boot)
    made = root.run("--json").json
    assert set(made) == REPORT_KEYS | {"schema"} and made["schema"] == 1
    assert tuple(made["at_ns"]) == boots.EVENTS and made["at_ns"] == boot["at_ns"]
    assert set(made["unknown"]) == {event for event, ns in made["at_ns"].items() if ns is None}
    assert set(made["firmware"]) == set(boots.no_firmware())
    check_phases(made)


def check_phases(made):
    """They lead from the command to the end, without a gap; what is known of them adds up."""
    at, phases = made["at_ns"], made["phases"]
    assert [phases[0]["from"], *(phase["to"] for phase in phases)][0::len(phases)] == ["command", "up"]
    for before, after in zip(phases, phases[1:], strict=False):
        assert before["to"] == after["from"]
    for phase in phases:
        assert set(phase) == {"from", "to", "names", "part", "start_ns", "ns", "why"}
        assert len(phase["names"]) == boots.EVENTS.index(phase["to"]) - boots.EVENTS.index(phase["from"])
        start, end = at[phase["from"]], at[phase["to"]]
        known = start is not None and end is not None
        assert phase["ns"] == (end - start if known else None) and phase["start_ns"] == (start if known else None)
        assert (phase["why"] is None) == (known and len(phase["names"]) == 1)


def test_json_sums(root):
    root.history(boots.baton())
    made = root.run("--json").json
    assert made["outage_ns"] == 1_600_200_000 and made["command_to_up_ns"] == 7_227_300_000
    assert sum(phase["ns"] for phase in made["phases"]) == made["command_to_up_ns"]
    assert [phase["part"] for phase in made["phases"]] == ["old_system"] * 2 + ["between"] * 4 + ["new_system"] * 3


def test_json_and_a_picture_at_once(root):
    root.history(boots.baton())
    assert root.run("--json", f"--svg={root.root}/x.svg").json["kind"] == "baton"
    assert (root.root / "x.svg").exists()


def test_the_manual_names_every_key(root):
    manual = (TOP / "man/baton.8.scd").read_text()
    root.history(boots.baton())
    made = root.run("--json").json
    table = root.run("--history", "--json").json
    for key in {*made, *made["at_ns"], *made["phases"][0], *made["firmware"], *table, *table["medians"]["baton"]}:
        assert f"*{key}*" in manual, key


# The history

def everyone():
    slow = {event: round(ns * 1.3) for event, ns in boots.baton()["at_ns"].items()}
    return [boots.firmware(1), boots.baton(2, chain=1), boots.baton(3, chain=2, at_ns=slow), boots.kexec(4), boots.gaps(5),
            boots.baton(6, from_release="6.12.9-amd64"), boots.hostile(7)]


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_looks_as_ever(root, width):
    root.history(*everyone())
    result = root.run("--history", COLUMNS=str(width))
    assert not re.search(r" +$", result.out, re.M)
    assert all(len(line) <= width for line in result.out.splitlines())
    check_golden(f"history-{width}.txt", result.out)


def test_the_table_in_ascii(root):
    root.history(*everyone()[:-1])
    root.run("--history", LC_ALL="C").out.encode("ascii")


def test_the_history_as_json(root):
    root.history(*everyone())
    made = root.run("--history", "--json").json
    assert [boot["boot_id"] for boot in made["boots"]] == [boots.boot_id(number) for number in range(1, 8)]
    assert all(set(boot) == REPORT_KEYS for boot in made["boots"])
    assert made["medians"]["baton"] == {"boots": 5, "outage_ns": 1_600_200_000, "command_to_up_ns": 7_227_300_000}
    assert made["medians"]["kexec"] == {"boots": 1, "outage_ns": None, "command_to_up_ns": None}
    assert (made["passed_over"], made["newer"], made["shortened"]) == (0, 0, False)


def test_no_history_says_how_to_get_one(root):
    assert "baton report --record" in root.run("--history").out
    assert root.run("--history", "--json").json["boots"] == []


def test_damaged_lines_are_passed_over_and_told(root):
    root.history(boots.baton(1), boots.baton(2))
    whole = (root.root / boots.FILE).read_bytes()
    newer = json.dumps(boots.baton(3, version=2)).encode()
    root.write(boots.FILE, whole + whole[:100] + b"\n" + bytes(200) + b"\n" + newer + b"\n")
    out = root.run("--history").out
    assert "2 lines of the file passed over" in out and "1 by a newer baton" in out and "Median of 2" in out
    made = root.run("--history", "--json").json
    assert (len(made["boots"]), made["passed_over"], made["newer"]) == (2, 2, 1)


def test_an_earlier_boot_by_number_or_id(root):
    root.history(boots.kexec(1), boots.firmware(2), boots.baton(3))
    assert root.run("--boot=0", "--json").json["kind"] == "baton"
    assert root.run("--boot=-1", "--json").json["kind"] == "firmware"
    assert root.run("--boot=-2", "--json").json["kind"] == "kexec"
    assert root.run(f"--boot={boots.boot_id(2)[:10]}", "--json").json["kind"] == "firmware"
    for wanted in ("-3", "zzz", "", "7"):
        assert "no such boot" in root.run(f"--boot={wanted}", status=2).err


def test_a_history_that_cannot_be_read_is_a_warning(root):
    root.write(boots.BOOT_ID, boots.boot_id(1))
    (root.root / boots.FILE).mkdir(parents=True)
    assert "warning" in root.run().err
    assert "history.jsonl" in root.run("--history", status=4).err


# Recording

def test_the_recorded_boot_is_shown_and_not_recorded_again(root):
    root.history(boots.baton())
    before = root.lines()
    for arguments in ([], ["--record"]):
        result = root.run(*arguments, rights="root")
        assert not result.err and root.lines() == before
    assert root.run(rights="root").out.startswith("A handoff by baton")


def test_a_boot_is_recorded_once_and_quietly(root):
    root.write(boots.BOOT_ID, boots.boot_id(9) + "\n")
    result = root.run("--record", rights="root")
    assert (result.out, result.err) == ("", "")
    assert len(root.lines()) == 1
    entry = json.loads(root.lines()[0])
    assert set(entry) == BOOT_KEYS | {"version"} and entry["version"] == 1 and entry["boot_id"] == boots.boot_id(9)
    root.run("--record", rights="root")
    assert len(root.lines()) == 1


def test_a_report_as_root_records_and_as_user_does_not(root):
    root.write(boots.BOOT_ID, boots.boot_id(9) + "\n")
    root.run()
    assert not (root.root / boots.FILE).exists()
    root.run(rights="root")
    assert len(root.lines()) == 1


def test_what_cannot_be_recorded_is_an_error_only_if_asked_for(root):
    root.write(boots.BOOT_ID, boots.boot_id(9) + "\n")
    (root.root / "var").mkdir()
    (root.root / "var").chmod(0o555)
    result = root.run("--record", rights="root", status=3)
    assert "/var/lib" in result.err
    result = root.run(rights="root")
    assert "warning" in result.err and result.out


def test_a_half_line_at_the_end_does_not_take_the_next_with_it(root):
    root.history(boots.baton(1), boots.baton(2))
    whole = (root.root / boots.FILE).read_bytes()
    root.write(boots.FILE, whole[:-40])
    root.write(boots.BOOT_ID, boots.boot_id(9) + "\n")
    root.run("--record", rights="root")
    made = root.run("--history", "--json").json
    assert [boot["boot_id"] for boot in made["boots"]] == [boots.boot_id(1), boots.boot_id(9)]
    assert made["passed_over"] == 1


@pytest.mark.parametrize("arguments", [["--history", "--svg=x"], ["--history", "--record"], ["--history", "--boot=-1"],
                                       ["--record", "--boot=-1"], ["--record=file"], ["extra"]])
def test_usage_errors(root, arguments):
    result = root.run(*arguments, status=2)
    assert result.err.startswith("baton: ") and not result.out
