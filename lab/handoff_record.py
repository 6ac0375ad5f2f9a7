# SPDX-License-Identifier: LGPL-2.1-or-later
"""The handoff record that baton leaves in the new kernel's setup_data: src/wire/handoff.h in Python."""

import struct
from dataclasses import dataclass

TYPE = 0x6e746162
MAGIC = 0x646365726e6f7462
LAYOUT = struct.Struct("<QIIIIQ8Q64s64s40s24s4I4I")
VERSION = 3
STAGES = 8
COMMAND, LOADED, REBOOT_CALL, ENTERED, VERIFIED, LEFT = range(6)
DIGEST_NOT_RUN, DIGEST_GOOD, DIGEST_SKIPPED = range(3)
ENTRY_STUB, ENTRY_DIRECT = 1, 2
MAILBOX_NONE, MAILBOX_READ, MAILBOX_LOST = 1, 2, 3


@dataclass(frozen=True)
class Record:
    """Who started this kernel, and when; `stages` are counter values by COMMAND…LEFT, 0 where unknown."""

    magic: int
    version: int
    size: int
    chain: int
    digest_result: int
    planned_at: int
    stages: tuple
    from_release: str
    to_version: str
    from_boot_id: str
    baton_version: str
    entry: int
    mailbox: int
    loaded_before: bool
    usual: str   # of the command line: what the next handoff begins with,
    once: str    # and what was given for this one alone


def find(report):
    """Return the Record among a report's setup_data, None if there is none, ValueError if there are several."""
    nodes = [item for item in report.setup_data if item.type == TYPE]
    if len(nodes) > 1:
        raise ValueError(f"{len(nodes)} handoff records in setup_data, expected one")
    if not nodes:
        return None
    values = LAYOUT.unpack_from(nodes[0].data)
    numbers, stages, rest = values[:6], values[6:6 + STAGES], values[6 + STAGES:]
    texts = [field.split(b"\0")[0].decode() for field in rest[:4]]
    usual, once = (nodes[0].data[offset:offset + size].decode() for offset, size in (rest[8:10], rest[10:12]))
    return Record(*numbers, stages, *texts, *rest[4:6], bool(rest[6]), usual, once)   # type: ignore[call-arg]
