# SPDX-License-Identifier: LGPL-2.1-or-later
"""Start the next Linux kernel from the running one: libbaton for Python, over its C interface (baton(3)).

    import baton

    machine = baton.Machine()                       # or Machine("record.tar.zst")
    request = baton.Request("/boot/vmlinuz")
    request.add_initrd("/boot/initrd.img")
    request.set("append", "quiet")
    plan = request.plan(machine)                    # changes nothing, needs no privileges
    for segment in plan.segments:
        print(f"{segment.name:16} {segment.address:#x}")
    plan.load(machine)                              # CAP_SYS_BOOT

Every failure is an Error, whose text says what, where, and what to try. The library is found as the dynamic linker
finds it, or is the file that BATON_LIBRARY names.
"""

import ctypes
import json
import os
from collections import namedtuple
from enum import IntEnum

__all__ = ["Error", "ErrorCode", "Entry", "Level", "Machine", "Method", "Plan", "Request", "Stage", "Target", "Unpack",
           "execute", "unload", "version"]


class ErrorCode(IntEnum):
    OTHER = 1
    NO_MEMORY = 2
    SYSTEM = 3
    USAGE = 4
    FORMAT = 5
    DAMAGED = 6
    UNSUPPORTED = 7
    NO_SPACE = 8
    NOT_PERMITTED = 9
    NOT_LOADED = 10
    LIMIT = 11


class Target(IntEnum):
    NORMAL = 0
    CRASH = 1


class Method(IntEnum):
    AUTO = 0
    KEXEC_LOAD = 1
    FILE_LOAD = 2
    MODULE = 3
    ELF = 4


class Entry(IntEnum):
    AUTO = 0
    DIRECT = 1
    STUB = 2


class Unpack(IntEnum):
    AUTO = 0
    ALWAYS = 1
    NEVER = 2


class Stage(IntEnum):
    MACHINE = 0
    KERNEL = 1
    INITRD = 2
    UNPACK = 3
    PLAN = 4
    LOAD = 5


class Level(IntEnum):
    WARNING = 0
    REASON = 1


class Error(Exception):
    """What went wrong, in one sentence; `code` is an ErrorCode (a number that this file does not know stays one)."""

    def __init__(self, message, code, errno):
        super().__init__(message)
        self.code = _known(ErrorCode, code)
        self.errno = errno or None


Segment = namedtuple("Segment", "name address memory_size source_size reason")
Reason = namedtuple("Reason", "topic text")

_PROGRESS = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int)
_LOG = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p)
_TEXT, _POINTER, _INT, _U64, _SIZE = ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint64, ctypes.c_size_t
_OUT = ctypes.POINTER(ctypes.c_void_p)
# Name -> (result, arguments). A result of _POINTER is a struct baton_error.
_FUNCTIONS = {
    "version": (_TEXT, ()),
    "error_message": (_TEXT, (_POINTER,)),
    "error_code": (_INT, (_POINTER,)),
    "error_errno": (_INT, (_POINTER,)),
    "error_free": (None, (_POINTER,)),
    "machine_read": (_POINTER, (_TEXT, _OUT)),
    "machine_json": (_POINTER, (_POINTER, _OUT)),
    "machine_free": (None, (_POINTER,)),
    "request_create": (_POINTER, (_TEXT, _OUT)),
    "request_create_fd": (_POINTER, (_INT, _OUT)),
    "request_add_initrd": (_POINTER, (_POINTER, _TEXT)),
    "request_add_initrd_fd": (_POINTER, (_POINTER, _INT)),
    "request_set_find_initrd": (None, (_POINTER, _INT)),
    "request_set_command_line": (_POINTER, (_POINTER, _TEXT)),
    "request_append": (_POINTER, (_POINTER, _TEXT)),
    "request_set_method": (None, (_POINTER, _INT)),
    "request_set_target": (None, (_POINTER, _INT)),
    "request_set_describe_only": (None, (_POINTER, _INT)),
    "request_set_entry": (None, (_POINTER, _INT)),
    "request_set_unpack_initrd": (None, (_POINTER, _INT)),
    "request_set_go_ahead": (None, (_POINTER, _INT)),
    "request_set_seed": (None, (_POINTER, ctypes.c_char * 64)),
    "request_set_ledger": (None, (_POINTER, _INT)),
    "request_set_root": (_POINTER, (_POINTER, _TEXT)),
    "request_set": (_POINTER, (_POINTER, _TEXT, _TEXT)),
    "request_set_progress": (None, (_POINTER, _PROGRESS, _POINTER)),
    "request_set_log": (None, (_POINTER, _LOG, _POINTER)),
    "request_free": (None, (_POINTER,)),
    "plan_make": (_POINTER, (_POINTER, _POINTER, _OUT)),
    "plan_free": (None, (_POINTER,)),
    "plan_method": (_INT, (_POINTER,)),
    "plan_command_line": (_TEXT, (_POINTER,)),
    "plan_handed_over": (_U64, (_POINTER,)),
    "plan_segment_count": (_SIZE, (_POINTER,)),
    "plan_segment_name": (_TEXT, (_POINTER, _SIZE)),
    "plan_segment_address": (_U64, (_POINTER, _SIZE)),
    "plan_segment_memory_size": (_U64, (_POINTER, _SIZE)),
    "plan_segment_source_size": (_U64, (_POINTER, _SIZE)),
    "plan_segment_reason": (_TEXT, (_POINTER, _SIZE)),
    "plan_reason_count": (_SIZE, (_POINTER,)),
    "plan_reason": (None, (_POINTER, _SIZE, ctypes.POINTER(_TEXT), ctypes.POINTER(_TEXT))),
    "plan_warning_count": (_SIZE, (_POINTER,)),
    "plan_warning": (_TEXT, (_POINTER, _SIZE)),
    "plan_json": (_POINTER, (_POINTER, _POINTER, _INT, _OUT)),
    "plan_write_elf": (_POINTER, (_POINTER, _TEXT)),
    "load": (_POINTER, (_POINTER, _POINTER)),
    "unload": (_POINTER, (_INT, _POINTER)),
    "execute": (_POINTER, (_POINTER,)),
}
SONAME = "libbaton.so.0"


