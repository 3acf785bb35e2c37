"""A folder that is written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping

from clearprop.errors import ClearpropError


def write_folder(path: str, files: Mapping[str, str], *, force: bool = False) -> None:
    """Write every file, or leave what was there.

    A folder that holds something is only replaced with ``force``, and then as a whole:
    no student's file of an earlier run stays behind with another key.
    """
    refuse(path, force=force)
    target = os.path.abspath(path)
    try:
        new = tempfile.mkdtemp(prefix=".exercise-", dir=os.path.dirname(target))
    except OSError as error:
        raise ClearpropError(f"{path} can't be written: {error.strerror}") from None
    try:
        os.chmod(new, 0o755)
        for name, text in files.items():
            with open(
                os.path.join(new, name), "w", encoding="utf-8", newline="\n"
            ) as f:
                f.write(text)
        _swap(new, target)
    except OSError as error:
        raise ClearpropError(f"{path} can't be written: {error.strerror}") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)


def refuse(path: str, *, force: bool = False) -> None:
    """Say why a folder can't be written there, before the work is done."""
    target = os.path.abspath(path)
    full = os.path.isdir(target) and bool(os.listdir(target))
    if os.path.exists(target) and not os.path.isdir(target):
        raise ClearpropError(f"{path} is a file: name a folder with -o")
    if full and not force:
        raise ClearpropError(
            f"{path} is there and not empty: choose another folder with -o, or replace "
            "it with --force"
        )
    if full and not os.path.exists(os.path.join(target, "exercise.json")):
        raise ClearpropError(
            f"{path} holds something other than an exercise, which --force won't "
            "remove: choose another folder with -o"
        )
    above = os.path.dirname(target)
    if not os.path.isdir(above):
        raise ClearpropError(f"{path} can't be written: there is no folder above it")


def _swap(new: str, target: str) -> None:
    """The new folder takes the place of the old, which is put back if that fails."""
    if not os.path.exists(target):
        os.rename(new, target)
        return
    old = f"{new}-old"
    os.rename(target, old)
    try:
        os.rename(new, target)
    except OSError:
        os.rename(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)
