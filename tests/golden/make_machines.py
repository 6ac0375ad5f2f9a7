#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Make the machine records of tests/golden/machines that no real guest gave.

    tests/golden/make_machines.py            write those that changed
    tests/golden/make_machines.py --check    fail if one is not what this script makes

Each is a machine record (src/machine/source.h). Equal input, equal bytes before compression.
"""

import io
import struct
import subprocess
import sys
import tarfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "machines"

KIB, MIB, GIB, TIB = 1 << 10, 1 << 20, 1 << 30, 1 << 40
RAM, RESERVED, ACPI, NVS, UNUSABLE = 1, 2, 3, 4, 5
TYPE_NAMES = {RAM: "System RAM", RESERVED: "Reserved", ACPI: "ACPI Tables", NVS: "ACPI Non-volatile Storage",
              UNUSABLE: "Unusable memory"}
E820_TABLE_MAX = 128        # entries in boot_params; the rest goes into a setup_data node
SETUP_E820_EXT = 1
RUNTIME_CODE, RUNTIME_DATA = 5, 6
EFI_RUNTIME_ATTRIBUTE = 0x800000000000000f

FLAGS = ("fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 ht "
         "syscall nx pdpe1gb rdtscp lm constant_tsc rep_good nopl nonstop_tsc cpuid pni pclmulqdq ssse3 fma cx16 "
         "sse4_1 sse4_2 x2apic movbe popcnt aes xsave avx f16c rdrand lahf_lm abm avx2 bmi1 bmi2 erms")


def fadt():
    """A FADT of ACPI 3.0's size with a reset register: port 0xcf9, value 6."""
    table = bytearray(244)
    struct.pack_into("<4sIBB6s8sI4sI", table, 0, b"FACP", len(table), 4, 0, b"BATON ", b"FIXTURE ", 1, b"BATN", 1)
    struct.pack_into("<I", table, 112, 1 << 10)
    struct.pack_into("<BBBBQB", table, 116, 1, 8, 0, 1, 0xcf9, 6)
    table[9] = -sum(table) & 0xff
    return bytes(table)


