# SPDX-License-Identifier: LGPL-2.1-or-later
"""The digests that purgatory could run, beside memory itself: `python3 -m bench.digest`, or `make bench-digest`.

Writes docs/performance-digest.md, prints its table, and ends with exit status 1 if the figures do not bear out the
choice that purgatory has made.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.page import table

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance-digest.md"
BUILD = ROOT / "build-static"
PROGRAM = BUILD / "bench" / "digest"
LAST_CACHE = Path("/sys/devices/system/cpu/cpu0/cache/index3/size")

MIB = 1 << 20
RUNS = 7
SMALL = MIB
LARGE_LEAST = 256 * MIB
HANDED_OVER = 150 * MIB             # about what a Debian kernel and its initrd are, both unpacked
COUNTED = (MIB, 2 * MIB)
TOLERANCE = 1.1                     # a shared computer: less is noise
CHOSEN, FALLBACK = "crc32c-4", "xxh3-integer"


@dataclass(frozen=True)
class Candidate:
    """One that bench/digest.c knows by `name`. `integer`: it runs without the SSE state; `counted`: valgrind can."""

    name: str
    title: str
    integer: bool = True
    portable: bool = True
    counted: bool = True


ROOF = (Candidate("sum", "*plain read: a sum of 64-bit words*"),
        Candidate("memcpy", "*copy: the C library's memcpy()*", False, counted=False))
CANDIDATES = (Candidate("crc32c-4", "**CRC-32C, instruction, four lanes**", portable=False),
              Candidate("crc32c-3", "CRC-32C, instruction, three lanes", portable=False),
              Candidate("crc32c-1", "CRC-32C, instruction, one lane", portable=False),
              Candidate("xxh3-integer", "**XXH3-128, integer code**"),
              Candidate("xxh3-sse2", "XXH3-128, SSE2", False),
              Candidate("xxh3-avx2", "XXH3-128, AVX2", False, False),
              # valgrind does not know the SHA extensions.
              Candidate("sha256-ni", "SHA-256, SHA extensions", False, False, False),
              Candidate("sha256-plain", "SHA-256, plain C"))


@dataclass(frozen=True)
class Results:
    """`speeds` are {(name, size): bytes a second}, `counts` {name: instructions a byte}, sizes bytes."""

    cpu: str
    last_cache: int
    large: int
    speeds: dict
    counts: dict

    def speed(self, name):
        """Return the speed over the large buffer in bytes a second, or None if this CPU cannot run it."""
        return self.speeds.get((name, self.large))

    def seconds(self, name, size=HANDED_OVER):
        """Return how long `size` bytes take at the large buffer's speed."""
        return size / self.speed(name)


PAGE_TEXT = """\
# Digests at the speed of memory

Written by `make bench-digest` on {cpu}. Do not edit. What a whole
handoff takes is in [performance.md](performance.md).

Purgatory compares a digest of every byte that it hands over, while no kernel runs. So the digest is to cost no more
than reading the bytes does. Speeds are in GB/s (1e9 bytes) of wall-clock time; bold is what purgatory uses.

{table}

## Decision

{decision}

## What it finds

{finds}

## Method

{method}

## Limits

{limits}
"""

FINDS = """\
**One flipped bit: always.** It changes one word of one lane, and a CRC finds every single flipped bit; also every odd
number of them in one lane, and every error within 32 neighbouring bits of a lane.

**Pages that changed places, are missing or come twice.** Position is bound in two ways. Every segment has its own
address, size and digest in purgatory's parameters, so a page of one segment in the place of another is wrong in both.
Inside a segment, word *i* belongs to lane *i* mod 4, and a CRC weighs each word by how far it is from the end. The
lanes start from all ones, so leading zeros count too. Content that is not what it should be, as where a page is
missing or repeated, gets past one lane by a chance of 2⁻³², and past all four, if it differs in all, of 2⁻¹²⁸. For
two pages that swapped it is 2⁻³¹ a lane: Castagnoli's polynomial is (x + 1) times an irreducible one of degree 31,
and parity does not change by swapping. The other factor does notice: with d the difference of two words and k the
bits of its lane between them, the error is d·(xᵏ + 1), and the factor does not divide xᵏ + 1 for any k below 2³¹ - 1,
which is 1 GiB of a segment. So a swap of pages that differ in one bit is found for certain. Two equal pages that swap
are no damage.

**XXH3** has no such proof. Each word is mixed with another part of a secret and the sums are scrambled every 1024
bytes, so that order counts; that all of it is found rests on tests.

`tests/unit/test_digest.c` flips every bit of a buffer, and swaps, blanks and repeats every page of another, with both
algorithms; `tests/vm/test_plan_as_elf.py` does it to a guest's memory, where purgatory must reset the machine. A
digest here is against stray DMA and bad memory, not against intent: who can write to a segment can write to purgatory
as well. That is why SHA-256 would buy nothing for its price."""

