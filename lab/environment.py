# SPDX-License-Identifier: LGPL-2.1-or-later
"""The environment of what the lab runs and did not write: kernel builds, dkms, compilers, Debian's tools.

Who calls the lab has variables of their own, and make hands its own on to whatever it starts: ARCH, KERNEL, PREFIX,
CFLAGS, V, O, CROSS_COMPILE, MAKEFLAGS with all that stood on its command line. To the kernel's Makefile they are settings.
So a foreign build is told what it is to know, and nothing else.
"""

import os

# How to reach the network, the compiler's cache and the user's own folders; no setting of a build is among them.
KEPT = ("HOME", "USER", "LOGNAME", "TMPDIR", "APT_CONFIG",
        "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
        "CCACHE_DIR", "CCACHE_CONFIGPATH", "CCACHE_NOHASHDIR", "CCACHE_BASEDIR", "CCACHE_DISABLE")
# Where tools are looked for if nobody says so, and the folders that an ordinary user's PATH may lack.
DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
SYSTEM_PATH = "/usr/sbin:/sbin"


def search_path():
    """Return PATH, with the folders of the system's own tools at its end."""
    return f"{os.environ.get('PATH') or DEFAULT_PATH}:{SYSTEM_PATH}"


def clean(**more):
    """Return a cleared environment with KEPT, PATH and the plain locale in it, and `more`."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"PATH": search_path(), "LC_ALL": "C"} | more
