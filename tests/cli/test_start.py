# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is started will come up, or it is said before anything is loaded."""
import gzip
import os
import struct

import pytest

import make_image
from test_system import LOAD, fake_system, system  # pylint: disable=unused-import

OLD, NEW = "6.1.0-run", "6.12.0-new"
MODULES = ("kernel/drivers/block/virtio_blk.ko", "kernel/fs/ext4/ext4.ko")


def version(release):
    return f"{release} (me@here) #1 SMP"


def params(system, ramdisk):
    """What the running kernel was started with: an initrd of `ramdisk` bytes."""
    data = bytearray(4096)
    struct.pack_into("<I", data, 0x21C, ramdisk)
    system.write("sys/kernel/boot_params/data", bytes(data))


def install(system, release, *names, initrd=True, modules=True):
    system.kernel(f"boot/vmlinuz-{release}", version=version(release))
    if initrd:
        system.write(f"boot/initrd.img-{release}",
                     make_image.archive("init", f"usr/lib/modules/{release}/modules.dep", *names))
    if modules:
        system.write(f"lib/modules/{release}/modules.builtin", "kernel/fs/proc/proc.ko\n")


def links(system, kernel=NEW, initrd=OLD):
    (system.root / "vmlinuz").symlink_to(f"boot/vmlinuz-{kernel}")
    (system.root / "initrd.img").symlink_to(f"boot/initrd.img-{initrd}")


def loaded(result):
    return result.status == 0 and result.calls == [LOAD]


@pytest.fixture
def upgrade(system):
    """Between the moving of the links and the making of the initrd."""
    params(system, 1 << 20)
    install(system, OLD)
    install(system, NEW, initrd=False)
    links(system)
    return system


# A kernel and its initrd

def test_an_unfinished_upgrade_starts_the_running_kernels_own_pair_and_says_so(upgrade):
    result = upgrade.run("baton", "load")
    assert loaded(result), result.err
    plan = upgrade.run("baton", "plan", "--json").json
    assert plan["kernel"]["path"].endswith(f"vmlinuz-{OLD}")
    assert [initrd["path"].rsplit("/", 1)[1] for initrd in plan["initrds"]] == [f"initrd.img-{OLD}"]
    assert any(reason["topic"] == "warning" and "unfinished" in reason["text"] and NEW in reason["text"]
               for reason in plan["reasons"])


@pytest.mark.parametrize("contents, name, words", [
    (b"", f"initrd.img-{NEW}", "empty"), (b"half", f"initrd.img-{NEW}.new", "being made")])
def test_an_initrd_that_is_not_finished_is_not_taken(upgrade, contents, name, words):
    upgrade.write(f"boot/{name}", contents)
    plan = upgrade.run("baton", "plan", "--json").json
    assert plan["kernel"]["path"].endswith(f"vmlinuz-{OLD}")
    assert any(words in reason["text"] for reason in plan["reasons"] if reason["topic"] == "warning")


def test_without_the_running_kernels_pair_it_is_refused(upgrade):
    (upgrade.root / f"boot/initrd.img-{OLD}").unlink()
    result = upgrade.run("baton", "reboot")
    assert result.status == 1 and not result.calls
    assert "unfinished" in result.err and f"vmlinuz-{NEW}" in result.err and "--no-initrd" in result.err
    assert loaded(upgrade.run("baton", "load", "--no-initrd"))


def test_none_is_taken_by_itself_where_the_running_kernel_had_none(upgrade):
    params(upgrade, 0)
    plan = upgrade.run("baton", "plan", "--json").json
    assert plan["kernel"]["path"].endswith(f"vmlinuz-{NEW}") and not plan["initrds"]
    assert not [reason for reason in plan["reasons"] if "initrd" in reason["text"]]


