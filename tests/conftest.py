"""What holds for every test: which environment runs it, and when a missing service is a failure.

Two Pythons run this folder (docs/adr/0001): 3.10 the tests of bot and actions, 3.11+ all others.
"""

import os
import sys
from collections import Counter
from collections.abc import Generator

import pytest

RASA_SIDE = ("actions", "bot", "dialogue", "understanding")
IN_RASA_ENVIRONMENT = sys.version_info < (3, 11)

if IN_RASA_ENVIRONMENT:
    here = os.path.dirname(__file__)
    collect_ignore = [
        name
        for name in sorted(os.listdir(here))
        if name not in (*RASA_SIDE, "conftest.py", "fakes", "stack.py")
    ]
else:
    collect_ignore = list(RASA_SIDE)


def pytest_configure(config: pytest.Config) -> None:
    """Let the old libraries that Rasa pins warn: no release will come that mends them."""
    if IN_RASA_ENVIRONMENT:
        for category in ("DeprecationWarning", "PendingDeprecationWarning", "FutureWarning"):
            config.addinivalue_line("filterwarnings", f"ignore::{category}")
        # SQLAlchemy 1.4 warns of 2.0, jieba of pkg_resources.
        config.addinivalue_line("filterwarnings", "ignore:Deprecated API features")
        config.addinivalue_line("filterwarnings", "ignore:pkg_resources is deprecated")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail instead of skipping where every service must be there (ZHANGGUI_REQUIRE_SERVICES=1)."""
    report = yield
    is_xfail = hasattr(report, "wasxfail")
    if os.environ.get("ZHANGGUI_REQUIRE_SERVICES") == "1" and report.skipped and not is_xfail:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped although ZHANGGUI_REQUIRE_SERVICES=1: {reason}"
    return report


if not IN_RASA_ENVIRONMENT:
    # Fixtures live where they are found by every folder of the desk's side.
    from tests.desk_kit import (  # noqa: F401
        clock,
        database,
        database_url,
        desk,
        fake_bot,
        free_port,
        library,
        make_uow,
        postgres_url,
        run_desk,
        sqlite_template,
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once for each reason how many tests it skipped."""
    reports = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]) for report in reports)
    for reason, times in reasons.most_common():
        terminalreporter.write_line(f"{times} tests not run: {reason.removeprefix('Skipped: ')}")
