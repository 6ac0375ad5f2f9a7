# SPDX-License-Identifier: LGPL-2.1-or-later
"""baton reads a command line as the kernel does: compared with the kernel's own functions, on lines by chance.

They are compiled here out of Debian's source packages, whose files are used as they are; around them stand the few
lines of headers that they want."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lab import custom_kernels

TOP = Path(__file__).resolve().parents[2]
LINES = 200000
FILES = ("lib/cmdline.c", "lib/ctype.c", "include/linux/ctype.h", "kernel/params.c", "arch/x86/boot/cmdline.c")
BASICS = """
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
typedef uint8_t u8;
#define EXPORT_SYMBOL(name)
#define __init
#define fallthrough __attribute__((fallthrough))
unsigned long long simple_strtoull(const char *, char **, unsigned int);
long simple_strtol(const char *, char **, unsigned int);
char *skip_spaces(const char *);
"""
# What the reader before the kernel has for far pointers: arch/x86/boot/boot.h.
BOOT = BASICS + """
typedef unsigned long addr_t;
static unsigned long segment;
static inline void set_fs(unsigned long value) { segment = value << 4; }
static inline u8 rdfs8(addr_t offset) { return *(const u8 *)(segment + offset); }
"""
# Called by functions of cmdline.c that are not compared.
REST = """
#include <stdlib.h>
#include <linux/ctype.h>
unsigned long long simple_strtoull(const char *s, char **end, unsigned int base) { return strtoull(s, end, base); }
long simple_strtol(const char *s, char **end, unsigned int base) { return strtol(s, end, base); }
int kernel_isspace(unsigned char c) { return isspace(c) != 0; }
"""


def names_compared_alike(params):
    """Return the functions of kernel/params.c that compare names, without the rest of the file."""
    return re.search(r"static char dash2underscore.*?^bool parameq\(.*?^}", params, re.S | re.M)[0]


def lay_out(source, folder):
    """Make a folder in which the kernel's files find the headers that they want."""
    for name in ("kernel", "export", "string", "compiler"):
        header = folder / "linux" / f"{name}.h"
        header.parent.mkdir(exist_ok=True)
        header.write_text(BASICS)
    shutil.copy(source / "include/linux/ctype.h", folder / "linux")
    (folder / "boot.h").write_text(BOOT)
    for name, file in (("next_arg.c", "lib/cmdline.c"), ("ctype.c", "lib/ctype.c"), ("early.c", "arch/x86/boot/cmdline.c")):
        shutil.copy(source / file, folder / name)
    names = names_compared_alike((source / "kernel/params.c").read_text())
    (folder / "params.c").write_text(f'#include "linux/kernel.h"\n{names}\n')
    (folder / "rest.c").write_text(f'#include "linux/kernel.h"\n{REST}')


@pytest.mark.parametrize("series", ["6.1", "6.12"])
def test_lines_by_chance_are_read_as_the_kernel_reads_them(series, tmp_path):
    lay_out(custom_kernels.source_files(series, FILES), tmp_path)
    program = tmp_path / "compare"
    flags = ["-std=gnu11", "-O1", "-D_GNU_SOURCE"]
    for name in ("next_arg", "ctype", "early", "params", "rest"):
        subprocess.run(["gcc", *flags, "-w", f"-I{tmp_path}", "-include", tmp_path / "linux/kernel.h", "-c",
                        tmp_path / f"{name}.c", "-o", tmp_path / f"{name}.o"], check=True)
    ours = [TOP / "src/base/command_line.c", TOP / "src/base/error.c", Path(__file__).with_name("kernel_command_line.c")]
    subprocess.run(["gcc", *flags, f"-I{TOP / 'src'}", *ours, *sorted(tmp_path.glob("*.o")), "-o", program], check=True)
    done = subprocess.run([program, "1", str(LINES)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{LINES} lines read alike\n")
