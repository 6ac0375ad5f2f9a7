"""A running guest: start it, wait for what it reports, run commands in it, see how it ends.

    with Guest("6.1") as guest:
        report = guest.wait_report()
        print(guest.run("cat /proc/version"))

Every wait has a deadline. A wait that cannot come true any more (QEMU ended, the machine was reset) fails
at once. Every failure shows the last lines of the guest's console.
"""

import base64
import contextlib
import itertools
import json
import os
import re
import shutil
import socket
import tempfile
import time
from pathlib import Path

from lab import channel, disk, initramfs, kernels, qemu, snapshots
from lab.errors import LabError

CONSOLE = "console=ttyS0 panic=-1"
# The kernel's test of the timer counts ticks while the TSC runs, which is the host's time here, and panics ("IO-APIC +
# timer doesn't work!") when the host is busy. On KVM it leaves the test out by itself.
CMDLINE = f"{CONSOLE} no_timer_check"
REPORT_TIMEOUT = 120
COMMAND_TIMEOUT = 60
EXIT_TIMEOUT = 60
ICOUNT_SCALE = 4
# A guest that begins at a snapshot stands until its state is there, and until it is told to go on.
RESTORED = ("-S", "-incoming", "defer")
PUT_CHUNK = 12 * 1024       # a line below the 64 KiB that the kernel's tty layer holds
COMMAND_LENGTH = 8 * 1024   # a longer command travels as a script


def timeout_scale():
    """Return $BATON_LAB_TIMEOUT_SCALE, the factor for all deadlines on a slow machine."""
    return float(os.environ.get("BATON_LAB_TIMEOUT_SCALE", "1"))


class GuestFailed(LabError):
    """A guest did something else than what was waited for; the message ends with its console."""


class CommandFailed(GuestFailed):
    """A command in the guest ended with another status than 0."""

    def __init__(self, message, status, output):
        super().__init__(message)
        self.status = status
        self.output = output


