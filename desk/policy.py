"""Read `knowledge_base/policy.yml`, explain every mistake with its line, keep the last good rules.

The rules themselves are immutable values in `desk.domain.policy`; nothing here decides anything.
"""

import logging
import sys
import time as clock
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from desk.domain import policy as rules
from desk.domain.policy import Policy, Severity
from desk.domain.shop import Text

log = logging.getLogger(__name__)

RULE_ID = r"^[a-z0-9_]+(\.[a-z0-9_]+)+$"
# The C one is twenty times faster: a reload must not hold up the loop.
LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """One mistake in the file: where it is, what is wrong, what to do."""

    file: str
    line: int
    path: str
    message: str
    hint: str

    def __str__(self) -> str:
        """Return one line as compilers print it."""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}: {self.path}: {self.message}{hint}"


class PolicyError(Exception):
    """The file cannot be used. `problems` lists everything that is wrong, in the order of lines."""

    def __init__(self, problems: list[PolicyProblem]) -> None:
        """Keep the problems; the message has one line for each."""
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


RuleId = Annotated[str, Field(pattern=RULE_ID)]
Word = Annotated[str, Field(min_length=1)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Amounts = dict[Currency, Annotated[int, Field(ge=0)]]
Days = Annotated[int, Field(ge=0, le=3650)]
Payer = Literal["shopper", "seller"]
Reason = Literal[
    "no_longer_wanted",
    "wrong_size",
    "not_as_described",
    "quality_fault",
    "damaged",
    "wrong_item",
    "other",
]


def _severity(value: object) -> object:
    if isinstance(value, str) and value in list(Severity):
        return Severity(value)
    names = ", ".join(Severity)
    raise PydanticCustomError("severity", "must be one of {names}", {"names": names})


Level = Annotated[Severity, BeforeValidator(_severity)]


class _Text(_Part):
    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)


class _Shop(_Part):
    time_zone: str


class _Category(_Part):
    name: _Text
    return_class: str
    words: list[Word] = []


class _Window(_Part):
    id: RuleId
    days: Days
    freight_payer: Payer
    photos_wanted: bool = False

    def window(self) -> rules.ReturnWindow:
        return rules.ReturnWindow(self.id, self.days, self.freight_payer, self.photos_wanted)


class _ReturnClass(_Part):
    id: RuleId
    without_fault: Literal["allowed", "unopened", "refused"]
    reason: Literal["opened", "opened_liquor", "fresh_food", "made_to_order", ""] = ""
    fault_days: Days | None = None


class _VipExtra(_Part):
    id: RuleId
    level: Annotated[int, Field(ge=1, le=3)]
    extra_days: Days
    freight_payer: Payer


class _ReturnRate(_Part):
    id: Literal["return.review.rate"]
    percent: Annotated[int, Field(ge=0, le=100)]
    least_orders: Annotated[int, Field(ge=0)]


class _HighAmount(_Part):
    id: Literal["return.review.amount"]
    at_least: Amounts


class _Blacklist(_Part):
    id: Literal["return.review.blacklist"]


class _WithoutPhoto(_Part):
    id: Literal["return.review.no_photo"]
    is_on: bool


class _Review(_Part):
    return_rate: _ReturnRate
    high_amount: _HighAmount
    blacklist: _Blacklist
    without_photo: _WithoutPhoto


class _Returns(_Part):
    no_reason: _Window
    cross_border: _Window
    home_countries: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]], Field(min_length=1)
    ]
    fault: _Window
    fault_reasons: list[Reason]
    refund_freight_on_fault: bool
    classes: Annotated[dict[str, _ReturnClass], Field(min_length=1)]
    vip: list[_VipExtra]
    review: _Review
    send_back_days: Annotated[int, Field(ge=1, le=90)]
    reason_words: dict[Reason, list[Word]]
    condition_words: dict[Literal["unused", "used"], list[Word]]


class _RefundPath(_Part):
    id: RuleId
    name: _Text
    days: Days


class _Refunds(_Part):
    paths: dict[str, _RefundPath]


class _LateBand(_Part):
    id: RuleId
    after_days: Annotated[int, Field(ge=1)]
    coupon: Amounts


class _Late(_Part):
    bands: list[_LateBand]
    lost_after_days: Annotated[int, Field(ge=1)]


class _WordRule(_Part):
    id: RuleId
    at_least: Level | None = None
    raise_by: Annotated[int, Field(ge=0, le=3)] = 0
    may_be_negated: bool = False
    words: Annotated[list[Word], Field(min_length=1)]


class _Value(_Part):
    id: RuleId
    at_least: Amounts


class _Vip(_Part):
    id: RuleId
    level: Annotated[int, Field(ge=1, le=3)]


