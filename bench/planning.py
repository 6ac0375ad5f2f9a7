# SPDX-License-Identifier: LGPL-2.1-or-later
"""`baton plan` for a recorded machine with 20,000 memory ranges, beside kexec-tools on the same map."""

import io
import re
import subprocess
import tarfile

from bench import chain, loaders
from lab import initramfs, kernels
from lab.errors import LabError
from lab.guest import Guest

RECORD = loaders.ROOT / "tests" / "golden" / "machines" / "ranges-20000.tar.zst"
LIMIT = 40_000_000                  # instructions

# kexec-tools reads the live system only, so the guest's /sys is covered by the recorded map.
COVER = """
mkdir /run/memmap && cd /run/memmap && wc -l <{data}/ranges | xargs seq | xargs mkdir
number=0
while IFS='	' read -r start end type; do
    number=$((number + 1))
    echo $start >$number/start; echo $end >$number/end; echo $type >$number/type
done <{data}/ranges
mount --bind /run/memmap /sys/firmware/memmap
"""


def instructions():
    """Return the instructions of `baton plan` for the recorded machine, counted on this computer by callgrind."""
    words = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", loaders.binary(), "plan", "--quiet",
             f"--machine={RECORD}", "--no-initrd", "--cmdline=x", kernels.get("6.1").vmlinuz]
    done = subprocess.run(words, text=True, capture_output=True, check=False)
    match = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not match:
        raise LabError(f"callgrind: exit status {done.returncode}\n{done.stderr}")
    return int(match[1])


def peer():
    """Return in words how kexec-tools fares in a guest whose /sys shows the recorded map."""
    kernel = kernels.get("6.1")
    small = initramfs.build(None, kernel, initramfs.VIRTIO_BLOCK)
    disk = loaders.files() | {"vmlinuz": kernel.vmlinuz, "small": small, "ranges": _recorded_ranges()}
    with Guest(kernel, initrd=small, disks=[disk], smp=1) as guest:
        guest.wait_report(chain.TIMEOUT)
        guest.unpack_disk(folder=loaders.DATA, timeout=chain.TIMEOUT)
        guest.run(COVER.format(data=loaders.DATA), timeout=chain.TIMEOUT)
        cost = loaders.measure(guest, loaders.PEER.command("small"))
    match = re.search(r"more entries allowed \((\d+)\)", cost.output)
    return f"cannot: it holds {match[1]}" if match else f"exit status {cost.status}"


def _recorded_ranges():
    """Return the recorded machine's /sys/firmware/memmap as lines "start end type"."""
    archive = subprocess.run(["zstd", "-dcq", RECORD], stdout=subprocess.PIPE, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        return members.extractfile("sys/firmware/memmap.table").read()
