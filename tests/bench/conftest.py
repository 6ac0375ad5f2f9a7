# SPDX-License-Identifier: LGPL-2.1-or-later
"""The bench's parts that need no guest; run with `/usr/bin/python3 -m pytest tests/bench`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
