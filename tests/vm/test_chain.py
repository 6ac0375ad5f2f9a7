# SPDX-License-Identifier: LGPL-2.1-or-later
"""One handoff after the other, for a machine that does not see its firmware for months."""

import os

from handoff import REBOOT, arm, check_arrival, check_record, first_kernel, four, kernel_of, load_command, run
from lab import initramfs
from lab.guest import CMDLINE

HANDOFFS = int(os.environ.get("BATON_LAB_HANDOFFS", "6"))       # a thousand in `make check-long`


def test_handoffs_in_a_chain_lose_no_memory():
    """Each kernel takes the next from the same disk; the record counts, and nothing piles up."""
    kernel = kernel_of("6.12")
    initrds = four(kernel, initramfs.VIRTIO_BLOCK)
    command_line = f"{CMDLINE} chain"
    with first_kernel("6.12", initrds.files | {"vmlinuz": kernel.vmlinuz}) as (guest, first):
        before, sizes = first, []
        try:
            for count in range(1, HANDOFFS + 1):
                run(guest, load_command("vmlinuz", initrds, command_line))
                after = guest.reboot_with(REBOOT)
                check_arrival(after, before, kernel.release, command_line, initrds.markers)
                check_record(after, before, chain=count)
                assert len(after.setup_data) <= len(first.setup_data) + 3, "nodes of former handoffs are left behind"
                arm(guest)
                sizes.append(after.memory_kb)
                before = after
        finally:
            # scripts/check-long writes this line down, also if the chain broke.
            print(f"result: {len(sizes)} handoffs" + (f", MemTotal {min(sizes)} to {max(sizes)} kB" if sizes else ""))
        # Where the kernel happens to lie moves it by a page; a page lost in each handoff would be 80 kB.
        assert max(sizes) - min(sizes) <= 16, f"MemTotal in kB after each handoff: {sizes}"
