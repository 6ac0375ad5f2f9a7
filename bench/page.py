# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/performance.md: the tables, the method and its limits."""

from bench import chain, figures, loaders
from bench.figures import median, mib, part, seconds

INITRD_NAMES = {"small": "small", "debian": "Debian's own"}

PAGE = """\
# Performance

Written by `make bench` ({versions}). Do not edit.

![Outage of kexec-tools and baton](performance.svg)

## Figures to reach

Debian's Linux 6.1 with its own initrd, {memory} of memory, one processor, the deterministic clock; baton with its default
options beside `kexec-tools -c` in the same run.

{targets}

Outage and gap do not depend on whether the kernel was prepared. The load does: kexec-tools hands on a packed kernel and a
packed initrd, and the outage pays for both; baton unpacks them before, on one processor one after the other, on two
beside each other. Where baton is installed, its hook unpacks each kernel when the package manager installs it (`baton
prepare`), and a load has only the initrd left. Nothing waits for a load: services run until the reboot call.

{bounds}

## The deterministic clock

One instruction is one nanosecond. {repeats}

{exact}

{sizes} *kernel prepared* is `baton load` after `baton prepare`, which baton's hooks run whenever a kernel is installed;
the preparing is not counted. `kexec-tools -s` and `-c` are its two system calls, kexec_file_load and kexec_load.

## Where the outage goes

Debian's own initrd, the deterministic clock. The first three make the gap; for kexec-tools only their sum is known.

{phases}

## Memory

Peak of resident memory of the loading command, and what baton hands over.

{memory_table}
{wall}
## Method

{method}

## Limits

{limits}
"""

BOUNDS = """\
What bounds them, by instruction counts of each phase. *Gap*: most of it is the old kernel's, whose kexec moves the
pages; 6.1 copies each page three times, by way of a spare one, wherever it lies, and 7.2 once (below, *stops its
devices*). baton cannot choose otherwise through the kernel's system call; through its module the same handoff moves
few pages at all ([module.md](module.md)). Unpacked files are more pages; the rows *--entry=stub* and
*--unpack-initrd=never* below show what leaving one packed saves in the gap and the load, and costs in the outage.
Comparing digests runs at the speed of memory ([performance-digest.md](performance-digest.md)). *Outage*: the rest is
the new kernel's own start, which no loader changes; of it, making the initrd's files is what is left of unpacking.
*Load*: kernel and initrd are unpacked by liblzma and libzstd: 3.0 and 1.3 of the 5.7 G instructions, counted once
by callgrind. Debian 12's liblzma 5.4 takes 0.6 G more and misses the target by a tenth; the lab links Debian 13's
(lab/liblzma.py). Of the rest half is clearing pages, each of them twice by Debian's init_on_alloc. zstd's stream decoder
was tried and dropped: it needs a window as large as the kernel, and copies once more; so was having pages put below the
output ahead of the decoder (MADV_POPULATE_WRITE), which costs as much as their faults."""

METHOD = """\
For each kernel and initrd one QEMU guest is handed on from kernel to kernel, once for each row: each loads the same
files from memory into a kernel of the same series that holds nothing yet, and the lab's first program makes the reboot
call with nothing in between. `-icount shift=0` makes one executed instruction one nanosecond and one tick of the time
stamp counter. *Load* is the whole command, the kernel's work on its behalf included (bench/measure.c). *Outage* is from
the reboot call to the new kernel's first program, which reads the same counter. *Gap* ends at the first instruction of
the new kernel proper, however it is reached: a QEMU plugin (bench/marks.c) counts every executed instruction and notes
when the guest makes the reboot call and when it executes the instruction in which startup_64 loads its stack, wherever
KASLR put it. The gap holds no sleep (checked), so instructions are its time; for baton the stamp that purgatory writes
into the handoff record must agree with the plugin within 50 µs. Debian's own initrd is what mkinitramfs of Debian 12
makes for the kernel (MODULES=most, zstd), with a small archive appended that puts the lab's first program in the place
of Debian's /init; the small one holds busybox, that program and two drivers. Phases come from the handoff record and
from the new kernel's own log. For 20,000 ranges, callgrind counts the instructions of `baton plan` in user space on the
computer that runs the bench; kexec-tools finds the same map in its guest's /sys/firmware/memmap."""

LIMITS = """\
An instruction is a proxy for time: a copied byte, a hashed byte and a cache miss cost the same, QEMU counts each turn
of a repeated string instruction, so copying pages looks dearer than it is, devices answer at once, and with one
processor nothing runs in parallel, though baton unpacks kernel and initrd on two threads where there are two
processors. A real machine adds the time in which its devices stop and start again; neither loader changes that. Figures
of the deterministic clock repeat within about 1 %: timer ticks fall differently, and each start draws other addresses.
The outage holds no service being stopped: that belongs to the system, not to the loader. What the digest costs where a
cache miss counts is in [performance-digest.md](performance-digest.md)."""

