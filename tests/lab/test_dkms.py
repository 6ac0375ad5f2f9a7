# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's dkms builds and installs the module against Debian's headers, in folders of its own."""

import os
import re
import shutil
import subprocess

import pytest

from lab import baton_module, environment, headers
from lab.packages import Suite

TOP = baton_module.SOURCE.parent


def version():
    """Return baton's version, as the build and dkms.conf must both have it."""
    return re.search(r"version: '([^']+)'", (TOP / "meson.build").read_text())[1]


@pytest.mark.parametrize("series, architecture", [("6.1", "x86_64"), ("6.1-686-pae", "i686")])
def test_dkms_adds_builds_and_installs_the_module(series, architecture, tmp_path, hostile):
    tree = headers.get(series)
    _, package = Suite("bookworm").unpack("dkms")
    source = tmp_path / "src" / f"baton-{version()}"
    shutil.copytree(baton_module.SOURCE, source)
    for name in ("tree", f"installed/{tree.release}"):
        (tmp_path / name).mkdir(parents=True)
    # depmod would work on this machine's own modules, of which there may be none.
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "depmod").symlink_to("/bin/true")

    def dkms(action):
        words = ["bash", package / "usr" / "sbin" / "dkms", action, f"baton/{version()}", "-k", f"{tree.release}/{architecture}",
                 "--kernelsourcedir", tree.folder, "--dkmstree", tmp_path / "tree", "--sourcetree", tmp_path / "src",
                 "--installtree", tmp_path / "installed"]
        # Installing asks for root, who may be one of a user namespace.
        if os.geteuid():
            words = ["unshare", "--map-root-user", *words]
        done = subprocess.run(words, text=True, capture_output=True, stdin=subprocess.DEVNULL, check=False,
                              env=environment.clean(PATH=f"{tools}:{package}/usr/sbin:{environment.search_path()}"))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    dkms("add")
    dkms("build")
    dkms("install")
    assert re.search(rf"baton/{version()}.*{tree.release}.*installed", dkms("status"))
    made = list((tmp_path / "installed" / tree.release / "updates" / "dkms").glob("baton.ko*"))
    assert [path.name for path in made] == ["baton.ko"]
    # ELF, e_ident[EI_CLASS]: 1 is 32-bit, 2 is 64-bit.
    assert made[0].read_bytes()[4] == {"i686": 1, "x86_64": 2}[architecture]
    assert b"vermagic=" + tree.release.encode() in subprocess.run(["modinfo", "-0", made[0]], capture_output=True, check=True,
                                                                  env={"PATH": "/usr/sbin:/sbin:/usr/bin"}).stdout
    dkms("uninstall")
    assert not list((tmp_path / "installed").rglob("baton.ko*"))
