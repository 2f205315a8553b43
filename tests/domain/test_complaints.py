"""R4: how urgent a complaint is, and why."""

import pytest

from desk.domain.complaints import rate
from desk.domain.policy import Severity


@pytest.mark.parametrize(
    ("text", "severity", "rule"),
    [
        pytest.param("快递太慢了", "normal", "complaint.base", id="plain zh"),
        pytest.param("The parcel was slow", "normal", "complaint.base", id="plain en"),
        pytest.param("充电器着火了", "critical", "complaint.safety", id="fire zh"),
        pytest.param("My son ended up in hospital", "critical", "complaint.safety", id="injury en"),
        pytest.param("没有受伤，就是吓到了", "normal", "complaint.base", id="nobody hurt zh"),
        pytest.param("Nobody was hurt", "normal", "complaint.base", id="nobody hurt en"),
        pytest.param("Nobody helped me. I was hurt", "critical", "complaint.safety", id="next one"),
        pytest.param("我要打12315", "high", "complaint.threat", id="regulator"),
        pytest.param("I will call my lawyer", "high", "complaint.threat", id="lawyer"),
        pytest.param("I have an issue with the sleeve", "normal", "complaint.base", id="sue in"),
        pytest.param("你们就是骗子", "high", "complaint.fraud", id="fraud zh"),
        pytest.param("太过分了，气死我了", "high", "complaint.anger", id="anger zh"),
        pytest.param("This is outrageous", "high", "complaint.anger", id="anger en"),
        pytest.param(
            "太过分了，我要曝光你们", "high", "complaint.threat", id="raise stops at high"
        ),
        pytest.param("过敏住院了，我要起诉", "critical", "complaint.safety", id="heaviest first"),
    ],
)
def test_words_set_the_severity_and_are_named(policy, text, severity, rule):
    rating = rate(text, policy.complaints)
    assert (rating.severity, rating.rule) == (Severity(severity), rule)
    assert all(finding.because for finding in rating.findings)


@pytest.mark.parametrize(
    ("value", "currency", "vip", "severity"),
    [
        pytest.param(199_999, "CNY", 0, "normal", id="value below"),
        pytest.param(200_000, "CNY", 0, "high", id="value at"),
        pytest.param(200_000, "CHF", 0, "normal", id="currency without a limit"),
        pytest.param(0, "CNY", 2, "normal", id="vip below"),
        pytest.param(0, "CNY", 3, "high", id="vip at"),
        pytest.param(200_000, "CNY", 3, "high", id="both stop at high"),
    ],
)
def test_value_and_membership_raise_one_step(policy, value, currency, vip, severity):
    rating = rate(
        "慢", policy.complaints, order_value_minor=value, currency=currency, vip_level=vip
    )
    assert rating.severity == severity
