# SPDX-License-Identifier: LGPL-2.1-or-later
"""libbaton.so as programs outside have it: what it exports, its interface, baton(3)'s example, and Python's binding.

`BATON_UPDATE_ABI=1 pytest tests/cli/test_shared_library.py` writes abi/ anew; look at the difference before committing it.
"""
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

import make_image
from conftest import MACHINES, TOP, build_folder, environment, run

HEADER = TOP / "include/baton.h"
MACHINE = MACHINES / "bios-1g.tar.zst"
ABI = TOP / "abi/libbaton-0.abi"
# Of the public types and functions, wherever they were compiled.
ABIDW = ("abidw", "--headers-dir", TOP / "include", "--drop-private-types", "--no-show-locs", "--no-comp-dir-path",
         "--no-corpus-path", "--type-id-style", "hash", "--exported-interfaces-only", "--no-elf-needed")


@pytest.fixture(scope="session")
def library():
    """The path of libbaton.so.0; a foreign or a sanitizer's build has none."""
    path = build_folder() / "src/libbaton.so.0"
    if not path.exists():
        pytest.skip("this build has no shared library")
    return path


@pytest.fixture
def files(tmp_path):
    (tmp_path / "kernel").write_bytes(make_image.direct_bzimage())
    (tmp_path / "initrd").write_bytes(make_image.initrd())
    return tmp_path


@pytest.fixture
def baton(library, monkeypatch):
    """The binding, with this library."""
    monkeypatch.setenv("BATON_LIBRARY", str(library))
    monkeypatch.syspath_prepend(TOP / "python")
    sys.modules.pop("baton", None)
    import baton as binding
    yield binding
    sys.modules.pop("baton", None)


def declared():
    return set(re.findall(r"BATON_API [^;]*?\b(baton_\w+)\(", HEADER.read_text()))