class _Library:
    """The shared library, opened at first use; its functions without their prefix."""

    def __init__(self):
        self._opened = None

    def __getattr__(self, name):
        if self._opened is None:
            self._opened = ctypes.CDLL(os.environ.get("BATON_LIBRARY") or SONAME)
        function = getattr(self._opened, f"baton_{name}")
        function.restype, function.argtypes = _FUNCTIONS[name]
        setattr(self, name, function)
        return function


_library = _Library()
_free = ctypes.CDLL(None).free
_free.argtypes = (ctypes.c_void_p,)


def _known(kind, number):
    try:
        return kind(number)
    except ValueError:
        return number


def _bytes(text):
    data = None if text is None else os.fsencode(text)
    if data and b"\0" in data:
        raise ValueError(f"{text!r}: C's strings end at a NUL")
    return data


def _text(data):
    return None if data is None else os.fsdecode(data)


def _check(error):
    """Raise what a function has returned, unless that is success."""
    if not error:
        return
    try:
        raise Error(_text(_library.error_message(error)), _library.error_code(error), _library.error_errno(error))
    finally:
        _library.error_free(error)


def _raise_first(raised):
    if raised:
        first = raised[0]
        raised.clear()
        raise first


def _made(function, *arguments):
    """Return what a function makes."""
    out = ctypes.c_void_p()
    _check(function(*arguments, ctypes.byref(out)))
    return out.value


def _json(function, *arguments):
    text = _made(function, *arguments)
    try:
        return json.loads(ctypes.string_at(text))
    finally:
        _free(text)


def version():
    """Return the version of the library."""
    return _text(_library.version())


class _Owned:
    """An object of the library's, freed with this one."""

    _handle = None
    _release = None

    def __del__(self):
        if self._handle and self._release:
            self._release(self._handle)
            self._handle = None


class Machine(_Owned):
    """Every fact about this computer, or about a recorded one (`baton machine --record`)."""

    def __init__(self, record=None):
        self._release = _library.machine_free
        self._handle = _made(_library.machine_read, _bytes(record))

    def json(self):
        """Return all that is known, as `baton machine --json` prints it."""
        return _json(_library.machine_json, self._handle)


