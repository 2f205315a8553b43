"""Rate how urgent a complaint is and say which words made it so (R4, policy.yml: complaints)."""

from dataclasses import dataclass

from desk.domain.policy import ComplaintPolicy, Severity
from desk.domain.words import found


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that counted, and what in the complaint made it count."""

    rule: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rating:
    """The severity of a complaint with everything that led to it, for the agent to read."""

    severity: Severity
    findings: tuple[Finding, ...]

    @property
    def rule(self) -> str:
        """Return the rule that weighs most, or the base rule."""
        return self.findings[0].rule if self.findings else "complaint.base"


def rate(
    text: str,
    policy: ComplaintPolicy,
    *,
    order_value_minor: int | None = None,
    currency: str | None = None,
    vip_level: int = 0,
) -> Rating:
    """Rate a complaint. Floors come first; raising rules add steps but stop at `raises_reach`."""
    severity, raises = policy.base, 0
    floors: list[tuple[Severity, Finding]] = []
    raisers: list[Finding] = []
    for rule in policy.words:
        words = found(text, rule.words, may_be_negated=rule.may_be_negated)
        if not words:
            continue
        if rule.at_least is not None:
            floors.append((rule.at_least, Finding(rule.id, words)))
        if rule.raise_by:
            raises += rule.raise_by
            raisers.append(Finding(rule.id, words))
    limit = policy.value_at_least.get(currency or "")
    if order_value_minor is not None and limit is not None and order_value_minor >= limit:
        raises += 1
        raisers.append(Finding(policy.value_id, (f"{order_value_minor} {currency}",)))
    if vip_level >= policy.vip_level:
        raises += 1
        raisers.append(Finding(policy.vip_id, (f"level {vip_level}",)))
    floors.sort(key=lambda floor: -floor[0].rank)
    if floors:
        severity = max(severity, floors[0][0], key=lambda level: level.rank)
    if severity.rank < policy.raises_reach.rank:
        raised = severity.raised(raises)
        severity = min(raised, policy.raises_reach, key=lambda level: level.rank)
    return Rating(severity, (*(finding for _, finding in floors), *raisers))