class _Complaints(_Part):
    base: Level
    raises_reach: Level
    words: list[_WordRule]
    value: _Value
    vip: _Vip
    wanted_words: dict[Literal["refund", "replacement", "apology", "explanation"], list[Word]]


class _Hours(_Part):
    week: dict[str, list[str]]
    holidays: list[date] = []
    extra_days: list[date] = []


class _WorkingHours(_Part):
    service: _Hours
    office: _Hours


class _Sla(_Part):
    id: RuleId
    type: str
    hours: dict[Level, Annotated[int, Field(ge=1)]]


class _Escalation(_Part):
    fallback_after: Annotated[int, Field(ge=1, le=10)]
    abuse_after: Annotated[int, Field(ge=1, le=10)]
    complaint_from: Level
    minutes_per_conversation: Annotated[int, Field(ge=1)]
    conversations_per_agent: Annotated[int, Field(ge=1)]
    longest_wait_minutes: Annotated[int, Field(ge=1)]


class _Verification(_Part):
    id: RuleId
    tries: Annotated[int, Field(ge=1, le=100)]
    window_minutes: Annotated[int, Field(ge=1, le=1440)]


class _File(_Part):
    shop: _Shop
    categories: dict[str, _Category]
    returns: _Returns
    refunds: _Refunds
    late: _Late
    complaints: _Complaints
    working_hours: _WorkingHours
    sla: Annotated[list[_Sla], Field(min_length=1)]
    teams: dict[str, _Text]
    team_of_type: dict[str, str]
    escalation: _Escalation
    verification: _Verification


HINTS: Mapping[str, str] = {
    "missing": "add this key",
    "extra_forbidden": "no such key; check its spelling and its indent",
    "int_type": "write a whole number without quotes",
    "string_type": "write it in quotes",
    "bool_type": "write true or false",
    "date_type": "write it as 2026-10-01 without quotes",
    "list_type": "write a list: [a, b] or lines that begin with -",
    "dict_type": "write keys with values below it",
    "model_type": "write keys with values below it",
    "string_pattern_mismatch": "ids look like return.no_reason, currencies CNY, countries CN",
}


Path_ = tuple[int | str, ...]


