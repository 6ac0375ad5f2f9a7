# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels that were unpacked when they were installed, on a system that only writes down what is done."""
import concurrent.futures
import os
import time

import pytest

import make_image
from test_system import LOAD, fake_system, system  # pylint: disable=unused-import

FOLDER = "var/cache/baton/kernels"
EARLIER = "was unpacked (gzip) when it was prepared"
NOW = "is unpacked (gzip) and relocated"


@pytest.fixture
def kernel(system):
    return system.write("boot/vmlinuz-6.1.0-run", make_image.direct_bzimage())


def kept(system):
    folder = system.root / FOLDER
    return sorted(folder.iterdir()) if folder.is_dir() else []


def loaded(system, *arguments):
    """Load, and return the sentence about the entry."""
    result = system.run("baton", "load", "--json", *arguments)
    assert result.status == 0 and result.calls == [LOAD], result.err
    return next(reason["text"] for reason in result.json["reasons"] if reason["topic"] == "entry"), result.err


def test_a_prepared_kernel_is_loaded_as_it_was_unpacked(system, kernel):
    plain = system.run("baton", "load", "--json", "--seed=00", "--show-addresses").json
    assert NOW in loaded(system)[0]
    result = system.run("baton", "prepare")
    assert result.status == 0 and not result.calls, result.err
    assert "Prepared" in result.out and str(kept(system)[0]) in result.out
    assert EARLIER in loaded(system)[0]
    prepared = system.run("baton", "load", "--json", "--seed=00", "--show-addresses").json
    assert prepared["segments"] == plain["segments"] and prepared["kernel_entry"] == plain["kernel_entry"]


@pytest.mark.parametrize("option", ["--entry=stub", "--32bit", "--via=kexec_file_load"])
def test_what_is_kept_is_not_even_read_where_it_is_of_no_use(system, kernel, option):
    system.run("baton", "prepare", "-q")
    kept(system)[0].write_bytes(b"damaged")
    assert "prepare" in system.run("baton", "load", "-q").err, "then it would be told"
    assert system.run("baton", "load", "-q", option).err == ""


def test_a_load_says_how_the_next_one_is_quicker(system, kernel):
    assert "`baton prepare`" in system.run("baton", "load").out
    assert "`baton prepare`" not in system.run("baton", "load", "-q").out
    assert "`baton prepare`" in system.run("baton", "load", kernel).out
    built = system.write("home/bzImage", kernel.read_bytes())
    assert "`baton prepare`" not in system.run("baton", "load", built).out, "it was built, not installed"
    system.run("baton", "prepare", "-q")
    assert "`baton prepare`" not in system.run("baton", "load").out


def another(number):
    """A kernel that differs from all others in one byte."""
    unpacked = bytearray(make_image.unpacked_kernel())
    unpacked[0x1800] = number
    return make_image.direct_bzimage(unpacked=bytes(unpacked))


@pytest.mark.parametrize("command", [["baton", "reboot"], ["kexec", "-l"], ["kexec", "-f"]])
def test_a_reboot_says_it_once_for_each_kernel(system, kernel, command):
    def told(path):
        result = system.run(*command, path)
        assert LOAD in result.calls and (command[0] == "baton" or not result.out), result.err
        return "`baton prepare`" in result.out + result.err

    other = system.write("boot/vmlinuz-2", another(2))
    assert [told(path) for path in (kernel, kernel, other, other, kernel)] == [True, False, True, False, False]
    assert not told(system.write("home/bzImage", another(4)))
    third = system.write("boot/vmlinuz-3", another(3))
    system.run("baton", "prepare", "-q", third)
    assert not told(third)


def test_all_that_are_installed_are_prepared_newest_last_and_damage_stops_none(system):
    for number in (1, 2, 10, 11, 12):
        system.write(f"boot/vmlinuz-6.{number}", another(number))
    assert system.run("baton", "prepare", "--all", "-q").status == 0
    before = kept(system)
    assert len(before) == 4
    times = [path.stat().st_mtime_ns for path in before]
    assert system.run("baton", "prepare", "--all").out == "", "they are there"
    assert [path.stat().st_mtime_ns for path in kept(system)] == times
    assert EARLIER in loaded(system, system.root / "boot/vmlinuz-6.12")[0]
    assert NOW in loaded(system, system.root / "boot/vmlinuz-6.1")[0]
    system.run("baton", "prepare", "--clear", "-q")
    system.write("boot/vmlinuz-6.11", "damaged")
    result = system.run("baton", "prepare", "--all", "-q")
    assert result.status == 4 and "vmlinuz-6.11" in result.err and len(kept(system)) == 3
    for more in (["--clear"], [system.root / "boot/vmlinuz-6.1"]):
        assert system.run("baton", "prepare", "--all", *more).status == 2


def test_json_names_the_file(system, kernel):
    made = system.run("baton", "prepare", "--json", kernel).json
    assert made["kernel"] == str(kernel) and made["path"] == str(kept(system)[0])
    assert made["size"] == kept(system)[0].stat().st_size
    assert made["unpacked_size"] == len(make_image.unpacked_kernel())


