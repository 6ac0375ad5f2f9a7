# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was given for one handoff ends with it."""

import pytest
from handoff import REBOOT, arm, first_kernel, kernel_of, run, single
from lab import initramfs, handoff_record
from lab.guest import CMDLINE

ONCE = 'once=1 "two words=x y"'


def load(guest, initrds, via, options=""):
    run(guest, f"baton load --via={via} vmlinuz {initrds.options()} {options}".strip())
    after = guest.reboot_with(REBOOT)
    arm(guest)
    return after


@pytest.mark.parametrize("via", ["kexec_load", "kexec_file_load"])
def test_what_was_appended_is_gone_in_the_third_kernel(via):
    """In the second it is before what is init's, and the third has the first one's line."""
    kernel = kernel_of("6.12")
    initrds = single(kernel, initramfs.VIRTIO_BLOCK)
    mark = "" if via == "kexec_load" else " baton_handoff.once=2,1"
    with first_kernel("6.12", initrds.files | {"vmlinuz": kernel.vmlinuz}, cmdline="usual=1 -- for_init") as (guest, first):
        assert first.cmdline == f"{CMDLINE} usual=1 -- for_init"
        second = load(guest, initrds, via, f"--append='{ONCE} -- init_once'")
        assert second.cmdline == f"{CMDLINE} usual=1{mark} {ONCE} -- for_init init_once"
        found = handoff_record.find(second)
        if via == "kexec_load":
            assert (found.usual, found.once) == (f"{CMDLINE} usual=1 -- for_init", f"{ONCE} -- init_once")
        else:
            assert found is None
        assert "left out what was given for the last handoff alone" in run(
            guest, f"baton plan vmlinuz {initrds.options()}")
        third = load(guest, initrds, via)
        assert third.cmdline == first.cmdline