class _Reader:
    """One reading of the file: its lines, and the mistakes found so far."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.problems: list[PolicyProblem] = []
        self.lines: dict[Path_, int] = {(): 1}
        self.text = text

    def wrong(self, path: Path_, message: str, hint: str = "") -> None:
        """Note a mistake at the nearest line that is known."""
        known = path
        while known not in self.lines:
            known = known[:-1]
        name = ".".join(str(step) for step in path) or "file"
        self.problems.append(PolicyProblem(self.file, self.lines[known], name, message, hint))

    def load(self) -> Any:
        """Parse the YAML and note the line of every key. Raises PolicyError."""
        loader = LOADER(self.text)
        try:
            node = loader.get_single_node()
            if node is not None:
                self._walk(node, ())
            data = loader.construct_document(node) if node is not None else None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.lines[()] = mark.line + 1 if mark else 1
            self.wrong((), f"not YAML: {error.problem}", "check quotes, colons and the indent")
            raise PolicyError(self.problems) from None
        except (yaml.YAMLError, ValueError) as error:
            self.wrong((), f"not YAML: {' '.join(str(error).split())}")
            raise PolicyError(self.problems) from None
        finally:
            loader.dispose()
        return data

    def _walk(self, node: yaml.Node, path: Path_) -> None:
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                here = (*path, name)
                self.lines[here] = key.start_mark.line + 1
                if name in seen:
                    self.wrong(here, "stands here twice", "keep one of the two")
                seen.add(name)
                self._walk(value, here)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self.lines[(*path, index)] = value.start_mark.line + 1
                self._walk(value, (*path, index))

    def note(self, error: ErrorDetails) -> None:
        """Take over a mistake that pydantic found."""
        path = tuple(step for step in error["loc"] if step != "[key]")
        message = error["msg"][:1].lower() + error["msg"][1:]
        self.wrong(path, message, HINTS.get(error["type"], ""))

    def spans(self, path: Path_, texts: list[str]) -> tuple[tuple[time, time], ...]:
        """Read "09:00-18:00" and the like; they must be in order and not overlap."""
        spans: list[tuple[time, time]] = []
        for index, text in enumerate(texts):
            here = (*path, index)
            try:
                first, last = (part.strip() for part in text.split("-"))
                start = time.fromisoformat(first)
                end = time.max if last == "24:00" else time.fromisoformat(last)
            except ValueError:
                self.wrong(here, f'"{text}" is no span of hours', 'write "09:00-18:00"')
                continue
            if end <= start or (spans and start < spans[-1][1]):
                self.wrong(here, f'"{text}" ends before it begins or overlaps', "order the spans")
            spans.append((start, end))
        return tuple(spans)

    def hours(self, path: Path_, part: _Hours, zone: ZoneInfo) -> rules.WorkingHours:
        """Read the hours of a week; days that are not named are free."""
        week: list[tuple[tuple[time, time], ...]] = [() for _ in WEEKDAYS]
        for key, texts in part.week.items():
            here = (*path, "week", key)
            first, _, last = key.partition("-")
            if first not in WEEKDAYS or (last and last not in WEEKDAYS):
                self.wrong(here, f'"{key}" is no day', f"days are {', '.join(WEEKDAYS)} or mon-fri")
                continue
            start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
            spans = self.spans(here, texts)
            for day in range(start, end + 1):
                week[day] = spans
            if end < start:
                self.wrong(here, f'"{key}" runs backwards', "write mon-fri")
        if not any(week):
            self.wrong((*path, "week"), "nobody ever works", "name at least one day with hours")
        return rules.WorkingHours(
            zone, tuple(week), frozenset(part.holidays), frozenset(part.extra_days)
        )

    def one_of(self, path: Path_, value: str, known: Mapping[str, object] | set[str]) -> None:
        """Check that a name is defined elsewhere in the file."""
        if value not in known:
            self.wrong(path, f'"{value}" is not defined', f"one of {', '.join(sorted(known))}")

    def unique_ids(self, data: object, path: Path_ = ()) -> None:
        """Check that no two rules share an id."""
        first: dict[str, Path_] = {}
        for where, rule_id in _ids(data, path):
            if rule_id in first:
                line = self.lines[first[rule_id]]
                self.wrong(where, f'id "{rule_id}" is taken by line {line}', "ids are unique")
            else:
                first[rule_id] = where


def _ids(data: object, path: Path_) -> Iterator[tuple[Path_, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "id" and isinstance(value, str):
                yield (*path, key), value
            else:
                yield from _ids(value, (*path, str(key)))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _ids(value, (*path, index))


def _returns(part: _Returns) -> rules.ReturnPolicy:
    review = part.review
    return rules.ReturnPolicy(
        no_reason=part.no_reason.window(),
        cross_border=part.cross_border.window(),
        home_countries=frozenset(part.home_countries),
        fault=part.fault.window(),
        fault_reasons=frozenset(part.fault_reasons),
        reason_words={key: tuple(words) for key, words in part.reason_words.items()},
        condition_words={key: tuple(words) for key, words in part.condition_words.items()},
        classes={
            key: rules.ReturnClass(
                c.id, c.without_fault, c.reason or "not_returnable", c.fault_days
            )
            for key, c in part.classes.items()
        },
        vip=tuple(
            rules.VipExtra(
                extra.id,
                extra.level,
                extra.extra_days,
                "seller" if extra.freight_payer == "seller" else None,
            )
            for extra in sorted(part.vip, key=lambda extra: extra.level)
        ),
        review=rules.ReviewLimits(
            return_rate_percent=review.return_rate.percent,
            return_rate_least_orders=review.return_rate.least_orders,
            high_amount=review.high_amount.at_least,
            review_without_photo=review.without_photo.is_on,
        ),
        send_back_days=part.send_back_days,
        refund_freight_on_fault=part.refund_freight_on_fault,
    )


def _complaints(part: _Complaints) -> rules.ComplaintPolicy:
    return rules.ComplaintPolicy(
        base=part.base,
        raises_reach=part.raises_reach,
        words=tuple(
            rules.WordRule(
                rule.id, rule.at_least, rule.raise_by, tuple(rule.words), rule.may_be_negated
            )
            for rule in part.words
        ),
        value_id=part.value.id,
        value_at_least=part.value.at_least,
        vip_id=part.vip.id,
        vip_level=part.vip.level,
        wanted_words={key: tuple(words) for key, words in part.wanted_words.items()},
    )


def _sla(reader: _Reader, file: _File) -> tuple[rules.SlaRule, ...]:
    for index, rule in enumerate(file.sla):
        missing = [level for level in Severity if level not in rule.hours]
        if missing:
            reader.wrong(
                ("sla", index, "hours"), f"lacks {', '.join(missing)}", "name all severities"
            )
    if not any(rule.type == "*" for rule in file.sla):
        reader.wrong(("sla",), 'has no rule with type "*"', "add one for all other types")
    return tuple(rules.SlaRule(rule.id, rule.type, rule.hours) for rule in file.sla)


def _cross_checks(reader: _Reader, file: _File) -> None:
    for key, category in file.categories.items():
        reader.one_of(
            ("categories", key, "return_class"), category.return_class, file.returns.classes
        )
    for key, return_class in file.returns.classes.items():
        if return_class.without_fault != "allowed" and not return_class.reason:
            reader.wrong(
                ("returns", "classes", key), "has no reason", "say why: reason: opened, for example"
            )
    for key, team in file.team_of_type.items():
        reader.one_of(("team_of_type", key), team, file.teams)
    if "*" not in file.team_of_type:
        reader.wrong(("team_of_type",), 'has no "*"', "name the team for all other types")
    if "other" not in file.refunds.paths:
        reader.wrong(("refunds", "paths"), "has no other", "add the path for unknown payments")


def parse_policy(text: str, file: str = "policy.yml") -> Policy:
    """Make the rules from the text of the file. Raises PolicyError with all that is wrong."""
    reader = _Reader(file, text)
    data = reader.load()
    reader.unique_ids(data)
    try:
        parsed = _File.model_validate(data)
    except ValidationError as error:
        for detail in error.errors():
            reader.note(detail)
        raise PolicyError(reader.problems) from None
    _cross_checks(reader, parsed)
    try:
        zone = ZoneInfo(parsed.shop.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo("UTC")
        reader.wrong(
            ("shop", "time_zone"),
            f'"{parsed.shop.time_zone}" is no time zone',
            "a name such as Asia/Shanghai or Europe/London",
        )
    policy = _policy(reader, parsed, zone)
    if reader.problems:
        raise PolicyError(reader.problems)
    return policy


def _policy(reader: _Reader, file: _File, zone: ZoneInfo) -> Policy:
    hours, escalation, limit = file.working_hours, file.escalation, file.verification
    return Policy(
        zone=zone,
        categories={
            key: rules.Category(key, part.name.text(), part.return_class, tuple(part.words))
            for key, part in file.categories.items()
        },
        returns=_returns(file.returns),
        refund_paths={
            key: rules.RefundPath(path.id, path.name.text(), path.days)
            for key, path in file.refunds.paths.items()
        },
        late=rules.LatePolicy(
            bands=tuple(
                rules.LateBand(band.id, band.after_days, band.coupon)
                for band in sorted(file.late.bands, key=lambda band: band.after_days)
            ),
            lost_after_days=file.late.lost_after_days,
        ),
        complaints=_complaints(file.complaints),
        service_hours=reader.hours(("working_hours", "service"), hours.service, zone),
        office_hours=reader.hours(("working_hours", "office"), hours.office, zone),
        sla=_sla(reader, file),
        teams={key: rules.Team(key, name.text()) for key, name in file.teams.items()},
        team_of_type=file.team_of_type,
        escalation=rules.EscalationPolicy(
            fallback_after=escalation.fallback_after,
            abuse_after=escalation.abuse_after,
            complaint_from=escalation.complaint_from,
            minutes_per_conversation=escalation.minutes_per_conversation,
            conversations_per_agent=escalation.conversations_per_agent,
            longest_wait_minutes=escalation.longest_wait_minutes,
        ),
        verification=rules.VerificationPolicy(limit.id, limit.tries, limit.window_minutes),
    )


def load_policy(path: Path) -> Policy:
    """Read the file. Raises PolicyError, also when the file is missing or is not UTF-8."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        problem = PolicyProblem(str(path), 1, "file", f"cannot be read: {reason}", "")
        raise PolicyError([problem]) from None
    return parse_policy(text, str(path))


