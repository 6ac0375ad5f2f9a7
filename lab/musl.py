# SPDX-License-Identifier: LGPL-2.1-or-later
"""baton's libraries built with musl, for a static baton without glibc: from Debian's sources, in the cache.

`python3 -m lab musl` prints the path of a native file for `meson setup --native-file`. Nothing is installed on the
machine beside musl-gcc (Debian's musl-tools). The build takes a minute or two at first use.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from lab import cache, environment
from lab.errors import LabError
from lab.packages import Suite

SUITE = "bookworm"
# Where musl-gcc does not look by itself: the kernel's headers, behind musl's own.
AFTER = ("-idirafter/usr/include", "-idirafter/usr/include/x86_64-linux-gnu")
CONFIGURE = "./configure CC=musl-gcc --prefix={prefix} --disable-shared --enable-static"
# Source package -> commands in its tree; {prefix} is where they install to.
SOURCES = {
    "zlib": ("CC=musl-gcc ./configure --static --prefix={prefix}", "make install"),
    "xz-utils": (f"{CONFIGURE} --disable-xz --disable-xzdec --disable-lzmadec --disable-lzmainfo --disable-scripts --disable-doc "
                 "--disable-nls", "make -C src/liblzma install"),
    "libzstd": ("make -C lib CC=musl-gcc PREFIX={prefix} libzstd.a",
                "make -C lib PREFIX={prefix} install-static install-includes install-pc"),
    "lz4": ("make -C lib CC=musl-gcc PREFIX={prefix} BUILD_SHARED=no install",),
    "bzip2": ("make CC=musl-gcc libbz2.a", "install -D -t {prefix}/lib libbz2.a", "install -D -t {prefix}/include bzlib.h"),
    "lzo2": (CONFIGURE, "make install"),
    "json-c": ("cmake -S . -B out -DCMAKE_C_COMPILER=musl-gcc -DCMAKE_INSTALL_PREFIX={prefix} -DCMAKE_INSTALL_LIBDIR=lib "
               "-DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF -DBUILD_APPS=OFF -DDISABLE_WERROR=ON", "make -C out install"),
    "xxhash": ("install -D -t {prefix}/include xxhash.h",),
}

NATIVE_FILE = """\
# Made by lab/musl.py.
[binaries]
c = 'musl-gcc'
pkgconfig = 'pkg-config'

[built-in options]
c_args = ['-I{prefix}/include', {after}]
c_link_args = ['-L{prefix}/lib']
pkg_config_path = '{prefix}/lib/pkgconfig'

[properties]
pkg_config_libdir = '{prefix}/lib/pkgconfig'
"""


def get(progress=lambda text: None):
    """Return the path of the native file; the libraries are beside it."""
    if not shutil.which("musl-gcc"):
        raise LabError("musl-gcc is missing: it is in Debian's musl-tools, which scripts/setup installs")
    suite = Suite(SUITE)
    key = cache.digest(str(SOURCES), *(suite.source_version(name) for name in SOURCES))

    def fill(target):
        final = cache.path("musl", key)
        for name, commands in SOURCES.items():
            progress(f"{name} with musl")
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as place:
                tree = suite.source(name, Path(place))
                for command in commands:
                    _run(tree, command.format(prefix=target))
        # The .pc files name the folder that they were installed to, which gets its name at the end.
        for path in target.glob("lib/pkgconfig/*.pc"):
            path.write_text(path.read_text().replace(str(target), str(final)))

    libraries = cache.entry("musl", key, fill)
    file = libraries / "native.ini"
    after = ", ".join(f"'{word}'" for word in AFTER)
    file.write_text(NATIVE_FILE.format(prefix=libraries, after=after))
    return file


def _run(folder, command):
    done = subprocess.run(["sh", "-ec", command], cwd=folder, text=True, capture_output=True, stdin=subprocess.DEVNULL, check=False,
                          env=environment.clean() | {"MAKEFLAGS": f"-j{os.cpu_count()}"})
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise LabError(f"musl: {command}: exit status {done.returncode}\n{tail}")
