# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run with `/usr/bin/python3 -m pytest tests/vm`; BATON_STATIC names the binary that goes into the guests."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]


def pytest_configure(config):
    config.addinivalue_line("markers", "vm: boots a QEMU guest; takes seconds, and a download at first use")


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.vm)