def test_the_link_that_is_named_is_followed_before_an_initrd_is_looked_for(upgrade):
    """/boot has such links too: the folder's initrd.img is the old kernel's still."""
    (upgrade.root / "boot/vmlinuz").symlink_to(f"vmlinuz-{NEW}")
    (upgrade.root / "boot/initrd.img").symlink_to(f"initrd.img-{OLD}")
    result = upgrade.run("baton", "plan", "--json", upgrade.root / "boot/vmlinuz")
    assert not result.json["initrds"]
    assert any("another version" in reason["text"] for reason in result.json["reasons"] if reason["topic"] == "warning")
    (upgrade.root / "boot/initrd.img").unlink()
    (upgrade.root / "boot/initrd.img").symlink_to(f"initrd.img-{NEW}")
    upgrade.write(f"boot/initrd.img-{NEW}", make_image.archive("init"))
    assert len(upgrade.run("baton", "plan", "--json", upgrade.root / "boot/vmlinuz").json["initrds"]) == 1


def test_a_named_kernel_with_nothing_beside_it_is_a_warning(upgrade):
    kernel = upgrade.kernel("home/bzImage")

    def warnings(*arguments):
        reasons = upgrade.run("baton", "plan", "--json", kernel, *arguments).json["reasons"]
        return [reason["text"] for reason in reasons if reason["topic"] == "warning" and "no initrd" in reason["text"]]

    assert warnings() and not warnings("--no-initrd")
    assert loaded(upgrade.run("baton", "load", kernel))


def test_the_versions_inside_are_compared(system):
    """The names agree, as after a copy by hand; what is in the files does not."""
    params(system, 1 << 20)
    install(system, NEW)
    system.write(f"boot/initrd.img-{NEW}", make_image.archive("init", f"lib/modules/{OLD}/kernel/a.ko"))
    links(system, initrd=NEW)
    result = system.run("baton", "reboot")
    assert result.status == 1 and not result.calls
    assert f"for Linux {OLD}" in result.err and f"kernel is Linux {NEW}" in result.err
    assert loaded(system.run("baton", "load", "--no-verify-start"))
    named = (system.root / f"boot/vmlinuz-{NEW}", f"--initrd={system.root / f'boot/initrd.img-{NEW}'}")
    assert loaded(system.run("baton", "load", *named)), "who names both knows"
    assert "do not belong together" in str(system.run("baton", "plan", "--json", *named).json["reasons"])


# Modules, and where kernels lie

def test_a_kernel_without_its_modules_is_refused(system):
    install(system, OLD)
    install(system, NEW, modules=False)
    links(system, initrd=NEW)
    result = system.run("baton", "load")
    assert result.status == 1 and not result.calls and f"/lib/modules/{NEW}" in result.err
    assert "--no-verify-start" in result.err
    assert loaded(system.run("baton", "load", "--no-verify-start"))
    assert "no modules" in str(system.run("baton", "plan", "--json", "--no-verify-start").json["reasons"])
    # What dpkg leaves behind: modules that were built on this machine.
    system.write(f"lib/modules/{NEW}/updates/dkms/x.ko", "x")
    assert system.run("baton", "load").status == 1
    system.write(f"usr/lib/modules/{NEW}/modules.builtin", "")
    assert loaded(system.run("baton", "load"))


def test_who_needs_no_modules_is_not_asked_for_them(system):
    install(system, OLD)
    install(system, NEW, modules=False)
    links(system, initrd=NEW)
    config = system.write(f"boot/config-{NEW}", "CONFIG_X86=y\n# CONFIG_MODULES is not set\n")
    assert loaded(system.run("baton", "load"))
    config.unlink()
    assert system.run("baton", "load").status == 1
    # A system that lives in its initramfs.
    system.write("proc/self/mountinfo", "1 1 0:2 / / rw - rootfs rootfs rw\n")
    assert loaded(system.run("baton", "load"))


def nixos(system):
    """Its kernels are copied to /boot, and /lib/modules is none of its folders."""
    params(system, 1 << 20)
    system.write("proc/modules", "ext4 1114112 1 - Live 0x0\n")
    kernel = system.kernel("boot/kernels/1a-linux-6.12.1-bzImage", version=version("6.12.1"))
    initrd = system.write("boot/kernels/2b-initrd", make_image.archive("init", "nix/store/3c/lib/modules/6.12.1/kernel/a.ko"))
    return kernel, f"--initrd={initrd}"


def test_a_system_that_keeps_modules_elsewhere_is_only_warned(system):
    files = nixos(system)
    assert loaded(system.run("baton", "load", *files))
    assert "no modules for Linux 6.12.1" in str(system.run("baton", "plan", "--json", *files).json["reasons"])