class Machine:
    """One made-up machine: its members in the order of the record."""

    def __init__(self, memory, *, release="6.12.117+deb13-amd64", cpus=4, flags="", cmdline="root=/dev/vda1 ro quiet"):
        self.memory = memory            # (start, end, type), sorted
        self.members = {}
        self.boot_params = bytearray(4096)
        self.inner = []                 # (start, end, name) inside System RAM, for /proc/iomem
        self.text("proc/sys/kernel/arch", "x86_64\n")
        self.text("proc/sys/kernel/osrelease", release + "\n")
        self.text("proc/sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC Debian (2025-11-01)\n")
        self.text("proc/cmdline", f"BOOT_IMAGE=/boot/vmlinuz-{release} {cmdline}\n")
        self.text("proc/sys/kernel/random/boot_id", "00000000-0000-4000-8000-000000000000\n")
        self.text("proc/sys/kernel/bootloader_type", "114\n")
        self.text("sys/kernel/reboot/mode", "cold\n")
        self.text("sys/kernel/reboot/type", "acpi\n")
        self.text("sys/kernel/reboot/force", "0\n")
        self.cpu(cpus, flags)
        self.text("sys/kernel/security/lockdown", "[none] integrity confidentiality\n")
        self.kexec()
        self.abilities()
        self.members["sys/firmware/acpi/tables/FACP"] = fadt()
        self.kernel(64 * MIB)

    def text(self, path, text):
        self.members[path] = text.encode()

    def drop(self, *prefixes):
        """Forget members: the machine does not show them."""
        self.members = {path: data for path, data in self.members.items() if not path.startswith(prefixes)}

    def cpu(self, count, flags):
        self.text("proc/cpuinfo", f"processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\n"
                  f"model name\t: Intel(R) Xeon(R) made up\nflags\t\t: {FLAGS} {flags}".rstrip() + "\nbogomips\t: 4000.00\n\n")
        self.text("sys/devices/system/cpu/online", f"0-{count - 1}\n")
        self.text("sys/devices/system/cpu/present", f"0-{count - 1}\n")

    def kexec(self, limit_reboot=-1, disabled=0, crash_size=0):
        for name, value in (("loaded", 0), ("crash_loaded", 0), ("crash_size", crash_size)):
            self.text(f"sys/kernel/kexec_{name}", f"{value}\n")
        self.text("proc/sys/kernel/kexec_load_disabled", f"{disabled}\n")
        self.text("proc/sys/kernel/kexec_load_limit_reboot", f"{limit_reboot}\n")
        self.text("proc/sys/kernel/kexec_load_limit_panic", "-1\n")

    def abilities(self, load=1, file_load=1, load_flags=0xc, file_flags=0xc):
        self.text("baton/kexec-abilities", f"has_kexec_load {load}\nhas_file_load {file_load}\n"
                  f"load_flags 0x{load_flags:x}\nfile_flags 0x{file_flags:x}\n")

    def kernel(self, start):
        """The running kernel's place, as without KASLR."""
        self.inner = [(start, start + 20 * MIB, "Kernel code"), (start + 20 * MIB, start + 30 * MIB, "Kernel rodata"),
                      (start + 30 * MIB, start + 34 * MIB, "Kernel data"), (start + 40 * MIB, start + 48 * MIB, "Kernel bss")]

    def crash_kernel(self, *ranges):
        self.inner += [(start, end, "Crash kernel") for start, end in ranges]
        self.kexec(crash_size=ranges[-1][1] - ranges[-1][0])

    def efi(self, runtime, secure_boot=False):
        """EFI firmware with `runtime` ranges (start, end, type); tables at made-up places below the first."""
        tables = runtime[0][0]
        self.text("sys/firmware/efi/fw_platform_size", "64\n")
        self.text("sys/firmware/efi/systab", f"ACPI20=0x{tables - 0x2000:x}\nACPI=0x{tables - 0x1000:x}\n"
                  f"SMBIOS3=0x{tables - 0x3000:x}\nSMBIOS=0x{tables - 0x4000:x}\n")
        for name, offset in (("config_table", 0x5000), ("fw_vendor", 0x6000), ("runtime", 0x7000)):
            self.text(f"sys/firmware/efi/{name}", f"0x{tables - offset:x}\n")
        self.members["sys/firmware/efi"] = None
        lines, virtual = [], 0xfffffffeff000000
        for start, end, kind in runtime:
            virtual -= (end - start + 2 * MIB - 1) & -2 * MIB
            lines.append(f"0x{kind:x}\t0x{start:x}\t0x{virtual:x}\t0x{(end - start) // 4096:x}\t0x{EFI_RUNTIME_ATTRIBUTE:x}\n")
        self.text("sys/firmware/efi/runtime-map.table", "".join(lines))
        variable = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
        self.members[variable] = struct.pack("<IB", 6, secure_boot)
        system_table = tables - 0x8000
        struct.pack_into("<4sIIIIIII", self.boot_params, 0x1c0, b"EL64", system_table & 0xffffffff, 48, 1,
                         0x100000, 48 * len(runtime), system_table >> 32, 0)
        struct.pack_into("<Q", self.boot_params, 0x70, tables - 0x2000)
        self.boot_params[0x1ec] = 3 if secure_boot else 2

    def screen(self, driver, base, width=1024, height=768):
        """An EFI framebuffer of 32 bits a pixel."""
        info = self.boot_params
        info[0x0f] = 0x70
        struct.pack_into("<HHHII", info, 0x12, width, height, 32, base & 0xffffffff, width * height * 4)
        struct.pack_into("<H", info, 0x24, width * 4)
        struct.pack_into("<II", info, 0x36, 2, base >> 32)
        self.text("sys/class/graphics/fb0/name", driver + "\n")
        self.text("sys/class/graphics/fb0/virtual_size", f"{width},{height}\n")
        self.text("sys/class/graphics/fb0/bits_per_pixel", "32\n")
        self.text("sys/class/graphics/fb0/stride", f"{width * 4}\n")
        self.text("sys/bus/pci/devices.table", f"0x060000\t-\n0x030000\t0x{base:016x} 0x{base + 16 * MIB - 1:016x} "
                  "0x0000000000042208 0x0000000000000000 0x0000000000000000 0x0000000000000000\n")

    def _fill_boot_params(self):
        """The setup header's fixed parts and the e820 table, the rest of it as a setup_data node."""
        struct.pack_into("<H", self.boot_params, 0x1fe, 0xaa55)
        struct.pack_into("<4sH", self.boot_params, 0x202, b"HdrS", 0x20f)
        self.boot_params[0x210] = 0x72
        if not self.boot_params[0x0f]:
            self.boot_params[0x0f] = 1
        entries = [struct.pack("<QQI", start, end - start, kind) for start, end, kind in self.memory]
        head, rest = entries[:E820_TABLE_MAX], entries[E820_TABLE_MAX:]
        self.boot_params[0x1e8] = len(head)
        self.boot_params[0x2d0:0x2d0 + 20 * len(head)] = b"".join(head)
        self.members["sys/kernel/boot_params/data"] = bytes(self.boot_params)
        if rest:
            self.text("sys/kernel/boot_params/setup_data/0/type", f"0x{SETUP_E820_EXT:x}\n")
            self.members["sys/kernel/boot_params/setup_data/0/data"] = b"".join(rest)

    def _fill_memory(self):
        lines = [f"0x{start:x}\t0x{end - 1:x}\t{TYPE_NAMES[kind]}\n" for start, end, kind in self.memory]
        self.text("sys/firmware/memmap.table", "".join(lines))
        lines, inner = [], sorted(self.inner)
        for start, end, kind in self.memory:
            if start < 4096 < end and kind == RAM:
                lines.append(f"{start:08x}-{4095:08x} : Reserved\n")
                start = 4096
            lines.append(f"{start:08x}-{end - 1:08x} : {TYPE_NAMES[kind]}\n")
            if kind == RAM:
                lines += [f"  {a:08x}-{b - 1:08x} : {name}\n" for a, b, name in inner if start <= a and b <= end]
        self.text("proc/iomem", "".join(lines))
        total = sum(end - start for start, end, kind in self.memory if kind == RAM)
        self.text("proc/meminfo", f"MemTotal:       {total // KIB * 63 // 64} kB\nMemFree:        {total // KIB * 7 // 8} kB\n"
                  f"MemAvailable:   {total // KIB * 15 // 16} kB\n")

    def archive(self, drop=()):
        """The record's bytes, uncompressed. `drop` names what is not shown."""
        self._fill_boot_params()
        self._fill_memory()
        self.drop(*drop) if drop else None
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for path, data in {"baton-machine": b"version 1\n", **self.members}.items():
                info = tarfile.TarInfo(path)
                info.type, info.mode = (tarfile.DIRTYPE, 0o755) if data is None else (tarfile.REGTYPE, 0o644)
                info.size = len(data or b"")
                tar.addfile(info, io.BytesIO(data or b""))
        return out.getvalue()


