"""Archives: arrays and texts in one .npz, whole or absent, and never a pickle.

An .npz is a zip of .npy files; texts stand beside the arrays as files of their own, for
``unzip -p weights.npz network.py`` and for ``np.load``. Writing goes to a temporary
file in the same folder, to the disk, and then takes the name at once. Reading trusts
nothing: sizes are compared before memory is taken, and damage becomes one line.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress

import numpy as np

from clearprop.errors import DataError

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_DATE = (1980, 1, 1, 0, 0, 0)  # the same content is the same file


def write_archive(
    path: str, arrays: Mapping[str, np.ndarray], texts: Mapping[str, str]
) -> None:
    """Write an archive; a failure leaves what was there before.

    Raises
    ------
    DataError
        Where an array holds objects, or the file can't be written.
    """
    target = os.path.realpath(path)
    check_place(path)
    # a device or a pipe can't be replaced
    in_place = os.path.exists(target) and not os.path.isfile(target)
    temporary = f"{target}.{os.getpid()}.tmp"
    try:
        if in_place:
            with open(target, "wb") as file:
                _fill(file, arrays, texts)
            return
        with open(temporary, "wb") as file:
            _fill(file, arrays, texts)
            file.flush()
            os.fsync(file.fileno())
        with suppress(OSError):  # keep the rights of a file that is replaced
            os.chmod(temporary, os.stat(target).st_mode & 0o777)
        os.replace(temporary, target)
        _sync_folder(os.path.dirname(target))
    except OSError as error:
        raise DataError(
            f"{path} can't be written: {error.strerror or error}"
        ) from error
    finally:
        with suppress(OSError):
            os.unlink(temporary)


def check_place(path: str) -> None:
    """Whether a file can stand there, as far as that can be told beforehand."""
    target = os.path.realpath(path)
    if os.path.isdir(target):
        raise DataError(f"{path} is a folder: name a file in it")
    if not os.path.isdir(os.path.dirname(target)):
        folder = os.path.dirname(path) or "."
        raise DataError(f"{path} can't be written: there is no folder {folder}")
    if not os.path.exists(target) or os.path.isfile(target):
        place = os.path.dirname(target)  # a file is replaced, not written over
    else:
        place = target
    if not os.access(place, os.W_OK):
        raise DataError(f"{path} can't be written: {place} may not be written to")


def _fill(
    file: io.BufferedWriter, arrays: Mapping[str, np.ndarray], texts: Mapping[str, str]
) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), text.encode("utf-8"))
        for name, array in arrays.items():
            if array.dtype.hasobject:
                raise DataError(f"{name} holds Python objects, which can't be saved")
            info = zipfile.ZipInfo(f"{name}.npy", _DATE)
            with archive.open(info, "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


def _sync_folder(folder: str) -> None:
    """The new name is on the disk too, where the system knows how to ask for it."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def read_archive(path: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays and the texts of an archive.

    Raises
    ------
    DataError
        Where the file is missing, no archive, or damaged.
    """
    if os.path.isdir(path):
        raise DataError(f"{path} is a folder: name a file in it")
    if not os.path.exists(path):
        raise DataError(f"{path} is not there: check the path")
    arrays, texts = {}, {}
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                content = archive.read(info)
                if info.filename.endswith(".npy"):
                    arrays[info.filename.removesuffix(".npy")] = _array(content)
                else:
                    texts[info.filename] = content.decode("utf-8")
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}") from error
    except (
        zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, MemoryError
    ):  # fmt: skip
        raise DataError(f"{path} is no .npz file, or is damaged") from None
    return arrays, texts


def _array(content: bytes) -> np.ndarray:
    """An array, if its header promises as many bytes as there are."""
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:
        raise ValueError("an unknown version of .npy")
    shape, by_column, dtype = _HEADERS[version](file)
    count = 1
    for length in shape:
        count *= length
    if dtype.hasobject or count * dtype.itemsize != len(content) - file.tell():
        raise ValueError("the header doesn't fit what follows")
    flat = np.frombuffer(content, dtype, count, file.tell()).copy()
    return flat.reshape(shape, order="F" if by_column else "C")


__all__ = ["check_place", "read_archive", "write_archive"]
