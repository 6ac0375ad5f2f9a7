"""Raw material for machine fixtures: what a real guest shows in /proc and /sys, as a tar in the cache."""

import gzip

from lab import cache
from lab.guest import Guest

GUESTS = [(name, firmware, series) for series in ("6.1", "7.2")
          for name, firmware in (("bios", "kernel"), ("ovmf", "ovmf"))]
PATHS = """
/sys/firmware/memmap /sys/firmware/efi/systab /sys/firmware/efi/config_table /sys/firmware/efi/fw_vendor
/sys/firmware/efi/runtime /sys/firmware/efi/fw_platform_size /sys/firmware/efi/runtime-map
/sys/firmware/acpi/tables/FACP /sys/kernel/boot_params /sys/kernel/kexec* /sys/kernel/security/lockdown
/sys/devices/system/cpu/online /sys/devices/system/cpu/possible /sys/bus/platform/devices
/proc/iomem /proc/cmdline /proc/cpuinfo /proc/meminfo /proc/version /proc/sys/kernel/kexec*
/proc/sys/kernel/bootloader_type /proc/sys/kernel/bootloader_version /proc/sys/kernel/osrelease /proc/fb
""".split()
# A file of sysfs claims to have 4096 bytes, so tar would pad it; cat copies what is really there.
COPY = """
out=/run/raw; mkdir -p $out
for path in {paths}; do
    [ -e "$path" ] || continue
    find "$path" -type f -o -type l | while read -r file; do
        mkdir -p "$out${{file%/*}}"
        if [ -L "$file" ]; then cp -P "$file" "$out$file"; else cat "$file" >"$out$file" 2>/dev/null || rm -f "$out$file"; fi
    done
done
tar -cf /run/raw.tar -C $out .
gzip -c /run/raw.tar
"""


def record(name, firmware, series, progress=lambda text: None):
    """Boot one guest (1 GiB, 1 CPU, q35) and return the path of the tar with its PATHS."""
    target = cache.path("raw", f"{name}-{series}.tar")
    progress(f"recording {target.name}")
    with Guest(series, firmware=firmware, smp=1) as guest:
        guest.wait_report()
        data = gzip.decompress(guest.run_bytes(COPY.format(paths=" ".join(PATHS))))
    partial = target.with_name(f".partial-{target.name}")
    partial.write_bytes(data)
    partial.rename(target)
    return target


def record_all(progress=lambda text: None):
    """Record all GUESTS and return the paths."""
    return [record(*guest, progress=progress) for guest in GUESTS]
