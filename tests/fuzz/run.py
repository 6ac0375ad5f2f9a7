#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run every fuzz target for a bounded time, two at once. Usage: run.py BUILD-FOLDER SECONDS

A target starts from its corpus in tests/fuzz/corpus/NAME and works in a temporary copy, so that the
tree stays clean. Exit status 1 if one finds a crash, undefined behaviour, a leak, a time-out or a memory excess."""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Else what UBSan finds is a line that nobody reads.
ENVIRONMENT = os.environ | {"UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:print_stacktrace=1"}


def run(target, seconds):
    name = target.name.removeprefix("fuzz_")
    with tempfile.TemporaryDirectory() as work:
        corpus = HERE / "corpus" / name
        if not corpus.is_dir() or not any(corpus.iterdir()):
            return name, False, f"no corpus in {corpus}"
        done = subprocess.run(
            [str(target), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=1024",
             "-max_len=65536", f"-artifact_prefix={work}/", "-print_final_stats=1", work, str(corpus)],
            capture_output=True, text=True, timeout=seconds * 10 + 120, env=ENVIRONMENT, check=False)
    executed = re.search(r"stat::number_of_executed_units:\s+(\d+)", done.stderr)
    ok = done.returncode == 0 and executed is not None and int(executed[1]) > 0
    return name, ok, f"{executed[1]} inputs" if ok else done.stderr[-6000:]


def main():
    folder, seconds = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])
    targets = sorted(path for path in (folder / "tests/fuzz").glob("fuzz_*")
                     if path.is_file() and path.stat().st_mode & 0o100)
    if not targets:
        sys.exit(f"no fuzz targets below {folder}")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, ok, text in pool.map(lambda target: run(target, seconds), targets):
            print(f"fuzz {name}: {'ok' if ok else 'FAILED'}, {text}", flush=True)
            failed += not ok
    print(f"{len(targets) - failed} passed, {failed} failed")
    sys.exit(bool(failed))


main()