class PolicyFile:
    """The rules of a file that may change while the desk runs; a broken file changes nothing."""

    def __init__(self, path: Path, monotonic_s: Callable[[], float] = clock.monotonic) -> None:
        """Read the file; raises PolicyError, for without any rules the desk cannot start."""
        self._path = path
        self._monotonic_s = monotonic_s
        self._checked_at_s = monotonic_s()
        self._stamp = self._read_stamp()
        self._policy = load_policy(path)
        self.problems: tuple[PolicyProblem, ...] = ()

    def current(self) -> Policy:
        """Return the rules now. Looks at the file at most once a second."""
        now_s = self._monotonic_s()
        if now_s - self._checked_at_s >= 1:
            self._checked_at_s = now_s
            self._reload()
        return self._policy

    def _read_stamp(self) -> tuple[int, int] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size

    def _reload(self) -> None:
        stamp = self._read_stamp()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._policy = load_policy(self._path)
        except PolicyError as error:
            self.problems = tuple(error.problems)
            log.error("policy_refused", extra={"problems": [str(p) for p in error.problems]})
        else:
            self.problems = ()
            log.info("policy_loaded", extra={"file": str(self._path)})


def main(arguments: list[str]) -> int:
    """Check a file for an operator: 0 when it can be used."""
    path = Path(arguments[0] if arguments else "knowledge_base/policy.yml")
    try:
        policy = load_policy(path)
    except PolicyError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{path}: {len(policy.categories)} categories, all rules can be used.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
