"""The sentences that the order of old and new values is tuned on, for ``recall_updates``."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["TUNING", "TUNING_STAYING", "Sentences"]

Sentences = Sequence[tuple[str, str, str, Sequence[str]]]

CARS = "Volvo Mazda Skoda Renault Subaru Tesla".split()
PEOPLE = "Ellen Bruno Tessa Magnus Yara Kofi Linnea Pavel".split()
TOWNS = "Ghent Bilbao Krakow Tampere Nantes Graz Aarhus Bath".split()
NUMS = [str(n) for n in (2, 5, 7, 8, 11, 14, 16, 21, 28, 35)]
EUROS = ["35 euros", "48 euros", "120 euros", "75 euros", "90 euros"]
CLOCK = ["6:45", "9 am", "10:30", "1 pm", "3:20 pm", "8 pm"]
DATES = ["January 9", "February 14", "July 30", "September 18", "December 5"]
WEEK = "Monday Tuesday Wednesday Thursday Friday".split()
HUES = "black white silver brown purple orange".split()
MEALS = "lasagna curry dumplings falafel pancakes moussaka".split()
TONGUES = "Danish Italian Korean Greek Swahili Polish".split()
TUNING: Sentences = (
    ("I drive a {}.", "I sold it and bought a {}.", "What car do I drive?", CARS),
    (
        "My landlord is {}.",
        "The house was sold, {} is my landlord.",
        "Who is my landlord?",
        PEOPLE,
    ),
    (
        "I see the dentist on {}.",
        "The dentist called, I see him on {}.",
        "When do I see the dentist?",
        DATES,
    ),
    (
        "I keep {} chickens.",
        "Two hatched, that makes {} chickens.",
        "How many chickens do I keep?",
        NUMS,
    ),
    (
        "Our book club meets in {}.",
        "The book club could not stay there, we meet in {}.",
        "Where does my book club meet?",
        TOWNS,
    ),
    (
        "Our team has {} people.",
        "Our team has {} people after the merger.",
        "How many people are in my team?",
        NUMS,
    ),
    ("My hair is {}.", "I dyed my hair {}.", "What color is my hair?", HUES),
    (
        "My front door is {}.",
        "The front door got a coat of paint, {} this time.",
        "What color is my front door?",
        HUES,
    ),
    (
        "I am reading chapter {}.",
        "I got to chapter {} last night.",
        "Which chapter am I reading?",
        NUMS,
    ),
    (
        "I run {} kilometers a week.",
        "I run {} kilometers a week.",
        "How many kilometers do I run each week?",
        NUMS,
    ),
    (
        "My commute takes {} minutes.",
        "With the bridge open my commute takes {} minutes.",
        "How long does my commute take?",
        NUMS,
    ),
    ("The rent is {}.", "They put the rent at {}.", "How much is my rent?", EUROS),
    (
        "I am learning {}.",
        "I gave up on that and am learning {}.",
        "What language am I learning?",
        TONGUES,
    ),
    (
        "My flight leaves at {}.",
        "The airline wrote, my flight leaves at {}.",
        "What time does my flight leave?",
        CLOCK,
    ),
    ("The kids get up at {}.", "The kids get up at {}.", "What time do the kids get up?", CLOCK),
    ("The exam is on {}.", "The exam will be on {}.", "When is the exam?", DATES),
    (
        "My piano lesson is on {}.",
        "My piano lesson is on {}.",
        "What day is my piano lesson?",
        WEEK,
    ),
    ("My boss is {}.", "My boss is {}.", "Who is my boss?", PEOPLE),
    (
        "My roommate is {}.",
        "My roommate moved out and {} took the room.",
        "Who is my roommate?",
        PEOPLE,
    ),
    ("I study in {}.", "I transferred, so I study in {}.", "Where do I study?", TOWNS),
    ("Our office is in {}.", "Our office is in {}.", "Where is our office?", TOWNS),
    ("My best dish is {}.", "My best dish is {}.", "What is my best dish?", MEALS),
    (
        "The kids want {} for dinner.",
        "The kids voted, {} for dinner it is.",
        "What do the kids want for dinner?",
        MEALS,
    ),
    ("I have saved {}.", "My savings stand at {}.", "How much have I saved?", EUROS),
    ("I weigh {} stone.", "The scale says {} stone.", "How much do I weigh?", NUMS),
    (
        "The choir has {} members.",
        "We counted {} members in the choir.",
        "How many members does the choir have?",
        NUMS,
    ),
    ("My printer is {}.", "My printer broke, I got a {} one.", "What color is my printer?", HUES),
    ("The parking costs {}.", "The parking costs {}.", "How much does the parking cost?", EUROS),
)
TUNING_STAYING: Sentences = (
    ("My boat is in {}.", "My brother's boat is in {}.", "Where is my boat?", TOWNS),
    ("I have {} cousins.", "My wife has {} cousins.", "How many cousins do I have?", NUMS),
    (
        "The cellar key hangs on hook {}.",
        "The attic key hangs on hook {}.",
        "On which hook does the cellar key hang?",
        NUMS,
    ),
    (
        "My yoga class starts at {}.",
        "My pottery class starts at {}.",
        "What time does my yoga class start?",
        CLOCK,
    ),
    (
        "My grandmother is called {}.",
        "My neighbor's grandmother is called {}.",
        "What is my grandmother called?",
        PEOPLE,
    ),
    (
        "The blue bike cost {}.",
        "The lock for the blue bike cost {}.",
        "How much did the blue bike cost?",
        EUROS,
    ),
    (
        "My dad's birthday is on {}.",
        "My mum's birthday is on {}.",
        "When is my dad's birthday?",
        DATES,
    ),
    (
        "I speak {} at home.",
        "At work they speak {}.",
        "What language do I speak at home?",
        TONGUES,
    ),
    ("Our cat is {}.", "The cat next door is {}.", "What color is our cat?", HUES),
    ("I was born in {}.", "My aunt was born in {}.", "Where was I born?", TOWNS),
)
