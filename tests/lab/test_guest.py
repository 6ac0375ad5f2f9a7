"""The lab's guests: each boots a real kernel in QEMU."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from lab import initramfs, kernels, kexec_tools
from lab.guest import CMDLINE, EXIT_TIMEOUT, CommandFailed, Guest, GuestFailed, timeout_scale
from lab.guest_report import fnv1a64

pytestmark = pytest.mark.vm
GIB_KB = 1 << 20


@pytest.mark.parametrize("series", kernels.SERIES)
def test_each_kernel_boots_and_reports(series):
    with Guest(series, cmdline='quoted="a \\ b"', files={"markers/deep/file": "content"}) as guest:
        report = guest.wait_report()
        assert report.release == kernels.get(series).release
        assert report.cmdline == CMDLINE + ' quoted="a \\ b"'
        assert report.markers == {"deep/file": fnv1a64(b"content")}
        assert (report.efi, report.cpus, report.kexec_loaded) == (False, 2, 0)
        assert report.tsc > 0 and len(report.boot_id) == 36
        assert 0.85 * GIB_KB < report.memory_kb < GIB_KB
        assert report.memory_map == sorted(report.memory_map)
        assert report.ram()[0][0] == 0 and all(end % 512 == 0 for _, end in report.ram())
        assert guest.poweroff() == 0


@pytest.mark.parametrize("firmware, efi", [("seabios", False), ("ovmf", True), ("ovmf-kernel", True)])
def test_firmware_boots(firmware, efi):
    with Guest("6.1", firmware=firmware) as guest:
        report = guest.wait_report()
        assert report.efi is efi
        assert "console=ttyS0" in report.cmdline
        if firmware != "ovmf-kernel":
            assert report.bootloader_type >> 4 == 7, "GRUB's number in the boot protocol"


def test_commands_files_and_disks():
    with Guest("7.2", disks=[{"folder/file": "on disk"}]) as guest:
        with pytest.raises(GuestFailed, match="wait_report"):
            guest.run("true")
        guest.wait_report()
        assert guest.run(f"cat {guest.unpack_disk()}/folder/file") == "on disk"
        assert guest.run("for i in 1 2; do\necho $i\ndone") == "1\n2\n"
        assert guest.run("echo error >&2; sleep 600 & echo ended") == "error\nended\n"
        data = bytes(range(256)) * 100
        guest.put_file("/run/new/folder/file", data)
        assert guest.run_bytes("cat /run/new/folder/file") == data
        with pytest.raises(CommandFailed, match="no such thing") as failure:
            guest.run("echo no such thing; exit 3")
        assert failure.value.status == 3
        assert guest.run("kill -9 $$", check=False) == ""
        assert int(guest.run("tsc")) > 0


def test_physical_memory_and_screen_can_be_read(tmp_path):
    with Guest("6.1") as guest:
        guest.wait_report()
        assert guest.read_memory(0xF0000, 0x10000).find(b"_SM") >= 0, "SMBIOS entry point in the BIOS segment"
        guest.screendump(tmp_path / "screen.png")
        assert (tmp_path / "screen.png").read_bytes().startswith(b"\x89PNG")


def test_two_guests_at_once():
    with Guest("6.1", cmdline="first") as first, Guest("6.12", cmdline="second") as second:
        reports = first.wait_report(), second.wait_report()
        assert [report.cmdline.split()[-1] for report in reports] == ["first", "second"]
        assert reports[0].boot_id != reports[1].boot_id
        assert first.run("uname -r") != second.run("uname -r")


def test_a_reset_is_noticed_and_ends_a_wait_at_once():
    with Guest("6.12") as guest:
        guest.wait_report()
        guest.reset()
        assert guest.wait_reset()["data"]["reason"] == "guest-reset"
        with pytest.raises(GuestFailed, match="reset"):
            guest.wait_report(timeout=600)
        assert len(guest.leaves()) == 1


def test_a_panic_is_noticed_and_shows_the_console():
    with Guest("6.12", initrd=False) as guest:
        with pytest.raises(GuestFailed, match="(?s)reset.*Kernel panic"):
            guest.wait_report()


def test_a_machine_that_may_reboot_reports_again():
    with Guest("6.12", reboot=True) as guest:
        before = guest.wait_report()
        guest.reset()
        guest.wait_reset()
        assert guest.wait_report().boot_id != before.boot_id


def test_a_deadline_shows_the_console():
    with Guest("6.12") as guest:
        guest.wait_report()
        with pytest.raises(GuestFailed, match="(?s)no 'never printed' on the console.*last lines of the console"):
            guest.wait_console("never printed", timeout=0.2)
        assert guest.wait_console(r"Linux version (\S+)")[1] == kernels.get("6.12").release


STARTER = """
import sys
from lab.guest import Guest
with Guest("6.1", folder=sys.argv[1]) as guest:
    print(guest.streams.process.pid, flush=True)
    sys.stdin.read()
"""


def test_a_guest_does_not_outlive_who_started_it(tmp_path):
    """Killed as by an impatient user or the kernel: nothing of the lab's runs any more that could end it."""
    with subprocess.Popen([sys.executable, "-c", STARTER, tmp_path], cwd=Path(__file__).parents[2],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as starter:
        process = int(starter.stdout.readline())
        assert b"qemu-system" in Path(f"/proc/{process}/cmdline").read_bytes()
        end = os.pidfd_open(process)
        starter.kill()
    ended, _, _ = select.select([end], [], [], EXIT_TIMEOUT * timeout_scale())
    os.close(end)
    if not ended:
        os.kill(process, 9)
    assert ended, "QEMU goes on"


def test_kexec_tools_hands_over_to_another_kernel():
    new = kernels.get("6.12")
    disk = {"vmlinuz": new.vmlinuz, "initrd": initramfs.build({"markers/new": "yes"})}
    with Guest("6.1", files={"/": kexec_tools.get()}, disks=[disk]) as guest:
        guest.wait_report()
        folder = guest.unpack_disk()
        with pytest.raises(GuestFailed, match="exit status"):
            guest.reboot_with("/sbin/kexec -e", timeout=600)
        guest.run(f"/sbin/kexec -l {folder}/vmlinuz --initrd={folder}/initrd --command-line='{CMDLINE} second'")
        report = guest.reboot_with("/sbin/kexec -e")
        assert (report.release, report.cmdline) == (new.release, f"{CMDLINE} second")
        assert report.markers == {"new": fnv1a64(b"yes")}
        assert guest.run("echo alive") == "alive\n"


def test_the_deterministic_clock_repeats():
    def first_tsc():
        with Guest("6.12", icount=True) as guest:
            return guest.wait_report().tsc

    one, two = first_tsc(), first_tsc()
    # Most runs agree to the last instruction; some are a timer tick (4 ms) or two apart.
    assert abs(one - two) < one / 100
