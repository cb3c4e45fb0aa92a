"""Planted facts for ``benchmarks.erasure``, written when the rules of November 2026 were finished
and measured once."""

from __future__ import annotations

from benchmarks.erasure_kind import Kind

__all__ = ["FRESH"]

_LOTTERY = Kind(
    "my lottery win",
    ("312,000 kroner", "the jackpot"),
    (
        "I won {} in the lottery.",
        "Nobody may learn that I got {}.",
        "What shall I do with {}?",
        "My sister suspects something since I have {}.",
        "The letter about {} came on Tuesday.",
    ),
    (
        "Winning {} changes a life slowly.",
        "Put {} into a savings account first.",
        "I will not tell anybody about {}.",
        "Congratulations on {}!",
        "With {} you could pay off the house.",
    ),
    ("The harvest was a lottery this year.", "Our team may win on Saturday."),
)
_PASSPORT = Kind(
    "my passport number",
    ("P4471902", "LX 883 0415", "C01X7H2"),
    (
        "My passport number is {}.",
        "The airline asks for it: {}.",
        "I typed {} into the visa form.",
        "{} is printed on page two.",
        "Write {} on the booking.",
    ),
    (
        "I put {} into the booking.",
        "Your passport number is {}.",
        "The visa form now says {}.",
        "Does page two say {}?",
        "I sent {} to the airline.",
    ),
    ("The passport office closes at noon.", "A number of ducks crossed the road."),
)
_AFFAIR = Kind(
    "my affair with Leopold",
    ("Leopold",),
    (
        "I have an affair with {}.",
        "{} picks me up after work on Wednesdays.",
        "My husband knows nothing of {}.",
        "I met {} at the fencing club.",
        "Should I stop seeing {}?",
    ),
    (
        "Only you can say whether to leave {}.",
        "Does {} know that you are married?",
        "An affair such as yours with {} is hard to hide.",
        "What do you feel when {} calls?",
        "You could write to {} that it is over.",
    ),
    ("World affairs bore my uncle.", "The fencing around the field is rusty."),
)
_GAMBLING = Kind(
    "my gambling",
    ("poker", "roulette"),
    (
        "I lost my savings at {}.",
        "I cannot stop playing {}.",
        "Every Friday I tell my wife I work late and play {}.",
        "{} took the money for the car.",
        "Last night it was {} again until four.",
    ),
    (
        "How long have you been playing {}?",
        "A helpline can help you to stay away from {}.",
        "Losing the savings at {} must weigh on you.",
        "Could your wife keep the cards, so that {} is out of reach?",
        "Try one Friday without {}.",
    ),
    ("The card for grandmother has a swan on it.", "The children play in the hay."),
)
_STUDENT = Kind(
    "my student id",
    ("s2214907", "88-1304-K"),
    (
        "My student id is {}.",
        "Log in to the library with {}.",
        "I am {} in the exam lists.",
        "The card office printed {} wrongly.",
        "They know me as {} at the desk.",
    ),
    (
        "The library takes {} as your login.",
        "Your student id is {}.",
        "I looked for {} in the list.",
        "Show the card with {} at the desk.",
        "So {} it is, thanks.",
    ),
    ("The student choir sang outside.", "She lost her id at the beach."),
)
_ANXIETY = Kind(
    "my panic attacks",
    ("panic attack", "panic"),
    (
        "I had a {} on the train.",
        "When the {} comes I count backwards.",
        "My chest hurts during a {}.",
        "I left the meeting because of {}.",
        "Is {} something that goes away?",
    ),
    (
        "A {} passes within minutes.",
        "Breathing slowly helps against {}.",
        "Did the {} come back on the train?",
        "Your boss need not know about the {}.",
        "Many people know {} well.",
    ),
    ("Sharks rarely attack swimmers.", "The crowd on the square sang."),
)
FRESH = (_LOTTERY, _PASSPORT, _AFFAIR, _GAMBLING, _STUDENT, _ANXIETY)
