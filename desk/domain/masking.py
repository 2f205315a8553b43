"""Take personal data out of text before it is logged or kept for analysis (R9). Pure functions.

Masking errs on the side of too much: a masked house number costs nothing, a phone number in a log
does.
"""

import re

# Half-width and full-width digits: input methods produce both.
_D = "[0-9０-９]"
_SEP = r"[\s\-‐-―－.·]?"
_NOT_IN_WORD = r"(?<![0-9０-９A-Za-z_])"
_END = r"(?![0-9０-９A-Za-z_])"

_EMAIL = re.compile(
    r"[A-Za-z0-9._%+\-]{1,64}\s?[@＠]\s?[A-Za-z0-9\-]{1,63}(?:[.。．][A-Za-z0-9\-]{1,63}){1,4}"
)
_ID_CARD = re.compile(rf"{_NOT_IN_WORD}{_D}{{6}}\s?{_D}{{8}}\s?{_D}{{3}}[0-9０-９XxＸｘ]{_END}")
_BANK_CARD = re.compile(
    rf"{_NOT_IN_WORD}(?:{_D}{{4}}[\s\-]){{3,4}}{_D}{{1,4}}{_END}|{_NOT_IN_WORD}{_D}{{15,19}}{_END}"
)
_PHONE = re.compile(
    rf"(?<![0-9０-９])(?:"
    rf"(?:[+＋]|{_NOT_IN_WORD}00)86{_SEP}1{_D}{{2}}{_SEP}{_D}{{4}}{_SEP}{_D}{{4}}"  # +86 mobile
    rf"|[1１][3-9３-９]{_D}{_SEP}{_D}{{4}}{_SEP}{_D}{{4}}"  # mobile, mainland China
    rf"|[1１][3-9３-９]{_D}{_SEP}{_D}{{3}}{_SEP}{_D}{{5}}"
    rf"|[+＋]{_D}{{1,3}}(?:[\s\-.()]{{0,2}}{_D}){{6,13}}"  # international
    rf"|\(?0{_D}{{2,4}}\)?[\s\-]{_D}{{3,4}}[\s\-]?{_D}{{3,4}}"  # landline, British mobile
    rf"|\({_D}{{3}}\)\s?{_D}{{3}}[\s\-.]{_D}{{4}}"  # North America
    rf"|(?<![0-9０-９\-]){_D}{{3}}[\-.]{_D}{{3}}[\-.]{_D}{{4}}"
    rf")(?![0-9０-９])"
)
# The part of an address that leads to a door: digits or Chinese numerals before a unit.
_DOOR_ZH = re.compile(
    rf"(?:{_D}{{1,6}}|[一二三四五六七八九十百]{{1,6}}|[A-Za-z])(?:[\-－]{_D}{{1,6}}){{0,3}}\s?(?=(?:号楼|号院|号|栋|幢|座|单元|楼|层|室|弄|巷|组|户)(?!码|单|线|店|铺))"
)
_ADDRESS_ZH = re.compile(
    r"(?:省|市|区|县|镇|乡|村|路|街|道|大道|胡同|里|小区|花园|苑|园|城|广场|大厦|公寓|家园|新村|府|弄|巷)[^，。,;；!！?？\n]{0,12}$"
)
_STREET_EN = re.compile(
    rf"{_NOT_IN_WORD}{_D}{{1,5}}[A-Za-z]?(?=\s+(?:[A-Z][A-Za-z'.]+\s+){{1,3}}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Ct|Close|Way|Square|Terrace|Place|Boulevard|Blvd|Crescent)\b)"
)
_FLAT_EN = re.compile(
    rf"\b((?:flat|apartment|apt\.?|unit|suite|room)\s+#?){_D}{{1,5}}[A-Za-z]?\b", re.IGNORECASE
)
_POSTCODE_UK = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]?\s?[0-9][A-Z]{2}\b")
_LONG_NUMBER = re.compile(rf"(?:{_D}[\s\-]?){{6,}}{_D}")


def mask_phone(phone: str) -> str:
    """Return a phone number of which only the first three and last four digits can be read."""
    digits = [index for index, sign in enumerate(phone) if sign.isdigit()]
    hidden = set(digits[3:-4] if len(digits) > 7 else digits[:-2])
    return "".join("*" if index in hidden else sign for index, sign in enumerate(phone))


def mask_email(email: str) -> str:
    """Return an address of which the first letter and the domain can be read."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else "***"


def mask_name(name: str) -> str:
    """Return a name of which the first sign of each part can be read: 王*, E*** W***."""
    return " ".join(f"{part[0]}{'*' * min(len(part) - 1, 3)}" for part in name.split())


def mask_personal(text: str) -> str:
    """Replace e-mail addresses, id cards, bank cards, phones and house numbers in free text.

    Order and parcel numbers stay. Masking a masked text changes nothing.
    """
    text = _EMAIL.sub("[email]", text)
    text = _ID_CARD.sub("[id]", text)
    text = _BANK_CARD.sub("[card]", text)
    text = _PHONE.sub("[phone]", text)
    text = _mask_chinese_doors(text)
    text = _STREET_EN.sub("*", text)
    text = _FLAT_EN.sub(r"\1*", text)
    return _POSTCODE_UK.sub("[postcode]", text)


def mask_text(text: str) -> str:
    """Replace everything personal and every number of seven digits or more, order numbers too."""
    return _LONG_NUMBER.sub("[number]", mask_personal(text))


def _mask_chinese_doors(text: str) -> str:
    """Hide the numbers before 号, 栋, 室 … where the words before them look like an address."""
    parts: list[str] = []
    end = 0
    for door in _DOOR_ZH.finditer(text):
        before = text[max(0, door.start() - 24) : door.start()]
        follows_another = bool(parts) and door.start() - end <= 3
        if not follows_another and _ADDRESS_ZH.search(before) is None:
            continue
        parts += [text[end : door.start()], "*"]
        end = door.end()
    return "".join([*parts, text[end:]])
