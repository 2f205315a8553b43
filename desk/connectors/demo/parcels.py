"""Parcels of the demo shop: when they left, where they were seen, how they ended.

Nothing happens after the first moment of today in the shop's zone: no clock finds a scan in its
future.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from desk.connectors.demo.data import Person, ShopData, text
from desk.domain.shop import Parcel, ParcelState, Scan, Text

SHOP_ZONE = ZoneInfo("Asia/Shanghai")
_STATES = {
    "created": ParcelState.CREATED,
    "picked_up": ParcelState.PICKED_UP,
    "moving": ParcelState.IN_TRANSIT,
    "late": ParcelState.IN_TRANSIT,
    "at_door": ParcelState.OUT_FOR_DELIVERY,
    "delivered": ParcelState.DELIVERED,
}
_EXCEPTIONS = ("lost", "damaged", "held", "refused")
_TAIL_HOURS = {"at_station": 6.0, "courier": 3.0}  # before the delivery


@dataclass(frozen=True, slots=True)
class Days:
    """Moments counted back from a day of the shop."""

    today: date

    def at(self, days_ago: int, hour: int, minute: int = 0) -> datetime:
        """Return the wall-clock moment in the shop's zone, as UTC; negative days lie ahead."""
        day = self.today - timedelta(days=days_ago)
        return datetime.combine(day, time(hour, minute), SHOP_ZONE).astimezone(UTC)

    def on(self, days_ago: int) -> date:
        """Return the calendar day."""
        return self.today - timedelta(days=days_ago)

    def ago(self, moment: datetime) -> int:
        """Return how many calendar days of the shop lie between the moment and today."""
        return (self.today - moment.astimezone(SHOP_ZONE).date()).days


@dataclass(frozen=True, slots=True)
class Way:
    """How goods of one kind reach one shopper."""

    journey: str  # in routes.yml
    carriers: str  # in routes.yml: carriers_for
    days: tuple[int, int]  # from dispatch to delivery
    promised: int  # days after dispatch


HOME = Way("home", "home", (2, 3), 4)
FRESH = Way("home", "fresh", (1, 1), 1)
ABROAD = Way("abroad", "abroad", (6, 9), 11)
FRESH_ABROAD = Way("fresh_abroad", "fresh_abroad", (1, 1), 1)


def way(person: Person, *, is_fresh: bool) -> Way:
    """Choose how goods travel to a shopper."""
    if person.is_abroad:
        return FRESH_ABROAD if is_fresh else ABROAD
    return FRESH if is_fresh else HOME


