# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `make install` puts into a system fits together."""
import os
import pathlib
import re
import subprocess

import pytest

from conftest import program

HOOKS = ("baton-report.service", "baton-mark-shutdown.service", "baton-arm.service", "baton.shutdown")
ENABLED = {"baton-report.service": ["multi-user.target"], "baton-mark-shutdown.service": ["kexec.target", "reboot.target"],
           "baton-arm.service": []}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Install below a folder of this machine, from the build folder of the program under test."""
    folder = tmp_path_factory.mktemp("installed")
    build = next(path for path in pathlib.Path(program("baton")).resolve().parents if (path / "build.ninja").exists())
    done = subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet"], capture_output=True, text=True,
                          env=os.environ | {"DESTDIR": str(folder)}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def find(folder, name):
    found = [path for path in folder.rglob(name) if not path.is_symlink()]
    assert len(found) == 1, f"{name}: installed at {found}, expected one place"
    return found[0]


@pytest.mark.parametrize("hook", HOOKS)
def test_systemds_hooks_call_the_baton_that_is_installed(installed, hook):
    called = re.findall(r"(/\S*/baton) (?:mark|report|load)\b", find(installed, hook).read_text())
    assert called, "it calls no baton"
    for path in called:
        assert os.access(installed / path.lstrip("/"), os.X_OK), f"{path} is not installed"


@pytest.mark.parametrize("unit", ENABLED)
def test_systemds_units_are_enabled_by_links_that_lead_to_them(installed, unit):
    path = find(installed, unit)
    links = {link.parent.name: link for link in installed.rglob(unit) if link.is_symlink()}
    assert sorted(links) == [f"{target}.wants" for target in ENABLED[unit]]
    assert all(link.resolve() == path.resolve() for link in links.values())
    wanted_by = re.search(r"^WantedBy=(.*)$", path.read_text(), re.M)[1].split()
    assert wanted_by == (ENABLED[unit] or ["reboot.target"]), "systemctl enable would do something else"