@pytest.mark.parametrize("folder", ["run/booted-system/kernel-modules", "nix/var/nix/profiles/system/kernel-modules",
                                    "run/current-system/kernel"])
def test_the_folders_of_nixos_and_guix_are_looked_into(system, folder):
    files = nixos(system)
    system.write(f"{folder}/lib/modules/6.12.0/modules.order", "")
    assert system.run("baton", "load", *files).status == 1, "it has those of another kernel"
    system.write(f"{folder}/lib/modules/6.12.1/modules.order", "")
    assert loaded(system.run("baton", "load", *files))
    assert "no modules" not in str(system.run("baton", "plan", "--json", *files).json["reasons"])


def test_a_pipe_in_place_of_the_configuration_is_not_waited_for(system):
    install(system, OLD)
    kernel = system.kernel("tmp/bzImage", version=version(NEW))
    os.mkfifo(system.root / f"tmp/config-{NEW}")
    assert "no modules" in str(system.run("baton", "plan", "--json", kernel).json["reasons"])


def test_what_was_loaded_before_its_modules_were_removed_is_not_started(system):
    """By an upgrade between the load and the reboot."""
    params(system, 0)
    install(system, OLD, initrd=False)
    (system.root / "run").mkdir()
    assert loaded(system.run("baton", "load"))
    system.loaded(1)
    assert system.run("baton", "reboot", "--no-load").calls[-1] == "reboot"
    (system.root / "lib/modules" / OLD).rename(system.root / "lib/modules/gone")
    (system.root / f"boot/vmlinuz-{OLD}").unlink()
    result = system.run("baton", "reboot", "--no-load", "--now")
    assert result.status == 1 and not result.calls
    for part in (f"boot/vmlinuz-{OLD}, which is loaded", f"there are no modules for Linux {OLD}", "--no-verify-start"):
        assert part in result.err, result.err
    result = system.run("baton", "reboot", "--no-load", "--no-verify-start")
    assert result.calls[-1] == "reboot" and "there are no modules" in result.err


def test_a_kernel_of_ones_own_is_warned_of_and_loaded(system):
    install(system, OLD)
    kernel = system.kernel("home/bzImage", version=version("6.13.0-mine"))
    result = system.run("baton", "load", kernel, "--no-initrd")
    assert loaded(result), result.err
    assert "no modules for Linux 6.13.0-mine" in str(system.run("baton", "plan", "--json", kernel).json["reasons"])


def test_the_drop_in_warns_and_loads_as_its_scripts_expect(system):
    install(system, OLD)
    install(system, NEW, modules=False)
    result = system.run("kexec", "-l", system.root / f"boot/vmlinuz-{NEW}")
    assert loaded(result), result.err


FSTAB = "# <file system> <mount point>\nUUID=1234-ABCD /boot vfat defaults 0 2\nUUID=5678 / ext4 defaults 0 1\n"
ROOT = "1 1 254:1 / / rw - ext4 /dev/vda1 rw\n"


def test_a_boot_that_is_not_mounted_is_named(system):
    system.write("etc/fstab", FSTAB)
    system.write("proc/self/mountinfo", ROOT)
    result = system.run("baton", "load")
    assert result.status == 1 and "/boot is not mounted (/etc/fstab names UUID=1234-ABCD)" in result.err
    missing = system.run("baton", "load", system.root / "boot/vmlinuz-9")
    assert "/boot is not mounted" in missing.err and "No such file" in missing.err


def test_a_kernel_that_lies_below_the_mount_point_is_not_taken_for_the_installed_one(system):
    install(system, OLD)
    system.write("etc/fstab", FSTAB)
    system.write("proc/self/mountinfo", ROOT)
    result = system.run("baton", "load")
    assert result.status == 1 and not result.calls and "/boot is not mounted" in result.err
    system.write("proc/self/mountinfo", ROOT + "2 1 254:2 / /boot rw - vfat /dev/vda2 rw\n")
    assert loaded(system.run("baton", "load"))


# The root file system

