"""Commands that the documents show exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from desk.project import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
OPTION = re.compile(r"(--[a-z][a-z-]+)")


def help_of(*command: str) -> str:
    """Return the help of a command of `zhanggui`."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "zhanggui"), *command, "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb", "PATH": "/usr/bin:/bin"},
    )
    return done.stdout if done.returncode == 0 else ""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_in_documents_exist(document):
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", document.read_text(), re.MULTILINE))
    assert named <= made


def test_commands_and_options_in_documents_exist():
    shown = {
        line.strip()
        for document in DOCUMENTS
        for line in re.findall(r"zhanggui ((?:cases )?[a-z]+[^`\n]*)", document.read_text())
    }
    commands = {tuple(re.match(r"(?:cases )?[a-z]+", line)[0].split()) for line in shown}
    helps = {command: help_of(*command) for command in commands}
    missing = [" ".join(command) for command, text in helps.items() if not text]
    known = {"run", "serve", "train", "migrate", "seed", "doctor", "chat", "understand", "answer"}
    missing = [name for name in missing if name.split()[0] in known | {"cases"}]
    assert missing == []
    for line in shown:
        command = tuple(re.match(r"(?:cases )?[a-z]+", line)[0].split())
        usage = line.split("#")[0]
        wrong = [name for name in OPTION.findall(usage) if name not in helps[command]]
        assert wrong == [], line


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_to_files_are_not_broken(document):
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []
