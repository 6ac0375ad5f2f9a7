# SPDX-License-Identifier: LGPL-2.1-or-later
"""Side-by-side measurements: `python3 -m bench`, or `make bench`."""
