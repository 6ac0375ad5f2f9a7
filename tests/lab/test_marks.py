# SPDX-License-Identifier: LGPL-2.1-or-later
"""The bench's view from outside the guest agrees with the guest's own."""

import pytest

from bench import marks
from lab import kernels
from lab.errors import LabError
from lab.guest import Guest

pytestmark = pytest.mark.vm


def test_instructions_counted_outside_are_the_ticks_read_inside(tmp_path):
    kernel = kernels.get("6.1")
    call = [("call", marks.reboot_instruction(kernel.vmlinuz))]
    with Guest(kernel, icount=True, extra=marks.arguments(kernel, tmp_path / "marks", counting=True, more=call)) as guest:
        report = guest.wait_report()
        entry, first = marks.read(tmp_path / "marks")
        # Through the decompressor and with KASLR, the kernel proper is found; it starts once.
        assert (entry.name, first.name) == ("entry", "first")
        assert 0.2 * report.tsc < entry.instructions < 0.95 * report.tsc
        assert first.idles == 0, "this kernel does not sleep before its first program"
        # The mark follows the reading of the counter within a system call.
        assert 0 <= first.instructions - report.tsc < 10_000
        guest.reset()
        guest.wait_reset()
        # The lab's first program is about to make the reboot call, then the kernel takes it.
        *earlier, leave, call = marks.read(tmp_path / "marks")
        assert (earlier, leave.name, call.name) == ([entry, first], "leave", "call")
        assert 0 < call.instructions - leave.instructions < 10_000


def test_qemu_says_what_is_wrong_with_a_mark(tmp_path):
    kernel = kernels.get("6.1")
    words, options = marks.arguments(kernel, tmp_path / "marks", counting=True)
    with pytest.raises(LabError, match="(?s)marks: other: expected NAME=HEX"):
        with Guest(kernel, icount=True, extra=(words, options + ",other=xyz")) as guest:
            guest.wait_report()
