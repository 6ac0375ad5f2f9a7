"""A client for QEMU's gdbstub, as small as stopping a guest at an address needs it.

    with Guest("6.1", extra=gdb.OPTIONS) as guest, gdb.connect(guest) as stub:
        stub.run_to(0x1000200)
        print(hex(stub.registers()["rip"]))
        stub.detach()

The protocol is "Remote Protocol" in GDB's manual: $packet#sum, each answered by + or -.
"""

import contextlib
import socket
import struct

from lab.errors import LabError
from lab.guest import timeout_scale

SOCKET = "gdb.sock"
# The guest stands before its first instruction until the client lets it run.
OPTIONS = ("-S",)
# In the order of the stub's g packet, 8 bytes each; eflags and segments follow (gdb/features/i386/64bit-core.xml).
REGISTERS = ("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", *(f"r{i}" for i in range(8, 16)), "rip")


class Stub:
    """A connection to the stub; the guest stands still unless run_to() waits for it."""

    def __init__(self, stream):
        self._stream = stream
        self._pending = b""

    def run_to(self, address, timeout=120):
        """Let the guest run until a CPU is about to execute the instruction at a linear address."""
        self._run_to_event(f"1,{address:x},1", timeout)
        found = self.registers()["rip"]
        if found != address:
            raise LabError(f"gdbstub: stopped at 0x{found:x}, expected 0x{address:x}")

    def run_to_read(self, address, timeout=120):
        """Let the guest run until it reads the 8 bytes at a linear address; it stops just after that.

        Much faster than run_to() where the code of the same page runs long: QEMU executes every instruction
        of a page with a breakpoint by itself.
        """
        self._run_to_event(f"3,{address:x},8", timeout)

    def _run_to_event(self, point, timeout):
        self._expect("OK", self._ask(f"Z{point}"))
        self._stream.settimeout(timeout * timeout_scale())
        reply = self._ask("c")
        if reply[:1] not in ("T", "S"):
            raise LabError(f"gdbstub: waiting for point {point}: {reply!r}, expected a stop")
        self._expect("OK", self._ask(f"z{point}"))

    def registers(self):
        """Return {name: value} of the general registers and rip."""
        data = bytes.fromhex(self._ask("g")[:16 * len(REGISTERS)])
        return dict(zip(REGISTERS, struct.unpack(f"<{len(REGISTERS)}Q", data), strict=True))

    def write(self, address, data):
        """Change memory of the guest, by linear addresses, while it stands still."""
        self._expect("OK", self._ask(f"M{address:x},{len(data):x}:{data.hex()}"))

    def read(self, address, size):
        """Return `size` bytes of the guest's memory, by linear addresses."""
        return bytes.fromhex(self._ask(f"m{address:x},{size:x}"))

    def detach(self):
        """Let the guest run on, without breakpoints."""
        self._expect("OK", self._ask("D"))

    def _ask(self, text):
        body = text.encode()
        self._stream.sendall(b"$%s#%02x" % (body, sum(body) & 0xff))
        reply = self._packet()
        self._stream.sendall(b"+")
        return reply

    def _packet(self):
        while b"#" not in self._pending or len(self._pending.partition(b"#")[2]) < 2:
            data = self._stream.recv(1 << 16)
            if not data:
                raise LabError("gdbstub: QEMU closed the connection")
            self._pending += data
        body, _, rest = self._pending.partition(b"#")
        self._pending = rest[2:]
        return body.partition(b"$")[2].decode("ascii")

    @staticmethod
    def _expect(wanted, found):
        if found != wanted:
            raise LabError(f"gdbstub: answered {found!r}, expected {wanted!r}")


@contextlib.contextmanager
def connect(guest):
    """Start the stub of a guest, made with OPTIONS or running, which then stands still; yield a connection to it."""
    path = guest.folder / SOCKET
    # First, or the stub tells of the stop when nobody asked.
    guest.qmp("stop")
    guest.qmp("human-monitor-command", **{"command-line": f"gdbserver unix:{path},server=on,wait=off"})
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(30)
        stream.connect(str(path))
        yield Stub(stream)
