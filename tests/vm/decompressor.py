# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the decompressor of a bzImage can be stopped: before its first instruction, and when its work is done.

All addresses follow from the file. QEMU puts the decompressor at its code32_start; below the kernel's preferred
address, it moves itself to the end of [pref_address, pref_address + init_size): arch/x86/boot/compressed/head_64.S.
"""

import re
import struct
from dataclasses import dataclass

from lab.errors import LabError

# Offsets in the setup header: Documentation/arch/x86/boot.rst
SETUP_SECTS, CODE32_START, PREF_ADDRESS, INIT_SIZE = 0x1F1, 0x214, 0x258, 0x260
# mov init_size(%rsi), %ebx; sub $_end, %ebx; add %rbp, %rbx: where the decompressor moves itself to.
MOVES_TO = re.compile(rb"\x8b\x9e\x60\x02\0\0\x81\xeb(....)\x48\x01\xeb", re.S)
# call extract_kernel; mov %r15, %rsi; jmp *%rax: into the kernel proper, with boot_params in %rsi.
CALL_AND_LEAVE = re.compile(rb"\xe8....\x4c\x89\xfe\xff\xe0", re.S)
CALL_SIZE, MOVE_SIZE = 5, 3


@dataclass(frozen=True)
class Decompressor:
    """Linear addresses, which are physical ones: its page tables map memory to itself."""

    first: int      # its first instruction
    call: int       # calls extract_kernel(), which does everything
    leave: int      # jumps into the kernel proper, whose first instruction %rax names

    @classmethod
    def of(cls, path):
        """Find the places in a bzImage that QEMU's -kernel starts."""
        data = path.read_bytes()
        code = data[((data[SETUP_SECTS] or 4) + 1) * 512:]
        first, init_size = (struct.unpack_from("<I", data, at)[0] for at in (CODE32_START, INIT_SIZE))
        preferred = struct.unpack_from("<Q", data, PREF_ADDRESS)[0]
        if first >= preferred:
            raise LabError(f"{path}: starts at 0x{first:x}, expected less than its preferred 0x{preferred:x}")
        own_size = struct.unpack("<I", _only(path, MOVES_TO, code)[1])[0]
        call = preferred + init_size - own_size + _only(path, CALL_AND_LEAVE, code).start()
        return cls(first, call, call + CALL_SIZE + MOVE_SIZE)

    def run_through(self, stub):
        """Let a guest at its call run until all its work is done and the jump is the next instruction."""
        stub.run_to(self.call)
        # Its return address is read when it returns. A breakpoint from the start would make 6.1 ten times slower.
        stub.run_to_read(stub.registers()["rsp"] - 8)
        stub.run_to(self.leave)


def _only(path, pattern, code):
    found = list(pattern.finditer(code))
    if len(found) != 1:
        raise LabError(f"{path}: {len(found)} places look like {pattern.pattern!r}, expected one; "
                       "compare arch/x86/boot/compressed/head_64.S of this kernel")
    return found[0]