WALL = """
## Wall-clock time (noisy)

The same on an emulated processor without the deterministic clock, the median of {runs} runs each, on the host's clock:
other work on the host shows. Outages of one case lie up to {spread:.0%} apart: a smaller difference says nothing. And
an emulator's costs are not a processor's: here the CRC instruction of the digest makes most of baton's gap.

{table}
"""


VERDICTS = {True: "✓ reached", False: "✗ MISSED"}


def page(results):
    """Return docs/performance.md for Results."""
    return PAGE.format(
        versions=", ".join(f"{name} {version}" for name, version in results.versions.items()), memory=chain.MEMORY,
        targets=_targets(results), bounds=BOUNDS, repeats=_repeats(results.exact), exact=_handoffs(results.exact),
        sizes=_sizes(results), phases=_phases(results.exact), memory_table=_memory(results.exact),
        wall=_wall(results.wall), method=METHOD, limits=LIMITS)


def table(head, rows, right=()):
    """Return a Markdown table with aligned columns; the columns numbered in `right` hold numbers."""
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    rule = tuple("-" * (width - 1) + ":" if column in right else "-" * width for column, width in enumerate(widths))
    lines.insert(1, rule)
    return "\n".join("| " + " | ".join(cell.rjust(width) if column in right else cell.ljust(width) for column, (cell, width)
                                       in enumerate(zip(line, widths, strict=True))) + " |" for line in lines)


def _targets(results):
    rows = [(each.what, each.peer, each.ours, each.ratio, each.least, each.aim, VERDICTS[each.reached])
            for each in figures.verdicts(results)]
    return table(("figure", "kexec-tools -c", "baton", "part of it", "to reach", "aim", ""), rows, right=(1, 2, 3))


def exact_table(results):
    """Return the table of the deterministic clock, for the terminal."""
    return _handoffs(results.exact)


def target_table(results):
    """Return the table of the figures to reach, for the terminal."""
    return _targets(results)


def _handoffs(handoffs):
    """Return a row for each case, with its parts of kexec-tools' figures."""
    rows, before = [], None
    for case in figures.cases(handoffs):
        series, initrd, loader = case
        values = [median(handoffs, *case, field) for field in ("load", "outage", "gap")]     # type: ignore[call-arg]
        peers = [median(handoffs, series, initrd, loaders.PEER.name, field) for field in ("load", "outage", "gap")]
        parts = ["" if loader == loaders.PEER.name else part(*pair) for pair in zip(values, peers, strict=True)]
        # A kernel and an initrd are named once, on their first row.
        names = ("", "") if case[:2] == before else (series, INITRD_NAMES[initrd])
        before = case[:2]
        rows.append((*names, loader, *(cell for pair in zip(map(seconds, values), parts, strict=True) for cell in pair)))
    head = ("kernel", "initrd", "loader", "load", "of -c", "outage", "of -c", "gap", "of -c")
    return table(head, rows, right=range(3, 9))


def _repeats(handoffs):
    counts = {case: len(figures.select(handoffs, *case)) for case in figures.cases(handoffs)}
    runs = sorted(set(counts.values()))
    if runs == [1]:
        return "Each figure is of one run: they repeat."
    what = " or ".join(map(str, runs))
    return f"Each figure is the median of {what} runs; outages of one case lie within {figures.spread(handoffs):.2%}."


def _sizes(results):
    found = [f"{series} {INITRD_NAMES[initrd]} {mib(size)}" for series, initrd, size in results.initrds]
    return f"Initrds: {', '.join(found)}."


def _phases(handoffs):
    """Return a column for kexec-tools and baton with each kernel, and a row for each phase."""
    columns = [(series, loader) for series in dict.fromkeys(each.series for each in handoffs)
               for loader in (loaders.PEER, loaders.BATON)]
    found = [figures.select(handoffs, series, "debian", loader.name)[0] for series, loader in columns]
    names = [name for name in chain.PHASES if any(name in each.phases for each in found)]
    rows = [(chain.PHASES[name], *(seconds(each.phases[name]) if name in each.phases else "" for each in found))
            for name in names]
    at = names.index("start")
    rows.insert(at, ("**gap**", *(f"**{seconds(each.gap)}**" for each in found)))
    rows.append(("**outage**", *(f"**{seconds(each.outage)}**" for each in found)))
    head = ("phase", *(f"{series} {'baton' if loader.ours else 'kexec-tools -c'}" for series, loader in columns))
    return table(head, rows, right=range(1, len(head)))


def _memory(handoffs):
    rows = []
    for case in figures.cases(handoffs):
        one = figures.select(handoffs, *case)[0]
        rows.append((case[0], INITRD_NAMES[case[1]], case[2], mib(one.peak), mib(one.handed_over) if one.handed_over else ""))
    return table(("kernel", "initrd", "loader", "peak", "handed over"), rows, right=(3, 4))


def _wall(handoffs):
    if not handoffs:
        return ""
    runs = max(len(figures.select(handoffs, *case)) for case in figures.cases(handoffs))
    return WALL.format(runs=runs, spread=figures.spread(handoffs), table=_handoffs(handoffs))
