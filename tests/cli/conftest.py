# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Runs the program that BATON names (build/baton if it does not), and kexec beside it.

Never with a capability: a mistake in a test, or in what it tests, must not be able to load a kernel into
the machine that it runs on. All are given up before the program starts, and then the system calls refuse.
"""
import ctypes
import json
import os
import pathlib
import subprocess
import sys

import pytest

import make_image

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(TOP))

from lab import foreign  # noqa: E402

MACHINES = TOP / "tests/golden/machines"


def built(name="baton"):
    """The path of baton as it was built, or of kexec in the same folder."""
    baton = pathlib.Path(os.environ.get("BATON", TOP / "build/baton")).absolute()
    if not baton.exists():
        pytest.exit(f"{baton} is not there: build it, or name it by BATON=")
    return baton if name == "baton" else baton.with_name(name)


def build_folder():
    """The build folder that it lies in."""
    return next(path for path in built().resolve().parents if (path / "build.ninja").exists())


def program(name):
    """The path to run it by, which is a script where it is for another architecture."""
    return str(foreign.runnable(built(name)))


def give_up_rights():
    """Keep the user, so that the files of a clone in root's home can be read, but no capability."""
    prctl = ctypes.CDLL(None).prctl
    for capability in range(64):
        prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
    prctl(38, 1, 0, 0, 0)               # PR_SET_NO_NEW_PRIVS
    if os.geteuid() == 0 and prctl(23, 22, 0, 0, 0) == 1:  # PR_CAPBSET_READ of CAP_SYS_BOOT
        os._exit(98)


def environment(**changes):
    """A small, known environment. No leak check: under ptrace and without /proc it fails by itself."""
    keep = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    keep.update({"TERM": "xterm", "LC_ALL": "C.UTF-8",
                 "ASAN_OPTIONS": "detect_leaks=1:exitcode=99", "UBSAN_OPTIONS": "halt_on_error=1:exitcode=99"})
    keep.update(changes)
    return {name: value for name, value in keep.items() if value is not None}


class Result:
    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        return json.loads(self.out)


def run(name, *arguments, env=None, stdout=subprocess.PIPE, **options):
    done = subprocess.run([program(name), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=stdout,
                          stderr=subprocess.PIPE, env=environment(**(env or {})), preexec_fn=give_up_rights,
                          timeout=60, text=True, errors="surrogateescape", check=False, **options)
    assert done.returncode >= 0, f"killed by signal {-done.returncode}: {done.stderr}"
    assert done.returncode != 99, done.stderr  # a sanitizer
    assert done.returncode != 98, "could not give up CAP_SYS_BOOT"
    return Result(done)


@pytest.fixture
def baton():
    return lambda *arguments, **options: run("baton", *arguments, **options)


@pytest.fixture
def kexec():
    return lambda *arguments, **options: run("kexec", *arguments, **options)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="session")
def kernel(folder):
    path = folder / "test-kernel"
    path.write_bytes(make_image.bzimage())
    return path


@pytest.fixture(scope="session")
def initrds(folder):
    """Three of them."""
    paths = [folder / f"initrd-{i}" for i in range(3)]
    for i, path in enumerate(paths):
        path.write_bytes(make_image.initrd(f"file-{i}"))
    return paths


@pytest.fixture(scope="session")
def machine():
    """The record of a machine by its name."""
    return lambda name: MACHINES / f"{name}.tar.zst"


@pytest.fixture
def plan(kernel, machine):
    """Plan by `baton plan` on a recorded machine, and return the JSON."""
    def make(*arguments, on="bios-1g", status=0, kernel=kernel):
        result = run("baton", "plan", kernel, f"--machine={machine(on)}", "--seed=00", "--json", *arguments)
        assert result.status == status, result.err
        return result.json if status == 0 else result.err

    return make


@pytest.fixture
def kexec_plan(kernel, machine):
    """The same by kexec's options."""
    def make(*arguments, on="bios-1g", status=0):
        result = run("kexec", "-l", kernel, f"--machine={machine(on)}", "--dry-run", "--seed=00", "--json",
                     *arguments)
        assert result.status == status, result.err
        return result.json if status == 0 else result.err

    return make
