"""Finds entities by rules: numbers, ordinals, reasons, condition, wishes, products.

Rules work on the normalised text; spans are given in the original. Products come from the lookup
table `product` of data/nlu, so an operator extends them without code. What an entity means for a
case is decided in the desk; here only its value is brought into one form.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import json_to_string, read_json_file

from bot.nlu import lexicon
from bot.nlu.language import expects_of, normalised_of

_NUMERALS = {sign: i for i, sign in enumerate("零一二三四五六七八九十")} | {
    "〇": 0,
    "幺": 1,
    "两": 2,
    "俩": 2,
    "仨": 3,
}
_NUMERAL = "[一二两俩三仨四五六七八九十]"
_MEASURE = "[个件双条瓶盒箱套包袋台部只支本把款单笔项张号行种位]"


class Found(NamedTuple):
    """An entity in the normalised text; `end` is exclusive."""

    entity: str
    value: Any
    start: int
    end: int


class NumberRules:
    """Order numbers, phones and their last four digits."""

    _EIGHT_TO_FIFTEEN = r"\d(?:[\s-]?\d){7,14}"
    _MOBILE = re.compile(r"(?<![\da-z])(?:\+?86[\s-]?)?(1[3-9]\d(?:[\s-]?\d){8})(?![\s-]?\d)")
    _ABROAD = re.compile(rf"(?<![\da-z])(\+{_EIGHT_TO_FIFTEEN})(?!\d)")
    _NAMED_PHONE = re.compile(
        r"(?:手机|电话|联系方式|phone|mobile|cell)[^\d+]{0,16}(" + _EIGHT_TO_FIFTEEN + r")(?!\d)"
    )
    _TAIL_NAME = (
        r"(?:尾号|后四位|后4位|末四位|末4位|最后四位|最后4位|手机号?|电话号?码?"
        r"|last\s+(?:four|4)(?:\s+digits?)?|ending(?:\s+(?:in|with))?|ends\s+(?:in|with)"
        r"|phone(?:\s+number)?|mobile|cell|digits)"
    )
    _TAIL = re.compile(_TAIL_NAME + r"[^\da-z一二三四五六七八九零〇幺]{0,4}[a-z是为 :]{0,24}?"
                       r"(?<!\d)(\d(?:\s?\d){3})(?!\s?\d)")  # fmt: skip
    _TAIL_BEFORE = re.compile(r"(?<![\da-z])(\d{4})(?!\d)\s*(?:尾号|结尾|是(?:我的)?尾号)")
    _SPOKEN_TAIL = re.compile(_TAIL_NAME + r"[是为: ]{0,3}([零〇幺一二三四五六七八九]{4})")
    _FOUR = re.compile(r"(?<![\da-z.:/-])(\d{4})(?![\da-z:/-]|\.\d)")
    _OTHER_SHOP = re.compile(
        r"(?:订单(?:编)?号?|单号|order\s*(?:number|no\.?|id|#)?)\s*(?:是|为|is|:|#)*\s*"
        r"([a-z]{0,4}\d[\da-z]*(?:[\s-]?\d+){0,4})(?![\da-z])"
    )
    _SHORTEST_ORDER = 6

    def __init__(self, prefix: str, digits: int, carriers: Iterable[str]) -> None:
        """Take the form of the shop's order numbers: letters, then so many digits."""
        self._prefix, self._digits = prefix.lower(), digits
        self._carriers = tuple(carrier.lower() for carrier in carriers)
        spaced = r"[\s\-_.]*".join([re.escape(self._prefix), *([r"\d"] * digits)])
        self._exact = re.compile(rf"(?<![a-z0-9])({spaced})(?!\d)")
        self._nearly = re.compile(rf"(?<![a-z0-9])({re.escape(self._prefix)}[\s\-_]?\d{{4,16}})")
        month_day = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
        self._bare = re.compile(rf"(?<![\da-z])(\d\d{month_day}\d{{{max(digits - 6, 1)}}})(?!\d)")

    def find(self, text: str, expects: str | None) -> Iterator[Found]:
        """Yield orders first, then phones; what is one is not the other."""
        orders = list(self._orders(text))
        yield from orders
        taken = [(found.start, found.end) for found in orders]
        phones = [found for found in self._phones(text) if not _overlaps(found, taken)]
        yield from phones
        taken += [(found.start, found.end) for found in phones]
        if not phones:
            asked = expects == "identity" or bool(orders)
            tails = (found for found in self._tails(text, asked) if not _overlaps(found, taken))
            yield from list(tails)[:1]

    def _orders(self, text: str) -> Iterator[Found]:
        for pattern in (self._exact, self._nearly):
            matches = list(pattern.finditer(text))
            if matches:
                for match in matches:
                    yield _found("order_number", _joined(match[1]), match)
                return
        for match in self._bare.finditer(text):
            yield _found("order_number", (self._prefix + match[1]).upper(), match)
            return
        for match in self._OTHER_SHOP.finditer(text):
            value = _joined(match[1])
            is_parcel = value.lower().startswith(self._carriers)
            if len(value) >= self._SHORTEST_ORDER and not is_parcel:
                yield _found("order_number", value, match)

    def _phones(self, text: str) -> Iterator[Found]:
        for pattern in (self._MOBILE, self._ABROAD, self._NAMED_PHONE):
            for match in pattern.finditer(text):
                phone = re.sub(r"[\s-]", "", match[1])
                yield _found("phone", phone, match)
                yield _found("phone_last4", phone[-4:], match)
                return

    def _tails(self, text: str, asked: bool) -> Iterator[Found]:
        for match in self._TAIL.finditer(text):
            yield _found("phone_last4", re.sub(r"\s", "", match[1]), match)
        for match in self._TAIL_BEFORE.finditer(text):
            yield _found("phone_last4", match[1], match)
        for match in self._SPOKEN_TAIL.finditer(text):
            digits = "".join(str(_NUMERALS[sign]) for sign in match[1])
            yield _found("phone_last4", digits, match)
        if asked:
            for match in self._FOUR.finditer(text):
                yield _found("phone_last4", match[1], match)