METHOD = """\
bench/digest.c runs each candidate over a buffer of {small}, 64 times in a row, and once over one of {large}, which is
at least twice the last-level cache of {cache} that this CPU reports; {runs} such rounds, the candidates by turns. The
buffers are on large pages where the kernel grants them, as purgatory finds memory mapped, and hold numbers that do
not repeat. Each MiB is timed alone by the wall clock and its best time of all rounds counts, so that interruptions
drop out. Candidates without SSE are compiled with purgatory's own flags (purgatory/build.py: -O2, freestanding, no
SSE) from the source that purgatory includes, src/wire/digest.h; SHA-256 in plain C, as a textbook has it, with the
same. XXH3 is xxhash.h at -O3 with SSE2 and AVX2. Before it measures, the program checks SHA-256 and CRC-32C against
their standards' examples, and that all ways to compute one digest agree. Instructions a byte are counted by
valgrind's callgrind: the difference between runs over {counted[0]} and {counted[1]}, divided by that of the sizes;
they are exact, whatever else this computer does. `tests/vm/test_digest_speed.py` bounds what purgatory itself takes
in a guest."""

LIMITS = """\
One computer, a virtual machine shared with others: its memory is as fast as the neighbours leave it, and the best
times show what it can do, not what it does on average. Small differences say nothing. valgrind does not know the SHA
extensions, and the C library's copy depends on the CPU, so these two have no count. Three lanes and one lane leave
the last few bytes out. Not covered by any digest: memory past a segment's bytes, and the few variables that purgatory
writes to. Its parameters, which hold the digests, have one of their own."""


def main():
    """Measure, print, write, and say by the exit status whether the choice is borne out."""
    results = measure()
    print(figures_table(results))
    PAGE.write_text(page(results))
    print(f"{PAGE.relative_to(ROOT)} is written", file=sys.stderr)
    wrong = objections(results)
    sys.exit(f"bench-digest: the figures do not bear out the choice: {'; '.join(wrong)}" if wrong else 0)


def measure():
    """Build and run the program; return Results."""
    subprocess.run(["ninja", "-C", BUILD, "--quiet", "bench/digest"], check=True, stdout=subprocess.DEVNULL)
    last_cache = cache_size(LAST_CACHE.read_text()) if LAST_CACHE.exists() else 0
    large = max(LARGE_LEAST, 2 * last_cache)
    done = subprocess.run([PROGRAM, str(RUNS), str(SMALL), str(large)], check=True, text=True, stdout=subprocess.PIPE)
    found = json.loads(done.stdout)
    speeds = {(row["name"], row["size"]): row["size"] / row["nanoseconds"] * 1e9 for row in found["rows"]}
    counts = {each.name: instructions_a_byte(each.name) for each in (*ROOF, *CANDIDATES)
              if each.counted and (each.name, large) in speeds}
    return Results(found["cpu"], last_cache, large, speeds, counts)


def cache_size(text):
    """Return the bytes that a line such as "32768K" says."""
    return int(text.strip().removesuffix("K")) << 10


def instructions_a_byte(name):
    """Return what callgrind counts for one more byte."""
    small, large = (_instructions(name, size) for size in COUNTED)
    return (large - small) / (COUNTED[1] - COUNTED[0])


def _instructions(name, size):
    words = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", PROGRAM, "--once", name, str(size)]
    done = subprocess.run(words, text=True, capture_output=True, check=False)
    match = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not match:
        sys.exit(f"bench-digest: callgrind: {name}: exit status {done.returncode}\n{done.stderr}")
    return int(match[1])


