"""Shared by the lab's own tests; run them with `/usr/bin/python3 -m pytest tests/lab` from the repository's root."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

HOSTILE = {"ARCH": "amd64", "KERNEL": "kernel7", "PREFIX": "/opt", "DESTDIR": "/nonexistent", "STATIC": "1", "V": "1",
           "O": "/nonexistent", "KBUILD_OUTPUT": "/nonexistent", "CROSS_COMPILE": "none-", "LOCALVERSION": "-hostile",
           "CFLAGS": "-m32", "KCFLAGS": "-Dhostile", "CPATH": "/nonexistent", "LANG": "de_DE.UTF-8", "LC_MESSAGES": "de_DE.UTF-8",
           "MAKEFLAGS": "w -- ARCH=amd64 KERNEL=kernel7", "MAKELEVEL": "2"}


def pytest_configure(config):
    config.addinivalue_line("markers", "vm: boots a QEMU guest; takes seconds, and a download at first use")


@pytest.fixture
def hostile(monkeypatch):
    """Set what a kernel developer's shell may hold, and what make hands on of its own command line."""
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    return HOSTILE
