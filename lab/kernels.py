"""Debian's kernels by series: `get("6.1")` returns one unpacked in the cache, fetching it at first use."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path

from lab import cache
from lab.errors import LabError
from lab.packages import Suite

# To add a series: the suite that carries it. To add an architecture: its name in the row and a boot test.
SERIES = {
    "6.1": ("bookworm", "amd64"),
    "6.12": ("trixie", "amd64"),
    "7.2": ("sid", "amd64"),
}
# 32-bit x86, by the flavour that ends the package's name; Debian builds none after bookworm.
I386 = {
    "6.1-686-pae": ("bookworm", "i386"),
    "6.1-686": ("bookworm", "i386"),
}
ALL = SERIES | I386


@dataclass(frozen=True)
class Kernel:
    """One kernel of Debian's, unpacked. `modules` is the folder lib/modules/RELEASE of its package."""

    series: str
    release: str
    version: str
    architecture: str
    vmlinuz: Path
    modules: Path
    config: Path
    system_map: Path | None = None


def get(series, update=False, progress=lambda text: None):
    """Return the Kernel of `series`; with `update` look for a newer build than the cached one."""
    if series not in ALL:
        raise LabError(f"kernel series {series!r}: unknown; known are {', '.join(ALL)}")
    known = None if update else load(series)
    if known:
        return known
    suite = Suite(*ALL[series])
    if update:
        progress(f"renewing the package list of {suite.name}")
        suite.update()
    kernel = _fetch(series, suite, progress)
    _store(kernel)
    return kernel


def cached():
    """Return the kernels that are in the cache already."""
    return [kernel for kernel in map(load, ALL) if kernel]


def load(series):
    """Return the cached Kernel of `series`, or None if it is not in the cache."""
    fields = cache.read_json(_record(series))
    if not fields:
        return None
    for name in ("vmlinuz", "modules", "config", "system_map"):
        fields[name] = cache.root() / fields[name] if fields[name] else None
    kernel = Kernel(**fields)
    return kernel if kernel.vmlinuz.exists() and kernel.modules.is_dir() else None


def _store(kernel):
    fields = asdict(kernel)
    for name in ("vmlinuz", "modules", "config", "system_map"):
        # Relative, so that a cache folder can be moved.
        fields[name] = str(fields[name].relative_to(cache.root())) if fields[name] else None
    cache.write_json(_record(kernel.series), fields)


def _record(series):
    return cache.path("kernels", f"{series}.json")


def _fetch(series, suite, progress):
    image = _image_package(series, suite)
    release = image.removeprefix("linux-image-")
    package = suite.show(image)
    progress(f"{image} {package.version}")
    folders = [suite.unpack(image)[1]]
    for dependency in package.depends:
        # Up to 6.12 one package holds all; from 7.2 on the image and the modules are packages of their own.
        if re.fullmatch(rf"linux-(binary|modules|base)-{re.escape(release)}", dependency):
            progress(dependency)
            folders.append(suite.unpack(dependency)[1])
    return Kernel(
        series, release, package.version, suite.architecture,
        vmlinuz=_find(folders, f"boot/vmlinuz-{release}", f"usr/lib/modules/{release}/vmlinuz"),
        modules=_find(folders, f"lib/modules/{release}/kernel", f"usr/lib/modules/{release}/kernel").parent,
        config=_find(folders, f"boot/config-{release}", f"usr/lib/modules/{release}/config"),
        system_map=_find(folders, f"boot/System.map-{release}", f"usr/lib/modules/{release}/System.map", optional=True))


def _image_package(series, suite):
    """Return the name of the suite's plain image package of `series`, else of the newest 7.x for a 7.x series."""
    number, _, flavour = series.partition("-")
    flavour = flavour or suite.architecture

    def of_series(text):
        pattern = re.compile(rf"linux-image-({re.escape(text)}[.\d-]*(\+deb\d+)?)-{flavour}")
        return [name for name in suite.names("linux-image-") if pattern.fullmatch(name)]

    wanted = of_series(f"{number}.")
    meta = [name for name in suite.show(f"linux-image-{flavour}").depends if name in wanted]
    if meta:
        return meta[0]
    candidates = wanted or (of_series("7.") if number.startswith("7.") else [])
    if not candidates:
        raise LabError(f"{suite.name}: no linux-image package of series {series}")
    return max(candidates, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])


def _find(folders, *names, optional=False):
    for folder in folders:
        for name in names:
            if (folder / name).exists():
                return folder / name
    if optional:
        return None
    raise LabError(f"kernel packages {', '.join(folder.name for folder in folders)}: none holds {' or '.join(names)}")
