#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Build a flat, position-independent binary and a C file that holds it.

Usage: build.py SYMBOL BITS OUTPUT.c LINKER-SCRIPT BUILD-FOLDER INCLUDE-FOLDER SOURCE... -- COMPILER...
       build.py --flags      print the flags of the compiler, but for the word size

BITS is the word size, 32 or 64; the compiler must know both. Of the compiler's words only its name and the folders
where headers lie are used: whatever else was asked for is for programs that run under an operating system.

Fails when the linked file has any dynamic relocation, so that whatever is in
the binary works at whatever address it is put.
"""
import pathlib
import subprocess
import sys

FLAGS = """-ffreestanding -fPIE -fvisibility=hidden -O2 -std=gnu11 -g0 -mno-red-zone -mno-sse
-mno-mmx -mno-80387 -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables
-fno-jump-tables -fno-strict-aliasing -fno-builtin-printf -Wall -Wextra -Wshadow
-Wmissing-prototypes -DXXH_VECTOR=0""".split()


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or done.stderr:
        sys.stderr.write(done.stderr)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: failed")
    return done.stdout


def take_headers(words):
    """Split the compiler's words into those that name it and options for folders of headers."""
    command, headers, words = [], [], list(words)
    while words:
        word = words.pop(0)
        if word in ("-isystem", "-I"):
            headers += [word, words.pop(0)]
        elif word.startswith("-I"):
            headers.append(word)
        elif not word.startswith("-"):
            command.append(word)
    return command, headers


def compile_sources(compiler, sources, folder, include, bits):
    compiler, headers = take_headers(compiler)
    purgatory = f"{include}/../purgatory"
    headers = ["-I", include, "-I", purgatory, "-I", f"{purgatory}/freestanding", *headers]
    objects = []
    for source in sources:
        target = folder / (pathlib.Path(source).name + ".o")
        run(*compiler, *FLAGS, f"-m{bits}", *headers, "-c", source, "-o", str(target))
        objects.append(str(target))
    return objects


def link(compiler, objects, script, folder, symbol, bits):
    elf = folder / f"{symbol}.elf"
    run(*take_headers(compiler)[0], "-nostdlib", "-static-pie", f"-m{bits}", "-Wl,--no-dynamic-linker", "-Wl,--build-id=none",
        "-Wl,-z,text", "-Wl,-z,norelro", "-Wl,-z,noexecstack", "-Wl,--no-warn-rwx-segments", f"-Wl,-T,{script}", *objects, "-o", str(elf))
    return str(elf)


def check(elf):
    relocations = run("readelf", "-rW", elf)
    if "no relocations" not in relocations:
        sys.exit(f"{elf}: has relocations; purgatory must have none:\n{relocations}")
    undefined = [line for line in run("readelf", "-sW", elf).splitlines()
                 if " UND " in line and line.split()[-1] != "UND"]
    if undefined:
        sys.exit(f"{elf}: has undefined symbols:\n" + "\n".join(undefined))


def flatten(elf, folder, symbol):
    flat = folder / f"{symbol}.bin"
    run("objcopy", "-O", "binary", "-R", ".dynamic", "-R", ".dynsym", "-R", ".dynstr", "-R", ".hash",
        "-R", ".gnu.hash", "-R", ".rela.dyn", "-R", ".rel.dyn", "-R", ".got", elf, str(flat))
    return flat.read_bytes()


def write_c(output, symbol, data):
    rows = (", ".join(f"0x{byte:02x}" for byte in data[i:i + 16]) for i in range(0, len(data), 16))
    body = ",\n\t".join(rows)
    pathlib.Path(output).write_text(
        f'/* Made by purgatory/build.py. */\n#include "arch/x86/blobs.h"\n\n'
        f"const unsigned char {symbol}[] __attribute__((aligned(16))) = {{\n\t{body}}};\n"
        f"const unsigned int {symbol}_size = {len(data)};\n")


def main():
    if sys.argv[1:] == ["--flags"]:
        print(*FLAGS)
        return
    arguments, compiler = sys.argv[1:sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1:]
    symbol, bits, output, script, folder, include, *sources = arguments
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    objects = compile_sources(compiler, sources, folder, include, bits)
    elf = link(compiler, objects, script, folder, symbol, bits)
    check(elf)
    write_c(output, symbol, flatten(elf, folder, symbol))


main()
