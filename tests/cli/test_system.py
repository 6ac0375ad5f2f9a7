# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is done to the system and in which order, on one that only writes it down (fake_system.c)."""
import fcntl
import json
import os
import pathlib
import re
import struct
import subprocess
import tempfile
import time

import pytest

import make_image
from conftest import Result, build_folder, environment, foreign, give_up_rights


@pytest.fixture(scope="session")
def fake_system():
    build = build_folder()
    with open(pathlib.Path(tempfile.gettempdir()) / f"baton-fake-system-{os.geteuid()}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two pytest processes, one ninja
        subprocess.run(["ninja", "-C", build, "src/cli/fake-system"], check=True, capture_output=True, timeout=300)
    return foreign.runnable(build / "src/cli/fake-system")


class System:
    """A root folder that looks like a small machine."""

    def __init__(self, root, binary):
        self.root, self.binary, self.log = root, binary, root / "log"
        self.write("proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz-6.1.0-run root=/dev/vda1 crashkernel=64M quiet\n")
        self.write("sys/kernel/boot_params/data", bytes(4096))  # it was started without an initrd
        self.write("proc/iomem", "00001000-0009ffff : System RAM\n00100000-3fffffff : System RAM\n")
        self.write("proc/sys/kernel/osrelease", "6.1.0-run\n")
        self.write("proc/sys/kernel/arch", "x86_64\n")
        self.write("proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: pae nx lm\n\n")
        for i, (start, end) in enumerate(((0x0, 0x9ffff), (0x100000, 0x3fffffff))):
            for name, text in (("start", hex(start)), ("end", hex(end)), ("type", "System RAM")):
                self.write(f"sys/firmware/memmap/{i}/{name}", text + "\n")
        self.program("sbin/shutdown")
        self.loaded(0)

    def write(self, path, contents):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        return file

    def loaded(self, normal, crash=0):
        self.write("sys/kernel/kexec_loaded", f"{normal}\n")
        self.write("sys/kernel/kexec_crash_loaded", f"{crash}\n")
        self.write("sys/kernel/kexec_crash_size", "0\n")

    def program(self, path, text="#!/bin/sh\nexit 99\n"):
        self.write(path, text).chmod(0o755)

    def systemd(self):
        (self.root / "run/systemd/system").mkdir(parents=True)
        self.program("usr/bin/systemctl")

    def inhibitors(self, *rows, status=0):
        """A busctl that answers as logind does. It is really run: it says what it was asked."""
        self.write("run/dbus/system_bus_socket", "")
        answer = json.dumps({"type": "a(ssssuu)", "data": [list(rows)]})
        self.program("usr/bin/busctl", f"#!/bin/sh\necho \"$@\" >>'{self.root}/asked'\necho '{answer}'\nexit {status}\n")

    def kernel(self, path="boot/vmlinuz-6.1.0-run", **options):
        return self.write(path, make_image.bzimage(**options))

    def initrd(self, path="boot/initrd.img-6.1.0-run"):
        return self.write(path, make_image.initrd())

    def run(self, *arguments, stdout=subprocess.PIPE, **changes):
        self.log.write_text("")
        done = subprocess.run([self.binary, *map(str, arguments)], stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60,
                              env=environment(FAKE_ROOT=str(self.root), FAKE_LOG=str(self.log), **changes),
                              preexec_fn=give_up_rights, check=False)
        assert done.returncode not in (97, 98, 99) and done.returncode >= 0, done.stderr
        result = Result(done)
        result.calls = self.log.read_text().splitlines()
        return result


@pytest.fixture
def system(tmp_path, fake_system):
    return System(tmp_path, fake_system)


LOAD, UNLOAD = "kexec_load load flags=0x0", "kexec_load unload flags=0x0"


# The kernel that is found by itself

def test_the_root_link_comes_first(system):
    for version in ("1", "2"):
        system.kernel(f"boot/vmlinuz-{version}")
        system.initrd(f"boot/initrd.img-{version}")
    system.kernel()
    (system.root / "vmlinuz").symlink_to("boot/vmlinuz-2")
    (system.root / "initrd.img").symlink_to("boot/initrd.img-1")  # out of step
    plan = system.run("baton", "plan", "--json").json
    assert plan["kernel"]["path"].endswith("/boot/vmlinuz-2") and plan["kernel"]["found_by"] == "root-link"
    assert plan["initrds"][0]["path"].endswith("/boot/initrd.img-2")
    assert "found by the link" in system.run("baton", "plan").out


def test_the_link_names_the_initrd_when_no_name_matches(system):
    system.kernel("boot/image")
    system.initrd("boot/ramdisk")
    (system.root / "boot/vmlinuz").symlink_to("image")
    (system.root / "boot/initrd.img").symlink_to("ramdisk")
    plan = system.run("baton", "plan", "--json").json
    assert plan["kernel"]["found_by"] == "boot-link" and plan["kernel"]["path"].endswith("/boot/image")
    assert plan["initrds"][0]["path"].endswith("/boot/initrd.img")


def test_then_the_running_kernels_own_file(system):
    system.kernel()
    system.initrd()
    (system.root / "vmlinuz").symlink_to("boot/removed")
    plan = system.run("baton", "plan", "--json").json
    assert plan["kernel"]["found_by"] == "running-release" and len(plan["initrds"]) == 1
    assert plan["command_line"].endswith("quiet") and "BOOT_IMAGE" not in plan["command_line"]


def test_none_at_all_names_the_places(system):
    result = system.run("baton", "load")
    assert result.status == 1 and not result.calls
    assert "/vmlinuz" in result.err and "6.1.0-run" in result.err and "--initrd=" in result.err


# baton

PLAN_WARNING, MACHINE_WARNING = "no digests, as asked for", "/proc/iomem: line 1"


@pytest.fixture
def doubtful(system):
    """A machine with a fact that cannot be read; PLAN_WARNING is for --no-verify to bring about."""
    system.kernel()
    system.write("proc/iomem", "no such line\n")
    return system


@pytest.mark.parametrize("command", [
    ["baton", "load", "--no-initrd"], ["baton", "load", "-q", "--no-initrd"], ["baton", "load", "-v", "--no-initrd"],
    ["baton", "load", "--json", "--no-initrd"], ["baton", "reboot", "--no-initrd"], ["baton", "reboot", "-q", "--no-initrd"],
    ["baton", "reboot", "--now", "--no-initrd"], ["kexec", "-l"], ["kexec", "-d", "-l"], ["kexec", "-f"], ["kexec"],
    ["baton", "plan", "-q"]])
def test_whoever_loads_is_told_of_every_warning_once(doubtful, command):
    """Of the machine's and of the plan's; on standard error, so that no option and no script hides them."""
    option = "--no-checks" if command[0] == "kexec" else "--no-verify"
    result = doubtful.run(*command, option, doubtful.root / "boot/vmlinuz-6.1.0-run")
    assert result.status == 0 or result.calls[-1] == "reboot", result.err
    told = [line for line in result.err.splitlines() if line.startswith(f"{command[0]}: warning: ")]
    for warning in (PLAN_WARNING, MACHINE_WARNING):
        assert len([line for line in told if warning in line]) == 1, result.err
        assert "--json" in command or warning not in result.out, "on a terminal it would be there twice"
    if "--json" in command:
        assert len(result.json["warnings"]) == len(told)


def test_a_plan_shows_its_warnings_in_one_place(doubtful):
    for command in (["baton", "plan"], ["baton", "load", "-n"], ["kexec", "-l", "--dry-run"]):
        option = "--no-checks" if command[0] == "kexec" else "--no-verify"
        result = doubtful.run(*command, option, doubtful.root / "boot/vmlinuz-6.1.0-run")
        label, _, rest = result.out.partition("Warnings      ")
        assert rest.count(PLAN_WARNING) == 1 and rest.count(MACHINE_WARNING) == 1, result.out
        assert not result.err and PLAN_WARNING not in label
    made = doubtful.run("baton", "plan", "--json", "--no-verify").json
    assert [text for text in made["warnings"] if PLAN_WARNING in text]
    assert [text for text in made["warnings"] if MACHINE_WARNING in text]


def test_a_load_that_fails_tells_the_warnings_too(doubtful):
    result = doubtful.run("baton", "load", "-q", FAKE_ERRNO="22")
    assert result.status != 0 and MACHINE_WARNING in result.err
    result = doubtful.run("kexec", "-l", doubtful.root / "boot/vmlinuz-6.1.0-run", FAKE_ERRNO="22")
    assert result.status == 255 and MACHINE_WARNING in result.err


def test_nothing_to_warn_of_is_no_warning(system):
    system.kernel()
    assert not system.run("baton", "load", "--no-initrd").err


def test_load_prints_what_it_did(system):
    system.kernel()
    system.initrd()
    result = system.run("baton", "load")
    assert result.status == 0 and result.calls == [LOAD], result.err
    for part in ("Linux 6.1.0-test", "initrd.img-6.1.0-run", "quiet", "kexec_load", "segments", "baton reboot --no-load"):
        assert part in result.out
    assert len(result.out.splitlines()) < 12
    made = system.run("baton", "load", "--json").json
    assert made["loaded"] is True and made["segments"] and isinstance(made["milliseconds"], int)
    assert system.run("baton", "load", "-q").out == ""


def test_load_tells_why_the_next_system_will_not_know_all_times(system):
    """The next system's report sends people here. This system has no /run."""
    system.kernel()
    assert "no mailbox" not in system.run("baton", "load").out
    assert re.search(r"ledger +no mailbox: no memory could be kept", system.run("baton", "load", "-v").out)


def test_a_load_that_the_kernel_refuses(system):
    system.kernel()
    result = system.run("baton", "load", FAKE_ERRNO="16")
    assert result.status == 1 and result.calls == [LOAD] and not result.out


def test_reboot_through_systemd(system):
    system.kernel()
    system.systemd()
    result = system.run("baton", "reboot")
    assert result.calls == [LOAD, "run /usr/bin/systemctl kexec"] and result.status == 0
    assert "systemctl kexec" in result.out


def test_reboot_now_skips_systemd(system):
    system.kernel()
    system.systemd()
    result = system.run("baton", "reboot", "--now")
    assert result.calls == [LOAD, "sync", "read-only", "reboot"]
    assert "no service is stopped" in result.out


def test_reboot_without_systemd_says_what_is_not_stopped(system):
    system.kernel()
    result = system.run("baton", "reboot")
    assert result.calls == [LOAD, "sync", "read-only", "reboot"] and "no service is stopped" in result.out


def test_reboot_with_what_is_loaded(system):
    result = system.run("baton", "reboot", "--no-load")
    assert result.status == 6 and not result.calls
    system.loaded(1)
    assert system.run("baton", "reboot", "--no-load").calls == ["sync", "read-only", "reboot"]
    for more in (["/boot/vmlinuz"], ["--append=x"], ["--initrd=x"], ["--via=kexec_load"], ["--no-efi"]):
        result = system.run("baton", "reboot", "--no-load", *more)
        assert result.status == 2 and not result.calls


def test_programs_are_found_without_a_path(system):
    """As from cron, whose PATH has neither /sbin nor, on some systems, where systemctl lies."""
    system.kernel()
    assert system.run("kexec", system.root / "boot/vmlinuz-6.1.0-run", PATH=None).calls == [LOAD, "run /sbin/shutdown -r now"]
    system.systemd()
    assert system.run("baton", "reboot", PATH="/nowhere").calls == [LOAD, "run /usr/bin/systemctl kexec"]
    assert system.run("kexec", system.root / "boot/vmlinuz-6.1.0-run", PATH=None).calls == [LOAD, "run /usr/bin/systemctl kexec"]
    (system.root / "usr/bin/systemctl").rename(system.root / "opt-systemctl")
    system.program("opt/bin/systemctl")
    assert system.run("baton", "reboot", PATH="/x::bin:/opt/bin").calls == [LOAD, "run /opt/bin/systemctl kexec"]


def test_shutdown_is_found_wherever_it_lies(system):
    kernel = system.kernel()
    system.program("usr/bin/shutdown")
    (system.root / "sbin/shutdown").unlink()
    assert system.run("kexec", kernel).calls == [LOAD, "run /usr/bin/shutdown -r now"]


def test_nothing_is_loaded_where_no_program_would_reboot(system):
    """Known before it is too late: not after seconds of unpacking, with a kernel left behind."""
    kernel = system.kernel()
    (system.root / "sbin/shutdown").unlink()
    result = system.run("kexec", kernel)
    assert result.status == 255 and not result.calls
    assert "/sbin/shutdown" in result.err and "/usr/sbin/shutdown" in result.err and "PATH" in result.err
    assert "nothing was loaded" in result.err
    system.systemd()
    (system.root / "usr/bin/systemctl").chmod(0o644)
    for status, arguments in ((1, ["baton", "reboot"]), (255, ["kexec", kernel])):
        result = system.run(*arguments)
        assert result.status == status and not result.calls and "/usr/bin/systemctl" in result.err and "--now" in result.err
    # Where none is needed, none is missed.
    assert system.run("kexec", "-l", kernel).calls == [LOAD]
    assert system.run("baton", "reboot", "--now").calls[0] == LOAD


INHIBITOR = ["shutdown:sleep", "apt", "Packages are being installed", "block", 0, 4711]


@pytest.mark.parametrize("option", [[], ["--now"], ["--no-load"], ["-q"]])
def test_who_inhibits_a_reboot_is_heard_before_anything_is_done(system, option):
    system.kernel()
    system.systemd()
    system.inhibitors(["sleep", "upower", "Pause", "delay", 0, 1], INHIBITOR, ["idle:shutdown", "backup", "Once a day", "block", 7, 12])
    system.loaded(1)
    result = system.run("baton", "reboot", *option)
    assert result.status == 1 and not result.calls
    for part in ("apt (process 4711)", "Packages are being installed", "backup (process 12)", "--ignore-inhibitors"):
        assert part in result.err
    assert "upower" not in result.err
    assert "ListInhibitors" in (system.root / "asked").read_text()
    # Past logind, which would say no even to root (systemd 257, without polkit).
    result = system.run("baton", "reboot", "--ignore-inhibitors", *option)
    assert result.calls[-1] == ("reboot" if "--now" in option else
                                "run /usr/bin/systemctl start --job-mode=replace-irreversibly --no-block kexec.target")
    assert "inhibited" not in result.err
    # Where nobody blocks any more, logind may have others wait for what they are at.
    system.inhibitors(["sleep", "upower", "Pause", "delay", 0, 1])
    result = system.run("baton", "reboot", "--ignore-inhibitors", *option)
    assert result.calls[-1] == ("reboot" if "--now" in option else "run /usr/bin/systemctl kexec -i")


def test_the_drop_in_hears_them_where_it_is_to_end_the_system(system):
    kernel = system.kernel()
    system.systemd()
    system.inhibitors(INHIBITOR)
    result = system.run("kexec", kernel)
    assert result.status == 255 and not result.calls
    assert "apt (process 4711)" in result.err and "baton reboot --ignore-inhibitors" in result.err
    assert system.run("kexec", "-f", kernel).calls[-1] == "reboot"


@pytest.mark.parametrize("row", [["shutdown", "a", "b", "delay", 0, 1], ["shutdown", "a", "b", "block-weak", 0, 1],
                                 ["sleep:handle-lid-switch", "a", "b", "block", 0, 1], ["shutdown-x", "a", "b", "block", 0, 1]])
def test_what_does_not_block_a_reboot_is_no_hindrance(system, row):
    system.kernel()
    system.systemd()
    system.inhibitors(row)
    result = system.run("baton", "reboot")
    assert result.calls == [LOAD, "run /usr/bin/systemctl kexec"] and not result.err
    assert len((system.root / "asked").read_text().splitlines()) == 2, "once more after the load, which takes time"


@pytest.mark.parametrize("command, failed", [("baton reboot", 1), ("kexec", 255)])
def test_what_begins_while_a_kernel_is_loaded_is_heard_too(system, command, failed):
    kernel = system.kernel()
    system.systemd()
    system.inhibitors(INHIBITOR)
    busctl = system.root / "usr/bin/busctl"
    busctl.write_text(busctl.read_text().replace("#!/bin/sh\n", f"""#!/bin/sh
[ -e '{system.root}/asked' ] || {{ echo >'{system.root}/asked'; echo '{{"type":"a(ssssuu)","data":[[]]}}'; exit 0; }}
"""))
    result = system.run(*command.split(), kernel)
    assert result.status == failed and result.calls == [LOAD]
    assert "apt" in result.err and "stays loaded" in result.err and "nothing was loaded" not in result.err


def test_where_nobody_can_be_asked_it_is_told(system):
    system.kernel()
    system.systemd()
    # Without D-Bus nobody can have asked for anything.
    assert not system.run("baton", "reboot").err
    system.inhibitors(status=1)
    for damage in (lambda: None, lambda: system.program("usr/bin/busctl", "#!/bin/sh\necho '{\"data\": [7]}'\n"),
                   lambda: system.program("usr/bin/busctl", "#!/bin/sh\nkill -9 $$\n"),
                   lambda: (system.root / "usr/bin/busctl").unlink()):
        damage()
        result = system.run("baton", "reboot", PATH=None)
        assert result.calls[-1] == "run /usr/bin/systemctl kexec"
        assert "warning: whether a reboot is inhibited is not known: " in result.err


def test_the_end_stands_in_wtmp_if_there_is_one(system):
    """As systemd-update-utmp writes it: last -x finds it. The peer's -e and -f write none."""
    kernel = system.kernel()
    assert system.run("baton", "reboot", "--now").calls[-1] == "reboot" and not (system.root / "var").exists()
    wtmp = system.write("var/log/wtmp", "")
    system.run("kexec", "-f", kernel)
    assert not wtmp.read_bytes()
    system.run("baton", "reboot", "--now")
    record = wtmp.read_bytes()
    assert len(record) == 384
    kind, _, line, ident, user, host = struct.unpack_from("=hxxi32s4s32s256s", record)
    seconds, = struct.unpack_from("=i", record, 340)
    assert (kind, line.rstrip(b"\0"), ident[:2], user.rstrip(b"\0")) == (1, b"~", b"~~", b"shutdown")
    assert host.rstrip(b"\0").decode() == os.uname().release and abs(seconds - time.time()) < 600


def test_a_failed_load_does_not_reboot(system):
    system.kernel()
    system.systemd()
    result = system.run("baton", "reboot", FAKE_ERRNO="22")
    assert result.status != 0 and result.calls == [LOAD]


def test_unload(system):
    assert system.run("baton", "unload").status == 6
    system.loaded(1)
    result = system.run("baton", "unload")
    assert result.status == 0 and result.calls == [UNLOAD]
    assert system.run("baton", "unload", "--crash").status == 6
    system.loaded(0, crash=1)
    assert "--crash" in system.run("baton", "unload").err
    assert system.run("baton", "unload", "--crash", "--json").json == {"schema": 1, "loaded": False, "target": "crash"}


@pytest.mark.parametrize("rights, words", [("user", "needs root; try again with sudo"), ("contained", "CAP_SYS_BOOT")])
@pytest.mark.parametrize("verb", ["load", "unload", "reboot"])
def test_without_rights_nothing_is_read(system, rights, words, verb):
    result = system.run("baton", verb, FAKE_RIGHTS=rights)
    assert result.status == 3 and words in result.err and not result.calls


def test_dry_runs_change_nothing(system):
    kernel = system.kernel()
    for arguments in (["baton", "load", "-n"], ["baton", "reboot", "-n"], ["baton", "reboot", "--now", "--dry-run"],
                      ["baton", "plan"], ["kexec", "-l", kernel, "--dry-run"], ["kexec", "-f", kernel, "--dry-run"],
                      ["kexec", kernel, "--dry-run"], ["kexec", "-u", "-l", kernel, "--dry-run"]):
        result = system.run(*arguments, FAKE_RIGHTS="user")
        assert result.status == 0 and not result.calls and "Segments" in result.out, arguments


def test_status_says_what_is_loaded(system):
    system.loaded(1, crash=1)
    assert "a kernel is loaded" in system.run("baton").out
    assert system.run("baton", "status", "-q").status == 0
    assert system.run("baton", "status", "--json").json["crash_loaded"] is True


# kexec: options act in order

@pytest.mark.parametrize("options, calls", [
    (["-l"], [LOAD]),
    (["-f", "-l"], [LOAD]),
    (["-l", "-f"], [LOAD, "sync", "interfaces down", "reboot"]),
    (["-f"], [LOAD, "sync", "interfaces down", "reboot"]),
    (["-f", "-x"], [LOAD, "sync", "reboot"]),
    (["-fxy"], [LOAD, "reboot"]),
    ([], [LOAD, "run /sbin/shutdown -r now"]),
    (["-u", "-l"], [UNLOAD, LOAD]),
])
def test_actions_with_a_kernel(system, options, calls):
    result = system.run("kexec", *options, system.kernel())
    assert result.calls == calls


@pytest.mark.parametrize("options, calls", [
    (["-e"], ["sync", "interfaces down", "reboot"]),
    (["-l", "-e"], ["sync", "interfaces down", "reboot"]),
    (["-e", "-y"], ["interfaces down", "reboot"]),
    (["-e", "-x"], ["sync", "reboot"]),
    (["-exy"], ["reboot"]),
    (["-u"], [UNLOAD]),
    (["-l", "-u"], [UNLOAD]),
    (["-u", "-p"], ["kexec_load unload flags=0x1"]),
    (["-p", "-u"], ["kexec_load unload flags=0x1"]),
    (["-u", "-s"], ["kexec_file_load unload flags=0x1"]),
    (["-s", "-p", "-u"], ["kexec_file_load unload flags=0x3"]),
])
def test_actions_without_a_kernel(system, options, calls):
    system.loaded(1, crash=1)
    assert system.run("kexec", *options).calls == calls


def test_systemd_shutdown_and_systemctl(system):
    """The exact calls of systemctl kexec and of systemd-shutdown."""
    kernel, initrd = system.kernel(), system.initrd()
    result = system.run("kexec", "--load", kernel, "--append", "root=/dev/vda1 ro", "--initrd", initrd)
    assert result.status == 0 and result.calls == [LOAD] and not result.out
    system.loaded(1)
    assert system.run("kexec", "-e").calls[-1] == "reboot"


@pytest.mark.parametrize("options", [["-e", "--append=x"], ["-e", "--initrd=x"], ["-e", "--noefi"], ["-u", "--reuse-cmdline"],
                                     ["-u", "-x"]])
def test_what_has_no_effect_is_told(system, options):
    """A warning and not an error: at the end of a shutdown there is nobody to correct it."""
    system.loaded(1)
    result = system.run("kexec", *options)
    assert result.calls[-1] in ("reboot", UNLOAD) and "no effect" in result.err


@pytest.mark.parametrize("options", [["-e"], ["-u"], ["-p", "-u"]])
def test_nothing_is_carried_out_for_a_recorded_machine(system, options):
    system.loaded(1, crash=1)
    result = system.run("kexec", *options, "--machine=x")
    assert result.status == 1 and not result.calls


def test_exec_with_nothing_loaded_touches_nothing(system):
    result = system.run("kexec", "-e")
    assert result.status == 255 and not result.calls and "no kernel is loaded" in result.err


def test_exec_goes_on_when_an_interface_stays_up(system):
    system.loaded(1)
    result = system.run("kexec", "-e", FAKE_DOWN_ERRNO="5")
    assert result.calls == ["sync", "interfaces down", "reboot"] and "warning: eth0" in result.err


def test_exec_goes_on_when_facts_are_malformed(system):
    system.loaded(1)
    system.write("proc/iomem", b"\xff" * 100)
    system.write("sys/firmware/memmap/0/start", "junk\n")
    assert system.run("kexec", "-e").calls[-1] == "reboot"


@pytest.mark.parametrize("normal, crash, options, status", [(1, 0, ["-S"], 0), (0, 1, ["-S"], 1), (1, 0, ["-S", "-l"], 1),
                                                            (0, 1, ["-l", "-S"], 0), (0, 1, ["-Sp"], 1)])
def test_status(system, normal, crash, options, status):
    system.loaded(normal, crash)
    result = system.run("kexec", *options, FAKE_RIGHTS="user")
    assert (result.status, result.out, result.err, result.calls) == (status, "", "", [])


def test_a_load_that_fails_does_nothing_more(system):
    kernel = system.kernel()
    for options in (["-l"], ["-f"], []):
        result = system.run("kexec", *options, kernel, FAKE_ERRNO="22")
        assert result.status == 255 and result.calls == [LOAD]


def test_253_is_not_for_other_failures_of_the_file_call(system):
    kernel = system.kernel()
    assert system.run("kexec", "-s", "-l", kernel, FAKE_ERRNO="22").status == 255
    assert system.run("kexec", "-l", kernel, FAKE_ERRNO="38").status == 255


def test_a_crash_kernel_without_a_reservation_touches_nothing(system):
    result = system.run("kexec", "-p", system.kernel())
    assert result.status == 254 and not result.calls


def test_debug_prints_the_plan_and_loads(system):
    result = system.run("kexec", "-d", "-l", system.kernel())
    assert result.calls == [LOAD] and "Segments" in result.out


def test_debug_asks_the_kernel_only_for_what_it_knows(system):
    """Trap 1: this machine is not known to have KEXEC_FILE_DEBUG (8)."""
    result = system.run("kexec", "-d", "-s", "-l", system.kernel())
    assert result.status == 0 and result.calls == ["kexec_file_load load flags=0x4"]


def test_a_load_whose_words_are_lost_says_that_it_is_one(system):
    system.kernel()
    with open("/dev/full", "w", encoding="ascii") as full:
        result = system.run("baton", "load", stdout=full)
    assert result.status == 1 and result.calls == [LOAD]
    assert "standard output" in result.err and "the kernel is loaded all the same; baton unload" in result.err


@pytest.mark.parametrize("arguments, words", [
    (["baton", "load", ""], "the kernel's name is empty"),
    (["kexec", "-l", ""], "the kernel's name is empty"),
    (["baton", "load", "--initrd="], "--initrd: its value is empty"),
    (["baton", "load", "--mem-min=5G", "--mem-max=1G"], "--mem-min must be less than --mem-max"),
])
def test_an_empty_or_impossible_value_is_named(system, arguments, words):
    """As a script gives it whose variable is not set."""
    system.kernel()
    result = system.run(*arguments)
    assert result.status in (1, 2, 255) and not result.calls and words in result.err, result.err


# What was loaded

def test_what_is_loaded_is_told_and_forgotten(system):
    system.kernel()
    (system.root / "run").mkdir()
    assert not system.run("baton", "load", "--append=once=1").err
    system.loaded(1)
    status = system.run("baton", "status")
    assert "boot/vmlinuz-6.1.0-run" in status.out and "once=1" in status.out and "by baton at 20" in status.out
    known = system.run("baton", "status", "--json").json["last_load"]
    assert known["kernel"] == str(system.root / "boot/vmlinuz-6.1.0-run") and known["command_line"].endswith("once=1")
    assert os.stat(system.root / "run/baton/loaded").st_mode & 0o777 == 0o600
    # Another program has unloaded it.
    system.loaded(0)
    assert "once=1" not in system.run("baton", "status").out and "last_load" not in system.run("baton", "status", "--json").json
    system.loaded(1)
    system.run("baton", "unload")
    assert not (system.root / "run/baton/loaded").exists()
    system.run("kexec", "-l", system.root / "boot/vmlinuz-6.1.0-run")
    assert (system.root / "run/baton/loaded").exists()
    system.run("kexec", "-u")
    assert not (system.root / "run/baton/loaded").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"schema":2}', '{"schema":1,"kernel":1}',
                                  '{"schema":1,"kernel":"/k","release":null}',
                                  "\0\xff", "{" * 2000])
def test_a_note_of_the_load_that_cannot_be_read_is_none(system, text):
    system.write("run/baton/loaded", text)
    system.loaded(1)
    assert system.run("baton", "status").status == 0
    assert system.run("baton", "reboot", "--no-load").calls[-1] == "reboot"


def test_a_load_goes_on_where_it_cannot_be_noted(system):
    system.kernel()
    system.write("run/baton", "a file")
    result = system.run("baton", "load")
    assert result.calls == [LOAD] and "loaded" not in result.err