class Request(_Owned):
    """What is asked for. `kernel` is a path, an open file's descriptor, or None for what the system would boot."""

    def __init__(self, kernel=None):
        self._release = _library.request_free
        if isinstance(kernel, int):
            self._handle = _made(_library.request_create_fd, kernel)
        else:
            self._handle = _made(_library.request_create, _bytes(kernel))
        self._callbacks = {}
        self._raised = []

    def add_initrd(self, initrd):
        """Add an initrd, by its path or as an open file's descriptor."""
        if isinstance(initrd, int):
            _check(_library.request_add_initrd_fd(self._handle, initrd))
        else:
            _check(_library.request_add_initrd(self._handle, _bytes(initrd)))

    def set(self, name, value=None):
        """Set an option by its name on baton's command line, without the dashes."""
        _check(_library.request_set(self._handle, _bytes(name), _bytes(value)))

    def set_command_line(self, text):
        """Use this one; None: the running kernel's usual one."""
        _check(_library.request_set_command_line(self._handle, _bytes(text)))

    def append(self, parameters):
        """Add to the command line, for this handoff alone."""
        _check(_library.request_append(self._handle, _bytes(parameters)))

    def set_method(self, method):
        _library.request_set_method(self._handle, method)

    def set_target(self, target):
        _library.request_set_target(self._handle, target)

    def set_entry(self, entry):
        _library.request_set_entry(self._handle, entry)

    def set_unpack_initrd(self, unpack):
        _library.request_set_unpack_initrd(self._handle, unpack)

    def set_find_initrd(self, wanted=True):
        """Where none is added, look for one beside the kernel."""
        _library.request_set_find_initrd(self._handle, wanted)

    def set_describe_only(self, wanted=True):
        """The plan is to be shown: it is made a thousand times quicker, and cannot be loaded."""
        _library.request_set_describe_only(self._handle, wanted)

    def set_go_ahead(self, wanted=True):
        """Only warn where the new system is not expected to come up."""
        _library.request_set_go_ahead(self._handle, wanted)

    def set_ledger(self, wanted=True):
        """Have `baton report` know the old system's times."""
        _library.request_set_ledger(self._handle, wanted)

    def set_seed(self, seed):
        """All the plan's randomness: at most 64 bytes."""
        if len(seed) > 64:
            raise ValueError(f"a seed of {len(seed)} bytes; at most 64 are used")
        _library.request_set_seed(self._handle, (ctypes.c_char * 64)(*seed))

    def set_root(self, root):
        """The folder that is / to the system whose files are loaded; None: the running system's."""
        _check(_library.request_set_root(self._handle, _bytes(root)))

    def on_progress(self, function):
        """Have function(Stage) called as each step begins, also while a plan of this request is loaded."""
        callback = _PROGRESS(self._guarded(lambda _, stage: function(_known(Stage, stage))))
        self._callbacks["progress"] = callback
        _library.request_set_progress(self._handle, callback, None)

    def on_log(self, function):
        """Have function(Level, text) called for everything that is worth telling."""
        callback = _LOG(self._guarded(lambda _, level, text: function(_known(Level, level), _text(text))))
        self._callbacks["log"] = callback
        _library.request_set_log(self._handle, callback, None)

    def _guarded(self, function):
        """Keep what a callback raises until the library has returned: C cannot hand it on."""
        def call(*arguments):
            try:
                function(*arguments)
            except BaseException as error:      # pylint: disable=broad-except
                self._raised.append(error)
        return call

    def plan(self, machine):
        """Return the Plan for a machine. Changes nothing. What a callback raised is raised."""
        plan = Plan(_made(_library.plan_make, self._handle, machine._handle), dict(self._callbacks), self._raised)
        _raise_first(self._raised)
        return plan


class Plan(_Owned):
    """Where everything goes, and why; made by Request.plan()."""

    def __init__(self, handle, callbacks, raised):
        self._release = _library.plan_free
        self._handle = handle
        self._callbacks = callbacks         # the library keeps their addresses
        self._raised = raised               # in them

    @property
    def method(self):
        return _known(Method, _library.plan_method(self._handle))

    @property
    def command_line(self):
        """As the new kernel will see it."""
        return _text(_library.plan_command_line(self._handle))

    @property
    def handed_over(self):
        """Bytes that the kernel will copy."""
        return _library.plan_handed_over(self._handle)

    @property
    def segments(self):
        """Where each piece goes; none where the kernel itself places them."""
        fields = [getattr(_library, f"plan_segment_{name}") for name in Segment._fields]
        rows = ([field(self._handle, index) for field in fields]
                for index in range(_library.plan_segment_count(self._handle)))
        return [Segment(*(_text(value) if isinstance(value, bytes) else value for value in row)) for row in rows]

    @property
    def reasons(self):
        def at(index):
            topic, text = ctypes.c_char_p(), ctypes.c_char_p()
            _library.plan_reason(self._handle, index, ctypes.byref(topic), ctypes.byref(text))
            return Reason(_text(topic.value), _text(text.value))
        return [at(index) for index in range(_library.plan_reason_count(self._handle))]

    @property
    def warnings(self):
        """What should be known before it is carried out."""
        return [_text(_library.plan_warning(self._handle, index))
                for index in range(_library.plan_warning_count(self._handle))]

    def json(self, machine, addresses=True):
        """Return the whole plan for that machine, as `baton plan --json` prints it."""
        return _json(_library.plan_json, self._handle, machine._handle, addresses)

    def write_elf(self, path):
        """Write a plan of Method.ELF as a file that QEMU starts in place of a first kernel."""
        _check(_library.plan_write_elf(self._handle, _bytes(path)))

    def load(self, machine):
        """Load it into the running kernel."""
        _check(_library.load(self._handle, machine._handle))
        _raise_first(self._raised)


def unload(machine, target=Target.NORMAL):
    """Unload what is loaded for the next reboot, or for a crash."""
    _check(_library.unload(target, machine._handle))


def execute(machine):
    """Jump into what is loaded, now: nothing is stopped, nothing is synced. Returns only by an Error."""
    _check(_library.execute(machine._handle))
