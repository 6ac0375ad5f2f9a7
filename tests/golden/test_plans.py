# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The plan for each recorded machine is what it was when somebody last looked at it and agreed.

`BATON_UPDATE_GOLDEN=1 pytest tests/golden` writes the plans anew; look at the difference before committing it.
"""
import json
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "cli"), str(HERE.parents[1])]

import make_image  # noqa: E402
from lab import foreign  # noqa: E402

BATON = foreign.runnable(pathlib.Path(os.environ.get("BATON", HERE.parents[1] / "build/baton")).absolute())
SEED = "".join(f"{byte:02x}" for byte in range(64))
MACHINES = sorted((HERE / "machines").glob("*.tar.zst"))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "kernel").write_bytes(make_image.direct_bzimage())
    (tmp_path / "initrd").write_bytes(make_image.initrd(content=bytes(3_000_001)))
    return tmp_path


def without_purgatory_size(plan):
    """Each compiler makes a purgatory of another size. Page tables come right after it."""
    for segment in plan["segments"]:
        if segment["role"] == "page_tables":
            for name in ("address", "end"):
                del segment[name]
        if segment["role"] == "purgatory":
            plan["handed_over"] -= segment["size"]
            for name in ("size", "memory_size", "end"):
                del segment[name]
    return plan


def plan(machine, folder, kernel="kernel", *options):
    """What baton plans there, or how it refuses; nothing in it depends on where or when it ran."""
    done = subprocess.run(
        [BATON, "plan", kernel, "--initrd=initrd", f"--machine={machine}", f"--seed={SEED}", "--json", *options],
        cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
    result = {"status": done.returncode, "error": done.stderr.strip()}
    if done.returncode == 0:
        result["plan"] = without_purgatory_size(json.loads(done.stdout))
    return json.loads(json.dumps(result).replace(f"{machine.parent}/", ""))


def test_there_are_machines_of_every_kind():
    names = {path.name.removesuffix(".tar.zst") for path in MACHINES}
    assert names >= {"bios-1g", "i386-pae-5g", "i386-pentium3", "ovmf-1g", "e820-200", "numa-2t", "ranges-20000", "crash-reserved"}


def check_golden(name, found):
    """Insist on the golden plan of that name, or write it anew if that was asked for."""
    golden = HERE / "plans" / f"{name}.json"
    if os.environ.get("BATON_UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    assert found == json.loads(golden.read_text())


@pytest.mark.parametrize("machine", MACHINES, ids=lambda path: path.name.removesuffix(".tar.zst"))
def test_the_plan_is_the_golden_one(machine, folder):
    check_golden(machine.name.removesuffix(".tar.zst"), plan(machine, folder))


@pytest.mark.parametrize("name, options", {
    "32-bit": {"unpacked": make_image.unpacked_kernel32(), "xloadflags": 4, "alignment": 0x1000000, "init_size": 0x1135000},
    "protocol-2.08": {"xloadflags": 0, "protocol": 0x0208, "pref_address": 0, "init_size": 0},
}.items())
@pytest.mark.parametrize("machine", ["ovmf-1g", "numa-2t", "i386-pentium3"])
def test_the_plan_for_a_kernel_with_a_32_bit_entry_only_is_the_golden_one(machine, name, options, folder):
    (folder / name).write_bytes(make_image.direct_bzimage(**options))
    check_golden(f"{machine}-{name}", plan(HERE / "machines" / f"{machine}.tar.zst", folder, name))


# What is entered with 4 levels where the running kernel has 5: (kernel, options).
FOUR_LEVELS = {
    "vmlinux": (make_image.unpacked_kernel(), ()),
    "built-without": (make_image.direct_bzimage(xloadflags=0x3F), ()),
    "protocol-2.12": (make_image.direct_bzimage(xloadflags=0x1F, protocol=0x020C), ("--entry=stub",)),
    "no5lvl": (make_image.direct_bzimage(), ("--append=no5lvl",)),
}


@pytest.mark.parametrize("name", FOUR_LEVELS)
def test_the_plan_from_five_levels_of_page_tables_to_four_is_the_golden_one(name, folder):
    kernel, options = FOUR_LEVELS[name]
    (folder / name).write_bytes(kernel)
    check_golden(f"la57-{name}", plan(HERE / "machines" / "la57.tar.zst", folder, name, *options))


def test_the_seed_is_the_only_randomness(folder):
    """With it equal, plans are equal to the byte, else not."""
    machine = HERE / "machines/bios-1g.tar.zst"
    elf = []
    for seed in (SEED, SEED, SEED[::-1]):
        subprocess.run([BATON, "plan", "kernel", "--initrd=initrd", f"--machine={machine}", f"--seed={seed}",
                        "--elf=plan.elf", "--quiet"], cwd=folder, check=True, timeout=60)
        elf.append((folder / "plan.elf").read_bytes())
    assert elf[0] == elf[1]
    assert elf[0] != elf[2]
