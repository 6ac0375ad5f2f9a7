# SPDX-License-Identifier: LGPL-2.1-or-later
"""The demo: a machine boots one Debian kernel through firmware and GRUB, and baton reboots it into another.

    make demo                        from 6.1 to 6.12
    make demo FROM=6.12 TO=7.2
    make demo KERNEL=nokexec         from a kernel that was built without kexec, through baton's module
    make demo ARCH=i386              32-bit: from 6.1 with PAE to 6.1 without

Exit status 0 only if the second kernel reported its version from inside.
"""

import os
import sys
import threading
import time
from pathlib import Path

from lab import baton_module, custom_kernels, disk, initramfs, kernels, handoff_record
from lab.errors import LabError
from lab.guest import CMDLINE, Guest
from lab.guest_report import fnv1a64

ROOT = Path(__file__).resolve().parents[1]
CUSTOM = ("nokexec",)           # names of lab/kernel-configs
PROMPT = "root@demo:~# "
APPENDED = "came_by=baton"
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
WIDTH = 62
# The two kernels, and the processor: one without a 64-bit mode where none is needed.
DEFAULTS = {"amd64": ("6.1", "6.12", "max"), "i386": ("6.1-686-pae", "6.1-686", "pentium3")}


# What is printed

class Screen:
    """Lines of text; colours and moving lines only on a terminal."""

    def __init__(self, stream):
        self.stream = stream
        self.tty = stream.isatty() and os.environ.get("TERM") != "dumb"
        self.color = self.tty and not os.environ.get("NO_COLOR")
        self._lock = threading.Lock()

    def paint(self, text, code):
        return f"\x1b[{code}m{text}\x1b[0m" if self.color else text

    def bold(self, text):
        return self.paint(text, "1")

    def dim(self, text):
        return self.paint(text, "2")

    def good(self, text):
        return self.paint(text, "32")

    def line(self, text=""):
        """Print a line, in place of a moving one."""
        with self._lock:
            print(f"\r\x1b[2K{text}" if self.tty else text, file=self.stream, flush=True)

    def moving(self, text):
        """Replace the current line, on a terminal only."""
        if self.tty:
            with self._lock:
                print(f"\r\x1b[2K{text}", end="", file=self.stream, flush=True)

    def headline(self, text):
        self.line(f"\n{self.bold(text)}")

    def guest(self, text):
        """Show what a guest printed, with a bar at its left."""
        for one in text.rstrip("\n").split("\n"):
            self.line(f"  {self.dim('│')} {one}".rstrip())

    def check(self, text):
        self.line(f"  {self.good('✓')} {text}")


class Step:
    """A step that takes a while: on a terminal a line that counts the seconds, in the end what it took."""

    def __init__(self, screen, text):
        self.screen = screen
        self.text = text
        self.detail = ""
        self.started = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self):
        if not self.screen.tty:
            self.screen.line(f"  … {self.text}")
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self._ended.set()
        self._thread.join()
        self.screen.moving("")
        if kind is None:
            self.screen.check(f"{self.text:{WIDTH}} {self.elapsed():6.1f} s")

    def say(self, detail):
        """Tell which part of the step is under way."""
        self.detail = detail
        if not self.screen.tty:
            self.screen.line(f"    {detail}  ({self.elapsed():.1f} s)")

    def elapsed(self):
        return time.monotonic() - self.started

    def _tick(self):
        number = 0
        while self.screen.tty and not self._ended.wait(0.1):
            number += 1
            text = f"{self.text}: {self.detail}" if self.detail else self.text
            self.screen.moving(f"  {SPINNER[number % len(SPINNER)]} {text[:WIDTH]:{WIDTH}} {self.elapsed():6.1f} s")


# What is done

def prepare(screen, series):
    """Return the two kernels, downloading what is missing."""
    found = []
    for name in series:
        if name in CUSTOM:
            with Step(screen, f"The kernel {name}, built at first use: minutes") as step:
                found.append(custom_kernels.get(name, progress=step.say))
            continue
        known = kernels.load(name)
        if not known:
            with Step(screen, f"Downloading Debian's kernel {name}") as step:
                known = kernels.get(name, progress=step.say)
        found.append(known)
    return found


def binary_for(kernel):
    """Return the path of the static baton for a kernel's architecture."""
    if kernel.architecture == "i386":
        name, how = os.environ.get("BATON_I386", "build-i386/baton"), "make i386"
    else:
        name, how = os.environ.get("BATON_STATIC", "build-static/baton"), "make STATIC=1"
    path = (ROOT / name).resolve()
    if not path.exists():
        raise LabError(f"{path}: not found; run {how}")
    return path


