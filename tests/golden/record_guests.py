#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Record real guests of the lab as machine fixtures.

    tests/golden/record_guests.py BUILD/tests/unit/record_machine [NAME...]

Boots each guest, copies what a machine record is made of, and has record_machine (of a build folder) write
tests/golden/machines/NAME.tar.zst from it.
"""

import gzip
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from lab import raw  # noqa: E402
from lab.guest import Guest  # noqa: E402

# [(name, kernel, the guest's options)]
GUESTS = [
    ("bios-1g", "6.1", {}),
    ("ovmf-1g", "6.1", {"firmware": "ovmf"}),
    ("ovmf-1g-7.2", "7.2", {"firmware": "ovmf"}),
    ("i386-pae-5g", "6.1-686-pae", {"memory": "5G"}),
    ("i386-pentium3", "6.1-686", {"cpu": "pentium3"}),
]
PATHS = raw.PATHS + """
/proc/sys/kernel/arch /proc/sys/kernel/version /proc/sys/kernel/random/boot_id /sys/kernel/reboot
/sys/firmware/efi/efivars/SecureBoot-* /sys/devices/system/cpu/present /sys/class/dmi/id/sys_vendor
/sys/devices/system/clocksource/clocksource0/available_clocksource /sys/hypervisor/type
/sys/bus/pci/devices/*/class /sys/bus/pci/devices/*/resource /sys/class/drm/*/device/uevent
/sys/class/graphics/fb0/name /sys/class/graphics/fb0/virtual_size /sys/class/graphics/fb0/bits_per_pixel
/sys/class/graphics/fb0/stride
""".split()


def copy_guest(series, options, folder):
    """Boot a guest and unpack its copied files into `folder`."""
    with Guest(series, smp=1, **options) as guest:
        guest.wait_report()
        guest.run("mount -t efivarfs efivarfs /sys/firmware/efi/efivars 2>/dev/null || true")
        data = guest.run_bytes(raw.COPY.format(paths=" ".join(PATHS)))
    subprocess.run(["tar", "-xf", "-", "-C", folder], input=gzip.decompress(data), check=True)
    # Kernels before 6.1 have no such file; baton then notes what uname says.
    if not Path(folder, "proc/sys/kernel/arch").exists():
        note = Path(folder, "baton/architecture")
        note.parent.mkdir()
        note.write_text("x86_64")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name, series, options in GUESTS:
        if len(sys.argv) > 2 and name not in sys.argv[2:]:
            continue
        print(f"recording {name}")
        with tempfile.TemporaryDirectory() as folder:
            copy_guest(series, options, folder)
            target = HERE / "machines" / f"{name}.tar.zst"
            target.parent.mkdir(exist_ok=True)
            subprocess.run([sys.argv[1], folder, target], check=True)
            target.chmod(0o644)


if __name__ == "__main__":
    main()