class Guest:
    """A QEMU guest as a context manager.

    kernel    a series ("6.1"), a Kernel, or the path of an image; for "pvh" the path of an ELF file
    initrd    path; the default is the lab's own with `files` and `modules` in it, False is none
    cmdline   appended to CMDLINE; `bare_cmdline` replaces the whole line
    files     for the default initrd: guest path -> bytes, text, host file or folder (see initramfs.build)
    modules   kernel modules that the default initrd inserts; with `disks` virtio-blk comes by itself
    disks     raw images (paths), or {name: content} to be put as a tar on a disk: vda, vdb…
    boot_disk path of a bootable image, for "seabios" and "ovmf"; the default is GRUB with this kernel
    icount    the deterministic clock: one CPU, 1 instruction = 1 ns
    reboot    let the machine go through firmware on a reset; by default QEMU ends there, so that it is seen
    snapshot  begin where the same machine was when it had booted before, if it did and can (lab/snapshots.py)
    folder    where the logs are kept (console.log, control.log, qemu.log); the default goes away with the guest
    """

    def __init__(self, kernel=None, *, firmware="kernel", initrd=None, cmdline="", bare_cmdline=None, files=None,
                 modules=(), disks=(), boot_disk=None, memory="1G", smp=None, machine="q35", cpu="max", vga="std",
                 icount=False, reboot=False, extra=(), snapshot=False, folder=None):
        self.kernel = kernels.get(kernel) if isinstance(kernel, str) and kernel in kernels.ALL else kernel
        self.machine = qemu.Machine(firmware, memory, smp or (1 if icount else 2), machine, cpu, vga,
                                    icount, reboot, tuple(extra))
        self.cmdline = bare_cmdline if bare_cmdline is not None else f"{CMDLINE} {cmdline}".strip()
        self.disks = disks
        self.boot_disk = boot_disk
        self.files = files
        self.modules = tuple(modules)
        self.initrd = initrd
        self.folder = Path(folder) if folder else None
        self._own_folder = folder is None
        self._snapshot = snapshot and snapshots.possible(self.machine, disks)
        self._store = None
        self.restored = False
        self._ids = itertools.count(1)
        self._reports_seen = 0
        self._resets_seen = 0
        self.streams = None
        self.started = None

    # Start and end

    def __enter__(self):
        if self._own_folder:
            self.folder = Path(tempfile.mkdtemp(prefix="baton-lab-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._start()
        except BaseException:
            self._leave_snapshot()
            self._remove_folder()
            raise
        return self

    def __exit__(self, *exception):
        if self.streams.exit_status is None:
            self.streams.process.kill()
        self.streams.join()
        self._control_log.close()
        self._leave_snapshot()
        self._remove_folder()

    def _remove_folder(self):
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self):
        image = self.kernel.vmlinuz if isinstance(self.kernel, kernels.Kernel) else self.kernel
        disks = [self._disk(number, content) for number, content in enumerate(self.disks)]
        initrd = self._initrd()
        boot_disk = self.boot_disk
        if self.machine.firmware in ("seabios", "ovmf") and not boot_disk:
            boot_disk = disk.boot_image(image, initrd, self.cmdline)
        pairs = {name: channel.socket_pair() for name in ("console", "control", "monitor")}
        theirs = {name: pair[1].fileno() for name, pair in pairs.items()}
        words = qemu.command(self.machine, image, initrd, self.cmdline, disks, boot_disk, theirs, self.folder)
        begun = self._find_snapshot(words, (image, initrd), disks)
        (self.folder / "console.log").write_text(begun[0].console if begun else "")
        self._control_log = open(self.folder / "control.log", "wb")
        process = qemu.start([*words, *(RESTORED if begun else ())], theirs, self.folder)
        self.started = time.monotonic()
        for _, other in pairs.values():
            other.close()
        ours = {name: pair[0] for name, pair in pairs.items()}
        self.streams = channel.Streams(process, control_log=self._control_log, **ours)
        try:
            self.qmp("qmp_capabilities")
            if begun:
                self._restore(*begun)
        except BaseException:
            self.__exit__()
            raise

    def _initrd(self):
        if self.initrd is not None or self.machine.firmware == "pvh":
            return self.initrd or None
        wanted = self.modules or (initramfs.VIRTIO_BLOCK if self.disks else ())
        if wanted and not isinstance(self.kernel, kernels.Kernel):
            raise LabError("modules or disks with a kernel that is only a file: pass a Kernel, or an initrd with the modules")
        return initramfs.build(self.files, self.kernel, wanted)

    def _disk(self, number, content):
        if isinstance(content, dict):
            target = self.folder / f"disk{number}.tar"
            disk.tar_image(target, content)
            if self._snapshot:
                os.truncate(target, -(-target.stat().st_size // snapshots.DISK_STEP) * snapshots.DISK_STEP)
            return target
        return content

    # Snapshots

    def _find_snapshot(self, words, files, disks):
        """Return what Store.open() does; if there is none yet, and nobody else makes it, this guest is to leave one."""
        if not self._snapshot or not snapshots.wanted():
            return None
        store = snapshots.Store(snapshots.key(words, self.folder, files, disks))
        begun = store.open()
        if not begun and store.claim():
            # Somebody may have made it between the two.
            begun = store.open()
            if not begun:
                self._store = store
                return None
            store.release()
        self.restored = bool(begun)
        self._name = store.name
        return begun

    def _leave_snapshot(self):
        if self._store:
            self._store.release()
            self._store = None

    def _migration(self, what, command, stream):
        """Have QEMU read or write the guest as it stands through a stream, which is closed here; wait for the end."""
        self.qmp("migrate-set-capabilities", capabilities=[{"capability": "events", "state": True}])
        with stream:
            self.qmp("getfd", files=(stream.fileno(),), fdname="snapshot")
        self.qmp(command, uri="fd:snapshot")

        def ended():
            states = [event["data"]["status"] for event in self.streams.events if event["event"] == "MIGRATION"]
            return [state for state in states if state in ("completed", "failed")]

        state, = self._wait(what, ended, COMMAND_TIMEOUT, self._dead)
        if state != "completed":
            raise self._failure(f"no {what}: {self._why_no_migration()}; BATON_LAB_SNAPSHOTS=0 boots instead")

    def _why_no_migration(self):
        # QEMU ends if it could not read one, having said why on its own output.
        try:
            return self.qmp("query-migrate").get("error-desc", "QEMU does not say why")
        except GuestFailed as error:
            return str(error)

    def _keep_snapshot(self):
        """Write the guest that has just reported to the cache; it stands still meanwhile, and goes on."""
        said = snapshots.Said(self.streams.report_lines[0], self.streams.reply_channel, self.streams.console)
        self.qmp("stop")
        self.qmp("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
        self._store.write(said, lambda stream: self._migration("snapshot written", "migrate", stream))
        self._leave_snapshot()
        self.qmp("cont")

    def _restore(self, said, packed):
        """Bring the guest to where its snapshot was taken, and make it one of its own: the time, and random numbers."""
        unpacking = snapshots.unpacking(packed)
        self._migration(f"guest from snapshot {self._name}", "migrate-incoming", unpacking.stdout)
        snapshots.check_unpacked(unpacking, self._name)
        with self.streams.changed:
            self.streams.console = said.console + self.streams.console
            self.streams.reply_channel = said.reply_channel
        self.qmp("cont")
        seed = base64.b64encode(os.urandom(64)).decode()
        status, _ = self.result(self._request("RESUMED", f"{time.time():.6f} {seed}"))
        if status:
            raise self._failure(f"guest from snapshot {self._name}: cannot set its clock: {os.strerror(status)}")
        with self.streams.changed:
            self.streams.take_report(said.reply_channel, said.report)

    # Waiting

    def _scaled(self, timeout):
        return timeout * timeout_scale() * (ICOUNT_SCALE if self.machine.icount else 1)

    def _wait(self, what, ready, timeout, dead=None):
        """Wait for `ready()`; `dead()` returns why it cannot come true any more, or None."""
        def ready_or_dead():
            value = ready()
            if not value and dead and (reason := dead()):
                raise LabError(f"no {what}: {reason}")
            return value

        try:
            return self.streams.wait(what, ready_or_dead, self._scaled(timeout))
        except LabError as error:
            raise self._failure(str(error)) from None

    def _failure(self, message, kind=GuestFailed, **fields):
        parts = [message]
        words = (self.folder / "qemu.log").read_text(errors="replace").strip()
        if words:
            parts.append(f"--- QEMU says ---\n{words}")
        parts.append(f"--- last lines of the console ---\n{channel.tail(self.streams.console)}")
        return kind("\n".join(parts), **fields)

    def _dead(self):
        if self.streams.exit_status is None:
            return None
        if self._resets():
            return "the machine was reset (by firmware, a triple fault or panic=-1), and QEMU ended"
        return f"QEMU ended with status {self.streams.exit_status}"

    def _resets(self):
        return [event for event in self.streams.events if _is_reset(event)]

    def wait_report(self, timeout=REPORT_TIMEOUT):
        """Return the Report of the next kernel that starts; each is returned once."""
        def ready():
            return self.streams.reports[self._reports_seen:]

        report = self._wait("report of a first program", ready, timeout, self._dead)[0]
        if self._store:
            self._keep_snapshot()
        self._reports_seen += 1
        return report

    def reboot_with(self, command, timeout=REPORT_TIMEOUT):
        """Run a command that must end in another kernel; return that kernel's Report.

        A command that fails instead ends the wait at once, with its output in the message.
        """
        result = self.streams.results[self.send(command)]

        def dead():
            if result.status:
                return f"{command}: exit status {result.status}\n{result.output.decode(errors='replace')}"
            return self._dead()

        report = self._wait("report of another kernel", lambda: self.streams.reports[self._reports_seen:], timeout, dead)[0]
        self._reports_seen += 1
        return report

    def wait_reset(self, timeout=EXIT_TIMEOUT):
        """Wait until the machine is reset; return QEMU's event. Each reset is returned once."""
        event = self._wait("reset", lambda: self._resets()[self._resets_seen:], timeout, self._dead)[0]
        self._resets_seen += 1
        return event

    def wait_exit(self, timeout=EXIT_TIMEOUT):
        """Wait until QEMU has ended; return its exit status."""
        self._wait("end of QEMU", lambda: self.streams.exit_status is not None, timeout)
        return self.streams.exit_status

    def wait_console(self, pattern, timeout=REPORT_TIMEOUT, start=0):
        """Return the first match of a regular expression in console_text() from offset `start` on."""
        expression = re.compile(pattern, re.M)

        def ready():
            return expression.search(channel.readable(self.streams.console), start)

        return self._wait(f"{pattern!r} on the console", ready, timeout, self._dead)

    def console_text(self):
        """Return all that the guest wrote to its console, without terminal escapes."""
        with self.streams.changed:
            return channel.readable(self.streams.console)

    def leaves(self):
        """Return the time stamps that the guest took just before each power-off, reset or kexec of its own."""
        with self.streams.changed:
            return list(self.streams.leaves)

    # Commands

    def send(self, command):
        """Start a shell command and return its id without waiting; for what never returns, such as a reboot."""
        if "\n" in command or len(command) > COMMAND_LENGTH:
            script = f"/run/lab-command-{next(self._ids)}"
            self.put_file(script, command)
            command = f". {script}"
        return self._request("RUN", command)

    def result(self, command_id, timeout=COMMAND_TIMEOUT):
        """Wait until a command has ended; return (exit status, output bytes)."""
        starts = self._reports_seen
        result = self.streams.results[command_id]

        def dead():
            return self._dead() or ("another kernel started meanwhile" if len(self.streams.reports) > starts else None)

        self._wait(f"end of command {command_id}", lambda: result.status is not None, timeout, dead)
        return result.status, bytes(result.output)

    def run_bytes(self, command, timeout=COMMAND_TIMEOUT, check=True):
        """Run a shell command and return its output (both streams); CommandFailed if its status is not 0."""
        status, output = self.result(self.send(command), timeout)
        if check and status:
            text = output.decode(errors="replace")
            raise self._failure(f"guest: {command}: exit status {status}\n{text}", CommandFailed,
                                status=status, output=output)
        return output

    def run(self, command, timeout=COMMAND_TIMEOUT, check=True):
        """Run a shell command and return its output as text."""
        return self.run_bytes(command, timeout, check).decode(errors="replace")

    def put_file(self, path, content):
        """Write a file in the guest (mode 0755); `content` is bytes, text or a host path. For megabytes use a disk."""
        data = content.read_bytes() if isinstance(content, Path) else content
        data = data.encode() if isinstance(data, str) else data
        for offset in range(0, max(len(data), 1), PUT_CHUNK):
            chunk = base64.b64encode(data[offset:offset + PUT_CHUNK]).decode()
            status, _ = self.result(self._request("PUT", f"{path} {offset} {chunk}"))
            if status:
                raise self._failure(f"guest: {path}: cannot write: {os.strerror(status)}")

    def unpack_disk(self, device="vda", folder="/run/data", timeout=COMMAND_TIMEOUT):
        """Unpack the tar on a data disk into a folder of the guest, and return the folder."""
        self.run(f"mkdir -p {folder} && tar -xf /dev/{device} -C {folder}", timeout)
        return folder

    def _request(self, verb, rest):
        if not self.streams.reply_channel:
            raise self._failure(f"{verb} before the guest's first report; call wait_report() first")
        command_id = str(next(self._ids))
        with self.streams.changed:
            self.streams.results[command_id] = channel.Result()
        self.streams.send_line(f"{verb} {command_id} {rest}")
        return command_id

    def poweroff(self, timeout=EXIT_TIMEOUT):
        """Switch the guest off through its kernel and wait for QEMU to end."""
        self.streams.send_line("POWEROFF")
        return self.wait_exit(timeout)

    def reset(self):
        """Have the guest's kernel reset the machine; does not wait."""
        self.streams.send_line("RESET")

    def kexec(self):
        """Have the guest's first program jump into the loaded kernel with no shutdown of user space; does not wait."""
        self.streams.send_line("KEXEC")

    # QEMU's own view

    def qmp(self, command, timeout=COMMAND_TIMEOUT, files=(), **arguments):
        """Run a QMP command and return its value; `files` are descriptors that go along with it."""
        request_id = f"qmp-{next(self._ids)}"
        message = {"execute": command, "arguments": arguments, "id": request_id}
        # A QEMU that has just ended does not read; waiting for its reply says how it ended.
        with contextlib.suppress(BrokenPipeError):
            socket.send_fds(self.streams.sockets["monitor"], [json.dumps(message).encode() + b"\n"], files)
        reply = self._wait(f"reply to QMP {command}", lambda: self.streams.replies.get(request_id), timeout, self._dead)
        if "error" in reply:
            raise self._failure(f"QMP {command}: {reply['error']['desc']}")
        return reply["return"]

    def events(self):
        """Return QEMU's events so far, as QMP wrote them."""
        with self.streams.changed:
            return list(self.streams.events)

    def read_memory(self, address, size):
        """Return `size` bytes of the guest's physical memory."""
        target = self.folder / f"memory-{next(self._ids)}"
        self.qmp("pmemsave", val=address, size=size, filename=str(target))
        data = target.read_bytes()
        target.unlink()
        return data

    def screendump(self, target):
        """Write the guest's screen as a PNG file."""
        self.qmp("screendump", filename=str(target), format="png")


def _is_reset(event):
    """Tell whether the guest asked for it: QEMU also reports its own reset at the start of the machine."""
    data = event.get("data", {})
    if event["event"] == "RESET":
        return data.get("guest", False)
    return event["event"] == "SHUTDOWN" and data.get("reason") in ("guest-reset", "guest-panic")
