"""The sentences of ``recall_updates``: what changes, and what stays, in four parts.

``tuning`` may be looked at while the order of old and new values is improved. ``held out`` was
written before; ``fresh`` was written when the rules of November 2026 were finished and measured
once, ``newest`` when the linking of statements was. {} is the value.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.recall_updates_newest import NEWEST, NEWEST_STAYING
from benchmarks.recall_updates_tuning import (
    CLOCK,
    DATES,
    EUROS,
    HUES,
    NUMS,
    PEOPLE,
    TOWNS,
    TUNING,
    TUNING_STAYING,
    WEEK,
    Sentences,
)

__all__ = ["CHANGING", "STAYING"]

_CITIES = "Lisbon Oslo Denver Kyoto Leeds Quito Perth Turin Malmo Austin".split()
_NAMES = "Nora Felix Ivy Otto Clara Hugo Mina Jonas Petra Silas".split()
_FIRMS = "Brightwater Nordlicht Tessellate Kestrel Applegate Morrow Lumen Hartwell".split()
_COUNTS = [str(n) for n in (3, 4, 6, 9, 12, 15, 18, 24, 30, 45)]
_TIMES = ["7 am", "8:30 am", "noon", "2 pm", "4:15 pm", "6 pm", "9 pm"]
_DAYS = ["March 3", "April 19", "May 7", "June 22", "August 14", "October 2", "November 11"]
_COLOURS = "teal crimson amber violet olive ivory".split()
_FOODS = "ramen paella goulash risotto tacos pierogi".split()
_SUMS = ["$400", "$650", "$900", "$1,200", "$1,850", "$2,300"]
# What is said first, what is said when it changed, and the question; {} is the value.
_HELD_OUT: Sentences = (
    ("I am based in {}.", "We packed everything and I live in {} now.",
     "Where do I live?", _CITIES),
    ("I have a job at {}.", "I left that place and joined {}.",
     "Who is my employer?", _FIRMS),
    ("My driving test is set for {}.", "My driving test was postponed to {}.",
     "When is my driving test?", _DAYS),
    ("My phone plan costs {}.", "The phone plan went up and costs {} now.",
     "How much does my phone plan cost?", _SUMS),
    ("I have visited {} countries.", "That trip brings me to {} countries visited.",
     "How many countries have I visited?", _COUNTS),
    ("My shift starts at {}.", "From Monday on my shift starts at {} instead.",
     "What time does my shift start?", _TIMES),
    ("The walls of my bedroom are {}.", "I repainted the bedroom, the walls are {}.",
     "What color are my bedroom walls?", _COLOURS),
    ("There are {} students in my class.", "More enrolled, so my class has {} students.",
     "How many students are in my class?", _COUNTS),
    ("I owe the bank {}.", "After another payment I owe the bank {}.",
     "How much do I owe the bank?", _SUMS),
    ("The wedding is on {}.", "We had to pick another date, the wedding is on {}.",
     "When is the wedding?", _DAYS),
    ("I meditate {} minutes every morning.", "I increased my meditation to {} minutes.",
     "How many minutes do I meditate?", _COUNTS),
    ("My doctor is called {}.", "My doctor retired, the new one is called {}.",
     "What is my doctor's name?", _NAMES),
    ("My favorite dish is {}.", "These days my favorite dish is {}.",
     "What is my favorite dish?", _FOODS),
    ("The report is due on {}.", "The report deadline slipped to {}.",
     "When is the report due?", _DAYS),
    ("I do {} push-ups a day.", "I can do {} push-ups a day by now.",
     "How many push-ups do I do a day?", _COUNTS),
    ("My roommate is {}.", "My roommate moved out and {} is my roommate now.",
     "Who is my roommate?", _NAMES),
    ("The bakery opens at {}.", "The bakery changed its hours and opens at {}.",
     "What time does the bakery open?", _TIMES),
    ("I own {} records.", "With the flea market finds I own {} records.",
     "How many records do I own?", _COUNTS),
    ("My hourly rate is {}.", "I renegotiated, my hourly rate is {}.",
     "What is my hourly rate?", _SUMS),
    ("My running partner is {}.", "I run with {} now, my old running partner got hurt.",
     "Who is my running partner?", _NAMES),
)  # fmt: skip
# Facts that stay though another sentence resembles a change of them.
_HELD_OUT_STAYING: Sequence[tuple[str, str, Sequence[str]]] = (
    ("My sister lives in {}.", "My cousin just moved to {}.", _CITIES),
    ("My best friend works for {}.", "My neighbour got a job at {}.", _FIRMS),
    ("My cat is called {}.", "My aunt's new cat is called {}.", _NAMES),
    ("My locker number is {}.", "Her locker number is {}.", _COUNTS),
    ("I am originally from {}.", "I spent a nice weekend in {}.", _CITIES),
    ("I love {}.", "I also love {}.", _FOODS),
    ("I grew up in {}.", "I would like to live in {} one day.", _CITIES),
    ("My father's birthday is {}.", "My mother's birthday is {}.", _DAYS),
    ("I paid {} for my bike.", "I paid {} for my desk.", _SUMS),
    ("My old car was {}.", "My phone case is {}.", _COLOURS),
    ("My brother has {} sheep.", "My uncle has {} goats now.", _COUNTS),
    ("My book club meets at {}.", "My chess club meets at {} now.", _TIMES),
    ("I'm allergic to {} spice mix.", "My colleague is allergic to {}.", _FOODS),
    ("My first school was in {}.", "My new office is near a school in {}.", _CITIES),
    ("My violin came from {}.", "My new tent came from {}.", _CITIES),
)
_STREETS = "Elm Street,Harbor Road,Mill Lane,Castle Hill,Station Road".split(",")
_SHOPS = "Lindqvist Ostrava Pemberton Valdez Marlowe Okafor".split()
_WEIGHTS = ["12 kilos", "19 kilos", "23 kilos", "31 kilos"]
_TEMPS = ["17 degrees", "19 degrees", "21 degrees", "23 degrees"]
_SPORTS = "rowing fencing tennis karate archery".split()
_FRESH: Sentences = (
    (
        "Our cabin is on {}.",
        "We found another cabin and it is on {}.",
        "Where is our cabin?",
        _STREETS,
    ),
    ("I get my bread from {}.", "I get my bread from {}.", "Where do I get my bread?", _SHOPS),
    (
        "The puppy weighs {}.",
        "The vet put the puppy on the scale, {}.",
        "How much does the puppy weigh?",
        _WEIGHTS,
    ),
    (
        "The thermostat is at {}.",
        "I turned the thermostat to {}.",
        "What is the thermostat at?",
        _TEMPS,
    ),
    (
        "On Sundays I do {}.",
        "My knee is bad, so on Sundays I do {}.",
        "What sport do I do on Sundays?",
        _SPORTS,
    ),
    (
        "My daughter's teacher is {}.",
        "After the holidays my daughter's teacher is {}.",
        "Who is my daughter's teacher?",
        PEOPLE,
    ),
    (
        "I take bus {} to the hospital.",
        "They closed that line and I take bus {}.",
        "Which bus do I take to the hospital?",
        NUMS,
    ),
    (
        "The passport runs out on {}.",
        "I renewed the passport, it runs out on {}.",
        "When does the passport run out?",
        DATES,
    ),
    (
        "My tomato plants are {} centimeters tall.",
        "My tomato plants reached {} centimeters.",
        "How tall are my tomato plants?",
        NUMS,
    ),
    (
        "The newsletter has {} readers.",
        "This morning the newsletter has {} readers.",
        "How many readers does the newsletter have?",
        NUMS,
    ),
    (
        "The bakery opens at {}.",
        "The bakery opens at {}, says the sign.",
        "What time does the bakery open?",
        CLOCK,
    ),
    (
        "My locker is number {}.",
        "They moved me to locker number {}.",
        "What number is my locker?",
        NUMS,
    ),
    (
        "I pay {} for childcare.",
        "Childcare sent a letter: {} from here on.",
        "How much do I pay for childcare?",
        EUROS,
    ),
    ("Our meeting is in {}.", "The meeting is in {}.", "Where is our meeting?", TOWNS),
    (
        "The curtains in the study are {}.",
        "The curtains in the study are {}.",
        "What color are the curtains in the study?",
        HUES,
    ),
    (
        "My physiotherapist is {}.",
        "{} took over as my physiotherapist.",
        "Who is my physiotherapist?",
        PEOPLE,
    ),
    (
        "I have {} books to grade.",
        "I got through a pile and have {} books to grade.",
        "How many books do I have to grade?",
        NUMS,
    ),
    (
        "My mortgage is with {}.",
        "My mortgage is with {}.",
        "Which bank is my mortgage with?",
        _SHOPS,
    ),
    (
        "Rehearsal is on {}.",
        "Rehearsal is on {}, said the conductor.",
        "What day is rehearsal?",
        WEEK,
    ),
    (
        "I can hold my breath for {} seconds.",
        "My record for holding my breath is {} seconds.",
        "How many seconds can I hold my breath?",
        NUMS,
    ),
)
_FRESH_STAYING: Sentences = (
    ("My tent is {}.", "The tent that Bjorn lent me is {}.", "What color is my tent?", HUES),
    (
        "I do {} push-ups a day.",
        "My trainer does {} push-ups a day.",
        "How many push-ups do I do a day?",
        NUMS,
    ),
    (
        "The ferry leaves at {}.",
        "The last ferry back leaves at {}.",
        "What time does the ferry leave?",
        CLOCK,
    ),
    (
        "My vet is called {}.",
        "The vet of my in-laws is called {}.",
        "What is my vet called?",
        PEOPLE,
    ),
    (
        "The tax form is due on {}.",
        "The insurance form is due on {}.",
        "When is the tax form due?",
        DATES,
    ),
    (
        "My first school was in {}.",
        "My second school was in {}.",
        "Where was my first school?",
        TOWNS,
    ),
    (
        "I paid {} for the lamp.",
        "I paid {} for the rug.",
        "How much did I pay for the lamp?",
        EUROS,
    ),
    (
        "My left drawer has {} stamps.",
        "My right drawer has {} stamps.",
        "How many stamps are in my left drawer?",
        NUMS,
    ),
    (
        "Our guest room has {} beds.",
        "The hostel has {} beds.",
        "How many beds are in our guest room?",
        NUMS,
    ),
    (
        "My sourdough needs {} minutes.",
        "The pizza needs {} minutes.",
        "How many minutes does my sourdough need?",
        NUMS,
    ),
)

CHANGING = {"tuning": TUNING, "held out": _HELD_OUT, "fresh": _FRESH, "newest": NEWEST}
"""What is said first, what is said when it changed, the question, and values, by part."""
STAYING: dict[str, Sentences] = {
    "tuning": TUNING_STAYING,
    "held out": [(first, other, "", values) for first, other, values in _HELD_OUT_STAYING],
    "fresh": _FRESH_STAYING,
    "newest": NEWEST_STAYING,
}
"""What is so, what is said later of something else, the question about the first, and values."""
