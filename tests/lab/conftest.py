"""Shared by the lab's own tests; run them with `/usr/bin/python3 -m pytest tests/lab` from the repository's root."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def pytest_configure(config):
    config.addinivalue_line("markers", "vm: boots a QEMU guest; takes seconds, and a download at first use")
