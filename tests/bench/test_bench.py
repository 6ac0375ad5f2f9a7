# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the bench makes of its measurements."""

import dataclasses
import lzma
import re
import struct
import xml.etree.ElementTree

import pytest

from bench import chain, figures, loaders, marks, page, plot
from lab.errors import LabError

MIB = 1 << 20
LOAD_STACK = b"\x48\x8d\x25\x01\x02\x03\x04"
KEXEC_TOOLS = {"load": 5.0, "outage": 13.0, "gap": 10.0, "peak": 40 * MIB, "handed_over": None}
BATON = {"load": 2.0, "outage": 2.0, "gap": 0.1, "peak": 160 * MIB, "handed_over": 150 * MIB}
STARTED = {"start": 0.5, "unpack": 0.4, "drivers": 1.0}


def handoff(loader, series="6.1", initrd="debian", **changes):
    """Return a Handoff with made-up figures, some of them changed."""
    values = (BATON if loader.ours else KEXEC_TOOLS) | changes
    phases = STARTED | ({"stop": 0.07, "verify": 0.03} if loader.ours else {})
    return chain.Handoff(series, initrd, loader.name, phases=phases, **values)


def results(**changes):
    """Return Results of one kernel; `changes` are to baton's figures."""
    ours = [handoff(loader, **changes) for loader in (loaders.BATON, loaders.PREPARED)]
    rows = [handoff(loaders.PEER), handoff(loaders.PEER_FILE), *ours]
    return figures.Results(rows, rows, 40_000_000, "cannot", {"baton": "1"}, [["6.1", "debian", 31 * MIB]])


def missed(**changes):
    return figures.missed(results(**changes))


def test_every_figure_is_reached_or_named():
    assert missed() == []
    assert missed(gap=0.1) == [], "1/100 counts as reached"
    assert missed(gap=0.101) == ["handoff gap"]
    assert missed(outage=2.4) == ["outage"]
    assert missed(load=5.0) == [], "as quick counts as not slower"
    assert missed(load=5.1) == ["load", "load, kernel prepared when it was installed"]
    assert missed(peak=167 * MIB) == ["peak memory of load"]
    slow = dataclasses.replace(results(), plan_instructions=50_000_001)
    assert figures.missed(slow) == ["`baton plan` for 20,000 memory ranges"]


def test_both_loads_have_a_target_of_their_own():
    slow = [handoff(loaders.BATON, load=6.0) if row.loader == loaders.BATON.name else row for row in results().exact]
    both = dataclasses.replace(results(), exact=slow)
    assert figures.missed(both) == ["load"]
    assert re.search(r"load  *\| *5\.00 s \| *6\.00 s \| *× 1\.2 .*✗ MISSED", page.page(both))


def test_a_median_counts_not_the_best_run():
    rows = [handoff(loaders.PEER), handoff(loaders.PREPARED)]
    rows += [handoff(loaders.BATON, gap=gap) for gap in (0.01, 0.3, 0.4)]
    several = dataclasses.replace(results(), exact=rows)
    assert figures.missed(several) == ["handoff gap"]
    assert "median of 1 or 3 runs" in page.page(several)


def test_the_page_names_every_loader_and_target():
    text = page.page(results())
    for words in ("kexec-tools -s", "(performance-digest.md)", "| handoff gap", "1/100", "✓ reached", "31.0 MiB",
                  "Wall-clock", "**0.100 s**"):
        assert words in text
    assert "✗ MISSED" in page.page(results(gap=1.0))
    assert "Wall-clock" not in page.page(dataclasses.replace(results(), wall=[]))


def test_a_slower_figure_is_not_written_as_a_fraction():
    assert page.part(2.0, 10.0) == "1/5"
    assert page.part(11.0, 10.0) == "× 1.1"


