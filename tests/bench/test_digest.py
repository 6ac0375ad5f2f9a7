# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the bench of the digests makes of its measurements."""

import dataclasses

from bench import digest

GB = 1e9
SPEEDS = {"sum": 12.0, "memcpy": 8.0, "crc32c-4": 11.0, "crc32c-3": 11.5, "crc32c-1": 6.0, "xxh3-integer": 5.0,
          "xxh3-sse2": 11.0, "xxh3-avx2": 12.0, "sha256-ni": 2.0, "sha256-plain": 0.4}


def results(without=(), **changes):
    """Return Results of made-up speeds in GB/s, some of them changed, some candidates missing."""
    speeds = {name: speed for name, speed in (SPEEDS | changes).items() if name not in without}
    found = {(name, size): speed * GB for name, speed in speeds.items() for size in (digest.SMALL, 300 * digest.MIB)}
    return digest.Results("A CPU (family 6, model 1)", 150 * digest.MIB, 300 * digest.MIB, found, {"crc32c-4": 0.1719})


def row(text, title):
    """Return the cells of the one row of that title."""
    line, = [line for line in text.splitlines() if line.startswith(f"| {title}")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_program_s_candidates_are_the_page_s():
    """Each by its name in the table of digest.c, so that none is measured and not shown, or the other way round."""
    source = (digest.ROOT / "bench" / "digest.c").read_text()
    table = source[source.index("} candidates[] = {"):source.index("enum { CANDIDATES")]
    named = [line.split('"')[1] for line in table.splitlines() if '{"' in line]
    assert named == [each.name for each in (*digest.ROOF, *digest.CANDIDATES)]


def test_the_page_has_a_row_for_every_candidate_and_names_the_cpu():
    text = digest.page(results())
    for each in (*digest.ROOF, *digest.CANDIDATES):
        assert row(text, each.title)
    assert "A CPU (family 6, model 1)" in text and "150 MiB that this CPU reports" in text
    assert row(text, "**CRC-32C") == ["**CRC-32C, instruction, four lanes**", "yes", "11.00", "11.00", "92%", "0.172"]
    assert row(text, "SHA-256, plain")[3:] == ["0.40", "3%", ""]
    for heading in ("Decision", "What it finds", "Method", "Limits"):
        assert f"## {heading}\n" in text
    assert "{" not in text


def test_what_a_cpu_cannot_run_is_said_and_not_left_out():
    text = digest.page(results(without=("xxh3-avx2", "sha256-ni")))
    assert row(text, "XXH3-128, AVX2")[2:] == ["cannot", "cannot", "", ""]
    assert "SHA extensions" not in text[text.index("## Decision"):text.index("## What it finds")]
    old = results(without=("crc32c-4", "crc32c-3", "crc32c-1"))
    assert "no crc32 instruction" in digest.page(old) and digest.objections(old) == []


def test_a_choice_that_the_figures_do_not_bear_out_is_told():
    assert digest.objections(results()) == []
    assert digest.objections(results(**{"xxh3-avx2": 99.0})) == [], "purgatory has no SSE state"
    assert digest.objections(results(**{"crc32c-3": 12.0})) == [], "within what is noise"
    worse = results(**{"crc32c-3": 12.2})
    assert digest.objections(worse) == ["crc32c-3 has 12.20 GB/s, crc32c-4 11.00"]
    assert "does not bear that out" in digest.page(worse) and "does not bear" not in digest.page(results())
    assert digest.objections(results(**{"sha256-plain": 6.0})) == ["sha256-plain has 6.00 GB/s, xxh3-integer 5.00"]


def test_the_decision_quotes_the_run():
    text = " ".join(digest.decision(results()).split())
    assert "four lanes: 11.00 GB/s out of memory, 92% of a plain read" in text
    # 150 MiB at 11 GB/s and at 0.4 GB/s.
    assert "14 ms for CRC-32C" in text and "393 ms for SHA-256 in plain C" in text
    assert all(len(line) < 120 for line in digest.decision(results()).splitlines())


def test_the_size_of_the_last_cache_is_read():
    assert digest.cache_size("32768K\n") == 32 * digest.MIB
    assert dataclasses.replace(results(), large=7).speed("sum") is None


def times(first, second, modulus):
    """Multiply polynomials over two elements, written as the bits of numbers."""
    product = 0
    while second:
        product ^= first if second & 1 else 0
        second >>= 1
        first <<= 1
        if first.bit_length() == modulus.bit_length():
            first ^= modulus
    return product


def test_the_polynomial_has_the_factors_that_the_page_speaks_of():
    """31 is a prime: a polynomial of that degree without a linear factor that divides x^(2^31) - x is irreducible."""
    castagnoli, factor = 0x11EDC6F41, 0xF5B4253F
    assert factor.bit_length() == 32
    assert factor << 1 ^ factor == castagnoli, "times x + 1"
    assert factor & 1 and factor.bit_count() % 2, "neither x nor x + 1 divides it"
    power = 2
    for _ in range(31):
        power = times(power, power, factor)
    assert power == 2
    assert "x + 1" in digest.FINDS and "2³¹ - 1" in digest.FINDS
