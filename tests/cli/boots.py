# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots as lines of a history file."""
import json

EVENTS = ("command", "loaded", "reboot_call", "purgatory", "verified", "left", "kernel", "first_program", "system",
          "up")
MS = 1_000_000
FILE = "var/lib/baton/history.jsonl"
BOOT_ID = "proc/sys/kernel/random/boot_id"


def boot_id(number):
    return f"{number:08x}-0000-4000-8000-00000000b007"


def entry(number, at_ms, why=None, **changes):
    """A boot with the given times in milliseconds (None: unknown) in the order of EVENTS."""
    times = dict(zip(EVENTS, (None if ms is None else round(ms * MS) for ms in at_ms), strict=True))
    made = {"version": 1, "kind": "baton", "boot_id": boot_id(number), "release": "6.12.9-amd64",
            "from_boot_id": boot_id(number - 1), "from_release": "6.1.0-40-amd64", "chain": 3, "digests": "good",
            "direct": True, "started_at": 1763974431 + 86400 * number, "at_ns": times,
            "unknown": {event: why or "nobody noted it" for event, ns in times.items() if ns is None},
            "clock": "the CPU's counter", "precision_ns": 1000000, "firmware": no_firmware()}
    made.update(changes)
    return made


def no_firmware(why=None):
    return {"firmware_ns": None, "firmware_source": None, "loader_ns": None, "loader_source": None, "why": why}


def baton(number=1, **changes):
    return entry(number, (-3217.4, -2406.1, -412.9, -318.2, -303.8, -303.795, 0, 1187.3, 2091.6, 4009.9), **changes)


def kexec(number=2, **changes):
    """By the file call: the old system's part is not known."""
    why = "no record came with this handoff: kexec_file_load carries none"
    return entry(number, (None,) * 6 + (0, 1211.5, 2104.2, 4333), why=why,
                 **{"kind": "kexec", "digests": None, "direct": False, "from_release": None, "from_boot_id": None,
                    "chain": None, "clock": None, "precision_ns": None} | changes)


def firmware(number=3, **changes):
    why = "the boot went through firmware, across which nothing is noted"
    reported = {"firmware_ns": 8_412_000_000, "firmware_source": "LoaderTimeInitUSec", "loader_ns": 3_119_000_000,
                "loader_source": "LoaderTimeExecUSec", "why": None}
    return entry(number, (None,) * 6 + (0, 1198.2, 1962.8, 5120),
                 why=why, **{"kind": "firmware", "digests": None, "direct": False, "from_release": None,
                                 "from_boot_id": None, "chain": None, "clock": None, "precision_ns": None,
                                 "firmware": reported} | changes)


def units(number=7, **changes):
    """With the slowest units, of which one has a long name."""
    slow = [("NetworkManager-wait-online.service", 2304.2, 1512.25), ("a-service-with-a-name-that-is-long.service", 2200, 800),
            ("apt-daily.service", 2410, 411.1), ("boot-efi.mount", 2150, 62.5), ("ssh.service", 2900, 9.75)]
    rows = [{"name": name, "start_ns": round(start * MS), "ns": round(ms * MS)} for name, start, ms in slow]
    return baton(number, **{"slowest_units": rows} | changes)


def gaps(number=4, **changes):
    """A point in the middle is not known, and the end not yet."""
    return entry(number, (-3217.4, -2406.1, None, -318.2, None, -303.795, 0, 1187.3, 2091.6, None),
                 **{"unknown": {"reboot_call": "the log of the old system was not kept", "verified": "purgatory did not note it",
                                "up": "the system is still starting"}} | changes)


def hostile(number=5, **changes):
    """Text that would drive a terminal, or break out of a picture."""
    evil = "6.1\x1b[2J</text><script>alert(1)</script>&\u202e\"'"
    return baton(number, **{"from_release": evil, "release": "6.1\x07]]>", "clock": "<b>\x1b[31m&\"clock"} | changes)


def hostile_reasons(number=6, **changes):
    """The same in everything that a file says of why, and of who reported."""
    evil = "\x1b[31m</text><script>\u202e\x9b2J " + "word " * 40
    reported = no_firmware(evil) | {"firmware_ns": 10**9, "firmware_source": evil}
    return entry(number, (None,) * 6 + (0, None, None, None), why=evil,
                 **{"kind": "firmware", "digests": None, "firmware": reported, "release": "6.1\ufffe\uffff"} | changes)


def lines(*boots):
    return "".join(json.dumps(boot, separators=(",", ":")) + "\n" for boot in boots)
