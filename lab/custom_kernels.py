# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels that Debian does not ship: built from its linux-source package, cached by what they are built from.

    kernel = custom_kernels.get("nokexec")   -> kernels.Kernel, for Guest(kernel)
    tree = custom_kernels.headers("nokexec") -> headers.Headers, for baton_module.get()

A configuration is a file NAME.config in kernel-configs/, merged over `make allnoconfig`; one that begins with
`# on top of: OTHER` adds to that. A line `# source: SERIES` takes the source of another series than SERIES below.
The build takes minutes at first use, and runs at a low priority.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from lab import cache, environment, kernels
from lab.errors import LabError
from lab.headers import Headers
from lab.kernels import Kernel
from lab.packages import Suite

SERIES = "6.1"                      # one of kernels.SERIES, which names the suite
# To add a kernel: its file in kernel-configs/, and its name here. A build takes minutes: `make check` has these alone,
# `make check-long` the others too.
IN_CHECK = ("nokexec", "nokexec-i386")
ALL = (*IN_CHECK, "nokexec-6.12", "nokexec-i386-up")
CONFIGS = Path(__file__).parent / "kernel-configs"
NICENESS = 5
# Nothing of these takes part in a build.
UNPACK_WITHOUT = ("*/Documentation/*.rst", "*/Documentation/*.txt", "*/Documentation/devicetree", "*/tools/testing")
OBJTOOL = "tools/objtool/objtool"
# What a module is built with, beside the kernel; the rest of the tree goes.
KEPT = (".config", "Makefile", "Module.symvers", "include", "scripts", "arch/x86/include", "arch/x86/Makefile",
        "arch/x86/Makefile_32.cpu", OBJTOOL)


def get(name, progress=lambda text: None):
    """Return the Kernel of a configuration, building it at first use."""
    folder = _folder(name, progress)
    release = (folder / "release").read_text().strip()
    return Kernel(series(name), release, (folder / "version").read_text().strip(), _architecture(name), vmlinuz=folder / "vmlinuz",
                  modules=folder / "modules", config=folder / "config", system_map=folder / "System.map")


def headers(name, progress=lambda text: None):
    """Return the Headers to build modules for that kernel."""
    folder = _folder(name, progress)
    return Headers((folder / "release").read_text().strip(), folder / "build", ("CC=gcc", *_words(name)))


def source_files(of, files):
    """Return a folder with these files (paths inside of it) of the source of that series."""
    name = f"linux-source-{of}"
    package, folder = Suite(*kernels.SERIES[of]).unpack(name)
    archive = folder / "usr" / "src" / f"{name}.tar.xz"

    def fill(target):
        _run(target, "tar", "-xf", archive, "--strip-components=1", *(f"{name}/{file}" for file in files))
    return cache.entry("kernel-sources", f"{package.key}-{cache.digest(*files)}", fill)


def series(name):
    """Return the series of a configuration's source; what comes later counts."""
    return ([SERIES] + re.findall(r"^# source: (\S+)$", _configuration(name), re.M))[-1]


def _folder(name, progress):
    config = _configuration(name)
    source = f"linux-source-{series(name)}"
    package, folder = Suite(*kernels.SERIES[series(name)]).unpack(source)
    archive = folder / "usr" / "src" / f"{source}.tar.xz"
    key = f"{name}-{cache.digest(package.key, config, *UNPACK_WITHOUT, *KEPT)}"
    return cache.entry("custom-kernels", key, lambda target: _build(target, archive, name, package.version, progress))


def _configuration(name):
    """Return the text of a configuration, with what it adds to before it."""
    path = CONFIGS / f"{name}.config"
    if not path.exists():
        raise LabError(f"{path}: not found; known kernels are {', '.join(path.stem for path in CONFIGS.glob('*.config'))}")
    text = path.read_text()
    base = re.match(r"# on top of: (\S+)", text)
    return _configuration(base[1]) + text if base else text


def _settings(name):
    """Return {CONFIG_NAME: value}; what comes later counts."""
    return dict(line.split("=", 1) for line in _configuration(name).splitlines() if line.startswith("CONFIG_"))


def _architecture(name):
    return "amd64" if _settings(name).get("CONFIG_64BIT") == "y" else "i386"


def _words(name):
    """Return what every make in the tree of a configuration needs."""
    return ("ARCH=i386",) if _architecture(name) == "i386" else ()


def _build(target, archive, name, version, progress):
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as place:
        progress(f"unpacking {archive.name}")
        _run(place, "tar", "-xf", archive, "--strip-components=1", *(f"--exclude={path}" for path in UNPACK_WITHOUT))
        progress(f"building the kernel {name}: minutes")
        wanted = Path(place) / "wanted.config"
        wanted.write_text(_configuration(name))
        words = _words(name)
        _make(place, *words, f"KCONFIG_ALLCONFIG={wanted}", "allnoconfig")
        _check(Path(place) / ".config", name)
        _make(place, *words, f"-j{os.cpu_count()}", "bzImage", "modules")
        release = _make(place, *words, "kernelrelease").strip()
        keep(Path(place), target, release, version)


def keep(tree, target, release, version):
    """Move what is needed of a built tree into `target`."""
    modules = target / "modules"
    modules.mkdir()
    (target / "release").write_text(release)
    (target / "version").write_text(version)
    for name, path in (("vmlinuz", "arch/x86/boot/bzImage"), ("System.map", "System.map"), ("config", ".config"),
                       ("modules/modules.builtin", "modules.builtin")):
        shutil.copy(tree / path, target / name)
    for path in KEPT:
        if path == OBJTOOL and not (tree / path).exists():
            continue        # 32-bit kernels have no use for it
        place = target / "build" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        os.rename(tree / path, place)


def _check(made, name):
    """Insist on every setting of a configuration: one with an unmet dependency is dropped without a word."""
    lines = set(made.read_text().splitlines())
    missing = [f"{key}={value}" for key, value in _settings(name).items() if value != "n" and f"{key}={value}" not in lines]
    if missing:
        raise LabError(f"{name}.config: kconfig did not take {', '.join(missing)}: something that they depend on is off")


def _make(folder, *words):
    return _run(folder, "nice", f"-n{NICENESS}", "make", "-s", *words)


def _run(folder, *words):
    done = subprocess.run(words, cwd=folder, text=True, capture_output=True, stdin=subprocess.DEVNULL, check=False,
                          env=environment.clean())
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise LabError(f"{' '.join(map(str, words))}: exit status {done.returncode}\n{tail}")
    return done.stdout
