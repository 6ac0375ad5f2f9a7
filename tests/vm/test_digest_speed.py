# SPDX-License-Identifier: LGPL-2.1-or-later
"""What purgatory's digest costs, counted by the deterministic clock: one instruction is one tick."""

import pytest

from handoff import kernel_of, plan_elf, single
from lab import handoff_record
from test_plan_as_elf import boot, machine_without_crc32c


# Freestanding code can be slower by a factor of ten without anybody noticing: a memcpy() that is a call was enough.
@pytest.mark.parametrize("instruction, most", [(True, 0.2), (False, 2.2)], ids=["crc32c", "xxh3"])
def test_the_digest_takes_few_instructions_a_byte(instruction, most, tmp_path):
    machine = "bios-1g" if instruction else machine_without_crc32c(tmp_path)
    elf, plan = plan_elf(tmp_path, kernel_of("6.12").vmlinuz, single(kernel_of("6.12")), machine=machine)
    size = sum(segment["size"] for segment in plan["segments"] if segment["role"] not in ("purgatory", "PVH entry"))
    with boot(elf, icount=True) as guest:
        stages = handoff_record.find(guest.wait_report()).stages
    spent = (stages[handoff_record.VERIFIED] - stages[handoff_record.ENTERED]) / size
    print(f"{spent:.3f} instructions a byte")
    assert 0.1 < spent < most