@pytest.fixture
def disk(system):
    """A system on /dev/vda1, as udev and sysfs show it: virtio, ext4."""
    params(system, 1 << 20)
    install(system, OLD, "usr/lib/modules/6.1.0-run/kernel/drivers/block/virtio_blk.ko.zst",
            "usr/lib/modules/6.1.0-run/kernel/drivers/virtio/virtio_pci.ko", "lib/modules/6.1.0-run/kernel/fs/ext4/ext4.ko")
    system.write("proc/self/mountinfo", ROOT)
    device = "devices/pci0000:00/0000:00:04.0/virtio1"
    system.write(f"sys/{device}/block/vda/vda1/dev", "254:1\n")
    system.write("sys/class/tty/tty0/dev", "4:0\n")
    system.write("sys/class/tty/ttyS1/type", "0\n")
    for path, target in (("class/block/vda1", f"../../{device}/block/vda/vda1"),
                         ("class/block/vda", f"../../{device}/block/vda"),
                         ("dev/block/254:1", f"../../{device}/block/vda/vda1"),
                         (f"{device}/driver", "../../../../bus/virtio/drivers/virtio_blk"),
                         ("bus/virtio/drivers/virtio_blk/module", "../../../../module/virtio_blk"),
                         ("devices/pci0000:00/0000:00:04.0/driver", "../../../bus/pci/drivers/virtio-pci")):
        link = system.root / "sys" / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    system.write("sys/module/virtio_blk/refcnt", "1\n")
    system.write("sys/bus/pci/drivers/virtio-pci/bind", "")
    system.write(f"sys/{device}/modalias", "virtio:d00000002v00001AF4\n")
    system.write("sys/devices/pci0000:00/0000:00:04.0/modalias", "pci:v00001AF4d00001001sv1\n")
    for folder, name in (("by-uuid", "12aB-77"), ("by-label", "the\\x20root")):
        (system.root / "dev/disk" / folder).mkdir(parents=True)
        (system.root / "dev/disk" / folder / name).symlink_to("../../vda1")
    system.write(f"lib/modules/{OLD}/modules.dep", "kernel/drivers/block/virtio_blk.ko.zst: kernel/a.ko\n"
                 "kernel/drivers/virtio/virtio_pci.ko:\nkernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko\n")
    system.write(f"lib/modules/{OLD}/modules.alias", "# Aliases\nalias virtio:d00000002v* virtio_blk\n"
                 "alias pci:v00001AF4d*sv* virtio_pci\nalias fs-ext4 ext4\n")
    return system


@pytest.mark.parametrize("word", ["/dev/vda1", "UUID=12ab-77", "LABEL=the root", "/dev/disk/by-uuid/12aB-77", "ZFS=rpool/a",
                                  "/dev/nfs", "live:CDLABEL=x", "PARTUUID=9-1"])
def test_a_root_that_is_there_or_cannot_be_known_is_said_nothing_of(disk, word):
    result = disk.run("baton", "plan", "--json", f'--cmdline=root="{word}" ro')
    assert result.status == 0, result.err
    assert not [reason for reason in result.json["reasons"] if reason["topic"] == "warning"]


@pytest.mark.parametrize("word", ["/dev/vdb1", "UUID=99", "LABEL=other", "/dev/disk/by-uuid/99"])
@pytest.mark.parametrize("command", [["baton", "reboot"], ["baton", "load"], ["baton", "plan"]])
def test_a_root_that_is_not_there_is_refused(disk, word, command):
    result = disk.run(*command, f"--append=root={word}")
    assert result.status == 1 and not result.calls
    assert f"root={word}: there is no such device" in result.err and "--no-verify-start" in result.err


def test_a_missing_root_is_only_a_warning_where_it_is_made_later_or_known_to_work(disk):
    for words in ("root=/dev/mapper/vg-root", "root=/dev/vg/root", "root=UUID=99 rd.luks.uuid=7", "root=UUID=99 luks.name=7=x",
                  "root=UUID=99 rd.auto", "root=/dev/sda1 rd.iscsi.initiator=iqn.x", "root=UUID=99 rd.nvmf.discover=tcp,x"):
        result = disk.run("baton", "plan", "--json", f"--append={words}")
        assert result.status == 0 and "not there now" in str(result.json["reasons"]), words
    disk.write("proc/cmdline", "root=UUID=99 ro\n")
    (disk.root / "dev/disk/by-uuid/12aB-77").rename(disk.root / "dev/disk/by-uuid/0")
    assert disk.run("baton", "plan").status == 1, "the running root has another name now"
    disk.write("proc/self/mountinfo", "1 1 0:30 / / rw - overlay overlay rw\n")
    assert disk.run("baton", "plan").status == 0, "what it came up with cannot be told to be wrong"
    assert disk.run("kexec", "-l", disk.root / f"boot/vmlinuz-{OLD}", "--command-line=root=/dev/vdb9").calls == [LOAD]