_EN_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "last": -1, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4,
    "5th": 5, "6th": 6,
}  # fmt: skip
_EN_COUNTS = {"one": 1, "two": 2, "both": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_EN_ORDINAL = "|".join(_EN_ORDINALS)
_EN_PICKED = r"(?:\s+(?:one|item|order|option|product|pair|entry|thing|purchase|on the list))"
_PICKING = frozenset({"order", "line", "reason", "condition", "wanted", "identity"})
_ORDINALS = (
    re.compile(
        rf"(?<!倒数)第\s?({_NUMERAL}|\d{{1,2}})\s?{_MEASURE}?(?![天次周年月期代季届时点名\d])"
    ),
    re.compile(rf"(倒数第一|最后)(?:那|这)?(?:一)?{_MEASURE}(?!月)"),
    re.compile(rf"(?<![a-z])({_EN_ORDINAL})(?![a-z]){_EN_PICKED}(?![a-z])"),
    re.compile(r"(?:number|no\.?|option|item|#)\s?#?(\d{1,2})(?!\d)"),
)
_WHOLE_ORDINAL = re.compile(
    rf"(?:the\s+|选|要|就|我要|我选|是)*({_EN_ORDINAL}|最后|{_NUMERAL}|\d{{1,2}})"
    r"(?:号|吧|\)|\.|个吧|please| please)*"
)
_NEWEST = re.compile(
    r"(最近|最新|上一?|刚下|刚买)的?(?:那|这)?一?[单个笔]|(?:latest|most recent|newest)\b"
)
_LAST_ORDER = 20


def find_ordinals(text: str, expects: str | None) -> Iterator[Found]:
    """Yield which of the things just shown is meant: 1 is the first, -1 the last."""
    for pattern in _ORDINALS:
        for match in pattern.finditer(text):
            yield Found("ordinal", _ordinal(match[1]), match.start(), match.end())
            return
    whole = _WHOLE_ORDINAL.fullmatch(text.strip(" .!,"))
    if whole is not None and (expects in _PICKING or whole[1].isdigit()):
        value = _ordinal(whole[1])
        if value and value <= _LAST_ORDER:
            start = text.index(whole[1])
            yield Found("ordinal", value, start, start + len(whole[1]))
            return
    newest = _NEWEST.search(text) if expects in ("order", "identity") else None
    if newest is not None:
        yield Found("ordinal", 1, newest.start(), newest.end())


_QUANTITIES = (
    re.compile(rf"[退换寄送][回掉货了]?\s?({_NUMERAL}|\d{{1,2}})\s?{_MEASURE}(?![月天])"),
    re.compile(rf"({_NUMERAL}|\d{{1,2}})\s?{_MEASURE}\s?[都全]"),
    re.compile(r"(?:return|send back|exchange|refund)\s+(?:only\s+|just\s+)?"
               r"(\d{1,2}|one|two|both|three|four|five|six)\b(?=\s+(?:of|pairs?|items?|pieces?))"),
    re.compile(r"(?<![a-z])(both|two|three|four)\s+of\s+(?:them|these|those|the)\b"),
)  # fmt: skip


def find_quantities(text: str) -> Iterator[Found]:
    """Yield how many pieces are meant."""
    for pattern in _QUANTITIES:
        match = pattern.search(text)
        if match is not None:
            word = match[1]
            yield _found("quantity", _EN_COUNTS.get(word) or _ordinal(word), match)
            return


def find_meaning(
    entity: str, values: lexicon.Values, text: str, *, avoid: re.Pattern[str] | None = None
) -> Iterator[Found]:
    """Yield the first value of a lexicon that the text says and does not deny."""
    for value, pattern in values:
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - lexicon.NEGATION_REACH) : match.start()]
            if avoid is None or not avoid.search(before):
                yield Found(entity, value, match.start(), match.end())
                return


