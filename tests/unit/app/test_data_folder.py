from __future__ import annotations

import fcntl
import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from strongroom.app.data_folder import DataFolder, InstallationError, ServeLock, Serving, serving

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path)


def test_a_new_folder_is_closed_to_others(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "a" / "data")
    with folder.creating():
        pass
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_the_root_key_is_in_the_folder_or_elsewhere(tmp_path: Path) -> None:
    assert DataFolder(tmp_path).root_key == tmp_path / "root.key"
    assert DataFolder(tmp_path, tmp_path / "other").root_key == tmp_path / "other"


def test_a_folder_with_an_installation_is_not_made_again(folder: DataFolder) -> None:
    folder.database.touch()
    told = "holds an installation already; serve it, or choose another --data"
    with pytest.raises(InstallationError, match=told), folder.creating():
        pytest.fail("made twice")


def test_an_installation_is_made_by_one_at_a_time(folder: DataFolder) -> None:
    told = r"is being made in .* by another process"
    with folder.creating(), pytest.raises(InstallationError, match=told), DataFolder(folder.path).creating():
        pytest.fail("two at once")
    with folder.creating():
        pass


def test_whoever_asks_for_the_status_does_not_keep_a_server_from_starting(folder: DataFolder) -> None:
    folder.lock.touch()
    descriptor = os.open(folder.lock, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    timer = threading.Timer(0.05, os.close, (descriptor,))
    timer.start()
    ServeLock(folder).release()
    timer.join()


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    tmp_path.joinpath("file").touch()
    told = r"cannot make .*/file: File exists"
    with pytest.raises(InstallationError, match=told), DataFolder(tmp_path / "file").creating():
        pytest.fail("made")


def test_an_installation_is_required(folder: DataFolder) -> None:
    with pytest.raises(InstallationError, match=f"holds no installation; run: strongroom init --data {folder.path}"):
        folder.require()
    folder.database.touch()
    folder.require()


def test_nobody_serves_a_folder_that_never_was(folder: DataFolder) -> None:
    assert serving(folder) is None


def test_who_serves_is_told_until_it_ends(folder: DataFolder) -> None:
    lock = ServeLock(folder)
    assert serving(folder) is None  # not yet
    lock.announce("http://127.0.0.1:1")
    assert serving(folder) == Serving(os.getpid(), "http://127.0.0.1:1")
    lock.announce("http://[::1]:12")
    assert serving(folder) == Serving(os.getpid(), "http://[::1]:12")
    lock.release()
    assert serving(folder) is None


def test_a_folder_is_locked_once(folder: DataFolder) -> None:
    lock = ServeLock(folder)
    with pytest.raises(InstallationError, match=f"{folder.path} is being served already; stop that server first"):
        ServeLock(folder)
    lock.announce("http://127.0.0.1:1")
    with pytest.raises(InstallationError, match=rf"served already \(process {os.getpid()}, http://127.0.0.1:1\)"):
        ServeLock(folder)
    lock.release()
    ServeLock(folder).release()


def test_a_lock_forgets_who_served_before(folder: DataFolder) -> None:
    lock = ServeLock(folder)
    lock.announce("http://127.0.0.1:1")
    lock.release()
    lock = ServeLock(folder)
    assert serving(folder) is None
    lock.release()
