"""One spelling for what shoppers type in many, with the way back to the characters they typed.

Understanding works on the normalised text; entity spans are given in the original.
"""

from dataclasses import dataclass

_INVISIBLE = {0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xFE0E, 0xFE0F}
_LONGEST_RUN = 2  # "快快快快！！！！" and "soooo" become "快快！！" and "soo"
_SIGNS = str.maketrans(
    {"。": ".", "、": ",", "「": '"', "」": '"', "“": '"', "”": '"', "‘": "'", "’": "'", "—": "-"}
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised text; `origin[i]` is where its sign i stands in the original."""

    text: str
    origin: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original span (start inclusive, end exclusive) of a non-empty one here."""
        return self.origin[start], self.origin[end - 1] + 1


def normalise(original: str) -> Normalised:
    """Make full-width signs half-width, letters lower case, long runs and white space short.

    Digits are never shortened: 13800001111 is a phone.
    """
    signs: list[str] = []
    origin: list[int] = []
    run = 0
    for i, sign in enumerate(original):
        plain = _plain(sign)
        if not plain:
            continue
        if signs and plain == signs[-1]:
            run += 1
            if plain == " " or (run > _LONGEST_RUN and not plain.isdigit()):
                continue
        else:
            run = 1
        if plain == " " and not signs:
            continue
        signs.append(plain)
        origin.append(i)
    while signs and signs[-1] == " ":
        signs.pop()
        origin.pop()
    return Normalised("".join(signs), tuple(origin))


def _plain(sign: str) -> str:
    code = ord(sign)
    if code in _INVISIBLE:
        return ""
    if 0xFF01 <= code <= 0xFF5E:  # full-width forms of ASCII
        sign = chr(code - 0xFEE0)
    elif sign.isspace():
        return " "
    sign = sign.translate(_SIGNS).lower()
    return sign if len(sign) == 1 else sign[:1]  # "İ".lower() is two signs
