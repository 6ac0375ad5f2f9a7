# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels without kexec, and stock ones by choice, restart through baton's kernel module."""

import contextlib

import pytest

from handoff import check_arrival, check_record, first_kernel, four, kernel_of, new_command_line, run
from lab import baton_module, custom_kernels, headers, kernels, record

SERIES = list(kernels.SERIES)


def kernel_and_module(old):
    """Return (Kernel, path of baton.ko) for "nokexec" or a series of Debian's."""
    if old in kernels.SERIES:
        return kernel_of(old), baton_module.get(headers.get(old))
    return custom_kernels.get(old), baton_module.get(custom_kernels.headers(old))


@contextlib.contextmanager
def with_module(old, new="6.12", initrds=None, files=None, **options):
    """Boot a kernel, insert baton.ko; yields (guest, report, Initrds of the kernel `new` on the disk)."""
    kernel, module = kernel_and_module(old)
    initrds = initrds or four(kernel_of(new))
    disk = initrds.files | {"vmlinuz": kernel_of(new).vmlinuz, "baton.ko": module} | (files or {})
    with first_kernel(kernel, disk, **options) as (guest, report):
        run(guest, "insmod baton.ko")
        yield guest, report, initrds


def load(guest, initrds, command_line, options=""):
    """Load the kernel on the disk; return what baton said."""
    return run(guest, f"baton load vmlinuz {initrds.options()} --cmdline='{command_line}' {options}")


def module_loaded(guest):
    return guest.run("cat /sys/class/misc/baton/loaded").strip() == "1"


def check_handoff(report, before, chain=1):
    """Insist on the record of a handoff that an ordinary reboot started, which makes no marks on its way."""
    found = record.find(report)
    assert found, "no handoff record among the setup_data"
    assert (found.chain, found.digest_result) == (chain, record.DIGEST_GOOD)
    assert (found.from_release, found.from_boot_id) == (before.release, before.boot_id)


@pytest.mark.parametrize("cpus", [1, 4])
def test_a_kernel_without_kexec_restarts_fast_by_an_ordinary_reboot(cpus):
    line = new_command_line()
    with with_module("nokexec", smp=cpus) as (guest, before, initrds):
        assert "baton's module" in load(guest, initrds, line)
        assert module_loaded(guest)
        after = guest.reboot_with("reboot -f")
        check_arrival(after, before, kernel_of("6.12").release, line, initrds.markers)
        check_handoff(after, before)


@pytest.mark.parametrize("series", SERIES)
def test_a_stock_kernel_does_so_where_it_is_asked_to(series):
    line = new_command_line()
    with with_module(series, series) as (guest, before, initrds):
        load(guest, initrds, line, "--via=module")
        assert guest.run("cat /sys/kernel/kexec_loaded").strip() == "0"
        after = guest.reboot_with("baton reboot --no-load --now")
        check_arrival(after, before, kernel_of(series).release, line, initrds.markers)
        check_record(after, before)
