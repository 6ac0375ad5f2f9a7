# SPDX-License-Identifier: LGPL-2.1-or-later
"""An initrd is unpacked beforehand only if the new kernel has the memory for both forms of it, by its own command line.

A machine of 1 GiB, and a command line that takes 680 MiB of it for huge pages: Debian's initrd and a file of 100 MiB that
packs to nothing come up packed (32 MiB and 142 of files), and unpacked (142 twice) they do not.
"""

import subprocess

from handoff import REBOOT, Initrds, first_kernel, kernel_of, load_command, loaded, new_command_line, run, single, status_of
from lab import debian, initramfs

SERIES = "6.12"
HUGE_PAGES = 340                # of 2 MiB
NO_ROOM = 5
PAD = 100 << 20


def initrds():
    """Return Debian's initrd, with the lab's first program in place of its own, and the file, packed by zstd."""
    kernel = kernel_of(SERIES)
    lab = single(kernel, files={"pad": initramfs.file(bytes(PAD))})
    packed = subprocess.run(["zstd", "-q", "-c", lab.files["initrd"]], stdout=subprocess.PIPE, check=True).stdout
    return Initrds({"debian": debian.initrd(kernel), "initrd": packed}, ("debian", "initrd"), lab.markers)


def load(handed, words, options=""):
    return load_command("vmlinuz", handed, new_command_line(words), options=f"-v {options}")


def test_huge_pages_keep_an_initrd_packed_that_would_not_come_up_unpacked():
    handed = initrds()
    with first_kernel(SERIES, handed.files | {"vmlinuz": kernel_of(SERIES).vmlinuz}, memory="1G") as (guest, before):
        told = run(guest, load(handed, f"hugepages={HUGE_PAGES}"))
        assert "stays as it is" in told and f"{HUGE_PAGES * 2} MiB with hugepages={HUGE_PAGES}" in told, told
        assert "warning" not in told
        guest.send(REBOOT)
        after = guest.wait_report(240)
        assert after.boot_id != before.boot_id and after.markers == handed.markers
        assert f"HugePages_Total:     {HUGE_PAGES}" in guest.run("cat /proc/meminfo")


def test_unpacked_all_the_same_it_is_warned_of_and_does_not_come_up():
    handed = initrds()
    with first_kernel(SERIES, handed.files | {"vmlinuz": kernel_of(SERIES).vmlinuz}, memory="1G") as (guest, _):
        told = run(guest, load(handed, f"hugepages={HUGE_PAGES}", "--unpack-initrd=always"))
        assert "warning: memory: the new kernel will hardly have the memory to unpack its initrd" in told, told
        guest.send(REBOOT)
        guest.wait_console("Initramfs unpacking failed|Kernel panic|Out of memory", 240)


def test_what_surely_has_no_room_is_refused_before_anything_is_loaded():
    handed = initrds()
    with first_kernel(SERIES, handed.files | {"vmlinuz": kernel_of(SERIES).vmlinuz}, memory="1G") as (guest, _):
        for words in ("mem=100M", "hugepages=500"):
            status, told = status_of(guest, load(handed, words))
            assert status == NO_ROOM and "has not the memory to unpack its initrd" in told and words in told, told
            assert not loaded(guest)
