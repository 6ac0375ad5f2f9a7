# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of baton's kernel module share: a first kernel with it inserted, and what the device says."""

import contextlib
import os
import re
from pathlib import Path

from handoff import first_kernel, four, kernel_of, run
from lab import baton_module, custom_kernels, headers, kernels, programs, handoff_record

DEVICE = Path(__file__).parent / "device.c"
# Kernels of lab/kernel-configs. DEBUG is newer and has KASAN and lockdep; what they find is among the complaints. Its build
# takes long: scripts/check-long has these tests run in it, by BATON_MODULE_KERNEL.
NOKEXEC = os.environ.get("BATON_MODULE_KERNEL", "nokexec")
DEBUG = "nokexec-6.12"
COMPLAINT = r".*(?:BUG|WARNING|Oops|general protection|Call Trace|Bad page).*"


def kernel_and_module(old):
    """Return (Kernel, path of baton.ko) for a configuration of the lab's or a series of Debian's."""
    if old in kernels.ALL:
        return kernel_of(old), baton_module.get(headers.get(old))
    return custom_kernels.get(old), baton_module.get(custom_kernels.headers(old))


@contextlib.contextmanager
def with_module(old, new="6.12", initrds=None, files=None, crashes=False, **options):
    """Boot a kernel, insert baton.ko; yields (guest, report, Initrds of the kernel `new` on the disk).

    In the end no kernel has complained on the console, unless the test makes one crash.
    """
    kernel, module = kernel_and_module(old)
    initrds = initrds or four(kernel_of(new))
    disk = initrds.files | {"vmlinuz": kernel_of(new).vmlinuz, "baton.ko": module, "device": programs.build(DEVICE)}
    with first_kernel(kernel, disk | (files or {}), **options) as (guest, report):
        run(guest, "insmod baton.ko")
        if old == DEBUG:
            checkers_awake(guest)
        yield guest, report, initrds
        found = re.findall(COMPLAINT, guest.console_text())
        assert crashes or not found, found


def checkers_awake(guest):
    """Insist on KASAN and lockdep at work: a kernel without them would have nothing to complain about."""
    assert "KernelAddressSanitizer initialized" in guest.run("dmesg")
    assert re.search(r"debug_locks: +1\b", guest.run("cat /proc/lockdep_stats"))


def load(guest, initrds, command_line, options=""):
    """Load the kernel on the disk; return what baton said."""
    return run(guest, f"baton load vmlinuz {initrds.options()} --cmdline='{command_line}' {options}")


def module_loaded(guest):
    return guest.run("cat /sys/class/misc/baton/loaded").strip() == "1"


def device_status(guest):
    """Return the fields of the device's STATUS and CAPABILITIES as texts."""
    return dict(line.partition(" ")[::2] for line in run(guest, "./device status").splitlines())


def no_splat(guest):
    """Insist on a kernel log without complaints."""
    found = re.findall(COMPLAINT, guest.run("dmesg"))
    assert not found, found


def check_handoff(report, before, chain=1):
    """Insist on the record of a handoff that an ordinary reboot started, which makes no marks on its way."""
    found = handoff_record.find(report)
    assert found, "no handoff record among the setup_data"
    assert (found.chain, found.digest_result) == (chain, handoff_record.DIGEST_GOOD)
    assert (found.from_release, found.from_boot_id) == (before.release, before.boot_id)