class Dispatch:
    """Makes the parcels of one order, drawing from the order's own `rng` only."""

    def __init__(self, data: ShopData, days: Days, person: Person, route: Way, rng: Random) -> None:
        self._routes = data.routes
        self._days = days
        self._person = person
        self._way = route
        self._rng = rng

    def parcel(self, fate: str, days_ago: int, line_ids: tuple[str, ...]) -> Parcel:
        """Make a parcel; `fate` as in stories.yml, `days_ago` its delivery or else dispatch."""
        if fate == "delivered":
            end = self._days.at(days_ago, self._rng.randint(10, 18), self._rng.randrange(60))
            shipped_ago = days_ago + self._rng.randint(*self._way.days)
        else:
            end = None
            shipped_ago = days_ago
            if fate in ("late", "lost") and self._way is ABROAD:
                shipped_ago = max(days_ago, self._way.promised + 2)
        shipped_at = self._days.at(shipped_ago, self._rng.randint(17, 20), self._rng.randrange(60))
        prefix = self._rng.choice(self._routes["carriers_for"][self._way.carriers])
        carrier = self._routes["carriers"][prefix]
        digits = "".join(str(self._rng.randint(1, 9)) for _ in range(carrier["digits"]))
        return Parcel(
            tracking_number=prefix + digits,
            carrier=text(carrier),
            state=_STATES.get(fate, ParcelState.EXCEPTION),
            shipped_at=None if fate == "created" else shipped_at,
            promised_on=self._promised_on(fate, shipped_at),
            delivered_at=end,
            exception=fate if fate in _EXCEPTIONS else None,
            scans=tuple(reversed(self._scans(fate, shipped_at, end))),
            line_ids=line_ids,
        )

    def _promised_on(self, fate: str, shipped_at: datetime) -> date:
        shipped_ago = self._days.ago(shipped_at)
        if fate == "late":  # two to four days ago
            return self._days.on(self._rng.randint(2, min(4, shipped_ago - 1)))
        if fate == "at_door":
            return self._days.today
        promised_ago = shipped_ago - self._way.promised
        if fate in ("created", "picked_up", "moving"):
            promised_ago = min(promised_ago, -1)
        return self._days.on(promised_ago)

    def _scans(self, fate: str, shipped_at: datetime, end: datetime | None) -> list[Scan]:
        """Return the scans, oldest first."""
        places = self._places()
        if fate == "created":
            return [self._scan(shipped_at, "created", places)]
        steps: list[list[str]] = self._routes["journeys"][self._way.journey]
        if end is None:
            steps = self._cut(fate, steps)
            end = self._last_seen(fate, shipped_at)
            times = _even(shipped_at, end, len(steps))
        else:
            ends = [
                end - timedelta(hours=_TAIL_HOURS[note]) for _, note in steps if note in _TAIL_HOURS
            ]
            before = _even(shipped_at, ends[0] - timedelta(hours=2), len(steps) - len(ends) - 1)
            times = [*before, *ends, end]
        scans = [
            self._scan(self._jitter(at, index, len(steps)), note, places, place)
            for index, (at, (place, note)) in enumerate(zip(times, steps, strict=True))
        ]
        if fate in _EXCEPTIONS:
            note = "held_abroad" if fate == "held" and self._person.is_abroad else fate
            at = self._days.at(1, self._rng.randint(9, 20), self._rng.randrange(60))
            scans.append(Scan(at, scans[-1].place, text(self._routes["notes"][note])))
        return scans

    def _cut(self, fate: str, steps: list[list[str]]) -> list[list[str]]:
        """Keep the part of the journey that such a parcel has behind it."""
        notes = [note for _, note in steps]
        last = {
            "picked_up": notes.index("picked_up"),
            "at_door": notes.index("courier"),
            "refused": notes.index("courier"),
            "damaged": notes.index("courier") - 1,
            "late": len(notes) // 2 - 1,
            "lost": len(notes) // 2 - 1,
        }.get(fate, len(notes) // 2)
        return steps[: last + 1]

    def _last_seen(self, fate: str, shipped_at: datetime) -> datetime:
        """Return the moment of the last ordinary scan of a parcel under way."""
        rng = self._rng
        shipped_ago = self._days.ago(shipped_at)
        if fate == "picked_up":
            return shipped_at
        if fate in ("late", "lost"):  # silence is what is wrong with them
            return self._days.at(max(shipped_ago - 3, 3), rng.randint(8, 20), rng.randrange(60))
        if fate in _EXCEPTIONS:
            return self._days.at(2, rng.randint(9, 20), rng.randrange(60))
        return self._days.at(1, rng.randint(19, 22), rng.randrange(60))

    def _places(self) -> dict[str, Text]:
        city = text(self._routes["cities"][self._person.city])
        hub = Text(f"{city.zh}转运中心", f"{city.en} sorting centre")
        far = [raw for raw in self._routes["warehouses"] if text(raw["hub"]) != hub]
        warehouse = self._rng.choice(far)
        places = {name: text(raw) for name, raw in self._routes["places"].items()}
        places |= {
            "warehouse": text(warehouse["place"]),
            "hub": text(warehouse["hub"]),
            "city_hub": hub,
            "station": Text(f"{city.zh}派送网点", f"{city.en} delivery station"),
        }
        if self._person.is_abroad:
            places["airport"] = text(self._routes["airports"][self._person.country])
        return places

    def _scan(
        self, at: datetime, note: str, places: dict[str, Text], place: str = "warehouse"
    ) -> Scan:
        if note == "delivered":
            note = self._rng.choice(
                ("delivered", "delivered", "delivered_locker", "delivered_desk")
            )
        return Scan(at, places[place], text(self._routes["notes"][note]))

    def _jitter(self, at: datetime, index: int, count: int) -> datetime:
        """Move inner steps by some minutes: machines are not that punctual."""
        if index in (0, count - 1):
            return at
        return at + timedelta(minutes=self._rng.randint(-25, 25))


def _even(start: datetime, end: datetime, count: int) -> list[datetime]:
    """Return `count` moments from start to end, whole minutes, the last one at the end."""
    if count == 1:
        return [start]
    step = (end - start) / (count - 1)
    return [(start + step * place).replace(second=0, microsecond=0) for place in range(count)]
