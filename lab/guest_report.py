"""What a guest said about itself: the JSON of lab/init/init.c as a dataclass."""

import json
import time
from dataclasses import dataclass, field, fields

RAM = "System RAM"


@dataclass(frozen=True)
class SetupData:
    """A setup_data node that the kernel keeps; `data` is cut at 4096 bytes, `size` is not."""

    type: int
    size: int
    data: bytes


@dataclass(frozen=True)
class Report:
    """One start of a kernel in a guest.

    `tsc` was read by the first program as its first act. `memory_map` is the firmware's map as the kernel
    got it, sorted half-open (start, end, type). `markers` maps each file below /markers/ of the initramfs
    to the FNV-1a hash (64 bit, hex) of its content. `received` is the host's monotonic clock.
    """

    tsc: int
    release: str
    architecture: str
    cmdline: str
    efi: bool
    memory_kb: int
    cpus: int
    bootloader_type: int
    kexec_loaded: int
    boot_id: str
    memory_map: list
    setup_data: list
    markers: dict
    received: float = field(default_factory=time.monotonic, compare=False)

    @classmethod
    def parse(cls, text):
        """Return the Report in a line's JSON; a field that this lab does not know is ignored."""
        values = json.loads(text)
        known = {item.name for item in fields(cls)} & set(values)
        values = {name: values[name] for name in known}
        values["memory_map"] = [tuple(item) for item in values["memory_map"]]
        values["setup_data"] = [SetupData(item["type"], item["size"], bytes.fromhex(item["data"]))
                                for item in values["setup_data"]]
        return cls(**values)

    def ram(self):
        """Return the sorted [(start, end)] of usable memory."""
        return [(start, end) for start, end, kind in self.memory_map if kind == RAM]


def fnv1a64(data):
    """Return the FNV-1a hash of `data` as the guest's report writes it."""
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return f"{value:016x}"
