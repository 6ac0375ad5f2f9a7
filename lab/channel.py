"""The host's end of a guest: one thread that reads all its streams, and a condition that tells who waits.

Nothing here knows about QEMU's options; `Streams` is given connected sockets and a process.
"""

import base64
import json
import os
import re
import selectors
import socket
import threading
import time
from dataclasses import dataclass, field

from lab.errors import LabError
from lab.guest_report import Report

# Firmware and GRUB talk with terminal escapes; they make a log hard to read and no match should depend on them.
ESCAPES = re.compile(r"\x1b(\[[0-9;?=]*[A-Za-z]|[()][A-Z0-9]|[=>c])|\r")
TAIL_LINES = 40


@dataclass
class Result:
    """A command's output so far, and its exit status once it has ended."""

    output: bytearray = field(default_factory=bytearray)
    status: int | None = None


class Streams:
    """Everything that a guest has said, filled by a thread; read it while holding `changed`.

    console, control   sockets of the two serial ports
    monitor            QEMU's QMP socket
    process            the QEMU process; its end is an event like the others
    """

    def __init__(self, process, console, control, monitor, control_log):
        self.process = process
        self.sockets = {"console": console, "control": control, "monitor": monitor}
        self.changed = threading.Condition()
        self.console = ""
        self.reports = []
        self.report_lines = []
        self.results = {}
        self.leaves = []
        self.events = []
        self.replies = {}
        self.exit_status = None
        self.reply_channel = None
        self.fault = None
        self._control_log = control_log
        self._pending = {"console": b"", "control": b"", "monitor": b""}
        self._thread = threading.Thread(target=self._read_all, name="guest", daemon=True)
        self._thread.start()

    def wait(self, what, ready, timeout):
        """Return `ready()` once it is true; LabError after `timeout` seconds. `ready` may raise to end the wait."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while not (value := ready()):
                if self.fault:
                    raise LabError(f"no {what}: {self.fault}")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise LabError(f"no {what} within {timeout:.0f} s")
                self.changed.wait(left)
            return value

    def send_line(self, line):
        """Send one line to the guest's first program."""
        self.sockets[self.reply_channel or "control"].sendall(line.encode() + b"\n")

    def join(self):
        """Wait for the reader; call it after the process has ended."""
        self._thread.join()
        for stream in self.sockets.values():
            stream.close()

    def _read_all(self):
        with selectors.DefaultSelector() as selector:
            for name, stream in self.sockets.items():
                selector.register(stream, selectors.EVENT_READ, name)
            ended = os.pidfd_open(self.process.pid)
            selector.register(ended, selectors.EVENT_READ, "process")
            while len(selector.get_map()) > 1 or self.exit_status is None:
                for key, _ in selector.select():
                    self._read_one(selector, key)
            os.close(ended)

    def _read_one(self, selector, key):
        if key.data == "process":
            selector.unregister(key.fileobj)
            with self.changed:
                self.exit_status = self.process.wait()
                self.changed.notify_all()
            return
        try:
            data = key.fileobj.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        if not data:
            selector.unregister(key.fileobj)
            return
        with self.changed:
            try:
                self._take(key.data, data)
            except (ValueError, KeyError, TypeError) as error:
                # A damaged line must fail the test that waits, not end this thread.
                self.fault = f"{key.data} channel: damaged line: {error}"
            self.changed.notify_all()

    def _take(self, name, data):
        if name == "console":
            self.console += data.decode("utf-8", "replace")
        elif name == "control":
            self._control_log.write(data)
            self._control_log.flush()
        *lines, self._pending[name] = (self._pending[name] + data).split(b"\n")
        for line in lines:
            text = line.decode("utf-8", "replace").rstrip("\r")
            if name == "monitor":
                self._take_monitor(text)
            else:
                self._take_control(name, text)

    def _take_monitor(self, text):
        message = json.loads(text)
        if "event" in message:
            self.events.append(message)
        elif "id" in message:
            self.replies[message["id"]] = message

    def _take_control(self, name, text):
        """Take a line of the guest's first program; other lines are the kernel's or firmware's and are passed over."""
        verb, _, rest = text[text.find("BATON-REPORT"):].partition(" ") if "BATON-REPORT" in text else text.partition(" ")
        if verb == "BATON-REPORT":
            self.take_report(name, rest)
        elif name != self.reply_channel:
            return
        elif verb == "LEAVE" and rest.isdigit():
            self.leaves.append(int(rest))
        elif verb in ("OUT", "END"):
            self._take_result(verb, rest)

    def take_report(self, name, line):
        """Take a report's JSON, which came through the channel `name`; hold `changed`."""
        self.reports.append(Report.parse(line))
        self.report_lines.append(line)
        self.reply_channel = name

    def _take_result(self, verb, rest):
        command, _, value = rest.partition(" ")
        result = self.results.get(command)
        if result is None:
            return
        if verb == "END":
            result.status = int(value)
            return
        result.output += base64.b64decode(value, validate=True)


def socket_pair():
    """Return (ours, QEMU's): connected sockets; QEMU inherits its end, so there is no path and no race."""
    ours, theirs = socket.socketpair()
    theirs.set_inheritable(True)
    return ours, theirs


def readable(text):
    """Return console text without terminal escapes and carriage returns."""
    return ESCAPES.sub("", text)


def tail(text, lines=TAIL_LINES):
    """Return the last lines of console text, readable."""
    kept = [line.rstrip() for line in readable(text).split("\n") if line.strip()]
    return "\n".join(kept[-lines:])
