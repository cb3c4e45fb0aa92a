"""One sentence as a statement: what it is of, the value it gives, and how it says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .words import STOP, fold, terms

__all__ = ["Statement", "forget_statements", "read"]

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_NUMBERS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    "sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|"
    "hundred|thousand|million"
)
_COLOURS = (
    "red|blue|green|yellow|orange|purple|violet|pink|brown|black|white|grey|gray|silver|gold|"
    "golden|beige|turquoise|maroon|teal|navy|crimson|scarlet|olive|ivory|amber|bronze|copper|"
    "lilac|mauve|magenta|indigo|khaki|cream|burgundy|blond|blonde|ginger|charcoal|coral|mint"
)
# In this order: the first that fits a place takes it.
_TYPED = re.compile(
    r"(?P<money>[$£€¥]\s?\d[\d,.]*k?\b|\b\d[\d,.]*\s?(?:euros?|dollars?|pounds?|bucks|francs?|"
    r"eur|usd|gbp|cents)\b)|"
    r"(?P<clock>\b\d{1,2}(?::\d\d)?\s?(?:am|pm|a\.m\.|p\.m\.|o'clock)|\b\d{1,2}:\d\d\b|"
    r"\b(?:noon|midnight)\b)|"
    rf"(?P<date>\b(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_MONTHS})\b|"
    rf"\b(?:{_MONTHS}) \d{{1,2}}(?:st|nd|rd|th)?\b|\bthe \d{{1,2}}(?:st|nd|rd|th)\b)|"
    r"(?P<day>\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b)|"
    rf"(?P<colour>\b(?:(?:dark|light|pale|bright) )?(?:{_COLOURS})\b)|"
    r"(?P<number>\b\d[\d,.:/-]*[a-z]?\b|\b(?:" + _NUMBERS + r")(?:-(?:one|two|three|four|five|six|"
    r"seven|eight|nine))?\b)",
    re.I,
)
_NAME = re.compile(
    r"(?<![.!?:] )(?<!^)(?<=[\s\"“(])(?!(?:I|I'm|I've|I'll|I'd|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)"
    r"(?:day|days)?\b)(?:Dr\.? )?[A-Z][\w'’&-]*(?: [A-Z][\w'’&-]*)*"
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_CHANGE = re.compile(
    r"\b(?:now|nowadays|these days|lately|instead|no longer|any ?more|switch\w*|mov(?:ed|ing)|"
    r"chang\w+|replac\w+|swap\w*|new|newly|became|since|an? \w+ one|from (?:now|today|next|\w+day)|"
    r"turn(?:ed|s) out|after all|(?:up|down|back) to|went (?:up|down)|gone (?:up|down)|grew|grown|"
    r"rais\w+|rose|risen|jump\w+|dropp\w+|cut|lower\w+|reduc\w+|increas\w+|extend\w+|postpon\w+|"
    r"push\w+|reschedul\w+|delay\w+|mov(?:e|es)|shift\w*|transferr\w+|joined|quit|left|retrained|"
    r"took over|taken over|takes over|so far|by now|already|reach\w*|updat\w+|correct\w*|"
    r"improv\w+|brought|another|gave up|given up|stopped|sold|bought|got|renamed|(?:re)?painted|"
    r"dyed|sprayed|finish\w*|started|ended up|went (?:back|over|with)|that makes|this time)\b",
    re.I,
)
_ALSO = re.compile(r"\b(?:also|too|as well|second|other|besides|plus|both|either)\b", re.I)
_PAST = re.compile(
    r"\b(?:was|were|had|used to|ago|once|back then|last (?:year|month|summer|winter|spring|term|"
    r"time|night)|yesterday|(?:as|when) (?:a|i|we|he|she) (?:child|kid|was|were|had|lived)\w*|"
    r"(?:at|in|from) (?:school|college|high school|childhood)|my (?:first|last|old|previous|"
    r"former|ex)|our (?:first|last|old|previous|former)|in my (?:teens|twenties|thirties|youth)|"
    r"years? (?:ago|before)|before (?:that|then|we|i|the)|growing up|back in the day|"
    r"when (?:i|we)|\w{3,}ed)\b",
    re.I,
)
_EVENT = re.compile(
    r"^\W*(?:[\w'’]+ ){1,4}?(?:got|sold|met|came|spent|paid|found|lost|lent|flew|ran|wrote|went|"
    r"saw|ate|took|drove|woke|bought|left|made|gave|told|won|had|slept|swam|rode|sent|brought|caught|fell|"
    r"heard|kept|sat|stood|threw|drank|began|broke|chose|drew|built|\w{2,}ed)\b",
    re.I,
)
_PLAN = re.compile(
    r"\b(?:want\w*|would|could|might|hope\w*|hoping|plan\w*|wish\w*|dream\w*|some ?day|one day|"
    r"maybe|perhaps|thinking (?:of|about)|consider\w*|may|should|going to|let's|someday|"
    r"tempted|almost|nearly)\b",
    re.I,
)
_KIN = (
    r"(?:(?:grand|step|half-|god)?(?:mother|father|mum|mom|dad|son|daughter|brother|sister|"
    r"parents?|child|children|kids?|ma|pa)s?(?:-in-law)?|wife|husband|partner|spouse|aunt|uncle|"
    r"cousins?|niece|nephew|in-laws|friends?|neighbou?rs?|colleagues?|boss|flatmate|roommate|"
    r"housemate|girlfriend|boyfriend|fianc\w+|twins?|team ?mate|coworkers?|classmate|tenant|"
    r"landlord|landlady|coach|teacher|ex|buddy|mate|competitor|rival)"
)
_PERSON = re.compile(
    rf"\b(?:he|she|his|hers?|their|theirs|{_KIN}|next door|over there|"
    r"down the (?:road|street)|(?:the )?others?|\w+(?:['’]s|s['’]))\b",
    re.I,
)
_NOT_OWNERS = re.compile(
    r"^(?:it|that|there|here|what|who|he|she|let|where|how|today|this|tomorrow|yesterday)['’]s$",
    re.I,
)
_DENIED = re.compile(r"\b(?:not|no|never|no longer|nothing|neither|stopped|\w+n['’]t)\b", re.I)
_SUBJECT = re.compile(
    r"\W*(?:(?P<i>i|i'm|i've|we|we're|we've)|(?P<my>my|our)|(?P<the>the))\b", re.I
)
# Words of how and when, which tell nothing of what a statement is of.
_HOW = frozenset(
    terms(
        "now nowadays days lately instead longer anymore new newly since today tonight currently "
        "actually really just still already recently finally usually always often get got go going "
        "gone went make made become became take took taken turn turned change changed move moved "
        "switch switched up down back off around about only even well yet ago week month year "
        "time called call name named one another also too second other give gave given put let "
        "start started stop stopped want would like could might must shall may "
        "have has i we im ive were theyre its thing bit lot"
    )
)

_OF = frozenset("of for from by with to on in at after before".split())
_ARTICLES = frozenset("my our the a an his her their".split())


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence read. ``typed``: its values by kind, ``units``: the stem after each number,
    ``words``: all stems, ``content``: those of the other content words in order, ``before``: of
    each the stem or small word before it, ``of``: the stem that it belongs to ("the lock for the
    bike": lock), ``shown``: they as they stand, ``value``: what it says in the end."""

    typed: tuple[tuple[str, str], ...]
    units: tuple[str, ...]
    words: frozenset[str]
    content: tuple[str, ...]
    before: tuple[str, ...]
    of: tuple[str, ...]
    shown: tuple[str, ...]
    persons: frozenset[str]
    subject: str
    change: bool
    also: bool
    past: bool
    event: bool
    plan: bool
    denied: bool
    value: str


