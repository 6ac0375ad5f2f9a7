# SPDX-License-Identifier: LGPL-2.1-or-later
"""What baton starts if no kernel is named is what the boot loader would start; and its entries have names."""
import pytest

from test_system import LOAD, fake_system, system

MENU = """\
if [ -s $prefix/grubenv ]; then load_env; fi
if [ "${next_entry}" ]; then set default="${next_entry}"; set next_entry=; save_env next_entry; else set default="${saved_entry}"; fi
menuentry 'Debian' --id simple { linux /boot/vmlinuz-6.12.9 root=/dev/vda1 ro from=entry
initrd /boot/ucode /boot/initrd.img-6.12.9 }
submenu 'Advanced' --id more {
menuentry 'Debian 6.12.9' --id new { linux /boot/vmlinuz-6.12.9 root=/dev/vda1 ro from=new
initrd /boot/initrd.img-6.12.9 }
menuentry 'Debian 6.1.0-run' --id old { linux /boot/vmlinuz-6.1.0-run root=/dev/vda1 ro from=old
initrd /boot/initrd.img-6.1.0-run }
menuentry 'Debian 6.1.0-run (recovery mode)' --id recovery { linux /boot/vmlinuz-6.1.0-run root=/dev/vda1 ro single
initrd /boot/initrd.img-6.1.0-run }
}
menuentry 'Windows' { chainloader /EFI/Microsoft/bootmgfw.efi }
menuentry 'Debian' --id twin { linux /boot/vmlinuz-6.1.0-run }
"""


def environment_block(**values):
    return "# GRUB Environment Block\n" + "".join(f"{name}={value}\n" for name, value in values.items()) + "####"


@pytest.fixture
def booted(system):
    system.write("boot/grub/grub.cfg", MENU)
    for version in ("6.1.0-run", "6.12.9"):
        system.kernel(f"boot/vmlinuz-{version}")
        system.initrd(f"boot/initrd.img-{version}")
    system.initrd("boot/ucode")
    # What the links say is something else.
    (system.root / "vmlinuz").symlink_to("boot/vmlinuz-6.1.0-run")
    (system.root / "initrd.img").symlink_to("boot/initrd.img-6.1.0-run")
    return system


def planned(booted, *arguments):
    result = booted.run("baton", "plan", "--json", *arguments)
    assert result.status == 0, result.err
    return result.json


def test_without_a_name_it_is_what_the_boot_loader_would_start(booted):
    plan = planned(booted)
    assert plan["kernel"]["path"].endswith("/boot/vmlinuz-6.12.9") and plan["kernel"]["found_by"] == "grub"
    assert [initrd["path"].rsplit("/", 1)[1] for initrd in plan["initrds"]] == ["ucode", "initrd.img-6.12.9"]
    # The entry's command line, and not what the running kernel was given.
    assert plan["command_line"] == "BOOT_IMAGE=/boot/vmlinuz-6.12.9 root=/dev/vda1 ro from=entry"
    shown = booted.run("baton", "plan").out
    assert 'found by the boot loader\'s default entry "Debian" (grub)' in shown
    assert booted.run("baton", "load").calls == [LOAD]


def test_the_saved_and_the_one_time_entry_count(booted):
    booted.write("boot/grub/grubenv", environment_block(saved_entry="more>old"))
    assert planned(booted)["command_line"].endswith("from=old")
    booted.write("boot/grub/grubenv", environment_block(saved_entry="more>old", next_entry="more>recovery"))
    assert planned(booted)["command_line"].endswith("single")
    shown = booted.run("baton", "plan").out
    assert 'one-time entry "Advanced > Debian 6.1.0-run (recovery mode)"' in shown
    assert "grub-editenv - unset next_entry" in shown and "grub-editenv" in booted.run("baton", "load").err


@pytest.mark.parametrize("word, end", [
    ("1", "from=entry"), ("3", "from=old"), ("more>new", "from=new"), ("Advanced > Debian 6.12.9", "from=new"), ("Debian 6.1.0-run",
        "from=old"),
    ("6.12.9", "from=entry"), ("6.1.0-run", "from=old"), ("simple", "from=entry")])
def test_an_entry_is_named_by_number_id_title_or_version(booted, word, end):
    assert planned(booted, word)["command_line"].endswith(end)


def test_a_command_line_and_initrds_that_are_given_take_the_place_of_the_entrys(booted):
    plan = planned(booted, "--append=more", "--initrd", booted.root / "boot/ucode")
    assert plan["command_line"].endswith("from=entry more") and len(plan["initrds"]) == 1
    assert planned(booted, "2", "--cmdline=root=/dev/vda1 x")["command_line"] == "root=/dev/vda1 x"


@pytest.mark.parametrize("word, parts", [
    ("Debian", ["several entries", "1 (Debian)", "6 (Debian)", "by its number"]), ("Windows", ["it is no Linux: chainloader",
        "name another entry"]),
    ("Debian 6.12.8", ["no such file", 'the boot loader has an entry "Debian 6.12.9"']), ("nothing-like-it",
    ["nor has the boot loader such an entry"])])
def test_a_name_that_is_none_is_answered(booted, word, parts):
    result = booted.run("baton", "load", word)
    assert result.status != 0 and not result.calls
    for part in parts:
        assert part.lower() in result.err.lower()


def test_a_file_of_that_name_comes_first(booted, monkeypatch):
    booted.kernel("work/6.12.9")
    monkeypatch.chdir(booted.root / "work")
    assert planned(booted, "6.12.9", "--no-initrd", "--cmdline=x")["kernel"]["found_by"] is None


@pytest.mark.parametrize("name", ["initrd.img-6.12.9", "vmlinuz-6.12.9"])
def test_what_the_boot_loader_could_not_start_either_is_refused_with_the_reason(booted, name):
    (booted.root / "boot" / name).unlink()
    for command in (["baton", "load"], ["baton", "reboot"]):
        result = booted.run(*command)
        assert result.status == 1 and not result.calls and f"{name} is not there" in result.err
        assert 'the boot loader would start "Debian" (grub), and baton cannot' in result.err and "baton list" in result.err


def test_more_initrds_than_there_is_room_for_are_refused(booted):
    booted.write("boot/grub/grub.cfg", f"menuentry m {{ linux /boot/vmlinuz-6.12.9\ninitrd {'/boot/ucode ' * 17}\n}}\n")
    result = booted.run("baton", "load")
    assert result.status == 4 and '"m" has more than 16 initrds' in result.err and not result.calls


def test_a_configuration_that_never_ends_is_told_and_the_links_are_taken(booted):
    booted.write("boot/grub/grub.cfg", "while true; do true; done\n")
    result = booted.run("baton", "load")
    assert result.status == 0 and result.calls == [LOAD]
    assert "warning: the boot loader's configuration could not be read to its end" in result.err and "it may never end" in result.err


def test_a_configuration_that_only_root_may_read_is_told(booted):
    (booted.root / "boot/grub/grub.cfg").unlink()
    (booted.root / "boot/grub/grub.cfg").mkdir()
    result = booted.run("baton", "load")
    assert result.status == 0 and "grub.cfg is there, but cannot be read; try again as root" in result.err
    listed = booted.run("baton", "list")
    assert listed.status == 3 and "cannot be read" in listed.err


def test_a_crash_kernel_is_the_systems_and_not_the_boot_loaders(booted):
    assert planned(booted, "--crash")["kernel"]["found_by"] == "root-link"