def test_only_root_reads_what_is_kept(system, kernel):
    system.run("baton", "prepare", "-q")
    assert (system.root / FOLDER).stat().st_mode & 0o777 == 0o700
    assert kept(system)[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", [
    lambda data: data[:-20], lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:],
    lambda data: b"x" + data[1:], lambda data: b""])
def test_a_damaged_file_is_told_and_passed_over(system, kernel, damage):
    system.run("baton", "prepare", "-q")
    path = kept(system)[0]
    path.write_bytes(damage(path.read_bytes()))
    text, warning = loaded(system)
    assert NOW in text
    assert str(path) in warning and "baton prepare" in warning


def test_a_file_that_others_may_write_to_is_not_trusted(system, kernel):
    system.run("baton", "prepare", "-q")
    kept(system)[0].chmod(0o620)
    text, warning = loaded(system)
    assert NOW in text and "others than root may write to it" in warning


def test_another_kernels_file_in_its_place_is_not_taken(system, kernel):
    system.run("baton", "prepare", "-q")
    mine = kept(system)[0]
    other = make_image.unpacked_kernel() + bytes(4)
    system.write("boot/other", make_image.direct_bzimage(unpacked=other))
    system.run("baton", "prepare", "-q", system.root / "boot/other")
    theirs = next(path for path in kept(system) if path != mine)
    mine.write_bytes(theirs.read_bytes())
    assert NOW in loaded(system)[0]


def test_the_newest_four_are_kept(system):
    for number in range(6):
        unpacked = bytearray(make_image.unpacked_kernel())
        unpacked[0x1800] = number
        path = system.write(f"boot/{number}", make_image.direct_bzimage(unpacked=bytes(unpacked)))
        before = set(kept(system))
        system.run("baton", "prepare", "-q", path)
        made = (set(kept(system)) - before).pop()
        os.utime(made, (number, number))
    assert sorted(path.stat().st_mtime for path in kept(system)) == [2, 3, 4, 5]


def test_clear_forgets_all_and_only_these(system, kernel):
    system.run("baton", "prepare", "-q")
    mine = system.write(f"{FOLDER}/README", "not a kernel")
    assert "Forgot 1 prepared kernel." in system.run("baton", "prepare", "--clear").out
    assert kept(system) == [mine]
    assert system.run("baton", "prepare", "--clear", "--json").json["cleared"] == 0


def test_what_a_killed_one_left_behind_goes_after_a_day(system, kernel):
    """A power cut in mid-write: nobody else would ever delete it."""
    old, recent = (system.write(f"{FOLDER}/{number:032x}.lz4.a{number}bCdE", "half") for number in (1, 2))
    a_day_ago = time.time() - 25 * 60 * 60
    os.utime(old, (a_day_ago, a_day_ago))
    assert system.run("baton", "prepare", "-q").status == 0
    assert not old.exists() and recent.exists(), "the other one may be at work still"
    os.utime(recent, (a_day_ago, a_day_ago))
    assert "Forgot 1 prepared kernel." in system.run("baton", "prepare", "--clear").out
    assert not kept(system)


def test_two_at_once_both_succeed(system):
    """Each deletes what is too old, also what the other one has just deleted."""
    for number in range(40):
        unpacked = bytearray(make_image.unpacked_kernel())
        unpacked[0x1800] = number
        system.write(f"boot/{number}", make_image.direct_bzimage(unpacked=bytes(unpacked)))
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda number: system.run("baton", "prepare", "-q", system.root / f"boot/{number}"),
                                range(40)))
    assert [result.status for result in results] == [0] * 40, [result.err for result in results]
    assert len(kept(system)) >= 4


def test_too_little_memory_is_an_error_and_not_a_killed_process(system, kernel):
    system.write("proc/meminfo", "MemTotal: 65536 kB\nMemAvailable: 20480 kB\n")
    result = system.run("baton", "prepare")
    assert result.status != 0 and "available" in result.err and not kept(system)


def test_what_cannot_be_unpacked_is_an_error(system):
    result = system.run("baton", "prepare", system.kernel())
    assert result.status == 4 and "payload" in result.err and not kept(system)
    result = system.run("baton", "prepare", "--clear", system.kernel())
    assert result.status == 2 and "--clear" in result.err


def test_a_folder_that_cannot_be_made_is_an_error(system, kernel):
    system.write("var/cache/baton", "a file")
    result = system.run("baton", "prepare")
    assert result.status == 1 and "var/cache/baton" in result.err


@pytest.mark.parametrize("words", [(), ("--clear",)])
def test_who_may_not_is_told_what_to_do(system, kernel, words):
    """Before anything is unpacked; a test that runs as root has given up the right to pass over permissions."""
    system.write("var/cache/baton/kernels/other.lz4", "kept")
    folder = system.root / "var/cache/baton/kernels"
    folder.chmod(0)
    result = system.run("baton", "prepare", *words)
    folder.chmod(0o700)
    assert result.status == 3 and f"{folder}: not permitted" in result.err and "sudo" in result.err