@pytest.mark.parametrize("module, what", [("virtio_blk", "the driver virtio_blk"), ("virtio_pci", "the driver virtio-pci"),
                                          ("ext4", "the file system ext4")])
def test_what_the_root_needs_is_in_the_initrd_or_built_in(disk, module, what):
    assert loaded(disk.run("baton", "load"))
    names = [f"lib/modules/{OLD}/kernel/{name}.ko" for name in ("virtio_blk", "virtio_pci", "ext4", "other") if name != module]
    disk.write(f"boot/initrd.img-{OLD}", make_image.archive("init", *names))
    result = disk.run("baton", "reboot")
    assert result.status == 1 and not result.calls and f"needs {what}" in result.err and f"({module})" in result.err
    disk.write(f"lib/modules/{OLD}/modules.builtin", f"kernel/x/{module.replace('_', '-')}.ko\n")
    assert loaded(disk.run("baton", "load"))


def known(disk, *lines):
    """depmod's lists, with "PATH ALIAS" more: the module is called after the file."""
    for line in lines:
        path, _, alias = line.partition(" ")
        module = path.rsplit("/", 1)[1].removesuffix(".ko").replace("-", "_")
        for name, text in (("modules.dep", f"{path}:\n"), ("modules.alias", f"alias {alias} {module}\n" if alias else "")):
            file = disk.root / f"lib/modules/{OLD}" / name
            file.write_text(file.read_text() + text)


def initrd_with(disk, *modules):
    names = [f"lib/modules/{OLD}/kernel/{name}.ko" for name in ("virtio_blk", "virtio_pci", *modules)]
    disk.write(f"boot/initrd.img-{OLD}", make_image.archive("init", *names))


def test_btrfs_is_a_file_system_of_its_device_too(disk):
    """Its number in the list of mounts is no device's."""
    known(disk, "kernel/fs/btrfs/btrfs.ko fs-btrfs")
    disk.write("proc/self/mountinfo", "1 1 0:30 /@ / rw - btrfs /dev/vda1 rw,subvol=/@\n")
    initrd_with(disk, "ext4")
    result = disk.run("baton", "load")
    assert result.status == 1 and "needs the file system btrfs" in result.err
    initrd_with(disk, "btrfs")
    assert loaded(disk.run("baton", "load"))


@pytest.mark.parametrize("folder, file, text, lacking, words", [
    ("dm-0", "dm/uuid", "LVM-9Yz\n", [], "the device mapper"),
    ("dm-0", "dm/uuid", "CRYPT-LUKS2-12-secret\n", ["dm-mod"], "encryption"),
    ("md0", "md/level", "raid5\n", ["dm-mod", "dm-crypt"], "raid5")])
def test_what_makes_the_volume_is_in_the_initrd(disk, folder, file, text, lacking, words):
    known(disk, "kernel/drivers/md/dm-mod.ko", "kernel/drivers/md/dm-crypt.ko", "kernel/drivers/md/raid456.ko md-raid5")
    disk.write(f"sys/devices/virtual/block/{folder}/{file}", text)
    disk.write(f"sys/devices/virtual/block/{folder}/slaves/vda1/dev", "254:1\n")
    (disk.root / "sys/class/block" / folder).symlink_to(f"../../devices/virtual/block/{folder}")
    (disk.root / "dev/mapper").mkdir()
    (disk.root / "dev/mapper/top").symlink_to(f"../{folder}")
    disk.write("proc/cmdline", "root=/dev/mapper/top\n")
    initrd_with(disk, *lacking)
    result = disk.run("baton", "load")
    assert result.status == 1 and f"needs {words}" in result.err, result.err
    initrd_with(disk, "dm-mod", "dm-crypt", "raid456")
    assert loaded(disk.run("baton", "load"))


