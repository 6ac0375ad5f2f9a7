"""The guest's initramfs: a newc cpio archive with busybox, the lab's first program and what a test adds.

The archive is a pure function of its contents (sorted names, no times, no owners), so the cache and
the deterministic clock can rely on it.
"""

import os
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab import cache, foreign, modules, programs
from lab.errors import LabError
from lab.packages import Suite

INIT_SOURCE = Path(__file__).parent / "init" / "init.c"
BUSYBOX = "/bin/busybox"
FOLDERS = ("dev", "proc", "sys", "run", "tmp", "root", "etc", "bin", "sbin", "usr/bin", "usr/sbin", "markers")
VIRTIO_BLOCK = ("virtio_pci", "virtio_blk")


@dataclass(frozen=True)
class Node:
    """One archive member: `mode` with its file type, and the content or the link's target."""

    mode: int
    data: bytes = b""
    device: tuple = (0, 0)


def file(data, mode=0o755):
    """Return the Node of a regular file; `data` is bytes or text."""
    return Node(stat.S_IFREG | mode, data.encode() if isinstance(data, str) else data)


def link(target):
    """Return the Node of a symbolic link."""
    return Node(stat.S_IFLNK | 0o777, target.encode())


def folder():
    """Return the Node of a folder."""
    return Node(stat.S_IFDIR | 0o755)


def cpio(nodes):
    """Return a newc archive of {name: Node}; parent folders come before what they hold, added where missing."""
    complete = dict(nodes)
    for name in nodes:
        for parent in Path(name).parents:
            if str(parent) != "." and str(parent) not in complete:
                complete[str(parent)] = folder()
    members = [_member(number, name, complete[name]) for number, name in enumerate(sorted(complete), 1)]
    return b"".join(members) + _member(0, "TRAILER!!!", Node(0))


def _member(number, name, node):
    """Encode one member (Documentation/driver-api/early-userspace/buffer-format.rst in the kernel tree)."""
    encoded = name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(node.mode) else 1
    fields = (number, node.mode, 0, 0, links, 0, len(node.data), 0, 0, *node.device, len(encoded), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _padded(header + encoded) + _padded(node.data)


def _padded(data):
    return data + bytes(-len(data) % 4)


def nodes_of(path, content):
    """Return {name: Node} for what a caller wants at `path`: bytes, text, a Node, or a host file or folder."""
    name = path.strip("/")
    if isinstance(content, Node):
        return {name: content}
    if isinstance(content, (bytes, str)):
        return {name: file(content)}
    if content.is_symlink():
        return {name: link(os.readlink(content))}
    if content.is_dir():
        found = {name: folder()} if name else {}
        for child in sorted(content.iterdir()):
            found.update(nodes_of(f"{name}/{child.name}", child))
        return found
    return {name: file(content.read_bytes(), stat.S_IMODE(content.stat().st_mode))}


def first_program(architecture="amd64"):
    """Return the path of the guest's first program, compiled into the cache at first use."""
    return programs.build(INIT_SOURCE, architecture)


def busybox(architecture="amd64"):
    """Return the path of a static busybox: this machine's own, or that of another architecture's package."""
    if architecture != "amd64":
        return Suite("bookworm", architecture).unpack("busybox-static")[1] / BUSYBOX.lstrip("/")
    if not os.path.exists(BUSYBOX):
        raise LabError(f"{BUSYBOX}: not found; install Debian's busybox-static")
    return Path(BUSYBOX)


def busybox_nodes(architecture="amd64"):
    """Return the Nodes of busybox and a link for each of its commands."""
    program = busybox(architecture)
    names = subprocess.run([foreign.runnable(program), "--list"], text=True, capture_output=True, check=True).stdout.split()
    nodes = {f"bin/{name}": link("busybox") for name in names if name not in ("busybox", "init")}
    nodes["bin/busybox"] = file(program.read_bytes())
    return nodes


def module_nodes(kernel, names):
    """Return the Nodes of the kernel's modules `names`, what they need, and the list that the guest inserts."""
    nodes, order = {}, []
    for name, data in modules.closure(kernel, names):
        nodes[f"lib/modules/{name}.ko"] = file(data, 0o644)
        order.append(f"/lib/modules/{name}.ko\n")
    nodes["lib/modules/lab.list"] = file("".join(order), 0o644)
    return nodes


def build(files=None, kernel=None, with_modules=(), compress=None):
    """Return the path of a guest initramfs in the cache.

    `files` maps guest paths to bytes, text, Nodes or host files and folders; a file below `markers/` shows up
    in the guest's report. `with_modules` names modules of `kernel` to insert at start (VIRTIO_BLOCK for
    disks), and tells the architecture of the programs. `compress` is a command such as ["zstd", "-3"]; none is
    fastest in a guest.
    """
    architecture = getattr(kernel, "architecture", "amd64")
    nodes = {name: folder() for name in FOLDERS}
    nodes |= busybox_nodes(architecture)
    nodes["init"] = file(first_program(architecture).read_bytes())
    nodes["bin/tsc"] = link("/init")
    if with_modules:
        nodes |= module_nodes(kernel, with_modules)
    for path, content in (files or {}).items():
        nodes |= nodes_of(path, content)
    return store(cpio(nodes), compress)


def store(archive, compress=None):
    """Return the path of `archive` (bytes) in the cache, compressed by the command `compress` if given."""
    words = list(compress or [])

    def fill(target):
        if words:
            if not shutil.which(words[0]):
                raise LabError(f"{words[0]}: not found; it is needed to compress an initramfs")
            archive_now = subprocess.run(words, input=archive, stdout=subprocess.PIPE, check=True).stdout
        else:
            archive_now = archive
        (target / "initrd").write_bytes(archive_now)

    return cache.entry("initramfs", cache.digest(archive, *words), fill) / "initrd"