def build(screen, old, new):
    """Return (boot disk, data disk contents) for a machine with one kernel installed and a newer one in /boot."""
    binary = binary_for(old)
    with Step(screen, f"Building a disk with GRUB and Linux {old.release}"):
        first = initramfs.build({"markers/booted-by": "firmware"}, old, initramfs.VIRTIO_BLOCK)
        second = initramfs.build({"markers/booted-by": "baton", "usr/sbin/baton": binary_for(new)}, new)
        boot = disk.boot_image(old.vmlinuz, first, CMDLINE)
    module = {}
    if old.release.endswith(CUSTOM):
        with Step(screen, f"Building baton's module for Linux {old.release}"):
            module["baton.ko"] = baton_module.get(custom_kernels.headers(CUSTOM[0]))
    return boot, module | {f"boot/vmlinuz-{new.release}": new.vmlinuz, f"boot/initrd.img-{new.release}": second,
                  "usr/sbin/baton": binary}


def power_on(screen, guest):
    """Follow the machine to its first program; return (report, seconds to the kernel's first message, to the report)."""
    with Step(screen, "Power on: firmware, GRUB, kernel, first program") as step:
        guest.wait_console(r"Booting|GRUB", timeout=180)
        step.say("GRUB loads the kernel")
        guest.wait_console(r"Linux version", timeout=180)
        kernel = time.monotonic() - guest.started
        step.say("the kernel starts")
        report = guest.wait_report(180)
    return report, kernel, report.received - guest.started


def show(screen, guest, command):
    """Run a command in the guest and show it as on a terminal."""
    screen.guest(f"{screen.bold(PROMPT + command)}\n{guest.run(command)}")


def reboot(screen, guest, command):
    """Run the command that ends in another kernel, showing its lines as they come; return (report, when sent)."""
    screen.guest(screen.bold(PROMPT + command))
    sent = time.monotonic()
    result = guest.streams.results[guest.send(command)]
    with Step(screen, "baton reboot, to the first program of the new kernel"):
        report = _follow(screen, guest, result)
    return report, sent


def _follow(screen, guest, result):
    """Show a command's output until another kernel reports; LabError if it ends in anything else."""
    seen, shown = len(guest.streams.reports), 0

    def ended():
        return len(guest.streams.reports) > seen or result.status is not None or guest.streams.exit_status is not None

    while not ended():
        guest.streams.wait("report of the second kernel", lambda shown=shown: ended() or result.output.count(b"\n") > shown, 240)
        lines = result.output.decode(errors="replace").split("\n")[:-1]
        for text in lines[shown:]:
            screen.guest(text)
        shown = len(lines)
    if result.status is not None and len(guest.streams.reports) == seen:
        raise LabError(f"baton reboot: exit status {result.status}; it says above why")
    return guest.wait_report(1)


def verify(screen, before, after, new):
    """Print a line for each thing that must be intact; LabError at the first that is not."""
    words = [word for word in before.cmdline.split() if not word.startswith("BOOT_IMAGE=")]
    ram = sum(end - start for start, end in before.ram())
    for true, text in (
            (after.boot_id != before.boot_id and after.release == new.release,
             f"Linux {after.release} runs; it was Linux {before.release}"),
            (after.markers == {"booted-by": fnv1a64(b"baton")},
             "initramfs intact: its marker file has the expected checksum"),
            (after.cmdline.split() == [*words, APPENDED],
             f"command line intact: {after.cmdline}"),
            (after.memory_map == before.memory_map,
             f"memory map intact: {len(after.memory_map)} ranges, {ram / 2**20:.0f} MiB of RAM, the same"),
            (_digests_good(after), "every loaded byte was verified between the two kernels"),
            (_entered_directly(after), "entered directly: unpacked and relocated before, its decompressor did not run")):
        if not true:
            raise LabError(f"this does not hold: {text}\nbefore: {before}\nafter: {after}")
        screen.check(text)


def _digests_good(report):
    found = handoff_record.find(report)
    return found is not None and found.digest_result == handoff_record.DIGEST_GOOD


def _entered_directly(report):
    found = handoff_record.find(report)
    return found is not None and found.entry == handoff_record.ENTRY_DIRECT


