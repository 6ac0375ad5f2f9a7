"""The lab's parts that need no guest."""

import multiprocessing
import subprocess
import tarfile

import pytest

from lab import cache, channel, disk, initramfs, modules, packages, qemu
from lab.errors import LabError
from lab.guest_report import Report, fnv1a64


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BATON_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_cpio_reads_what_was_written(tmp_path):
    archive = initramfs.cpio({"a/b/file": initramfs.file("content"), "link": initramfs.link("a/b"),
                              "odd": initramfs.file(b"\0" * 5, 0o600)})
    listed = subprocess.run(["cpio", "-t", "--quiet"], input=archive, stdout=subprocess.PIPE, check=True).stdout
    assert listed.decode().split() == ["a", "a/b", "a/b/file", "link", "odd"]
    subprocess.run(["cpio", "-id", "--quiet"], input=archive, cwd=tmp_path, check=True)
    assert (tmp_path / "link" / "file").read_text() == "content"
    assert (tmp_path / "odd").read_bytes() == b"\0" * 5
    assert (tmp_path / "odd").stat().st_mode & 0o777 == 0o600


def test_cpio_does_not_depend_on_the_order_of_its_members():
    one, two = ("a", initramfs.file("1")), ("b", initramfs.file("2"))
    assert initramfs.cpio(dict([one, two])) == initramfs.cpio(dict([two, one]))


def test_initramfs_is_the_same_from_two_caches(empty_cache, monkeypatch, tmp_path):
    first = initramfs.build({"markers/a": "x"}).read_bytes()
    monkeypatch.setenv("BATON_CACHE", str(tmp_path / "other"))
    assert initramfs.build({"markers/a": "x"}).read_bytes() == first


def test_host_folder_becomes_guest_files(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "file").write_text("x")
    (tmp_path / "sub" / "link").symlink_to("file")
    nodes = initramfs.nodes_of("/top", tmp_path)
    assert nodes["top/sub/file"].data == b"x"
    assert nodes["top/sub/link"] == initramfs.link("file")


def _fill_slowly(folder):
    (folder / "part").write_text("1")
    with open(cache.root() / "fills", "a") as log:
        log.write("fill\n")


def _want_entry(_):
    return (cache.entry("kind", "key", _fill_slowly) / "part").read_text()


def test_two_processes_fill_a_cache_entry_once(empty_cache):
    with multiprocessing.Pool(4) as pool:
        assert pool.map(_want_entry, range(8)) == ["1"] * 8
    assert (empty_cache / "fills").read_text() == "fill\n"


def test_a_failed_fill_leaves_no_entry(empty_cache):
    def fail(folder):
        (folder / "part").write_text("1")
        raise LabError("broken")

    with pytest.raises(LabError):
        cache.entry("kind", "key", fail)
    assert list((empty_cache / "kind").iterdir()) == []


DEB822 = """# comment
Types: deb
URIs: http://mirror.example/security
Suites: bookworm-security
Components: main
Signed-By: /keys/a.gpg

Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By: /keys/b.gpg
"""


def test_mirror_comes_from_deb822_sources(tmp_path):
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert packages.mirror(tmp_path) == packages.Mirror("http://mirror.example/debian", "/keys/b.gpg")


@pytest.mark.parametrize("line, keyring", [
    ("deb http://mirror.example/debian bookworm main # ours", packages.ARCHIVE_KEYRING),
    ("deb [arch=amd64 signed-by=/keys/c.gpg] http://mirror.example/debian sid main contrib", "/keys/c.gpg"),
])
def test_mirror_comes_from_one_line_sources(tmp_path, line, keyring):
    (tmp_path / "sources.list").write_text(f"# deb http://no.example/debian x main\ndeb-src http://no.example/d x main\n{line}\n")
    assert packages.mirror(tmp_path) == packages.Mirror("http://mirror.example/debian", keyring)


def test_no_mirror_is_a_clear_error(tmp_path):
    with pytest.raises(LabError, match="no Debian mirror"):
        packages.mirror(tmp_path)


def test_module_dependencies_are_read_from_modinfo():
    assert modules.dependencies(b"x\0name=a\0depends=virtio-ring,virtio\0") == ["virtio_ring", "virtio"]
    assert modules.dependencies(b"x\0depends=\0") == []


def test_tar_disk_holds_files_and_links(tmp_path):
    disk.tar_image(tmp_path / "tar", {"a/b": "text", "l": initramfs.link("a/b")})
    with tarfile.open(tmp_path / "tar") as archive:
        assert archive.extractfile("a/b").read() == b"text"
        assert archive.getmember("l").linkname == "a/b"
    assert (tmp_path / "tar").stat().st_size % disk.SECTOR == 0


def test_icount_refuses_two_cpus(tmp_path):
    with pytest.raises(LabError, match="one CPU"):
        qemu.command(qemu.Machine(icount=True, smp=2), "k", None, "", [], None,
                     {"console": 3, "control": 4, "monitor": 5}, tmp_path)


def test_fnv1a64_known_values():
    assert fnv1a64(b"") == "cbf29ce484222325"
    assert fnv1a64(b"a") == "af63dc4c8601ec8c"


def test_report_ignores_fields_it_does_not_know():
    text = """{"tsc":1,"release":"r","architecture":"x86_64","cmdline":"c \\"q\\"","efi":false,"memory_kb":2,"cpus":1,
        "bootloader_type":176,"kexec_loaded":0,"boot_id":"b","memory_map":[[0,4096,"System RAM"],[4096,8192,"Reserved"]],
        "setup_data":[{"type":9,"size":2,"data":"00ff"}],"markers":{},"from_the_future":1}"""
    report = Report.parse(text)
    assert report.cmdline == 'c "q"'
    assert report.ram() == [(0, 4096)]
    assert report.setup_data[0].data == b"\0\xff"


def test_console_tail_drops_escapes_and_empty_lines():
    assert channel.tail("a\r\n\n\x1b[2J\x1b[01;01Hb\r\n" + "c\n", 2) == "b\nc"
