# SPDX-License-Identifier: LGPL-2.1-or-later
"""Refusals that no other test comes to (docs/coverage.md), by the command line."""
import gzip

import pytest

from conftest import MACHINES, run

MACHINE = f"--machine={MACHINES / 'bios-1g.tar.zst'}"


@pytest.mark.parametrize("words", [(), ("nothing",)])
def test_a_mark_needs_an_event(words):
    done = run("baton", "mark", *words)
    assert done.status == 2
    assert "name an event: shutdown, reboot-call or up" in done.err


def test_a_compressed_nothing_is_no_kernel(tmp_path):
    (tmp_path / "kernel.gz").write_bytes(gzip.compress(b""))
    done = run("baton", "plan", MACHINE, tmp_path / "kernel.gz")
    assert (done.status, "the gzip file unpacks to nothing" in done.err) == (4, True), done.err
