"""How people are spoken of once they are known: sentences with a pronoun, and those that say whom
it means. By kind of fact, cut in two as the lists of ``benchmarks.dialogue_words`` are."""

from __future__ import annotations

__all__ = ["ASIDES", "INTRODUCED", "NEWS"]

INTRODUCED = (
    "I ran into {who} at the market.",
    "I had {who} on the phone for an hour.",
    "Guess whom I met at the station: {who}.",
    "{who} crossed my mind today.",
    "We talked about {who} over lunch.",
    "A message from {who} was waiting for me.",
    "{who} waved at me from the other side of the street.",
    "I dreamt of {who}, do not ask.",
)
"""Say whom a pronoun means."""

ASIDES: dict[str, tuple[str, ...]] = {
    "home": (
        "{He} says that the rain in {value} never stops.",
        "{He} sent me a picture of the tram in {value}.",
        "{His} card from {value} took nine days.",
        "In {value} {he} pays twice as much for bread as I do.",
    ),
    "job": (
        "{He} says that a {value} never gets a quiet week.",
        "As a {value} {he} sees the strangest things.",
        "I asked {him} what a {value} does all day.",
        "The other {value} is ill, so {he} works twice as much.",
    ),
    "allergy": (
        "{He} asked whether there was {value} in the soup.",
        "I threw the cake away for {his} sake, there was {value} in it.",
        "{He} reads every label because of {value}.",
        "One crumb of {value} and I would have to call an ambulance for {him}.",
    ),
    "instrument": (
        "{He} practised the {value} all evening.",
        "{His} {value} needs looking after.",
        "{He} let me try the {value}, it sounded dreadful.",
        "{He} will bring the {value} on Sunday.",
    ),
    "appointment": (
        "{He} wants me to fast before {value}.",
        "I took the afternoon off on {value} to see {him}.",
        "{He} sees nobody else on {value}, so I should not be late.",
        "The bus to {him} runs late on {value}.",
    ),
    "code": (
        "{He} keeps {value} on a slip by the garage door.",
        "I typed {value} and {his} garage opened at once.",
        "{His} garage beeped three times before it took {value}.",
        "{He} laughed that even the cat knows {value}, so much for the garage.",
    ),
    "budget": (
        "{He} thinks that {value} euros will never do for the kitchen.",
        "{His} kitchen has to come in at {value} euros.",
        "{He} wrote {value} euros on the kitchen plan, in red.",
        "The fitter told {him} that {value} euros buy a plain kitchen.",
    ),
    "meeting": (
        "{He} swept {value} before the chess club came.",
        "{He} says that {value} is too cold for chess.",
        "{His} chess club broke a chair in {value}.",
        "{He} hung a chess clock on the wall of {value}.",
    ),
    "pet": (
        "{He} had to carry {value} home, the dog was so tired.",
        "{He} has taught {value} to fetch the paper.",
        "{value} ate {his} sandwich.",
        "{He} is at the vet's with {value}.",
    ),
}
"""Come back to what is known."""

NEWS: dict[str, tuple[str, ...]] = {
    "home": (
        "{He} lives in {value} as of last week.",
        "The removal van has been, {his} home is in {value} now.",
        "{He} took the flat in {value} and has moved in.",
        "{He} left the old place behind and lives in {value} now.",
    ),
    "job": (
        "{He} quit and is a {value} from now on.",
        "{He} passed the exam and works as a {value} now.",
        "They hired {him} as a {value}, the old job is over.",
        "Nobody expected it, but {he} has become a {value}.",
    ),
    "appointment": (
        "{He} is away, so I go on {value} instead.",
        "{He} had to move me to {value}.",
        "My slot with {him} is on {value} now.",
        "{His} office has put me down for {value} instead.",
    ),
    "code": (
        "{His} garage opens with {value} now.",
        "{He} set the garage to {value} yesterday.",
        "{He} got a new garage lock, the code is {value}.",
        "For {his} garage I have to type {value} from now on.",
    ),
    "budget": (
        "{He} can spend {value} euros on the kitchen now.",
        "{His} kitchen has a new limit, {value} euros.",
        "The quote came and {he} set the kitchen at {value} euros instead.",
        "{He} has settled on {value} euros for the kitchen after all.",
    ),
    "meeting": (
        "{His} chess club has a new home, {value}.",
        "{He} moved the chess club to {value}.",
        "The old room was sold, so {his} chess club sits in {value} now.",
        "{He} has taken {value} for the chess club from now on.",
    ),
}
"""Say what changed."""
