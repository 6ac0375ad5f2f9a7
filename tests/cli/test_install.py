# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `make install` puts into a system fits together."""
import json
import os
import pathlib
import re
import subprocess

import pytest

from conftest import TOP, build_folder

HOOKS = ("baton-report.service", "baton-mark-shutdown.service", "baton-prepare.service", "baton-arm.service",
         "baton.shutdown")
ENABLED = {"baton-report.service": ["multi-user.target"], "baton-mark-shutdown.service": ["kexec.target", "reboot.target"],
           "baton-prepare.service": ["multi-user.target"], "baton-arm.service": []}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Install below a folder of this machine, from the build folder of the program under test."""
    folder = tmp_path_factory.mktemp("installed")
    done = subprocess.run(["meson", "install", "-C", build_folder(), "--no-rebuild", "--quiet"], capture_output=True, text=True,
                          env=os.environ | {"DESTDIR": str(folder)}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def find(folder, name):
    found = [path for path in folder.rglob(name) if not path.is_symlink()]
    assert len(found) == 1, f"{name}: installed at {found}, expected one place"
    return found[0]


MERGED = ("bin", "sbin", "lib", "lib64")


def test_what_is_installed_leaves_a_merged_root_as_it_is(installed, tmp_path):
    """As a package or a tar of DESTDIR does it: a folder /lib would take the place of the link to /usr/lib."""
    for name in MERGED:
        (tmp_path / "usr" / name).mkdir(parents=True)
        (tmp_path / name).symlink_to(f"usr/{name}")
    archive = subprocess.run(["tar", "-C", installed, "-c", "."], capture_output=True, check=True).stdout
    subprocess.run(["tar", "-C", tmp_path, "-x"], input=archive, check=True)
    assert [name for name in MERGED if not (tmp_path / name).is_symlink()] == []
    assert (tmp_path / "lib/systemd/system-shutdown/baton.shutdown").exists(), "systemd-shutdown looks nowhere else"


def test_everything_is_below_the_prefix_but_what_is_read_in_etc_alone(tmp_path):
    """On a system whose systemd.pc names the link, as Debian 12's does."""
    (tmp_path / "systemd.pc").write_text("systemdutildir=/lib/systemd\n\nName: systemd\nDescription: x\nVersion: 252\n")
    build = tmp_path / "build"
    subprocess.run(["meson", "setup", build, TOP, "--prefix=/usr", "-Dtests=false"], check=True, capture_output=True,
                   env=os.environ | {"PKG_CONFIG_PATH": str(tmp_path)})
    plan = subprocess.run(["meson", "introspect", build, "--installed"], capture_output=True, text=True, check=True).stdout
    places = set(json.loads(plan).values())
    assert "/usr/lib/systemd/system-shutdown/baton.shutdown" in places
    kernel_hooks = {place for place in places if "/kernel/postinst.d/" in place}
    assert kernel_hooks and all(place.startswith("/etc/") for place in kernel_hooks)
    assert not {place for place in places - kernel_hooks if not place.startswith("/usr/")}


@pytest.mark.parametrize("hook", HOOKS)
def test_systemds_hooks_call_the_baton_that_is_installed(installed, hook):
    called = re.findall(r"(/\S*/baton) (?:mark|report|prepare|load)\b", find(installed, hook).read_text())
    assert called, "it calls no baton"
    for path in called:
        assert os.access(installed / path.lstrip("/"), os.X_OK), f"{path} is not installed"


@pytest.mark.parametrize("unit", ENABLED)
def test_systemds_units_are_enabled_by_links_that_lead_to_them(installed, unit):
    path = find(installed, unit)
    links = {link.parent.name: link for link in installed.rglob(unit) if link.is_symlink()}
    assert sorted(links) == [f"{target}.wants" for target in ENABLED[unit]]
    assert all(link.resolve() == path.resolve() for link in links.values())
    wanted_by = re.findall(r"^WantedBy=(.*)$", path.read_text(), re.M)
    # With [Install] and without a link in /etc, is-enabled says "disabled" of what runs; without it, "static".
    assert wanted_by == ([] if ENABLED[unit] else ["reboot.target"])
    assert bool(re.search(r"^\[Install\]$", path.read_text(), re.M)) == (not ENABLED[unit])