def table(screen, before, after, kernel_at, cold, sent):
    """Print both times, what they are made of, and their ratio."""
    handoff = after.received - sent
    ticks = (after.tsc - before.tsc) / (after.received - before.received)
    stages = handoff_record.find(after).stages
    loaded, entered, left = stages[handoff_record.LOADED], stages[handoff_record.ENTERED], stages[handoff_record.LEFT]
    if not loaded:
        raise LabError(f"the new kernel was not told when it had been loaded: {handoff_record.find(after)}")
    # The new kernel's part is the rest, so that the parts add up to the whole.
    started = after.received - (after.tsc - left) / ticks
    parts = (started - (left - loaded) / ticks - sent, (entered - loaded) / ticks, (left - entered) / ticks)
    rows = [("Power on → first program, by firmware and boot loader", cold, True),
            ("firmware and GRUB, to the kernel's first message", kernel_at, False),
            ("the kernel, to its first program", cold - kernel_at, False),
            ("baton reboot → first program of the new kernel", handoff, True),
            ("baton reads, plans and loads", parts[0], False),
            ("the old kernel stops", parts[1], False),
            ("baton verifies every byte", parts[2], False),
            ("the new kernel, to its first program", after.received - started, False)]
    screen.headline("Measured in this run")
    for text, seconds, whole in rows:
        words = screen.bold(f"{text:{WIDTH}} {seconds:6.2f} s") if whole else f"  {text:{WIDTH - 2}} {seconds:6.2f} s"
        screen.line(f"  {words}")
    screen.line(f"  {'─' * (WIDTH + 9)}")
    screen.line("  " + screen.bold(f"{'Ratio':{WIDTH}} {cold / handoff:6.2f}"))
    screen.line(screen.dim("""
  An emulated processor (QEMU, TCG), and a virtual machine's firmware and boot loader, which
  are done in seconds; the clock is the host's, with whatever else runs on it. A server's
  firmware takes minutes: baton leaves those out, and these numbers do not show it. The two
  kernels are not the same either, nor are their parts of the time."""))


def demo(screen, series, cpu):
    """Run the demo from one series to the other on a processor of QEMU's."""
    began = time.monotonic()
    screen.line(screen.bold("baton: from one kernel to the next without firmware"))
    screen.headline("Preparing")
    old, new = prepare(screen, series)
    boot_disk, data = build(screen, old, new)
    screen.headline(f"A machine with SeaBIOS and GRUB starts Linux {old.release}")
    with Guest(old, firmware="seabios", boot_disk=boot_disk, disks=[data], cpu=cpu) as guest:
        before, kernel_at, cold = power_on(screen, guest)
        guest.unpack_disk(folder="/", timeout=120)
        show(screen, guest, "uname -r; ls /boot")
        if "baton.ko" in data:
            screen.headline("This kernel has no kexec, so baton brings its own module")
            show(screen, guest, "baton doctor || true")
            show(screen, guest, "insmod /baton.ko && baton doctor")
        else:
            show(screen, guest, "baton status")
        screen.headline("baton reboots it into the other kernel")
        after, sent = reboot(screen, guest, f"baton reboot /boot/vmlinuz-{new.release} "
                             f"--initrd=/boot/initrd.img-{new.release} --append={APPENDED}")
        show(screen, guest, "uname -r")
        show(screen, guest, "cat /proc/cmdline")
        screen.headline("Is everything there?")
        verify(screen, before, after, new)
        screen.headline("Where did the time go?")
        # This guest has no systemd, which would say so by itself.
        show(screen, guest, "baton mark up; LC_ALL=C.UTF-8 baton report")
        table(screen, before, after, kernel_at, cold, sent)
    screen.line(f"\n  {screen.good('✓')} {screen.bold('Linux ' + old.release + ' → Linux ' + after.release)}"
                f", all done in {time.monotonic() - began:.0f} s")


def wanted(words):
    """Return (old series, new series, processor) for words such as KERNEL=nokexec; an empty value is none."""
    given = dict(word.partition("=")[::2] for word in words)
    unknown = sorted(given.keys() - {"ARCH", "KERNEL", "FROM", "TO"})
    if unknown:
        raise LabError(f"{unknown[0]}: unknown; there are ARCH=, KERNEL=, FROM=, TO=")
    architecture = given.get("ARCH") or "amd64"
    if architecture not in DEFAULTS:
        raise LabError(f"ARCH={architecture}: unknown; there are {', '.join(DEFAULTS)}")
    old, new, cpu = DEFAULTS[architecture]
    series = given.get("KERNEL") or given.get("FROM") or old, given.get("TO") or new
    return *series, cpu if series == (old, new) else "max"


def main():
    screen = Screen(sys.stdout)
    try:
        old, new, cpu = wanted(sys.argv[1:])
        demo(screen, (old, new), cpu)
    except LabError as error:
        screen.moving("")
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        screen.moving("")
        sys.exit(130)


if __name__ == "__main__":
    main()
