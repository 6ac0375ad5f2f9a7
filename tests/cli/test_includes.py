# SPDX-License-Identifier: LGPL-2.1-or-later
"""scripts/check-includes: includes that go up, and files that include each other in a circle, are found."""
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ORDERED = {"base/a.h": "", "base/a.c": '#include "base/a.h"\n', "plan/b.h": '#include "base/a.h"\n',
           "plan/b.c": '#include "plan/b.h"\n#include <stdio.h>\n'}


def check(root, files):
    for name, text in files.items():
        path = root / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return subprocess.run([sys.executable, ROOT / "scripts/check-includes", root], text=True, capture_output=True, check=False)


def test_what_goes_one_way_passes(tmp_path):
    result = check(tmp_path, ORDERED)
    assert result.returncode == 0 and "3 includes" in result.stdout, result.stdout


def test_an_include_that_goes_up_is_found(tmp_path):
    result = check(tmp_path, ORDERED | {"base/a.c": '#include "plan/b.h"\n'})
    assert result.returncode == 1 and "src/base/a.c:1: base must not include plan/b.h" in result.stdout


def test_what_asks_the_table_of_architectures_knows_no_row_of_it(tmp_path):
    files = ORDERED | {"arch/arch.h": "", "arch/x86/a.h": "", "plan/b.c": '#include "arch/arch.h"\n'}
    assert check(tmp_path, files).returncode == 0
    result = check(tmp_path, files | {"plan/b.c": '#include "arch/x86/a.h"\n'})
    assert result.returncode == 1 and "src/plan/b.c:1: plan names no architecture" in result.stdout


@pytest.mark.parametrize("files", [
    # A .c and its .h are one.
    {"plan/b.c": '#include "plan/c.h"\n', "plan/c.h": '#include "plan/b.h"\n', "plan/c.c": ""},
    # A header without a .c is what it includes.
    {"plan/b.c": '#include "plan/c.h"\n', "plan/c.h": '#include "plan/d.h"\n', "plan/d.h": "", "plan/d.c": '#include "plan/b.h"\n'},
    # Headers alone.
    {"plan/b.h": '#include "plan/c.h"\n', "plan/c.h": '#include "plan/d.h"\n', "plan/d.h": '#include "plan/b.h"\n'},
    {"plan/b.c": '#include "plan/c.h"\n', "plan/c.h": '#include "plan/b-d.h"\n', "plan/b-d.h": '#include "plan/c.h"\n'},
])
def test_a_circle_is_found(tmp_path, files):
    result = check(tmp_path, ORDERED | files)
    assert result.returncode == 1 and "in a circle: " in result.stdout and "src/plan/b" in result.stdout, result.stdout


def test_a_header_without_a_c_may_be_its_users_own(tmp_path):
    result = check(tmp_path, ORDERED | {"plan/b.c": '#include "plan/c.h"\n', "plan/c.h": '#include "plan/b.h"\n'})
    assert result.returncode == 0, result.stdout