def test_a_bridge_needs_no_driver(disk):
    """The kernel finds what lies behind it by itself; what drives it is for hotplug."""
    bridge = disk.root / "sys/devices/pci0000:00"
    (bridge / "driver").symlink_to("../../bus/pci/drivers/shpchp")
    disk.write("sys/bus/pci/drivers/shpchp/bind", "")
    disk.write("sys/devices/pci0000:00/modalias", "pci:v00001B36d00000001sv0sd0bc06sc04i00\n")
    for name, line in (("modules.alias", "alias pci:v*d*sv*sd*bc06sc04i00* shpchp\n"),
                       ("modules.dep", "kernel/drivers/pci/hotplug/shpchp.ko:\n")):
        file = disk.root / f"lib/modules/{OLD}" / name
        file.write_text(file.read_text() + line)
    assert loaded(disk.run("baton", "load"))


def test_modules_of_another_root_are_out_of_sight(disk):
    """Two systems that share /boot: the other one's modules lie in its own root."""
    install(disk, NEW, modules=False)
    links(disk, initrd=NEW)
    (disk.root / "sys/class/block/vdb1").mkdir()
    for words in ("root=/dev/vdb1", "root=ZFS=pool/other", "root=/dev/vda1 rootflags=subvol=@other"):
        assert loaded(disk.run("baton", "load", f"--cmdline={words}")), words
        assert "no modules" in str(disk.run("baton", "plan", "--json", f"--cmdline={words}").json["reasons"])
    for words in ("root=/dev/vda1", "root=UUID=12AB-77", "root=/dev/disk/by-uuid/12aB-77 rootflags=noatime"):
        result = disk.run("baton", "load", f"--cmdline={words}")
        assert result.status == 1 and "no modules" in result.err, words
    disk.write("proc/cmdline", "root=/dev/vda1 rootflags=compress=zstd,subvol=@,noatime\n")
    assert disk.run("baton", "load", "--cmdline=root=/dev/vda1 rootflags=subvol=@").status == 1
    assert loaded(disk.run("baton", "load", "--cmdline=root=/dev/vda1 rootflags=subvol=@2,noatime"))


def test_the_modules_of_a_deployment_of_ostree_are_its_own(disk):
    """A newer one is in /boot, and its /usr is not the running one."""
    install(disk, NEW, modules=False)
    links(disk, initrd=NEW)
    disk.write("ostree/deploy/os/deploy/2.0/usr/lib/modules/6.12.0-new/modules.order", "")
    (disk.root / "ostree/boot.1").mkdir()
    (disk.root / "ostree/boot.1/new").symlink_to("../deploy/os/deploy/2.0")
    result = disk.run("baton", "load", "--append=ostree=/ostree/boot.1/new")
    assert loaded(result), result.err
    assert "no modules" not in str(disk.run("baton", "plan", "--json", "--append=ostree=/ostree/boot.1/new").json["reasons"])
    assert disk.run("baton", "load", "--append=ostree=/ostree/boot.1/old").status == 1


def test_an_initrd_without_a_first_program_and_no_root_is_refused(disk):
    disk.write(f"boot/initrd.img-{OLD}", make_image.archive("etc/issue"))
    for line in ("quiet", "quiet rdinit=/bin/sh", "root= rdinit=/init"):
        result = disk.run("baton", "load", f"--cmdline={line}")
        assert result.status == 1 and ("/bin/sh" if "sh" in line else "/init") in result.err and not result.calls
    # Where /bin is a link to usr/bin.
    disk.write(f"boot/initrd.img-{OLD}", make_image.archive("usr/bin/sh"))
    assert loaded(disk.run("baton", "load", "--cmdline=quiet rdinit=/bin/sh"))


