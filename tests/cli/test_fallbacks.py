# SPDX-License-Identifier: LGPL-2.1-or-later
"""scripts/check-fallbacks: no error becomes something else without a verdict in docs/fallbacks.md."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = """\
/* error_free() in a comment is none. */
static struct error *listed(void)
{
	error_free(first());
	return NULL;
}

static struct error *wrapped(
	struct plan *plan)
{
	TRY(%s);
	note_add(notes, NOTE_ENTRY, "as it is");
}
"""
ROWS = """\
| `src/x/x.c` | `listed` | 1 | nothing | no; told |
| `src/x/x.c` | `wrapped` | 1 | a note | no; told |
"""


def check(root, code=CODE % "second()", rows=ROWS):
    (root / "src/x").mkdir(parents=True)
    (root / "docs").mkdir()
    (root / "src/x/x.c").write_text(code)
    (root / "docs/fallbacks.md").write_text(rows)
    return subprocess.run([sys.executable, ROOT / "scripts/check-fallbacks", root], text=True, capture_output=True, check=False)


def test_what_is_listed_passes(tmp_path):
    done = check(tmp_path)
    assert done.returncode == 0 and "2 places" in done.stdout


@pytest.mark.parametrize("code, rows, said", [
    (CODE % 'machine_warn(machine, "x")', ROWS, "wrapped() makes 2 errors into something else; docs/fallbacks.md has 1"),
    (CODE % "second()", ROWS.splitlines(True)[1], "listed() makes 1 errors into something else; docs/fallbacks.md does not list it"),
    ("static void listed(void)\n{\n\terror_free(first());\n}\n", ROWS, "wrapped in src/x/x.c is not there any more"),
    (CODE % "second()", ROWS.replace("no; told", " ", 1), "not filled in"),
    (CODE % "second()", ROWS + ROWS.splitlines(True)[0], "has a row already"),
])
def test_what_is_not_listed_as_it_is_fails(tmp_path, code, rows, said):
    done = check(tmp_path, code, rows)
    assert done.returncode == 1 and said in done.stdout, done.stdout


def test_this_tree_is_listed():
    done = subprocess.run([sys.executable, ROOT / "scripts/check-fallbacks", ROOT], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
