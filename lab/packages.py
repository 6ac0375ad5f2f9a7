"""Debian packages of any suite, without touching the machine's own apt state.

The mirror and the keyring are read from the machine's apt sources at run time. Each suite has its own
private sources file, lists and archive folder in the cache, so that versions of two suites never mix.
"""

import re
import subprocess
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from lab import cache, environment
from lab.errors import LabError

ARCHIVE_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


@dataclass(frozen=True)
class Mirror:
    """Where the machine itself gets Debian from."""

    uri: str
    keyring: str


@dataclass(frozen=True)
class Package:
    """One version of a package in one suite."""

    name: str
    version: str
    architecture: str
    depends: tuple

    @property
    def key(self):
        return f"{self.name}_{urllib.parse.quote(self.version, safe='+~.-')}_{self.architecture}"


def mirror(etc=Path("/etc/apt")):
    """Return the Mirror that serves this machine's Debian release; security archives do not count."""
    for candidate in _configured_mirrors(etc):
        if "security" not in candidate.uri:
            return candidate
    raise LabError(f"{etc}: apt sources: no Debian mirror found; the lab takes the mirror's address from there")


def _configured_mirrors(etc):
    for file in sorted(etc.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", file.read_text()):
            yield from _deb822_mirrors(stanza)
    for file in [etc / "sources.list", *sorted(etc.glob("sources.list.d/*.list"))]:
        if file.exists():
            for line in file.read_text().splitlines():
                yield from _one_line_mirrors(line)


def _deb822_mirrors(stanza):
    """Yield the mirrors of one stanza of a .sources file (sources.list(5), DEB822-STYLE FORMAT)."""
    fields, name = {}, None
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace() and name:
            fields[name] += " " + line.strip()
        elif ":" in line:
            name, value = line.split(":", 1)
            name = name.lower()
            fields[name] = value.strip()
    if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
        return
    if "main" in fields.get("components", "").split():
        for uri in fields.get("uris", "").split():
            yield Mirror(uri, _keyring(fields.get("signed-by", "")))


def _one_line_mirrors(line):
    """Yield the mirror of one line of a sources.list file (sources.list(5), ONE-LINE-STYLE FORMAT)."""
    match = re.match(r"\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+\S+\s+(.*)", line)
    if match and "main" in match[3].split("#")[0].split():
        options = dict(word.split("=", 1) for word in (match[1] or "").split() if "=" in word)
        yield Mirror(match[2], _keyring(options.get("signed-by", "")))


def _keyring(value):
    # Signed-By may also hold a fingerprint or a whole key; the archive's own keyring serves those cases.
    return value if value.startswith("/") else ARCHIVE_KEYRING


class Suite:
    """A Debian suite (`bookworm`, `trixie`, `sid`) for one architecture, reachable through a private apt."""

    def __init__(self, name, architecture="amd64"):
        self.name = name
        self.architecture = architecture
        self.folder = cache.path("apt", f"{name}-{architecture}", "sources.list").parent
        self._stamp = self.folder / "updated"

    def update(self):
        """Fetch the suite's package list (main only, this architecture only)."""
        with self._lock():
            self._update()

    def ensure_list(self):
        """Fetch the package list unless an earlier run, or another process just now, did."""
        if not self._stamp.exists():
            with self._lock():
                if not self._stamp.exists():
                    self._update()

    def _lock(self):
        return cache.lock(f"apt-{self.name}-{self.architecture}")

    def _update(self):
        self._configure()
        # Else apt-get is content with a list that it could not fetch.
        self._apt("apt-get", "update", "--error-on=any")
        self._stamp.touch()

    def show(self, name):
        """Return the newest Package called `name`; LabError if the suite has none."""
        self.ensure_list()
        text = self._apt("apt-cache", "show", "--no-all-versions", name, missing_ok=True)
        fields = dict(re.findall(r"^([A-Z][A-Za-z-]*): (.*)$", text.split("\n\n")[0], re.M))
        if "Version" not in fields:
            raise LabError(f"{self.name}: package {name}: not in the suite; `python3 -m lab fetch --update` renews the list")
        clauses = ", ".join(filter(None, (fields.get("Pre-Depends"), fields.get("Depends"))))
        # The first alternative of each clause is the one that Debian prefers.
        depends = tuple(re.match(r"\s*([^\s:(|]+)", clause)[1] for clause in clauses.split(",") if clause.strip())
        return Package(name, fields["Version"], fields["Architecture"], depends)

    def names(self, prefix):
        """Return the sorted names of the suite's packages that begin with `prefix`."""
        self.ensure_list()
        return sorted(self._apt("apt-cache", "pkgnames", prefix).split())

    def unpack(self, name):
        """Return (Package, folder with its files), downloading it if it is not in the cache."""
        package = self.show(name)
        return package, cache.entry("packages", package.key, lambda folder: self._fill(package, folder))

    def source_version(self, name):
        """Return the version of a source package."""
        self._ensure_sources()
        text = self._apt("apt-cache", "showsrc", "--only-source", name)
        versions = re.findall(r"^Version: (.*)$", text, re.M)
        if not versions:
            raise LabError(f"{self.name}: source package {name}: not in the suite")
        return f"{name} {versions[-1]}"

    def source(self, name, place):
        """Unpack what upstream released of a source package into a folder, and return the folder of its tree."""
        self._ensure_sources()
        self._apt("apt-get", "source", "--download-only", "--only-source", name, cwd=place)
        archive, = (path for path in place.glob("*.orig.tar.*") if path.suffix != ".asc")
        subprocess.run(["tar", "-xf", archive], cwd=place, check=True, env=environment.clean())
        tree, = (path for path in place.iterdir() if path.is_dir())
        return tree

    def _ensure_sources(self):
        """As ensure_list(), of the sources, which most of the lab does not need."""
        stamp = self.folder / "sources-updated"
        with self._lock():
            if stamp.exists():
                return
            self._configure(sources=True)
            self._apt("apt-get", "update", "--error-on=any")
            stamp.touch()

    def _fill(self, package, folder):
        downloads = folder / ".download"
        downloads.mkdir()
        self._apt("apt-get", "download", f"{package.name}={package.version}", cwd=downloads)
        archives = list(downloads.glob("*.deb"))
        if len(archives) != 1:
            raise LabError(f"{package.key}: apt-get download left {len(archives)} archives, expected one")
        subprocess.run(["dpkg", "-x", archives[0], folder], check=True, env=environment.clean())
        archives[0].unlink()
        downloads.rmdir()

    def _configure(self, sources=False):
        source = mirror()
        for part in ("lists/partial", "archives/partial", "state"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "state" / "status").touch()
        line = f"[arch={self.architecture} signed-by={source.keyring}] {source.uri} {self.name} main\n"
        (self.folder / "sources.list").write_text(f"deb {line}" + (f"deb-src {line}" if sources else ""))

    def _options(self):
        return [
            f"Dir::Etc::sourcelist={self.folder}/sources.list",
            "Dir::Etc::sourceparts=/nonexistent",
            "Dir::Etc::preferencesparts=/nonexistent",
            f"Dir::State::lists={self.folder}/lists",
            f"Dir::State::status={self.folder}/state/status",
            f"Dir::Cache={self.folder}",
            f"APT::Architecture={self.architecture}",
            f"APT::Architectures={self.architecture}",
            "Acquire::Languages=none",
            # Add-ons such as apt-file ask for indexes that are many times larger than the package list.
            "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false",
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
            # The sandbox user cannot write below root's home folder; there is nothing to protect here.
            "APT::Sandbox::User=root",
        ]

    def _apt(self, program, *arguments, cwd=None, missing_ok=False):
        options = [word for option in self._options() for word in ("-o", option)]
        done = subprocess.run([program, "-q", *options, *arguments], cwd=cwd, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, env=environment.clean(), check=False)
        if done.returncode and not missing_ok:
            tail = "\n".join((done.stdout + done.stderr).splitlines()[-12:])
            raise LabError(f"{program} {' '.join(arguments)} for {self.name}: exit status {done.returncode}\n{tail}")
        return done.stdout
