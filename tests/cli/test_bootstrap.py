"""`make install` without installing: how it looks for Pythons, and when it has nothing to do."""

import subprocess
import sys
from pathlib import Path

import pytest

from desk.project import ROOT
from tools import bootstrap

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def script(path: Path, text: str) -> Path:
    """Write something that can be run."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_shim_that_does_not_run_is_no_python(tmp_path):
    shim = script(
        tmp_path / "python3.10", "echo 'pyenv: python3.10: command not found' >&2; exit 127"
    )
    assert bootstrap.version_of(shim) is None
    assert bootstrap.version_of(tmp_path / "nothing") is None
    found = bootstrap.version_of(sys.executable)
    assert found is not None
    assert found[0][:2] == sys.version_info[:2]


def test_a_working_python_behind_a_broken_shim_is_found(tmp_path, monkeypatch):
    script(tmp_path / "python3.10", "exit 127")
    good = tmp_path / "versions/3.10.13/bin"
    good.mkdir(parents=True)
    script(good / "python", "echo 3.10.13; echo " + str(good / "python"))
    (tmp_path / "versions/3.10.9/bin").mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.delenv("ZHANGGUI_PYTHON310", raising=False)
    assert bootstrap.find_rasa_python("no-uv") == str(good / "python")


def test_no_python_310_at_all_is_one_clear_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.delenv("ZHANGGUI_PYTHON310", raising=False)
    crashing = script(tmp_path / "uv", "exit 2")
    with pytest.raises(bootstrap.CannotInstall, match=r"needs Python 3\.10.*ZHANGGUI_PYTHON310"):
        bootstrap.find_rasa_python(str(crashing))


def test_a_chosen_python_310_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("ZHANGGUI_PYTHON310", sys.executable)
    with pytest.raises(bootstrap.CannotInstall, match=r"is not a Python 3\.10"):
        bootstrap.find_rasa_python("no-uv")


def test_work_is_done_once_for_the_same_inputs(tmp_path, capsys):
    done = []
    for inputs in ("a", "a", "b"):
        bootstrap.once(tmp_path / "stamp", inputs, lambda: done.append(1))
    assert len(done) == 2

    def broken() -> None:
        raise bootstrap.CannotInstall("no network")

    with pytest.raises(bootstrap.CannotInstall):
        bootstrap.once(tmp_path / "stamp", "c", broken)
    assert not (tmp_path / "stamp").exists()
    capsys.readouterr()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_are_hashed_and_name_no_index(lock):
    text = lock.read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if line and line[0].isalnum()]
    assert pins
    assert all("==" in pin and pin.rstrip().endswith("\\") for pin in pins)
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_an_old_python_hears_what_to_do(tmp_path):
    code = (
        "import sys; sys.version_info = (3, 9, 1); sys.argv = ['x', 'desk']; "
        "sys.path.insert(0, 'tools'); import bootstrap; "
        "bootstrap.pythons_at_hand = lambda minor: []; sys.exit(bootstrap.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr
    assert "Traceback" not in done.stderr
