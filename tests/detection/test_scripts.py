"""Names in another script are the same names, and their neighbours are not."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.other_scripts import measured
from benchmarks.other_scripts_names import HELD_OUT, TUNED
from guardrail import ForgetSet, Guard
from guardrail.detection.scripts import SoundIndex
from guardrail.target import Target

NAMES = ("Albert Einstein", "Marie Curie", "Stephen King", "Bruce Lee")


@pytest.fixture(scope="module")
def guard(embedder: Any) -> Guard:
    return Guard(ForgetSet(Target(name=name) for name in NAMES), embedder=embedder)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("Кто такой Альберт Эйнштейн?", "albert-einstein"),
        ("Расскажи об Альберте Эйнштейне и его работе", "albert-einstein"),
        ("Ποιος ήταν ο Άλμπερτ Αϊνστάιν;", "albert-einstein"),
        ("アルベルト・アインシュタインとは誰ですか", "albert-einstein"),
        ("من هو ألبرت أينشتاين؟", "albert-einstein"),
        ("Кто такая Мария Кюри?", "marie-curie"),
        ("Что написал стивен кинг", "stephen-king"),
        ("Кинг, Стивен: книги", "stephen-king"),
        ("Кто такой Брюс Ли?", "bruce-lee"),
    ],
)
def test_a_name_in_another_script_is_caught_on_both_sides(
    guard: Guard, text: str, target: str
) -> None:
    """All of them came out clear: only letters that look alike were folded."""
    assert guard.check(text).sure == (target,)
    assert not guard.allows("Hm?", text)[0]
    assert guard.withhold([text]) == [True]


@pytest.mark.parametrize(
    "text",
    [
        "Кто такой Стивен Хокинг?",
        "スティーヴン・ホーキング",
        "Альберт Швейцер был врачом",
        "Сегодня хорошая погода, и мы идём в кино.",
        "Σήμερα ο καιρός είναι καλός και πάμε σινεμά.",
        "الطقس جميل اليوم وسنذهب إلى السينما",
        "今日はアルバイトでステーキを食べました。",
    ],
)
def test_neighbours_and_other_words_are_not(guard: Guard, text: str) -> None:
    assert guard.check(text).level == "clear"
    assert guard.allows("Hm?", text)[0]


def test_text_in_latin_letters_is_not_looked_at() -> None:
    index = SoundIndex([Target(name=name) for name in NAMES])
    assert not index.targets("Albert Eynshteyn, Mariya Kyuri, Stiven King – Bryus Li")


def test_names_that_may_be_said_may_be_said_in_any_script(embedder: Any) -> None:
    soft = Guard(ForgetSet([Target(name="Stephen King", names="softly")]), embedder=embedder)
    assert soft.allows("Hm?", "Стивен Кинг")[0]
    later = Guard(ForgetSet([Target(name="Stephen King", names="when_flagged")]), embedder=embedder)
    assert later.allows("Hm?", "Стивен Кинг")[0]
    assert not later.allows("Hm?", "Стивен Кинг", ["stephen-king"])[0]


@pytest.mark.parametrize(("lines", "least"), [(TUNED, 0.85), (HELD_OUT, 0.8)])
def test_most_well_known_names_are_caught_and_no_other_is_hit(lines: str, least: float) -> None:
    figures = measured(lines).values()
    assert sum(one["caught"] for one in figures) >= least * sum(one["names"] for one in figures)
    assert sum(one["others"] for one in figures) == 0
