# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a build of baton for 32-bit x86 needs beside the cross compiler: Debian's libraries, unpacked in the cache.

`python3 -m lab sysroot` prints the path of a cross file for `meson setup --cross-file`. Nothing is installed on the
machine, and no foreign architecture is added to it.
"""

import shutil

from lab import cache, foreign
from lab.packages import Suite

ARCHITECTURE, TRIPLET, COMPILER = "i386", "i386-linux-gnu", "i686-linux-gnu"
SUITE = "bookworm"
# With static libraries, so that nothing else is needed to run what was built; cmocka is there as a shared one only.
PACKAGES = ("zlib1g-dev", "liblzma-dev", "libzstd-dev", "liblz4-dev", "libbz2-dev", "liblzo2-dev", "libjson-c-dev",
            "libxxhash-dev", "libcmocka-dev", "libcmocka0")

CROSS_FILE = """\
# Made by lab/sysroot.py.
[binaries]
c = '{compiler}-gcc'
ar = '{compiler}-ar'
strip = '{compiler}-strip'
pkgconfig = 'pkg-config'
# The loader is for what is not linked statically, the unit tests: it is not where they look.
exe_wrapper = ['{runner}', '/usr/{compiler}/lib/ld-linux.so.2', '--library-path', '/usr/{compiler}/lib:{root}/usr/lib/{triplet}']

[built-in options]
c_args = ['-isystem', '{root}/usr/include', '-isystem', '{root}/usr/include/{triplet}']
c_link_args = ['-L{root}/usr/lib/{triplet}']

[properties]
sys_root = '{root}'
pkg_config_libdir = '{root}/usr/lib/{triplet}/pkgconfig'
needs_exe_wrapper = true

[host_machine]
system = 'linux'
cpu_family = 'x86'
cpu = 'i686'
endian = 'little'
"""


def get(progress=lambda text: None):
    """Return the path of the cross file; the libraries are beside it."""
    suite = Suite(SUITE, ARCHITECTURE)
    packages = [suite.show(name) for name in PACKAGES]
    runner = foreign.runner(ARCHITECTURE)
    key = cache.digest(CROSS_FILE, str(runner), *(package.key for package in packages))

    def fill(target):
        for package in packages:
            progress(f"{package.key}")
            shutil.copytree(suite.unpack(package.name)[1], target, symlinks=True, dirs_exist_ok=True)
        final = cache.path("sysroot", key)
        (target / "cross.ini").write_text(CROSS_FILE.format(compiler=COMPILER, triplet=TRIPLET, root=final, runner=runner))

    return cache.entry("sysroot", key, fill) / "cross.ini"