class ProductRules:
    """Products as shoppers name them: a known noun with the colour before it."""

    def __init__(self, nouns: Iterable[str]) -> None:
        """Compile the nouns of both languages, longest first."""
        zh: list[str] = []
        en: list[str] = []
        for noun in sorted({noun.strip().lower() for noun in nouns} - {""}, key=len, reverse=True):
            (en if noun.isascii() else zh).append(re.escape(noun))
        colours = rf"(?:{lexicon.COLOURS_EN})\s+"
        parts = []
        if zh:
            parts.append(rf"(?:(?:{lexicon.COLOURS_ZH})色?的?)?(?:{'|'.join(zh)})")
        if en:
            parts.append(rf"(?<![a-z])(?:{colours})?(?:{'|'.join(en)})(?:e?s)?(?![a-z])")
        self._pattern = re.compile("|".join(parts)) if parts else None
        self._colour = re.compile(
            rf"(?:{lexicon.COLOURS_ZH})色?的?(?:那|这)?[一]?{_MEASURE}?"
            rf"|(?<![a-z])(?:{lexicon.COLOURS_EN})(?:\s+one)?(?![a-z])"
        )

    def find(self, text: str, expects: str | None) -> Iterator[Found]:
        """Yield the first product; where one is asked for, a colour alone will do."""
        match = self._pattern.search(text) if self._pattern else None
        if match is None and expects in ("order", "line"):
            match = self._colour.search(text)
        if match is not None:
            yield Found("product", match[0], match.start(), match.end())


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ShopEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Adds the entities of the rules above to each message."""

    _LOOKUP = "product"
    _FILE = "products.json"

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the form of order numbers and the prefixes that are parcels instead."""
        return {
            "order_prefix": "ZG",
            "order_digits": 10,
            "carriers": ["SF", "YT", "ZTO", "STO", "YD", "JD", "JT", "EMS", "DHL", "UPS", "FEDEX"],
        }

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        """Start without products; they come from training or from the model."""
        self._storage, self._resource = storage, resource
        self._numbers = NumberRules(
            config["order_prefix"], config["order_digits"], config["carriers"]
        )
        self._products = ProductRules([])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "ShopEntityExtractor":
        """Make an untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "ShopEntityExtractor":
        """Make the component with the products of the model."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._products = ProductRules(read_json_file(folder / cls._FILE))
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the product lookup table in the model."""
        nouns = [
            noun
            for table in training_data.lookup_tables
            if table["name"] == self._LOOKUP and isinstance(table["elements"], list)
            for noun in table["elements"]
        ]
        with self._storage.write_to(self._resource) as folder:
            (folder / self._FILE).write_text(json_to_string(nouns), encoding="utf-8")
        self._products = ProductRules(nouns)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add what is found; intents decide whether a wish is one."""
        for message in messages:
            normalised = normalised_of(message)
            original = message.get("text") or ""
            if original.startswith("/"):
                continue
            entities = list(message.get(ENTITIES, []))
            intent = (message.get(INTENT) or {}).get("name")
            for found in self.find(normalised.text, expects_of(message), intent):
                start, end = normalised.span(found.start, found.end)
                value = original[start:end] if found.entity == "product" else found.value
                entities.append(
                    {
                        "entity": found.entity,
                        "value": value,
                        "start": start,
                        "end": end,
                        "extractor": self.name,
                    }
                )
            message.set(ENTITIES, entities, add_to_output=True)
        return messages

    def find(self, text: str, expects: str | None, intent: str | None = None) -> list[Found]:
        """Return all entities of a normalised text."""
        numbers = list(self._numbers.find(text, expects))
        spans = [(found.start, found.end) for found in numbers]
        rest = [
            *find_ordinals(text, expects),
            *find_quantities(text),
            *find_meaning("reason", lexicon.REASONS, text, avoid=lexicon.DENIED),
            *self._conditions(text, expects),
            *self._products.find(text, expects),
        ]
        if expects == "wanted" or intent == "complaint":
            rest += find_meaning("wanted", lexicon.WANTED, text)
        if expects == "reason" and not any(found.entity == "reason" for found in rest):
            rest += find_meaning("reason", lexicon.OTHER_REASON, text)
        return numbers + [found for found in rest if not _overlaps(found, spans)]

    @staticmethod
    def _conditions(text: str, expects: str | None) -> Iterator[Found]:
        found = list(find_meaning("condition", lexicon.CONDITIONS, text, avoid=lexicon.DENIED_DEED))
        if not found and expects == "condition":
            found = list(find_meaning("condition", lexicon.BARE_CONDITIONS, text))
        yield from found


def _found(entity: str, value: Any, match: re.Match[str]) -> Found:
    return Found(entity, value, match.start(1), match.end(1))


def _joined(number: str) -> str:
    return re.sub(r"[\s\-_.]", "", number).upper()


def _ordinal(word: str) -> int:
    if word in ("倒数第一", "最后"):
        return -1
    if word.isdigit():
        return int(word)
    return _EN_ORDINALS.get(word) or _NUMERALS[word]


def _overlaps(found: Found, spans: Iterable[tuple[int, int]]) -> bool:
    return any(found.start < end and start < found.end for start, end in spans)