def test_the_shutdown_hook_is_quiet_where_baton_is_gone_by_then(installed):
    """Its file system may be unmounted: that is no error on the console of a machine that goes down."""
    hook = installed / "gone.shutdown"
    hook.write_text(re.sub(r"/\S*/baton\b", str(installed / "gone/baton"), find(installed, "baton.shutdown").read_text()))
    for word in ("kexec", "reboot"):
        done = subprocess.run(["sh", "-eu", hook, word], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# The hooks of package managers: what they are called with, up to the kernel's path, and what else they may get

PACKAGE_HOOKS = {"zz-baton": (["6.1"], []), "95-baton.install": (["add", "6.1", "/entries"], ["/initrd"])}


@pytest.fixture(name="hook", params=PACKAGE_HOOKS)
def package_hook(request, installed, tmp_path):
    """Return a function that runs a hook in a strict shell, with a baton that only writes down how it was called."""
    before, after = PACKAGE_HOOKS[request.param]
    called, commands = tmp_path / "called", tmp_path / "commands"
    commands.mkdir()

    def run(kernel, status=0, installed_baton=True, words=None):
        called.write_text("")
        (commands / "baton").unlink(missing_ok=True)
        if installed_baton:
            (commands / "baton").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >"{called}"\nexit {status}\n')
            (commands / "baton").chmod(0o755)
        words = [*before, kernel, *after] if words is None else words
        done = subprocess.run(["/bin/sh", "-eu", find(installed, request.param), *words], capture_output=True, text=True,
                              env={"PATH": str(commands)}, check=False)
        assert done.returncode == 0, "it fails the installation of a kernel"
        return called.read_text().splitlines(), done.stderr

    return run


def test_a_package_hook_prepares_the_kernel_that_was_installed(hook, tmp_path):
    kernel = tmp_path / "vm linuz;6.1 $(x)"
    kernel.write_text("kernel")
    assert hook(kernel) == (["prepare", "--quiet", str(kernel)], "")


def test_a_package_hook_never_fails_an_installation(hook, tmp_path):
    kernel = tmp_path / "vmlinuz"
    assert hook(kernel)[0] == [], "there is no such kernel"
    kernel.write_text("kernel")
    assert "was not prepared" in hook(kernel, status=4)[1]
    assert hook(kernel, installed_baton=False) == ([], "")
    for words in ([], ["6.1"], ["add", "6.1"], ["remove", "6.1", "/entries", kernel]):
        assert hook(kernel, words=words)[0] == []


# make install

@pytest.fixture(name="prepare_installed")
def prepare_installed_script(tmp_path):
    """Return a function that runs the script with a baton that tells how it was called through a pipe."""
    called, baton, commands = tmp_path / "called", tmp_path / "baton", tmp_path / "commands"
    commands.mkdir()
    os.mkfifo(called)
    baton.write_text(f'#!/bin/sh\necho "$*" >"{called}"\n')
    baton.chmod(0o755)

    def run(user=0, **environment):
        (commands / "id").write_text(f"#!/bin/sh\necho {user}\n")
        (commands / "id").chmod(0o755)
        done = subprocess.run([TOP / "integration/prepare-installed", baton], capture_output=True, text=True, timeout=60,
                              env={"PATH": f"{commands}:{os.environ['PATH']}"} | environment, check=True)
        return called.read_text() if done.stdout else None

    return run


def test_installing_has_the_installed_kernels_prepared_in_the_background(prepare_installed):
    assert prepare_installed() == "prepare --all --quiet\n"


def test_nothing_is_prepared_where_a_package_is_made_or_without_the_rights(prepare_installed):
    assert prepare_installed(DESTDIR="/staged") is None
    assert prepare_installed(user=1000) is None