def bios_map(size):
    """What SeaBIOS gives a q35 guest of `size` bytes."""
    low = min(size, 2 * GIB)
    ranges = [(0, 0x9fc00, RAM), (0x9fc00, 0xa0000, RESERVED), (0xf0000, MIB, RESERVED),
              (MIB, low - 0x20000, RAM), (low - 0x20000, low, RESERVED), (0xb0000000, 0xc0000000, RESERVED),
              (0xfed1c000, 0xfed20000, RESERVED), (0xfffc0000, 4 * GIB, RESERVED)]
    return ranges + ([(4 * GIB, 4 * GIB + size - low, RAM)] if size > low else [])


RUNTIME = [(0x7eed0000, 0x7efd0000, RUNTIME_DATA), (0x7efd0000, 0x7f0d0000, RUNTIME_CODE)]


def efi_map(size):
    """An EFI machine with 2 GiB below and the rest above 4 GiB; its runtime ranges are RUNTIME."""
    return [(0, 0xa0000, RAM), (MIB, 0x806000, RAM), (0x806000, 0x808000, NVS), (0x808000, 0x7eed0000, RAM),
            (0x7eed0000, 0x7f0d0000, RESERVED), (0x7f0d0000, 0x7f15f000, ACPI), (0x7f15f000, 0x7f1df000, NVS),
            (0x7f1df000, 0x7ff00000, RAM), (0x7ff00000, 0x80000000, RESERVED), (0xe0000000, 0xf0000000, RESERVED),
            (4 * GIB, 2 * GIB + size, RAM)]


def checkered_map(count, *, step=256 * KIB, hole=4 * KIB, start=16 * GIB):
    """`count` ranges: an ordinary start, then RAM from `start` on with a reserved page in each step."""
    ranges = bios_map(2 * GIB)
    at = start
    while len(ranges) < count:
        ranges.append((at, at + step - hole, RAM))
        if len(ranges) < count:
            ranges.append((at + step - hole, at + step, RESERVED))
        at += step
    return ranges


