# SPDX-License-Identifier: LGPL-2.1-or-later
"""baton beside Debian's kexec-tools: `python3 -m bench`, or `make bench`.

Writes docs/performance.md and docs/performance.svg, prints the tables, and ends with exit status 1 if a figure
misses its target.
"""

import argparse
import dataclasses
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import chain, figures, loaders, page, planning, plot
from lab import kernels, kexec_tools, qemu
from lab.errors import LabError

PAGE = loaders.ROOT / "docs" / "performance.md"
PLOT = loaders.ROOT / "docs" / "performance.svg"
STARTED = time.monotonic()
WALL_RUNS = 3


def progress(text):
    """Show a step, with the time since the start."""
    print(f"[{time.monotonic() - STARTED:6.1f} s] {text}", file=sys.stderr, flush=True)


def main():
    """Measure, print, write, and say by the exit status whether every figure is reached."""
    options = arguments()
    try:
        results = figures.Results.load(options.page_from) if options.page_from else measure(options)
        for series, initrd in options.more:
            results.exact.extend(chain.run(series, initrd, loaders.ALL, True, progress))
        if options.page_from and options.wall_runs:
            results = dataclasses.replace(results, wall=wall_handoffs(list(kernels.SERIES), options.wall_runs))
    except LabError as error:
        sys.exit(f"bench: {error}")
    if options.save:
        results.save(options.save)
    print(page.exact_table(results), page.target_table(results), sep="\n\n")
    if not options.quick:
        PAGE.write_text(page.page(results))
        PLOT.write_text(plot.svg(results.exact))
        progress(f"{PAGE.relative_to(loaders.ROOT)} and {PLOT.relative_to(loaders.ROOT)} are written")
    missed = figures.missed(results)
    progress("done")
    sys.exit(f"bench: missed: {'; '.join(missed)}" if missed else 0)


def measure(options):
    """Run everything that the options ask for; return the Results."""
    series = [figures.TARGET_SERIES] if options.quick else list(kernels.SERIES)
    which = [*loaders.ALL, *(loaders.baton(f"baton {words}", words) for words in options.also)]
    binary, sizes = loaders.binary(), []
    # What all guests share is made first, so that parallel ones do not wait for each other.
    for each in series:
        files = chain.initrd_files(kernels.get(each, progress=progress), progress)
        sizes += [[each, name, len(data)] for name, data in files.items()]
    exact = exact_handoffs(series, which, options)
    runs = WALL_RUNS if options.wall_runs is None else options.wall_runs
    wall = [] if options.quick else wall_handoffs(series, runs)
    count, peer = (None, None) if options.quick else (planning.instructions(), planning.peer())
    return figures.Results(exact, wall, count, peer, versions(binary, series), sizes)


def exact_handoffs(series, which, options):
    """Return the Handoffs of the deterministic clock. How busy this computer is does not change them."""
    jobs = [(each, initrd) for each in series for initrd in chain.INITRDS]
    jobs += [(figures.TARGET_SERIES, figures.TARGET_INITRD)] * (options.runs - 1)
    with ThreadPoolExecutor(options.jobs) as pool:
        done = pool.map(lambda job: chain.run(*job, which, True, progress), jobs)   # type: ignore[call-arg]
        return [handoff for handoffs in done for handoff in handoffs]


def wall_handoffs(series, runs):
    """Return the Handoffs of the host's clock, one guest at a time."""
    which = (loaders.PEER, loaders.PEER_FILE, loaders.BATON, loaders.PREPARED)
    found = []
    for number in range(runs):
        progress(f"wall-clock time, run {number + 1}")
        for each in series:
            found += chain.run(each, "debian", which, False, progress)
    return found


def versions(binary, series):
    """Return {name: version} of what was measured and what measured it."""
    def output(*words):
        return subprocess.run(words, text=True, capture_output=True, check=True).stdout

    linked = binary.parents[2] / "meson-info/intro-dependencies.json"
    libraries = json.loads(linked.read_text()) if linked.exists() else []
    codecs = {each["name"]: each["version"] for each in libraries if each["name"] in ("liblzma", "libzstd")}
    tools = re.search(r"_(?:\d+%3A)?([\d.]+)", kexec_tools.get().name)[1]
    return {"baton": output(binary, "version").split()[-1], **codecs, "kexec-tools": tools,
            "Linux": ", ".join(kernels.get(each).version for each in series),
            "QEMU": re.search(r"version ([\d.]+)", output(qemu.PROGRAM, "--version"))[1]}


def case(text):
    """Return (series, initrd) of words like "6.12,debian"."""
    series, _, initrd = text.partition(",")
    if series not in kernels.SERIES or initrd not in chain.INITRDS:
        raise argparse.ArgumentTypeError(f"there are {', '.join(kernels.SERIES)} with {', '.join(chain.INITRDS)}")
    return series, initrd


def arguments():
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(prog="python3 -m bench", description="Measure baton beside kexec-tools.")
    parser.add_argument("--quick", action="store_true", help="Linux 6.1 on the deterministic clock only; writes no page")
    parser.add_argument("--runs", type=int, default=3, metavar="N",
                        help="runs of the case that has figures to reach (default: %(default)s); the others run once")
    parser.add_argument("--wall-runs", type=int, metavar="N",
                        help=f"runs on the host's clock (default: {WALL_RUNS}; with --page-from, those of the file)")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count()), metavar="N",
                        help="guests at once on the deterministic clock (default: %(default)s)")
    parser.add_argument("--also", action="append", default=[], metavar="OPTIONS", help="one more row: baton with OPTIONS")
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep what was measured, as JSON")
    parser.add_argument("--page-from", type=Path, metavar="FILE", help="measure nothing; print and write from a file of --save")
    parser.add_argument("--more", action="append", default=[], type=case, metavar="SERIES,INITRD",
                        help="one more run of a case, on the deterministic clock; what lies off counts less in the median")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.runs = 1
    return chosen


if __name__ == "__main__":
    main()