def output(*words, **options):
    done = subprocess.run(list(map(str, words)), text=True, capture_output=True, check=False, timeout=120, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_exports_what_the_header_declares_and_nothing_else(library):
    exported = {line.split()[-1] for line in output("nm", "-D", "--defined-only", library).splitlines()}
    assert {name.split("@@")[0] for name in exported} - {"BATON_0"} == declared()
    assert all(name.endswith("@@BATON_0") for name in exported if name != "BATON_0")


def test_it_needs_nothing_that_debians_base_system_lacks(library):
    dynamic = output("readelf", "-d", library)
    assert re.findall(r"SONAME.*\[(.*)\]", dynamic) == ["libbaton.so.0"]
    needed = set(re.findall(r"NEEDED.*\[lib(\w+)", dynamic))
    assert needed <= {"z", "lzma", "zstd", "lz4", "bz2", "lzo2", "c", "pthread", "dl", "m"}


@pytest.mark.parametrize("compiler", [("gcc", "-std=c99", "-x", "c"), ("g++", "-std=c++11", "-x", "c++")], ids=["c99", "c++"])
def test_the_header_stands_alone(compiler):
    output(*compiler, "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", HEADER)


def test_the_interface_is_that_of_the_version(library, tmp_path):
    """Compared by abidiff with what is written down: what was there must stay."""
    if os.environ.get("BATON_UPDATE_ABI"):
        ABI.write_text(output(*ABIDW, library))
    done = subprocess.run(["abidiff", "--headers-dir2", TOP / "include", "--drop-private-types", ABI, library],
                          text=True, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\na new function is added by BATON_UPDATE_ABI=1 (see the top of this file)"


def test_an_interface_that_lacks_a_function_is_noticed(library, tmp_path):
    """So that the test above can fail."""
    short = tmp_path / "short.abi"
    text = ABI.read_text()
    assert "baton_plan_json" in text
    short.write_text(text.replace("baton_plan_json", "baton_plan_nosj"))
    done = subprocess.run(["abidiff", short, library], capture_output=True, check=False, timeout=120)
    assert done.returncode & 12 == 12, "a removed function is a change, and an incompatible one"


def example():
    page = (TOP / "man/baton.3.scd").read_text()
    return re.search(r"```\n(#include <baton.h>.*?)```", page, re.S)[1]


def test_the_manuals_example_is_built_and_runs(library, files):
    (files / "example.c").write_text(example())
    (files / "libbaton.so").symlink_to(library)
    output("gcc", "-std=c99", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", f"-I{HEADER.parent}", "example.c", f"-L{files}",
           "-lbaton", "-o", "example", cwd=files)
    done = subprocess.run(["./example", "kernel", "initrd", MACHINE], cwd=files, text=True, capture_output=True, check=False, timeout=60,
                          env=environment(LD_LIBRARY_PATH=str(library.parent)))
    assert re.search(r"^purgatory +0x[0-9a-f]+$", done.stdout, re.M), done.stderr
    assert "entry: direct" in done.stderr
    assert (done.returncode, done.stderr.splitlines()[-1][:20]) == (4, "the plan was not mad"), "a recorded machine is not loaded for"


def test_every_option_of_a_plan_is_in_the_manual():
    page = (TOP / "man/baton.3.scd").read_text()
    source = (TOP / "src/job/choice_options.c").read_text()
    names = re.findall(r'^\t\{"([\w-]+)", (?:true|false),', source, re.M)
    assert len(names) > 15
    part = page[page.index("# OPTIONS"):page.index("# VERSIONS")]
    assert set(names) == set(re.findall(r"\*([\w-]+)\*[,.]", part))


def plan_of(baton, request):
    return request.plan(baton.Machine(MACHINE))


def request_for(baton, files, **options):
    request = baton.Request(files / "kernel")
    request.add_initrd(files / "initrd")
    request.set_seed(b"\xba\x70")
    for name, value in options.items():
        request.set(name.replace("_", "-"), value)
    return request


def test_pythons_plan_is_the_command_lines(baton, files):
    machine = baton.Machine(MACHINE)
    request = request_for(baton, files, mem_max="512M", no_efi=None, append="quiet")
    request.set_describe_only()
    plan = request.plan(machine)
    done = run("baton", "plan", "--json", f"--machine={MACHINE}", "--seed=ba70", f"--initrd={files / 'initrd'}", "--mem-max=512M",
               "--no-efi", "--append=quiet", files / "kernel")
    assert plan.json(machine) == json.loads(done.out)
    assert plan.method == baton.Method.KEXEC_LOAD
    assert [segment.name for segment in plan.segments] == [row["name"] for row in json.loads(done.out)["segments"]]
    assert plan.command_line.endswith(" quiet")
    hidden = plan.json(machine, addresses=False)
    assert hidden["entry"] is None and all(row["address"] is None for row in hidden["segments"])


def test_errors_have_a_code_and_a_sentence(baton, files):
    with pytest.raises(baton.Error, match="no such option; did you mean mem-max") as caught:
        request_for(baton, files, mem_mex="1G")
    assert caught.value.code == baton.ErrorCode.USAGE
    with pytest.raises(baton.Error, match=r"zzzzzzzz: no such option; baton\(3\) lists them"):
        request_for(baton, files, zzzzzzzz="1G")
    with pytest.raises(baton.Error, match="expects a value"):
        request_for(baton, files, mem_max=None)
    with pytest.raises(baton.Error, match="takes no value"):
        request_for(baton, files, no_efi="1")
    with pytest.raises(baton.Error, match="/nonexistent") as caught:
        baton.Machine("/nonexistent")
    assert (caught.value.code, caught.value.errno) == (baton.ErrorCode.SYSTEM, 2)
    with pytest.raises(baton.Error, match="cannot be honoured with --via=kexec_file_load"):
        plan_of(baton, request_for(baton, files, mem_max="512M", via="kexec_file_load"))
    typed = request_for(baton, files, mem_max="512M")
    typed.set_method(baton.Method.FILE_LOAD)
    with pytest.raises(baton.Error, match="cannot be honoured with BATON_METHOD_FILE_LOAD"):
        plan_of(baton, typed)
    (files / "kernel").write_bytes(b"no kernel at all")
    with pytest.raises(baton.Error) as caught:
        plan_of(baton, request_for(baton, files))
    assert caught.value.code == baton.ErrorCode.FORMAT


def test_progress_and_log_are_called(baton, files):
    stages, texts = [], []
    request = request_for(baton, files)
    request.on_progress(stages.append)
    request.on_log(lambda level, text: texts.append((level, text)))
    plan = plan_of(baton, request)
    assert stages == [baton.Stage.MACHINE, baton.Stage.KERNEL, baton.Stage.INITRD, baton.Stage.UNPACK, baton.Stage.PLAN]
    assert [text for level, text in texts if level == baton.Level.WARNING] == plan.warnings
    reasons = [text for level, text in texts if level == baton.Level.REASON]
    assert reasons == [f"{reason.topic}: {reason.text}" for reason in plan.reasons if reason.topic != "warning"]


def test_what_a_callback_raises_is_raised(baton, files):
    def fails(*_):
        raise KeyError("mine")

    request = request_for(baton, files)
    request.on_log(fails)
    with pytest.raises(KeyError, match="mine"):
        plan_of(baton, request)
    with pytest.raises(ValueError, match="NUL"):
        baton.Request("a\0b")


def test_open_files_stand_for_their_paths(baton, files):
    """Also one that has no path: a memory file, whose descriptor is closed by the time of the plan."""
    machine = baton.Machine(MACHINE)
    by_path = request_for(baton, files).plan(machine)
    memory = os.memfd_create("kernel")
    os.write(memory, (files / "kernel").read_bytes())
    initrd = os.open(files / "initrd", os.O_RDONLY)
    request = baton.Request(memory)
    request.add_initrd(initrd)
    request.set_seed(b"\xba\x70")
    os.close(memory)
    os.close(initrd)
    by_file = request.plan(machine)
    assert by_file.segments == by_path.segments
    assert by_file.handed_over == by_path.handed_over
    with pytest.raises(baton.Error, match="file descriptor 999") as caught:
        baton.Request(999)
    assert caught.value.code == baton.ErrorCode.SYSTEM
    assert len(os.listdir("/proc/self/fd")) < 60


def test_a_plan_is_written_as_an_elf(baton, files):
    machine = baton.Machine(MACHINE)
    request = request_for(baton, files)
    request.set_method(baton.Method.ELF)
    plan = request.plan(machine)
    assert plan.method == baton.Method.ELF
    plan.write_elf(files / "plan.elf")
    assert (files / "plan.elf").read_bytes()[:4] == b"\x7fELF"
    done = run("baton", "plan", f"--machine={MACHINE}", "--seed=ba70", f"--initrd={files / 'initrd'}", f"--elf={files / 'other.elf'}",
               files / "kernel")
    assert done.status == 0, done.err
    assert (files / "plan.elf").read_bytes() == (files / "other.elf").read_bytes()
    with pytest.raises(baton.Error, match="not made as an ELF"):
        plan_of(baton, request_for(baton, files)).write_elf(files / "no.elf")
    assert not (files / "no.elf").exists()


def test_below_another_root_its_kernel_is_found(baton, files):
    """Without privileges: the machine is this one, and nothing is loaded."""
    root = files / "root"
    (root / "boot").mkdir(parents=True)
    shutil.copy(files / "kernel", root / "boot/vmlinuz-9.9.9")
    shutil.copy(files / "initrd", root / "boot/initrd.img-9.9.9")
    (root / "vmlinuz").symlink_to("boot/vmlinuz-9.9.9")
    request = baton.Request()
    request.set_root(root)
    request.set_describe_only()
    request.set_method(baton.Method.ELF)
    machine = baton.Machine()
    found = request.plan(machine).json(machine)
    assert found["kernel"]["path"] == str(root / "boot/vmlinuz-9.9.9")
    assert [row["path"] for row in found["initrds"]] == [str(root / "boot/initrd.img-9.9.9")]


def test_what_is_given_is_copied(library, files):
    """A caller may change or free its strings at once."""
    script = f"""
import ctypes
library = ctypes.CDLL({str(library)!r})
for name in ("baton_machine_read", "baton_request_create", "baton_request_set", "baton_plan_make"):
    getattr(library, name).restype = ctypes.c_void_p
machine, request, plan = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
assert not library.baton_machine_read({os.fsencode(MACHINE)!r}, ctypes.byref(machine))
path = ctypes.create_string_buffer({os.fsencode(files / 'kernel')!r})
line = ctypes.create_string_buffer(b"one=1")
assert not library.baton_request_create(path, ctypes.byref(request))
assert not library.baton_request_set(request, b"cmdline", line)
path[0:5], line[0:5] = b"wrong", b"wrong"
assert not library.baton_plan_make(request, machine, ctypes.byref(plan))
library.baton_request_free(request)
library.baton_machine_free(machine)
library.baton_plan_command_line.restype = ctypes.c_char_p
print(library.baton_plan_command_line(plan).decode())
"""
    assert output(sys.executable, "-c", script, env=environment()).strip() == "one=1"


def test_more_files_than_are_taken_are_refused(baton, files):
    request = baton.Request(files / "kernel")
    initrd = os.open(files / "initrd", os.O_RDONLY)
    with pytest.raises(baton.Error, match=r"more than \d+ initrds") as caught:
        for _ in range(1000):
            request.add_initrd(initrd)
    assert caught.value.code == baton.ErrorCode.USAGE
    with pytest.raises(baton.Error, match=r"more than \d+ open files"):
        request.add_initrd(initrd)
    os.close(initrd)


def test_what_is_not_given_is_an_error_and_no_crash(baton, files):
    request = baton.Request(files / "kernel")
    for wrong in (lambda: request.append(None), lambda: request.set(None), lambda: request.add_initrd(None)):
        with pytest.raises(baton.Error) as caught:
            wrong()
        assert caught.value.code == baton.ErrorCode.USAGE


@pytest.mark.parametrize("name, wrong", [("seed", "abc"), ("entry", "nowhere"), ("format", "uki"), ("mem-max", "0"), ("mem-min", "x"),
                                         ("console", "ttyS9"), ("console", "ttyS0,0"), ("screen", "large"), ("via", "post")])
def test_a_value_that_is_refused_leaves_the_request_as_it_was(baton, files, name, wrong):
    machine = baton.Machine(MACHINE)
    request = request_for(baton, files, format="bzImage")
    before = request.plan(machine).json(machine)
    with pytest.raises(baton.Error):
        request.set(name, wrong)
    assert request.plan(machine).json(machine) == before
