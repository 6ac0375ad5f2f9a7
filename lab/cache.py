"""The cache: everything that the lab fetched or built, outside the source tree.

An entry is a folder that is complete or absent. It is filled under a temporary name and renamed into
place while a file lock is held, so two processes that want the same entry fill it once, and a killed
process leaves only a temporary folder that the next one removes.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path


def root():
    """Return the cache folder, creating it: $BATON_CACHE, else $XDG_CACHE_HOME/baton, else ~/.cache/baton."""
    if os.environ.get("BATON_CACHE"):
        folder = Path(os.environ["BATON_CACHE"])
    elif os.environ.get("XDG_CACHE_HOME"):
        folder = Path(os.environ["XDG_CACHE_HOME"]) / "baton"
    else:
        folder = Path.home() / ".cache" / "baton"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.absolute()


def path(*parts):
    """Return a path below the cache whose parent folder exists."""
    target = root().joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


@contextlib.contextmanager
def lock(name):
    """Hold the cache-wide exclusive lock called `name`; blocks until it is free."""
    with open(path("locks", name.replace("/", "_")), "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def entry(kind, key, fill):
    """Return the folder `kind`/`key`, calling `fill(empty_folder)` first if it is absent."""
    final = path(kind, key)
    if final.is_dir():
        return final
    with lock(f"{kind}-{key}"):
        if final.is_dir():
            return final
        partial = final.with_name(f".partial-{key}")
        if partial.exists():
            shutil.rmtree(partial)
        partial.mkdir()
        try:
            fill(partial)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        os.rename(partial, final)
    return final


def write_json(target, value):
    """Replace the file `target` by `value` as JSON in one step."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".partial-")
    with os.fdopen(handle, "w") as stream:
        json.dump(value, stream, indent=2, sort_keys=True)
        stream.write("\n")
    os.replace(name, target)


def read_json(target):
    """Return the JSON value in the file `target`, or None if there is no such file."""
    try:
        return json.loads(target.read_text())
    except FileNotFoundError:
        return None


def digest(*parts):
    """Return a short key for `parts` (bytes or text), for entries that are named by their content."""
    hasher = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        hasher.update(len(data).to_bytes(8, "little"))
        hasher.update(data)
    return hasher.hexdigest()[:24]
