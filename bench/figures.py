# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was measured, its medians, and the figures to reach."""

import json
import statistics
from dataclasses import asdict, dataclass

from bench import loaders, planning
from bench.chain import Handoff

MIB = 1 << 20
PEAK_ALLOWANCE = 16 * MIB           # of resident memory beyond what is handed over
TARGET_SERIES, TARGET_INITRD = "6.1", "debian"


@dataclass(frozen=True)
class Results:
    """All of a run; `wall` may be empty, and the two of 20,000 ranges None.

    `versions` are {name: version}, `initrds` [series, name, bytes].
    """

    exact: list
    wall: list
    plan_instructions: int | None
    plan_peer: str | None
    versions: dict
    initrds: list

    def save(self, path):
        """Write everything to a JSON file."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, path):
        """Return the Results in a file that save() wrote."""
        fields = json.loads(path.read_text())
        for name in ("exact", "wall"):
            fields[name] = [Handoff(**row) for row in fields[name]]
        return cls(**fields)


def cases(handoffs):
    """Return the (series, initrd, loader) that were measured, each once, in their order."""
    return list(dict.fromkeys((each.series, each.initrd, each.loader) for each in handoffs))


def select(handoffs, series, initrd, loader):
    """Return the repetitions of one case."""
    return [each for each in handoffs if (each.series, each.initrd, each.loader) == (series, initrd, loader)]


def median(handoffs, series, initrd, loader, field):
    """Return the median of a number of one case, or None if it was not measured."""
    values = [getattr(each, field) for each in select(handoffs, series, initrd, loader)]
    return statistics.median(values) if values else None


def spread(handoffs):
    """Return the largest difference between repetitions of one case's outage, as a fraction of their median."""
    found = [0.0]
    for case in cases(handoffs):
        values = [each.outage for each in select(handoffs, *case)]
        found.append((max(values) - min(values)) / statistics.median(values))
    return max(found)


@dataclass(frozen=True)
class Target:
    """kexec-tools' figure divided by that of a loader of ours: at least `least`, aimed at `aim`."""

    what: str
    field: str
    least: float
    aim: float
    ours: loaders.Loader = loaders.BATON

    def words(self):
        """Return what is to reach and the aim, as text."""
        return f"1/{self.least:g}" if self.least != 1 else "not slower", f"1/{self.aim:g}"


TARGETS = (Target("handoff gap", "gap", 100, 200), Target("outage", "outage", 5.5, 6), Target("load", "load", 1, 2),
           Target("load, kernel prepared when it was installed", "load", 1, 2, loaders.PREPARED))


@dataclass(frozen=True)
class Verdict:
    """One figure to reach, and whether it is; all in words but the last."""

    what: str
    peer: str
    ours: str
    ratio: str
    least: str
    aim: str
    reached: bool


def verdicts(results):
    """Return a Verdict for each figure to reach that was measured."""
    found = []
    for target in TARGETS:
        peer, ours = (median(results.exact, TARGET_SERIES, TARGET_INITRD, loader.name, target.field)
                      for loader in (loaders.PEER, target.ours))
        found.append(Verdict(target.what, seconds(peer), seconds(ours), part(ours, peer), *target.words(),   # type: ignore[call-arg]
                             peer >= target.least * ours))
    own = select(results.exact, TARGET_SERIES, TARGET_INITRD, loaders.BATON.name)[0]
    peer = median(results.exact, TARGET_SERIES, TARGET_INITRD, loaders.PEER.name, "peak")
    limit = own.handed_over + PEAK_ALLOWANCE
    found.append(Verdict("peak memory of load", mib(peer), mib(own.peak), "",
                         f"{mib(limit)} ({mib(own.handed_over)} handed over + 16 MiB)", "", own.peak <= limit))
    if results.plan_instructions is not None:
        count = results.plan_instructions
        found.append(Verdict("`baton plan` for 20,000 memory ranges", results.plan_peer, millions(count), "",
                             millions(planning.LIMIT), "", count <= planning.LIMIT))
    return found


def missed(results):
    """Return what the figures that miss their target are of."""
    return [each.what for each in verdicts(results) if not each.reached]


def part(value, peer):
    """Return how much of kexec-tools' figure another one is: a fraction of it, or a multiple where that is not smaller."""
    return f"1/{peer / value:.3g}" if peer >= 1.2 * value else f"× {value / peer:.3g}"


def seconds(value):
    """Return seconds as text, with enough digits for a small one."""
    return f"{value:.2f} s" if value >= 1 else f"{value:.3f} s"


def mib(size):
    """Return bytes as MiB."""
    return f"{size / MIB:.1f} MiB"


def millions(count):
    """Return a count of instructions as text."""
    return f"{count / 1e6:.1f} M instructions"