def objections(results):
    """Return in words what speaks against the choice that src/plan/purgatory.c, plan_digest_algorithm(), has made."""
    wrong = []
    if results.speed(CHOSEN):
        wrong += _faster(results, CHOSEN, [each for each in CANDIDATES if each.integer])
    wrong += _faster(results, FALLBACK, [each for each in CANDIDATES if each.integer and each.portable])
    return wrong


def _faster(results, chosen, rivals):
    return [f"{each.name} has {_speed(results.speed(each.name))} GB/s, {chosen} {_speed(results.speed(chosen))}"
            for each in rivals if (results.speed(each.name) or 0) > TOLERANCE * results.speed(chosen)]


def page(results):
    """Return docs/performance-digest.md for Results."""
    sizes = {"small": mib(SMALL), "large": mib(results.large), "cache": mib(results.last_cache), "runs": RUNS,
             "counted": [mib(size) for size in COUNTED]}
    return PAGE_TEXT.format(cpu=results.cpu, runs=RUNS, table=figures_table(results), decision=decision(results),
                            finds=FINDS, method=_wrap(METHOD.format(**sizes)), limits=LIMITS.format(**sizes))


def figures_table(results):
    """Return a row for each candidate, quick or not, and for memory itself."""
    rows = [(each.title, "yes" if each.integer else "no", _speed(results.speeds.get((each.name, SMALL))),
             _speed(results.speed(each.name)), _part(results, each.name), _count(results.counts.get(each.name)))
            for each in (*ROOF, *CANDIDATES)]
    head = ("candidate", "without SSE", mib(SMALL), mib(results.large), "of a plain read", "instructions a byte")
    return table(head, rows, right=range(2, 6))


def decision(results):
    """Return why purgatory does what it does, in this run's figures."""
    if not results.speed(CHOSEN):
        return f"This CPU has no crc32 instruction, so purgatory runs XXH3 in integer code.{_doubts(results)}"
    text = (
        f"Where the CPU has the crc32 instruction (CPUID leaf 1, ECX bit 20), purgatory "
        f"runs CRC-32C in four lanes: {_speed(results.speed(CHOSEN))} GB/s out of memory, "
        f"{results.speed(CHOSEN) / results.speed('sum'):.0%} of a plain read, from integer registers. One lane waits for "
        f"the instruction's own result and has {_speed(results.speed('crc32c-1'))} GB/s. Three lanes hide that as well "
        f"({_speed(results.speed('crc32c-3'))} GB/s); four divide a cache line without rest and give 128 bits. Elsewhere it "
        f"runs XXH3 in integer code: {_speed(results.speed(FALLBACK))} GB/s, the fastest that needs nothing but an x86-64 "
        f"CPU and no SSE state. ")
    vector = [results.speed(name) for name in ("xxh3-sse2", "xxh3-avx2") if results.speed(name)]
    text += (f"With vectors XXH3 reaches {' and '.join(map(_speed, vector))} GB/s (SSE2"
             f"{' and AVX2' if len(vector) > 1 else ''}). That would help only where there is no crc32 instruction, at "
             f"the price of setting up the SSE state past the point of no return, and a CPU without crc32 has no AVX2 "
             f"either. ")
    text += f"For {mib(HANDED_OVER)} that is {_times(results)}."
    return _wrap(text + _doubts(results))


def _times(results):
    titles = {CHOSEN: "CRC-32C in four lanes", FALLBACK: "XXH3 in integer code",
              "sha256-ni": "SHA-256 by the SHA extensions", "sha256-plain": "SHA-256 in plain C"}
    return ", ".join(f"{results.seconds(name) * 1000:.0f} ms for {title}" for name, title in titles.items()
                     if results.speed(name))


def _doubts(results):
    wrong = objections(results)
    return f" **This run does not bear that out:** {'; '.join(wrong)}." if wrong else ""


def _wrap(text, width=119):
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


def mib(size):
    """Return a size in words."""
    return f"{size // MIB} MiB"


def _speed(speed):
    return f"{speed / 1e9:.2f}" if speed else "cannot"


def _part(results, name):
    return f"{results.speed(name) / results.speed('sum'):.0%}" if results.speed(name) else ""


def _count(count):
    return f"{count:.3f}" if count is not None else ""


if __name__ == "__main__":
    main()
