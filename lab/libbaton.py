# SPDX-License-Identifier: LGPL-2.1-or-later
"""libbaton's binding for Python (python/baton.py), with the library that this tree was built to.

    from lab.libbaton import baton
"""

import os
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
os.environ.setdefault("BATON_LIBRARY", str(TOP / "build" / "src" / "libbaton.so.0"))
sys.path.insert(0, str(TOP / "python"))

import baton  # noqa: E402, F401
