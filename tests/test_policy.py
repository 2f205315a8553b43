"""policy.yml: the shop's own file is good, and every mistake is explained with its line."""

import re
from pathlib import Path

import pytest

from desk.policy import PolicyError, PolicyFile, load_policy, main, parse_policy

FILE = Path(__file__).parents[1] / "knowledge_base" / "policy.yml"
GOOD = FILE.read_text(encoding="utf-8")


def problems_of(text):
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "policy.yml")
    return [str(problem) for problem in caught.value.problems]


def line_of(text, needle):
    return text[: text.index(needle)].count("\n") + 1


def test_the_shops_file_can_be_used():
    policy = load_policy(FILE)
    assert policy.returns.no_reason.days == 7
    assert policy.verification.tries == 5


MISTAKES = [
    ("type", "days: 7, freight", "days: seven, freight", "days: seven", "integer"),
    ("misspelt", "days: 7, freight", "dayz: 7, freight", "dayz: 7", "dayz"),
    ("choice", "freight_payer: shopper}", "freight_payer: nobody}", "nobody", "shopper"),
    ("unknown", "return_class: liquor,", "return_class: booze,", "booze", '"booze" is not'),
    ("severity", "base: normal", "base: urgent", "base: urgent", "one of low"),
    ("zone", "Asia/Shanghai", "Asia/Atlantis", "Atlantis", "no time zone"),
    ("hours", '["09:00-18:00"], sat', '["18:00-09:00"], sat', "18:00-09:00", "ends before"),
    ("span", '["09:00-18:00"], sat', '["9 to 6"], sat', "9 to 6", "no span"),
    ("day", 'mon-fri: ["09:00-18:00"], sat: ["10:00-16', 'mon-x: ["10:00-16', "mon-x", "no day"),
    ("holiday", "- 2026-01-01", "- soon", "- soon", "date"),
    ("id twice", "id: return.fault,", "id: return.no_reason,", "no_reason, days: 30", "taken"),
    ("range", "tries: 5", "tries: 0", "tries: 0", "greater than"),
    ("severity missing", "high: 4, normal: 18,", "high: 4,", "high: 4, low", "lacks normal"),
    ("key twice", "  send_back_days: 7", "  send_back_days: 7\n  send_back_days: 8", "days: 8",
     "twice"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "at", "message"), [pytest.param(*rest, id=name) for name, *rest in MISTAKES]
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(old, new, at, message):
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    found = problems_of(text)
    line = line_of(text, at)
    assert any(
        problem.startswith(f"policy.yml:{line}: ") and message in problem for problem in found
    ), found


def test_all_mistakes_are_listed_in_order_of_lines():
    text = GOOD.replace("days: 7, freight", "days: x, freight", 1).replace("tries: 5", "tries: y")
    lines = [int(re.findall(r":(\d+):", problem)[0]) for problem in problems_of(text)]
    assert len(lines) == 2
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "valid", id="empty"),
        pytest.param("- a\n- b", "valid", id="a list"),
        pytest.param("shop: {time_zone: [", "not YAML", id="broken"),
        pytest.param("a: b\n\tc: d", "not YAML", id="tab"),
        pytest.param("shop: !!python/object:os.system {}", "not YAML", id="python tag"),
        pytest.param("a: \x00", "not YAML", id="NUL"),
        pytest.param("a: 2026-13-45", "not YAML", id="impossible date"),
    ],
)
def test_what_is_no_policy_at_all_is_refused_with_a_sentence(text, message):
    found = problems_of(text)
    assert any(message in problem for problem in found), found


def test_a_missing_file_and_other_bytes_are_refused(tmp_path):
    with pytest.raises(PolicyError, match="cannot be read"):
        load_policy(tmp_path / "none.yml")
    (tmp_path / "bytes.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match="not UTF-8"):
        load_policy(tmp_path / "bytes.yml")


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


def write(path, text):
    """Write so that size or time surely differ."""
    path.write_text(text + "\n" * (len(text) % 7 + 1), encoding="utf-8")


def test_a_change_is_seen_after_a_second_and_a_broken_one_never(tmp_path):
    path, clock = tmp_path / "policy.yml", Clock()
    path.write_text(GOOD, encoding="utf-8")
    file = PolicyFile(path, clock)
    write(path, GOOD.replace("tries: 5", "tries: 33"))
    clock.now_s = 0.9
    assert file.current().verification.tries == 5, "not looked at more than once a second"
    clock.now_s = 1.0
    assert file.current().verification.tries == 33
    write(path, GOOD.replace("tries: 5", "tries: many"))
    clock.now_s = 2.0
    assert file.current().verification.tries == 33
    assert "verification.tries" in str(file.problems[0])
    path.unlink()
    clock.now_s = 3.0
    assert file.current().verification.tries == 33
    write(path, GOOD)
    clock.now_s = 4.0
    assert file.current().verification.tries == 5
    assert file.problems == ()


def test_an_operator_can_check_a_file(tmp_path, capsys):
    assert main([str(FILE)]) == 0
    broken = tmp_path / "policy.yml"
    broken.write_text("shop: 1", encoding="utf-8")
    assert main([str(broken)]) == 1
    assert f"{broken}:1: shop" in capsys.readouterr().err
