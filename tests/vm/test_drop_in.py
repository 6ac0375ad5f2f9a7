# SPDX-License-Identifier: LGPL-2.1-or-later
"""`kexec` is called as systemd, kdump scripts and people call kexec-tools, and answers with the same statuses."""

import pytest

from handoff import (DATA, check_arrival, check_record, first_kernel, four, kernel_of, loaded, new_command_line,
                     run, single, status_of)
from lab import handoff_record
from lab.guest import CMDLINE


def guest_with(series, new="6.12", initrds=None, **options):
    """Boot a kernel that finds another and its initrd on its disk."""
    initrds = initrds or single(kernel_of(new))
    return first_kernel(series, initrds.files | {"vmlinuz": kernel_of(new).vmlinuz}, **options)


@pytest.mark.parametrize("series", ["6.1", "7.2"])
def test_the_calls_of_systemctl_kexec_and_systemd_shutdown(series):
    """systemctl loads with exactly these words; systemd-shutdown runs `kexec -e` at the very end."""
    line, initrds = new_command_line(), single(kernel_of("6.12"))
    with guest_with(series) as (guest, before):
        run(guest, f"/bin/kexec --load {DATA}/vmlinuz --append '{line}' --initrd {DATA}/initrd")
        assert loaded(guest)
        after = guest.reboot_with("/bin/kexec -e")
        check_arrival(after, before, kernel_of("6.12").release, line, initrds.markers)
        check_record(after, before)


def test_load_status_unload_and_their_exit_codes():
    with guest_with("6.1") as (guest, _):
        assert "no kernel is loaded" in run(guest, "kexec -e", 255)
        run(guest, "kexec -S -l", 0)
        run(guest, f"kexec -l vmlinuz --initrd=initrd --append='{CMDLINE}'")
        run(guest, "kexec -S -l", 1)
        run(guest, "kexec -S", 0)
        run(guest, "kexec -u")
        run(guest, "kexec -S -l", 0)
        assert not loaded(guest)
        # Trap 1: kexec-tools passes a flag for -d that this kernel does not know.
        assert "kexec_file_load" in run(guest, "kexec -d -s -l vmlinuz --initrd=initrd --reuse-cmdline")
        assert "segment" in run(guest, "kexec -d -c -l vmlinuz --initrd=initrd --reuse-cmdline").lower()
        run(guest, "kexec --no-such-option", 1)
        run(guest, "kexec -l", 1)
        run(guest, "kexec -l missing", 255)
        assert loaded(guest), "a load that failed left the one before in place"
        assert "crashkernel=" in run(guest, "kexec -p vmlinuz --initrd=initrd", 254)
        assert "kexec_file_load" in run(guest, "restrict no-kexec_file_load kexec -s -l vmlinuz", 253)
        run(guest, "restrict no-kexec_file_load kexec -a -l vmlinuz --initrd=initrd --reuse-cmdline")
        run(guest, "restrict no-kexec_load kexec -a -l vmlinuz --initrd=initrd --reuse-cmdline")
        assert loaded(guest)


def test_interfaces_go_down_in_a_kernel_without_inet():
    """Only the ioctl on a socket of INET needs that. Where rtnetlink is missing too, what stays up is told."""
    old = kernel_of("6.1")
    dummy = next(old.modules.rglob("dummy.ko"))
    up = "for i in 0 1 2; do ip link set dummy$i up; done"
    initrds = single(kernel_of("6.12"))
    files = initrds.files | {"vmlinuz": kernel_of("6.12").vmlinuz, "dummy.ko": dummy}
    with first_kernel("6.1", files) as (guest, _):
        def states():
            return [int(flags, 16) & 1 for flags in run(guest, "cat /sys/class/net/dummy?/flags").split()]

        run(guest, f"insmod dummy.ko numdummies=3 && {up}")
        run(guest, f"kexec -l vmlinuz --initrd=initrd --append='{CMDLINE}'")
        assert states() == [1, 1, 1]
        # The jump itself does not happen, so that there is somebody to look.
        output = run(guest, "restrict no-reboot restrict no-inet kexec -e", 255)
        assert states() == [0, 0, 0] and "warning" not in output
        run(guest, up)
        output = run(guest, "restrict no-reboot restrict no-netlink kexec -e", 255)
        assert "warning: network interfaces stay up" in output and states() == [1, 1, 1]


def test_options_that_traps_of_kexec_tools_belong_to_do_what_they_say():
    """--noefi keeps the command line, every --initrd counts, --reuse-cmdline goes by whole words."""
    initrds = four(kernel_of("6.12"))
    with guest_with("6.12", initrds=initrds, cmdline="crashkernel_is_mine=1 BOOT_IMAGE=/old keep=1",
                    firmware="ovmf-kernel") as (guest, before):
        run(guest, f"kexec -l vmlinuz {initrds.options()} --noefi --reuse-cmdline --append=more=1")
        after = guest.reboot_with("kexec -e -x -y")
        assert after.cmdline == f"{CMDLINE} crashkernel_is_mine=1 keep=1 more=1"
        assert after.markers == initrds.markers
        assert before.efi and not after.efi
        assert handoff_record.find(after).chain == 1


def test_force_loads_and_jumps_at_once():
    with guest_with("6.12") as (guest, before):
        after = guest.reboot_with(f"cd {DATA} && kexec -f vmlinuz --initrd=initrd --append='{CMDLINE} forced'")
        assert (after.cmdline, after.boot_id != before.boot_id) == (f"{CMDLINE} forced", True)


@pytest.mark.parametrize("series", ["6.1", "7.2"])
def test_a_panic_starts_the_crash_kernel(series):
    kernel = kernel_of(series)
    with guest_with(series, series, cmdline="crashkernel=192M") as (guest, before):
        line = f"{CMDLINE} nr_cpus=1 crashed"
        run(guest, f"kexec -p vmlinuz --initrd=initrd --append='{line}'")
        run(guest, "kexec -S", 1)
        assert not loaded(guest)
        after = guest.reboot_with("echo c >/proc/sysrq-trigger")
        assert (after.release, after.markers) == (kernel.release, before.markers | single(kernel).markers)
        assert after.cmdline.startswith("elfcorehdr=") and after.cmdline.endswith(line)
        assert after.memory_kb < 192 * 1024
        assert int(guest.run("ls -l /proc/vmcore").split()[4]) > 512 << 20, "the dead kernel's memory"


def test_a_crash_kernel_is_unloaded_alone():
    with guest_with("6.12", cmdline="crashkernel=192M") as (guest, _):
        run(guest, f"kexec -l vmlinuz --initrd=initrd --append='{CMDLINE}'")
        run(guest, f"kexec -p vmlinuz --initrd=initrd --append='{CMDLINE}'")
        run(guest, "kexec -p -u")
        run(guest, "kexec -S", 0)
        assert loaded(guest)
        status, output = status_of(guest, "kexec --print-ckr-size")
        assert (status, output.strip()) == (0, str(192 << 20))