def test_the_plot_is_xml_with_bars_of_the_right_length():
    picture = xml.etree.ElementTree.fromstring(plot.svg(results().exact))
    name = "{http://www.w3.org/2000/svg}"
    boxes = [box for box in picture.iter(f"{name}rect") if box.get("height") == str(plot.BAR)]
    gaps = [float(box.get("width")) for box in boxes if box.get("class") == "gap"]
    rests = [float(box.get("width")) for box in boxes if box.get("class") == "rest"]
    assert len(gaps) == len(rests) == 3
    assert (gaps[0] + rests[0]) / (gaps[2] + rests[2]) == pytest.approx(13 / 2, rel=0.01)
    assert gaps[0] / rests[0] == pytest.approx(10 / 3, rel=0.01)
    assert max(float(box.get("x")) + float(box.get("width")) for box in boxes) < plot.WIDTH


def test_results_survive_a_file(tmp_path):
    results().save(tmp_path / "r.json")
    assert figures.Results.load(tmp_path / "r.json") == results()


def bzimage(code, entry=0x1000000, magic=lzma.FORMAT_XZ):
    """Return a bzImage whose payload is an ELF with `code` at its entry."""
    header = bytearray(64)
    struct.pack_into("<QQ", header, 24, entry, 64)
    struct.pack_into("<H", header, 56, 1)
    table = marks.ELF_PHDR.pack(1, 5, 256, 0, 0x1000000, len(code) + 64, 0, 0)
    elf = (bytes(header) + table).ljust(256, b"\0") + code
    payload = lzma.compress(elf, magic)
    image = bytearray(1024)
    image[0x1F1] = 1
    struct.pack_into("<II", image, 0x248, 16, len(payload))
    return bytes(image) + bytes(16) + payload


@pytest.mark.parametrize("before", [b"", b"\x49\x89\xf7"])
def test_the_entry_is_found_in_a_packed_kernel(tmp_path, before):
    (tmp_path / "vmlinuz").write_bytes(bzimage(before + LOAD_STACK + bytes(64)))
    assert marks.entry_instruction(tmp_path / "vmlinuz") == LOAD_STACK


@pytest.mark.parametrize("image, words", [
    (bzimage(bytes(64)), "startup_64 begins with"),
    (bzimage(LOAD_STACK, entry=0x9000000), "in none of 1 segments"),
    (bzimage(LOAD_STACK, magic=lzma.FORMAT_ALONE), "expected xz or zstd"),
])
def test_a_kernel_that_starts_otherwise_is_an_error(tmp_path, image, words):
    (tmp_path / "vmlinuz").write_bytes(image)
    with pytest.raises(LabError, match=words):
        marks.entry_instruction(tmp_path / "vmlinuz")


def jump(**changes):
    """Return a Jump of 2 s with a gap of 0.1 s, through a kernel that said when it did what."""
    mark = [marks.Mark("leave", 1_000, 3, 0), marks.Mark("entry", 100_001_000, 3, 150), marks.Mark("first", 0, 9, 3_000)]
    log = ("[    0.500000] Trying to unpack rootfs image as initramfs...\n[    0.900000] Freeing initrd memory: 1K\n"
           "[    1.900000] Run /init as init process\n")

    class Report:
        tsc = 2_000_001_000
        setup_data = ()

    return chain.Jump(**{"what": "test", "marks": mark, "left_at": 1_000, "report": Report, "log": log} | changes)


def test_the_phases_add_up_to_the_outage():
    phases = jump().phases(ours=False)
    assert phases == pytest.approx({"start": 0.5, "unpack": 0.4, "drivers": 1.0})
    assert jump().gap() + sum(phases.values()) == pytest.approx(jump().outage())


def test_a_gap_with_sleep_in_it_is_not_counted_in_instructions():
    slept = [jump().marks[0], dataclasses.replace(jump().marks[1], idles=4), jump().marks[2]]
    with pytest.raises(LabError, match="slept 1 times"):
        jump(marks=slept).gap()


def test_a_handoff_without_baton_s_record_is_an_error():
    with pytest.raises(LabError, match="no handoff record"):
        jump().phases(ours=True)