@lru_cache(maxsize=4096)
def read(text: str) -> Statement:
    """Read one sentence. Linear in it."""
    marks = _marks(text)
    typed = tuple((kind, _plain(said)) for _, _, kind, said in marks)
    content, before, of, shown = _content(text, marks)
    return Statement(
        typed,
        tuple(_after(text, end) for _, end, kind, _ in marks if kind == "number"),
        frozenset(terms(text)),
        content,
        before,
        of,
        shown,
        _persons(text),
        _subject(text),
        bool(_CHANGE.search(text)),
        bool(_ALSO.search(text)),
        bool(_PAST.search(text)),
        bool(_EVENT.search(text)),
        bool(_PLAN.search(text)),
        bool(_DENIED.search(text)),
        _value(marks, shown),
    )


def _marks(text: str) -> list[tuple[int, int, str, str]]:
    """Where its values stand (start, end, kind, text), in order."""
    typed = [(m.start(), m.end(), m.lastgroup or "", m.group()) for m in _TYPED.finditer(text)]
    names = [
        (m.start(), m.end(), "name", m.group())
        for m in _NAME.finditer(text)
        if not any(start < m.end() and m.start() < end for start, end, *_ in typed)
    ]
    return sorted([*typed, *names])


def forget_statements() -> None:
    """Drop what is kept in RAM of sentences to be quick."""
    read.cache_clear()


def _content(text: str, marks: list[tuple[int, int, str, str]]) -> tuple[tuple[str, ...], ...]:
    content, before, of, shown = (list[str]() for _ in range(4))
    last = belongs = ""
    for m in _WORD.finditer(text):
        word = fold(m.group())
        if any(start <= m.start() < end for start, end, *_ in marks):
            last, belongs = "#", ""
            continue
        stems = terms(word)
        stem = stems[0] if stems else ""
        if word in STOP or not stem or stem in _HOW or "'" in word.removesuffix("'s"):
            if word in _OF and content and last == content[-1]:
                belongs = last
            elif word not in _ARTICLES:
                belongs = ""
            last = word
            continue
        of.append(belongs)
        belongs = ""
        content.append(stem)
        before.append(last)
        shown.append(m.group())
        last = stem
    return tuple(content), tuple(before), tuple(of), tuple(shown)


def _value(marks: list[tuple[int, int, str, str]], shown: tuple[str, ...]) -> str:
    """A number rather than a name, else the last word: what such sentences tell."""
    said = [text for _, _, kind, text in marks if kind != "name"] or [m[3] for m in marks]
    return said[-1].strip() if said else shown[-1] if shown else ""


def _after(text: str, end: int) -> str:
    m = _WORD.match(text, end + 1) if end < len(text) else None
    stems = terms(m.group()) if m else []
    return stems[0] if stems else ""


def _persons(text: str) -> frozenset[str]:
    found = (m.group().casefold() for m in _PERSON.finditer(text))
    return frozenset(word for word in found if not _NOT_OWNERS.match(word))


def _subject(text: str) -> str:
    m = _SUBJECT.match(text)
    return (m.lastgroup or "") if m else "other"


def _plain(value: str) -> str:
    return " ".join(terms(value)) or fold(value)
