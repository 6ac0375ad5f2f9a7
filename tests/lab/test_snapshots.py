# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest that begins at a snapshot is the guest that booted, but for what must differ."""

import os
import time
from pathlib import Path

import pytest

from lab import cache, initramfs, kernels, snapshots
from lab.errors import LabError
from lab.guest import Guest

SERIES = "6.12"
# What a guest is, as far as it can be asked; nothing here changes from one second to the next.
FACTS = ("cat /proc/cmdline", "cat /proc/iomem", "cat /proc/modules", "cat /proc/mounts", "ls /dev", "ls /sys/bus/pci/devices",
         "cat /sys/block/vda/size", "cat /sys/devices/system/clocksource/clocksource0/current_clocksource", "ls /run /tmp",
         "cat /proc/sys/kernel/random/boot_id")
# The kernel may still say something after the snapshot was taken; what it said before is the same to the letter.
LOG = "dmesg"


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A cache of one's own for snapshots; the rest is the usual one's."""
    target = tmp_path / "cache"
    target.mkdir()
    for kind in ("apt", "packages", "kernels", "programs", "runners", "initramfs", "locks"):
        cache.path(kind, "x")
        (target / kind).symlink_to(cache.root() / kind)
    monkeypatch.setenv("BATON_CACHE", str(target))
    monkeypatch.delenv("BATON_LAB_SNAPSHOTS", raising=False)
    return target / "snapshots"


def guest(content="one", **options):
    return Guest(SERIES, disks=[{"file": content}], **{"smp": 1, "snapshot": True} | options)


def facts(machine):
    return {command: machine.run(command) for command in FACTS}


@pytest.mark.vm
def test_a_guest_from_a_snapshot_is_the_one_that_booted(store):
    """All that it says of itself, what it has on its disk, interrupts, the time, a handoff, a reset."""
    with guest() as first:
        booted = first.wait_report()
        assert not first.restored
        before, log = facts(first), first.run(LOG).splitlines()
        assert first.run(f"cat {first.unpack_disk()}/file") == "one"
        random = first.run("head -c 16 /dev/urandom | xxd -p")
    assert len(list(store.glob("[!.]*/memory.zst"))) == 1
    kernel = kernels.get(SERIES)
    files = {"file": "two", "vmlinuz": kernel.vmlinuz, "initrd": initramfs.build({"markers/new": "1"})}
    with Guest(SERIES, disks=[files], smp=1, snapshot=True) as second:
        report = second.wait_report()
        assert second.restored
        assert report == booted
        assert facts(second) == before
        pairs = list(zip(log, second.run(LOG).splitlines(), strict=False))
        assert len(pairs) > 100 and all(one == other for one, other in pairs)
        assert second.run(f"cat {second.unpack_disk()}/file") == "two", "its disk is its own"
        assert second.run("head -c 16 /dev/urandom | xxd -p") != random
        assert abs(int(second.run("date +%s")) - time.time()) < 60
        assert "Linux version" in second.console_text()
        assert "Linux version" in (second.folder / "console.log").read_text()
        # Timer and serial interrupts arrive, and time goes on as the host's does.
        ticks = "awk '/LOC:/ { print $2 }' /proc/interrupts"
        count = int(second.run(ticks))
        began = time.monotonic()
        slept = float(second.run("A=$(cut -d' ' -f1 /proc/uptime); sleep 2; "
                                 "echo \"$(cut -d' ' -f1 /proc/uptime) $A\" | awk '{ print $1 - $2 }'"))
        assert 1.9 < slept <= time.monotonic() - began + 0.1
        assert int(second.run(ticks)) > count
        second.reset()
        second.wait_reset()


@pytest.mark.vm
def test_a_guest_with_another_command_line_memory_or_initrd_boots(store):
    with guest() as first:
        first.wait_report()
    for options in ({"cmdline": "another"}, {"memory": "768M"}, {"files": {"markers/x": "1"}}, {"smp": 2}):
        with guest(**options) as other:
            assert not other.restored, options
    with guest("of the same size in the end") as other:
        assert other.restored


@pytest.mark.vm
def test_a_damaged_snapshot_is_an_error_that_says_so(store):
    with guest() as first:
        first.wait_report()
    memory, = store.glob("*/memory.zst")
    data = memory.read_bytes()
    memory.write_bytes(data[:len(data) // 2])
    with pytest.raises(LabError, match="snapshot"), guest():
        pass
    memory.write_bytes(b"no zstd at all")
    with pytest.raises(LabError, match="snapshot"), guest():
        pass


@pytest.mark.vm
def test_snapshots_can_be_turned_off(store, monkeypatch):
    monkeypatch.setenv("BATON_LAB_SNAPSHOTS", "0")
    with guest() as first:
        first.wait_report()
    assert not store.exists()


def test_what_may_differ_from_the_start_boots():
    """Guests whose clock is counted, with devices or options of their own, with disks that are not ours."""
    for options in ({"icount": True, "smp": 1}, {"extra": ("-S",)}, {"disks": [Path("/image")]}, {"firmware": "seabios"}):
        assert not Guest(SERIES, snapshot=True, **options)._snapshot, options
    assert Guest(SERIES, snapshot=True)._snapshot and not Guest(SERIES)._snapshot


def fill(store, name, size, used):
    folder = store / name
    folder.mkdir(parents=True)
    (folder / "memory.zst").write_bytes(bytes(size))
    os.utime(folder / "memory.zst", (used, used))


def test_the_snapshots_used_longest_ago_go_first(store):
    for number, name in enumerate("abcd"):
        fill(store, name, 1000, 1000 + number)
    snapshots.make_room(keep=store / "a", bound=2500)
    assert sorted(path.name for path in store.iterdir()) == ["a", "d"]


def test_an_old_snapshot_is_none_and_goes(store, monkeypatch):
    fill(store, "a", 10, 1000)
    (store / "a" / "said.json").write_text('{"report": "", "reply_channel": "control", "console": ""}')
    assert snapshots.Store("a").open()
    monkeypatch.setattr(snapshots, "AGE", -1)
    assert snapshots.Store("a").open() is None
    snapshots.make_room()
    assert not list(store.iterdir())


def test_one_guest_makes_a_snapshot_and_the_others_do_not_wait(store):
    one, two = snapshots.Store("a"), snapshots.Store("a")
    assert one.claim() and not two.claim()
    one.release()
    assert two.claim()
    two.release()


def test_a_snapshot_that_cannot_be_written_leaves_none(store):
    def migrate(stream):
        stream.write(b"half")
        stream.close()
        raise LabError("broken")

    with pytest.raises(LabError, match="broken"):
        snapshots.Store("a").write(snapshots.Said("", "control", ""), migrate)
    assert not list(store.iterdir())
