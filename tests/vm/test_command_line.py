# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was given for one handoff ends with it; and what a kernel adds to its command line itself is not added again."""

import struct

import pytest
from handoff import REBOOT, arm, first_kernel, kernel_of, run, single
from lab import initramfs, record
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
        found = record.find(second)
        if via == "kexec_load":
            assert (found.usual, found.once) == (f"{CMDLINE} usual=1 -- for_init", f"{ONCE} -- init_once")
        else:
            assert found is None
        assert "left out what was given for the last handoff alone" in run(
            guest, f"baton plan vmlinuz {initrds.options()}")
        third = load(guest, initrds, via)
        assert third.cmdline == first.cmdline


def bootconfig(text):
    """Return a boot configuration as it stands at the end of an initrd: Documentation/admin-guide/bootconfig.rst."""
    data = text.encode() + bytes(-len(text) % 4)
    return data + struct.pack("<II", len(data), sum(data)) + b"#BOOTCONFIG\n"


def test_a_boot_configurations_words_are_not_added_again_with_each_handoff(tmp_path):
    kernel = kernel_of("6.12")
    initrds = single(kernel, initramfs.VIRTIO_BLOCK)
    archive = initrds.files["initrd"].read_bytes()
    initrd = tmp_path / "initrd"
    initrd.write_bytes(archive + bytes(-len(archive) % 4) + bootconfig('kernel.by = "boot", "configuration"\ninit.too = "x y"\n'))
    files = {"initrd": initrd, "vmlinuz": kernel.vmlinuz}
    with first_kernel("6.12", files, initrd=initrd, cmdline="bootconfig") as (guest, first):
        assert "by=boot by=configuration" in first.cmdline.replace('"', ""), "the kernel has read none; nothing would be shown"
        second = load(guest, initrds, "kexec_load")
        assert second.cmdline == first.cmdline
