"""The lab's command line: `python3 -m lab fetch | module | boot | record | sysroot | runner | liblzma | musl | list | clean`."""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lab import (baton_module, cache, custom_kernels, debian, foreign, headers, initramfs, kernels, kexec_tools, liblzma, musl, qemu,
                 raw, sysroot, systemd_boot)
from lab.errors import LabError
from lab.guest import Guest


# Sparse of Debian 12 does not understand headers newer than these.
SPARSE = ("C=2", "CHECK=sparse")
UNDERSTOOD = ("6.1", "6.1-686-pae", "6.1-686")


def progress(text):
    """Show a step of a long command, with the time since the start."""
    print(f"[{time.monotonic() - STARTED:6.1f} s] {text}", file=sys.stderr, flush=True)


def fetch(options):
    for series in options.series or kernels.ALL:
        kernel = kernels.get(series, options.update, progress)
        progress(f"{series}: {kernel.release}")
    progress(f"busybox for i386: {initramfs.busybox('i386').stat().st_size} bytes")
    progress(f"libraries for i386: {sysroot.get(progress).parent.name}")
    progress(f"liblzma: {liblzma.get(progress).name}")
    progress(f"kexec-tools: {kexec_tools.get(progress=progress).name}")
    progress(f"Debian's root: {debian.root(progress).stat().st_size / 1e6:.0f} MB")
    progress(f"systemd-boot: {systemd_boot.get().name}")
    if not options.series:
        for name in custom_kernels.IN_CHECK:
            progress(f"without kexec: {custom_kernels.get(name, progress).release}")


def module(options):
    """Build baton.ko against every header set, with sparse where it understands them, and look at its style."""
    trees = [(headers.get(series, progress), series) for series in kernels.ALL]
    customs = custom_kernels.ALL if options.all else custom_kernels.IN_CHECK
    trees += [(custom_kernels.headers(name, progress), custom_kernels.series(name)) for name in customs]
    for tree, series in trees:
        words = SPARSE if series in UNDERSTOOD else ()
        with tempfile.TemporaryDirectory() as folder:
            said = baton_module.build(tree, Path(folder), ("W=1", *words))
        _insist_on_silence(f"baton.ko for {tree.release}{', with sparse' if words else ''}", said)
    _insist_on_silence("checkpatch", baton_module.style(custom_kernels.headers("nokexec")))


def _insist_on_silence(what, said):
    progress(f"{what}: {'complaints' if said.strip() else 'no complaint'}")
    if said.strip():
        raise LabError(f"{what}:\n{said}")


def boot(options):
    with Guest(options.series, firmware=options.firmware, icount=options.icount, memory=options.memory,
               cmdline=options.append, folder=options.logs) as guest:
        progress(f"{options.series} started ({options.firmware})")
        report = guest.wait_report(options.timeout)
        progress("first program runs")
        for name, value in vars(report).items():
            if name != "received":
                print(f"{name:16} {value}")
        for command in options.commands:
            print(f"$ {command}", flush=True)
            print(guest.run(command, options.timeout), end="", flush=True)
        guest.poweroff()
        progress("switched off")


def record(options):
    for path in raw.record_all(progress):
        print(path)


def cross_file(_):
    print(sysroot.get(progress))


def runner(options):
    """Say how programs of an architecture run here, with the runner's own words."""
    sys.exit(subprocess.run([foreign.runner(options.architecture)], check=False).returncode)


def musl_file(_):
    print(musl.get(progress))


def liblzma_folder(_):
    print(liblzma.get())


def show(options):
    print(f"cache: {cache.root()}")
    for series in kernels.ALL:
        kernel = kernels.load(series)
        print(f"{series:12} {kernel.release if kernel else 'not fetched'}")
    for folder in sorted(cache.root().iterdir()):
        size = sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file())
        print(f"{folder.name:14} {size / 1e6:8.1f} MB")


def clean(options):
    # Built things come back in seconds; packages only by another download.
    made = ["debian-initrd", "disks", "initramfs", "programs", "runners", "snapshots"]
    kinds = sorted(folder.name for folder in cache.root().iterdir()) if options.all else made
    for kind in kinds:
        progress(f"removing {kind}")
        shutil.rmtree(cache.root() / kind, ignore_errors=True)


def arguments():
    parser = argparse.ArgumentParser(prog="python3 -m lab", description="Boot real kernels in QEMU guests.")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    verb = verbs.add_parser("fetch", help="fill the cache with Debian's kernels, kexec-tools and a minimal root")
    verb.add_argument("series", nargs="*", help=f"kernels to fetch (default: {' '.join(kernels.ALL)})")
    verb.add_argument("--update", action="store_true", help="look for newer builds than those in the cache")
    verb.set_defaults(run=fetch)

    verb = verbs.add_parser("module", help="build baton.ko against every header set; a complaint is an error")
    verb.add_argument("--all", action="store_true", help="kernels that only make check-long builds, too")
    verb.set_defaults(run=module)

    verb = verbs.add_parser("boot", help="boot a kernel, print its report, run commands in it")
    verb.add_argument("series")
    verb.add_argument("--firmware", choices=[name for name in qemu.FIRMWARES if name != "pvh"], default="kernel")
    verb.add_argument("--icount", action="store_true", help="the deterministic clock: 1 instruction = 1 ns")
    verb.add_argument("--memory", default="1G")
    verb.add_argument("--append", default="", metavar="WORDS", help="more words for the kernel's command line")
    verb.add_argument("--logs", metavar="FOLDER", help="keep console.log, control.log and qemu.log there")
    verb.add_argument("--timeout", type=float, default=120, help="seconds for the start and for each command")
    verb.usage = "python3 -m lab boot SERIES [options] [-- COMMAND...]"
    verb.epilog = "Each COMMAND is one word for the guest's shell: -- 'uname -a' 'cat /proc/iomem'"
    verb.set_defaults(run=boot)

    verb = verbs.add_parser("record", help="record /proc and /sys of guests as raw material for machine fixtures")
    verb.set_defaults(run=record)
    verb = verbs.add_parser("liblzma", help="print the folder of a newer liblzma's .pc file, fetched at first use")
    verb.set_defaults(run=liblzma_folder)

    verb = verbs.add_parser("musl", help="print the path of Meson's native file for a static build with musl, made at first use")
    verb.set_defaults(run=musl_file)
    verb = verbs.add_parser("sysroot", help="print the path of Meson's cross file for 32-bit x86, made at first use")
    verb.set_defaults(run=cross_file)
    verb = verbs.add_parser("runner", help="say whether this machine's kernel runs programs of an architecture, or an emulator")
    verb.add_argument("architecture", choices=sorted(foreign.EMULATORS))
    verb.set_defaults(run=runner)
    verb = verbs.add_parser("list", help="show what is in the cache")
    verb.set_defaults(run=show)
    verb = verbs.add_parser("clean", help="remove what was built from the cache")
    verb.add_argument("--all", action="store_true", help="remove what was downloaded, too")
    verb.set_defaults(run=clean)

    # argparse cannot tell words after "--" from positional arguments that stand before an option.
    words, _, commands = _split(sys.argv[1:], "--")
    chosen = parser.parse_args(words)
    chosen.commands = commands
    return chosen


def _split(words, mark):
    at = words.index(mark) if mark in words else len(words)
    return words[:at], words[at:at + 1], words[at + 1:]


STARTED = time.monotonic()

if __name__ == "__main__":
    try:
        chosen = arguments()
        chosen.run(chosen)
    except LabError as error:
        sys.exit(f"lab: {error}")
