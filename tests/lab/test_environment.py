# SPDX-License-Identifier: LGPL-2.1-or-later
"""What reaches the builds that the lab starts, and each demo as it is called, from an environment cleared of everything."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab import baton_module, cache, custom_kernels, environment, headers, programs
from lab.errors import LabError

TOP = Path(__file__).resolve().parents[2]
MAKE = "/usr/bin/make"
ALLOWED = {*environment.KEPT, "PATH", "LC_ALL"}
# Says into a file how it was called. As `make` it is a kernel's, as far as the first target that takes long.
RECORDER = """\
#!/usr/bin/python3
import json, os, shutil, sys
name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
with open("{log}", "a") as log:
    log.write(json.dumps([name, words, dict(os.environ)]) + "\\n")
if name == "make" and "allnoconfig" in words:
    wanted = [word.partition("=")[2] for word in words if word.startswith("KCONFIG_ALLCONFIG=")]
    shutil.copy(wanted[0], ".config")
elif name == "make":
    sys.exit("the recorder builds nothing")
"""


class Recorder:
    """Programs that only write down how they were called, in a folder for the front of PATH."""

    def __init__(self, folder, *names):
        self.folder, self.log = folder / "recorder", folder / "calls"
        self.folder.mkdir()
        self.log.touch()
        for name in names:
            (self.folder / name).write_text(RECORDER.format(log=self.log))
            (self.folder / name).chmod(0o755)
        self.path = f"{self.folder}:{environment.DEFAULT_PATH}"

    def calls(self, name):
        """Return [(words, environment)] of the calls of one program."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [(words, variables) for called, words, variables in lines if called == name]


def cache_without_kernels(folder):
    """Make a cache that has what was downloaded, but none of what was built; return its path."""
    target = folder / "cache"
    target.mkdir()
    for name in ("apt", "packages", "kernels"):
        (target / name).symlink_to(cache.path(name, "x").parent)
    return target


def call_demo(folder, words, variables, *recorded):
    """Run `make demo` with these programs recorded, in an environment of `variables` alone; return (Recorder, result)."""
    recorder = Recorder(folder, *recorded)
    done = subprocess.run([MAKE, "-C", TOP, "demo", *words], text=True, capture_output=True, check=False,
                          stdin=subprocess.DEVNULL, env=variables | {"PATH": recorder.path})
    return recorder, done


def check_kernel_builds(recorder, architecture=None):
    """Insist on calls of the kernel's make with nothing of ours in them but what a configuration asks for."""
    calls = recorder.calls("make")
    assert [words[-1] for words, _ in calls] == ["allnoconfig", "modules"]
    for words, variables in calls:
        settings = dict(word.split("=", 1) for word in words if "=" in word)
        settings.pop("KCONFIG_ALLCONFIG", None)
        assert settings == ({"ARCH": architecture} if architecture else {})
        # These two are the shell's, if the recorder was started by one.
        assert variables.keys() - {"PWD", "SHLVL", "_"} <= ALLOWED
        assert variables["LC_ALL"] == "C"


# Calls of foreign builds

@pytest.mark.parametrize("words, variables", [
    (["KERNEL=nokexec"], {}),
    (["KERNEL=nokexec", "ARCH=amd64", "V=1", "O=/nonexistent", "PREFIX=/opt"], {"HOME": "/root", "LANG": "de_DE.UTF-8"}),
], ids=["cleared", "with-settings"])
def test_the_demo_from_an_empty_cache_builds_its_kernel_in_an_environment_of_its_own(words, variables, tmp_path):
    """Down to the kernel's make, which alone is replaced; Meson has the binary built before, and is not asked again."""
    variables = variables | {"BATON_CACHE": str(cache_without_kernels(tmp_path))}
    recorder, done = call_demo(tmp_path, words, variables, "make", "tar", "meson", "ninja")
    assert done.returncode and "the recorder builds nothing" in done.stderr, done.stdout + done.stderr
    check_kernel_builds(recorder)
    assert recorder.calls("ninja")


@pytest.mark.parametrize("name, architecture", [("nokexec", None), ("nokexec-i386", "i386")])
def test_a_kernel_is_built_without_the_callers_variables(name, architecture, tmp_path, monkeypatch, hostile):
    recorder = Recorder(tmp_path, "make", "tar")
    monkeypatch.setenv("BATON_CACHE", str(cache_without_kernels(tmp_path)))
    monkeypatch.setenv("PATH", recorder.path)
    with pytest.raises(LabError, match="the recorder builds nothing"):
        custom_kernels.get(name)
    check_kernel_builds(recorder, architecture)


def test_the_module_is_built_without_the_callers_variables(tmp_path, monkeypatch, hostile):
    recorder = Recorder(tmp_path, "make")
    monkeypatch.setenv("PATH", recorder.path)
    with pytest.raises(LabError, match="the recorder builds nothing"):
        baton_module.build(headers.Headers("release", tmp_path / "tree", ("CC=gcc",)), tmp_path / "module")
    (words, variables), = recorder.calls("make")
    assert [word for word in words if "=" in word] == [f"M={tmp_path}/module", "CC=gcc"]
    assert variables.keys() - {"PWD", "SHLVL", "_"} <= ALLOWED


def test_programs_for_guests_are_built_whatever_the_caller_has_set(tmp_path, monkeypatch, hostile):
    """CPATH and the like are the compiler's own variables."""
    monkeypatch.setenv("CPATH", str(tmp_path))
    monkeypatch.setenv("BATON_CACHE", str(tmp_path / "cache"))
    (tmp_path / "stdio.h").write_text("#error not this one\n")
    (tmp_path / "one.c").write_text("#include <stdio.h>\nint main(void) { return puts(\"\") < 0; }\n")
    assert programs.build(tmp_path / "one.c").exists()


# The demos as they are

@pytest.mark.vm
@pytest.mark.parametrize("words", [[], ["KERNEL=nokexec"], ["ARCH=i386"]], ids=["amd64", "nokexec", "i386"])
def test_the_demo_runs_in_a_cleared_environment(words, tmp_path):
    """With the cache and the binaries that are there."""
    variables = {"BATON_CACHE": str(cache.root())}
    _, done = call_demo(tmp_path, words, variables, "meson", "ninja")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all done in" in done.stdout


def test_the_demo_does_not_take_a_kernel_developers_variables_for_its_own(tmp_path):
    """ARCH and KERNEL are settings of the demo on make's command line only."""
    done = subprocess.run([MAKE, "-n", "-C", TOP, "demo"], text=True, capture_output=True, check=True,
                          env=os.environ | {"ARCH": "arm64", "KERNEL": "kernel7"})
    assert "arm64" not in done.stdout and "kernel7" not in done.stdout and "lab.demo" in done.stdout


def test_an_unknown_setting_of_the_demo_is_named():
    done = subprocess.run([sys.executable, "-m", "lab.demo", "ARCH=arm64"], cwd=TOP, text=True, capture_output=True,
                          check=False)
    assert done.returncode == 1 and "ARCH=arm64: unknown; there are amd64, i386" in done.stderr