def test_an_initrd_without_the_program_that_rdinit_names_is_judged_as_none(disk):
    """The kernel mounts the root by itself then (lost in a guest: "Unable to mount root fs on unknown-block(0,0)")."""
    assert loaded(disk.run("baton", "load", "--append=rdinit=/init"))
    for line, words in (("rdinit=/no", "needs the driver virtio_blk"),
                        ("rdinit=/no root=LABEL=x", "root=LABEL=x"), ("rdinit=/no root=UUID=12ab-77", "root=UUID=12ab-77")):
        result = disk.run("baton", "reboot", f"--append={line}")
        assert result.status == 1 and not result.calls and words in result.err, result.err
    for module in ("virtio_blk", "virtio_pci", "ext4"):
        file = disk.root / f"lib/modules/{OLD}/modules.builtin"
        file.write_text((file.read_text() if file.exists() else "") + f"kernel/x/{module}.ko\n")
    result = disk.run("baton", "load", "--append=rdinit=/no")
    assert loaded(result) and "rdinit=/no: the initrd has no such program" in result.err


@pytest.mark.parametrize("word, blocked", [
    ("module_blacklist=virtio_blk", True), ("module_blacklist=a,virtio-blk,b", True), ("module_blacklist=ext4", True),
    ("module_blacklist=virtio", False), ("module_blacklist=virtio_blk module_blacklist=other", False)])
def test_a_module_that_the_root_needs_and_the_command_line_blocks_is_refused(disk, word, blocked):
    """Whatever the initrd is: the kernel itself loads none of these (lost in a guest)."""
    disk.write(f"boot/initrd.img-{OLD}", gzip.compress(disk.root.joinpath(f"boot/initrd.img-{OLD}").read_bytes()))
    result = disk.run("baton", "load", "--unpack-initrd=never", f"--append={word}")
    assert loaded(result) is not blocked and ("module_blacklist=" in result.err) is blocked, result.err
    result = disk.run("baton", "load", "--unpack-initrd=never", "--append=" + word.replace("module_", "modprobe."))
    assert loaded(result) and ("modprobe.blacklist=" in result.err) is (blocked or "other" in word)


def test_what_this_root_is_not_or_has_not_is_a_warning(disk):
    disk.write("sbin/init", "")
    for line, words in (("init=/no/such", "init=/no/such: there is no such program"), ("init=/sbin/init", ""), ("init=sh", ""),
                        ("rootfstype=xfs", "rootfstype=xfs: the root file system is of another type"),
                        ("rootfstype=xfs,ext4", ""), ("root=", "names no root file system")):
        result = disk.run("baton", "load", f"--append={line}")
        assert loaded(result) and (words in result.err if words else not result.err), (line, result.err)
    # Of another root nothing is known.
    disk.write("run/udev/data/x", "")
    assert "no such program" not in disk.run("baton", "load", "--append=root=ZFS=rpool/a init=/no/such").err


def test_a_console_that_is_not_there_is_a_warning(disk):
    def warned(*arguments):
        return "no such console" in str(disk.run("baton", "plan", "--json", *arguments).json["reasons"])

    assert warned("--append=console=ttyS1,115200") and warned("--append=console=ttyUSB0") and not warned()
    assert not warned("--append=console=tty0")
    disk.write("proc/cmdline", "root=/dev/vda1 console=ttyS1\n")
    assert not warned(), "it came up with that"


def test_a_packed_initrd_is_looked_into_on_demand(disk):
    disk.write(f"boot/initrd.img-{OLD}", make_image.PACK["gzip"](make_image.archive("init", f"lib/modules/{NEW}/a.ko")))
    assert loaded(disk.run("baton", "load", "--unpack-initrd=never"))
    assert "--verify looks into it" in disk.run("baton", "load", "-v", "--unpack-initrd=never").out
    result = disk.run("baton", "load", "--unpack-initrd=never", "--verify")
    assert result.status == 1 and "do not belong together" in result.err


def test_the_look_into_a_packed_initrd_finds_its_damage(disk):
    """The file call takes the file as it is: nobody else would have unpacked it."""
    names = [f"lib/modules/{OLD}/{name}" for name in (*MODULES, "kernel/drivers/virtio/virtio_pci.ko")]
    whole, told = make_image.PACK["gzip"](make_image.archive("init", *names)), "whether the initrd is whole"
    for data, status in ((whole, 0), (whole[:-9], 4)):
        disk.write(f"boot/initrd.img-{OLD}", data)
        result = disk.run("baton", "load", "-v", "--via=kexec_file_load")
        assert result.status == 0 and told in result.out and not result.err
        result = disk.run("baton", "load", "-v", "--via=kexec_file_load", "--verify")
        assert result.status == status and told not in result.out
    assert "truncated" in result.err and not result.calls


