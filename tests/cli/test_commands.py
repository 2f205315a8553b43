"""The command line as an operator meets it: exit codes, stdout for answers, stderr for the rest."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from desk.cli.output import line
from desk.project import ROOT
from tests.stack import free_ports


def zhanggui(
    *arguments: str, data: Path, typed: str = "", cwd: Path = ROOT, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a command with a data folder of its own and settings of no one else."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZHANGGUI_")}
    desk_port = env.pop("ZHANGGUI_PORT", str(free_ports(1)[0]))
    return subprocess.run(
        [str(Path(sys.executable).parent / "zhanggui"), *arguments],
        input=typed,
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=60,
        env={**kept, "ZHANGGUI_DATA": str(data), "ZHANGGUI_PORT": desk_port, **env},
    )


def test_answer_reads_lines_and_writes_one_json_line_each(tmp_path):
    done = zhanggui("answer", "--json", "-", data=tmp_path, typed="怎么退货\n\nqwertz uiop\n")
    first, second = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert first["article"] == "return-how"
    assert set(first) == {"text", "article", "score", "others"}
    assert (second["text"], second["article"]) == ("qwertz uiop", None)


def test_migrate_then_seed_then_nothing_more_to_do(tmp_path):
    first = zhanggui("migrate", "--json", data=tmp_path)
    seeded = zhanggui("seed", "--json", data=tmp_path)
    again = zhanggui("seed", "--json", data=tmp_path)
    assert json.loads(first.stdout)["before"] is None
    made, nothing = json.loads(seeded.stdout), json.loads(again.stdout)
    assert (made["changed"], made["new_agents"]) == (True, 3)
    assert (nothing["changed"], nothing["new_agents"]) == (False, 0)
    assert made["shoppers"] >= 40
    assert made["orders"] >= 300
    assert made["products"] >= 60


def test_cases_of_an_empty_shop_and_an_unknown_number(tmp_path):
    zhanggui("migrate", data=tmp_path)
    listed = zhanggui("cases", "list", "--json", data=tmp_path)
    shown = zhanggui("cases", "show", "XXXX-XXXX", data=tmp_path)
    assert (listed.returncode, listed.stdout) == (0, "")
    assert (shown.returncode, shown.stdout) == (1, "")
    assert shown.stderr == "zhanggui: There is no case XXXX-XXXX.\n"


def test_cases_without_a_database_say_what_to_do(tmp_path):
    done = zhanggui("cases", "list", data=tmp_path / "nothing")
    assert done.returncode == 1
    assert "zhanggui doctor" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["understand", "你好"], ["chat", "--json"]])
def test_what_needs_the_servers_says_how_to_start_them(tmp_path, arguments):
    done = zhanggui(*arguments, data=tmp_path, typed="你好\n")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "make run" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_names_each_fault_and_its_cure(tmp_path):
    done = zhanggui("doctor", "--json", data=tmp_path)
    report = json.loads(done.stdout)
    checks = {check["check"]: check for check in report["checks"]}
    assert done.returncode == 1
    assert not report["ok"]
    assert checks["rules"]["is_ok"]
    for name in ("database", "shop", "desk", "bot", "actions"):
        assert not checks[name]["is_ok"]
        assert checks[name]["what_to_do"]


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"ZHANGGUI_PORT": "99999"}, "ZHANGGUI_PORT"),
        ({"ZHANGGUI_PORT": "http"}, "ZHANGGUI_PORT"),
        ({"ZHANGGUI_MODE": "production"}, "ZHANGGUI_BOT_SECRET: is missing"),
        ({"ZHANGGUI_MODE": "production", "ZHANGGUI_PORT": "0"}, "ZHANGGUI_DESK_SECRET: is missing"),
        ({"ZHANGGUI_ALLOWED_ORIGINS": "https://shop.example"}, "write it as JSON"),
        ({"ZHANGGUI_DATABASE_URL": "nonsense"}, "ZHANGGUI_DATABASE_URL: begins with"),
        ({"ZHANGGUI_DATABASE_URL": "postgresql://x/y"}, "ZHANGGUI_DATABASE_URL: begins with"),
        ({"ZHANGGUI_MODE": "test"}, "ZHANGGUI_MODE"),
    ],
)
def test_wrong_settings_are_named_and_nothing_starts(tmp_path, env, said):
    done = zhanggui("doctor", data=tmp_path, **env)
    assert done.returncode == 1
    assert said in done.stderr
    assert ".env.example" in done.stderr


def test_wrong_use_is_exit_code_2(tmp_path):
    assert zhanggui("nonsense", data=tmp_path).returncode == 2
    assert zhanggui("answer", "--lang", "fr", "hello", data=tmp_path).returncode == 2


def test_a_broken_policy_is_shown_with_its_line(tmp_path):
    folder = tmp_path / "kb"
    folder.mkdir()
    (folder / "policy.yml").write_text("shop: [\n", encoding="utf-8")
    done = zhanggui("seed", data=tmp_path, ZHANGGUI_KNOWLEDGE_BASE=str(folder))
    assert done.returncode == 1
    assert "policy.yml:" in done.stderr
    assert "Traceback" not in done.stderr


def test_run_with_a_port_in_use_says_so_and_starts_nothing(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = zhanggui("run", data=tmp_path, ZHANGGUI_PORT=port)
    assert done.returncode == 1
    assert f"Port {port} (desk)" in done.stderr  # by chance a neighbour's port may be named too
    assert "is in use" in done.stderr
    assert done.stderr.count("\n") == 1


def test_paths_in_the_environment_mean_the_callers_folder(tmp_path):
    done = zhanggui("migrate", data=Path("here"), cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "here" / "desk.db").is_file()


def test_every_setting_stands_in_the_example():
    from desk.settings import Settings

    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = {line.lstrip("# ").partition("=")[0] for line in text.splitlines() if "=" in line}
    wanted = {f"ZHANGGUI_{name.upper()}" for name in Settings.model_fields}
    assert wanted <= named
    assert {name for name in named if name.startswith("ZHANGGUI_")} - wanted <= {
        "ZHANGGUI_TRACKER_DB",
        "ZHANGGUI_LOG_LEVEL",
        "ZHANGGUI_PYTHON310",
    }


def test_bytes_that_are_no_text_are_read_all_the_same(tmp_path):
    done = subprocess.run(
        [str(Path(sys.executable).parent / "zhanggui"), "answer", "--json"],
        input=b"hi \xff\xfe\n\xe4\xbd\xa0\xe5\xa5\xbd\n",
        env={**os.environ, "ZHANGGUI_DATA": str(tmp_path), "LC_ALL": "C", "PYTHONUTF8": "0"},
        capture_output=True,
        check=True,
    )
    texts = [json.loads(one)["text"] for one in done.stdout.decode().splitlines()]
    assert texts == ["hi \ufffd\ufffd", "你好"]


def test_an_address_of_no_server_is_one_sentence(tmp_path):
    for url in ("http://127.0.0.1:99999", "http://["):
        done = zhanggui("chat", "--url", url, data=tmp_path)
        assert done.returncode == 1
        assert "is no address of a server" in done.stderr
        assert "Traceback" not in done.stderr


def test_shoppers_words_do_not_steer_the_terminal(capsys):
    line("\x1b]0;owned\x07 ok\u202e\n\ttwo")
    assert capsys.readouterr().out == "\ufffd]0;owned\ufffd ok\ufffd\n\ttwo\n"