def e820_200():
    return Machine(checkered_map(200, step=64 * MIB)).archive()


def ranges_20000():
    """Far more ranges than Linux' e820 table holds: memory added while it ran, which boot_params does not tell of."""
    return Machine(checkered_map(20000)).archive(drop=("sys/kernel/boot_params/setup_data",))


def numa_2t():
    """Eight nodes of 256 GiB, each at a multiple of 1 TiB but for the first, which has the low hole."""
    memory = efi_map(256 * GIB)
    memory += [(node * TIB, node * TIB + 256 * GIB, RAM) for node in range(1, 8)]
    memory += [(12 * TIB - 16 * GIB, 12 * TIB, RESERVED)]
    machine = Machine(memory, cpus=448, cmdline="root=/dev/nvme0n1p2 ro hugepagesz=1G")
    machine.efi(RUNTIME)
    machine.screen("ast", 0xfb000000)
    return machine.archive()


def crash_reserved():
    machine = Machine(bios_map(8 * GIB), cmdline="root=/dev/vda1 ro crashkernel=512M,high")
    machine.crash_kernel((0x60000000, 0x70000000), (0x1c0000000, 0x1e0000000))
    return machine.archive()


def locked_down():
    machine = Machine(efi_map(8 * GIB))
    machine.efi(RUNTIME, secure_boot=True)
    machine.screen("simpledrmdrmfb", 0x80000000)
    machine.text("sys/kernel/security/lockdown", "none [integrity] confidentiality\n")
    machine.abilities(load=-1, load_flags=0)
    return machine.archive()


def la57():
    machine = Machine(efi_map(64 * GIB), flags="la57")
    machine.efi(RUNTIME)
    return machine.archive()


def no_kexec():
    """A kernel built without kexec, as older Android's or Firecracker's."""
    machine = Machine(bios_map(2 * GIB), release="5.10.0-vendor")
    machine.drop("sys/kernel/kexec_", "proc/sys/kernel/kexec_", "sys/kernel/security/")
    machine.abilities(load=0, file_load=0, load_flags=0, file_flags=0)
    return machine.archive()


def limited():
    machine = Machine(bios_map(4 * GIB))
    machine.kexec(limit_reboot=0)
    return machine.archive(drop=("baton/kexec-abilities",))


def tiny_64m():
    machine = Machine(bios_map(64 * MIB), cpus=1)
    machine.kernel(16 * MIB)
    return machine.archive()


def unprivileged():
    """What a user without rights sees: no addresses in /proc/iomem, no root-only files."""
    machine = Machine(efi_map(8 * GIB))
    machine.efi(RUNTIME)
    machine.screen("simpledrmdrmfb", 0x80000000)
    data = machine.archive()
    hidden = [line.split(" : ")[1] for line in machine.members["proc/iomem"].decode().splitlines()]
    machine._fill_memory = lambda: machine.text("proc/meminfo", "MemTotal: 8126464 kB\nMemAvailable: 7864320 kB\n")
    machine.text("proc/iomem", "".join(f"00000000-00000000 : {name}\n" for name in hidden))
    assert data
    return machine.archive(drop=("baton/kexec-abilities", "sys/firmware/acpi", "sys/firmware/efi/systab",
                                 "sys/firmware/efi/config_table", "sys/firmware/efi/runtime", "sys/kernel/security"))


MACHINES = {
    "crash-reserved": crash_reserved,
    "e820-200": e820_200,
    "la57": la57,
    "limited": limited,
    "locked-down": locked_down,
    "no-kexec": no_kexec,
    "numa-2t": numa_2t,
    "ranges-20000": ranges_20000,
    "tiny-64m": tiny_64m,
    "unprivileged": unprivileged,
}


def current(path):
    """The uncompressed record that is there now, or None."""
    if not path.exists():
        return None
    return subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    FOLDER.mkdir(exist_ok=True)
    stale = []
    for name, make in MACHINES.items():
        path, archive = FOLDER / f"{name}.tar.zst", make()
        if current(path) == archive:
            continue
        stale.append(name)
        if not check:
            packed = subprocess.run(["zstd", "-19", "-c"], input=archive, check=True, capture_output=True).stdout
            path.write_bytes(packed)
    if check and stale:
        sys.exit(f"not what make_machines.py makes: {', '.join(stale)}")


if __name__ == "__main__":
    main()