@pytest.mark.parametrize("name", ["modules.dep", "modules.alias"])
def test_a_list_of_modules_that_cannot_be_read_is_warned_of(disk, name):
    path = disk.root / f"lib/modules/{OLD}" / name
    path.unlink()
    path.mkdir()
    result = disk.run("baton", "load", "-q")
    assert loaded(result) and result.err.count("what the root file system needs of modules is not known") == 1
    assert f"{name}: is a directory" in result.err


def test_a_standard_system_is_warned_of_nothing(disk):
    """What was not looked at is for who asks; and an empty list is one."""
    disk.write(f"lib/modules/{OLD}/modules.builtin", "")
    for call in ("kexec_load", "kexec_file_load"):
        result = disk.run("baton", "load", f"--via={call}")
        assert result.status == 0 and "warning" not in result.err


# What is known to fail

SYSCTL = "proc/sys/kernel/kexec_load_"


@pytest.mark.parametrize("files, command, words", [
    ({SYSCTL + "disabled": "1\n"}, ["baton", "reboot"], "kexec_load_disabled"),
    ({SYSCTL + "disabled": "1\n"}, ["baton", "load", "--via=kexec_file_load"], "kexec_load_disabled"),
    ({SYSCTL + "limit_reboot": "0\n"}, ["baton", "load"], "kexec_load_limit_reboot"),
    # Nor is an initrd looked at, which on a block device is unpacked to find its end.
    ({SYSCTL + "disabled": "1\n"}, ["baton", "load", "--initrd=/nonexistent"], "kexec_load_disabled"),
    ({}, ["baton", "load", "--entry=direct", "--append=mem_encrypt=on", "--initrd=/nonexistent"], "direct entry is not possible"),
    ({"sys/kernel/security/lockdown": "none [integrity] confidentiality\n"}, ["baton", "load", "--via=kexec_load"],
     "locked down"),
    ({}, ["baton", "reboot", "--via=module"], "no /dev/baton"),
    ({}, ["baton", "load", "--cmdline=" + 3000 * "x"], "2047"),
    ({}, ["baton", "load", "--via=kexec_file_load", "--mem-min=1M"], "--mem-min"),
    ({}, ["baton", "load", "--crash"], "no memory is reserved"),
    ({}, ["baton", "reboot", "--append=root=/dev/vdb1"], "root=/dev/vdb1"),
    ({}, ["kexec", "-p", "KERNEL"], "no memory is reserved"),
])
def test_what_is_known_to_fail_is_refused_before_anything_is_unpacked(disk, files, command, words):
    assert disk.run("baton", "load", FAKE_UNPACK="1").calls == ["unpack", LOAD], "then it is written down"
    for path, text in files.items():
        disk.write(path, text)
    command = [str(disk.root / f"boot/vmlinuz-{OLD}") if word == "KERNEL" else word for word in command]
    result = disk.run(*command, FAKE_UNPACK="1")
    assert result.status not in (0, 97) and words in result.err, result.err
    assert result.calls == []


@pytest.mark.parametrize("files, words, why", [
    ({}, ["plan", "--crash"], "no memory is reserved"), ({}, ["load", "--crash", "--dry-run"], "no memory is reserved"),
    ({SYSCTL + "disabled": "1\n"}, ["plan"], "kexec_load_disabled"),
])
def test_a_plan_that_is_shown_says_that_its_load_would_be_refused(disk, files, words, why):
    for path, text in files.items():
        disk.write(path, text)
    result = disk.run("baton", *words)
    assert result.status == 0 and "a load would be refused: " in result.out and why in result.out, result.out + result.err


@pytest.mark.parametrize("call", ["auto", "kexec_load", "kexec_file_load"])
def test_method_and_hazards_are_decided_once_a_load(disk, call):
    calls = disk.run("baton", "load", f"--via={call}", FAKE_DECIDE="1").calls
    assert calls[:2] == ["method", "hazards"] and len(calls) == 3, calls
