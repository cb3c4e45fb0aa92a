"""Kinds of facts that get said in the made-up dialogues, each in many wordings, which are cut in
two as the lists of ``benchmarks.dialogue_words`` are."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.dialogue_words import (
    CITIES,
    CODES,
    DAYS,
    FOODS,
    INSTRUMENTS,
    JOBS,
    PETS,
    PLACES,
    SUMS,
)

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fact. ``{who}`` is a person's name, ``{value}`` what may be asked for. ``states``
    say it first, ``mentions`` come back to it, ``changes`` replace it, ``asks`` ask for it."""

    name: str
    values: tuple[str, ...]
    states: tuple[str, ...]
    mentions: tuple[str, ...]
    changes: tuple[str, ...]
    asks: tuple[str, ...]


KINDS: tuple[Kind, ...] = (
    Kind(
        "home",
        CITIES,
        (
            "My friend {who} lives in {value}, in a flat above a bakery.",
            "You should know that {who} has a house in {value}.",
            "{who} has been living in {value} for years and likes it there.",
            "These days {who} is settled in {value}.",
        ),
        (
            "I called {who} today; it was raining in {value} again.",
            "{who} sent a photograph of the market square in {value}.",
            "The post from {value} takes a week, so {who}'s card came late.",
            "{who} says the rents in {value} are getting silly.",
        ),
        (
            "News: {who} has left and moved to {value}.",
            "{who} relocated last weekend and is now living in {value}.",
            "It is official, {who} has a new place in {value} from now on.",
            "{who} packed everything up and has gone to live in {value}.",
        ),
        (
            "Where does {who} live?",
            "Which city is {who} at home in?",
            "In what town would I find {who}?",
            "If I wanted to visit {who}, where would I have to go?",
        ),
    ),
    Kind(
        "job",
        JOBS,
        (
            "{who} earns a living as a {value}.",
            "By trade {who} is a {value}.",
            "{who} works as a {value}, which I find fascinating.",
            "Did I say that {who} has a job as a {value}?",
        ),
        (
            "{who} told me another story from the life of a {value}.",
            "Being a {value} means that {who} is up at five.",
            "I could never be a {value} like {who}.",
            "{who} complains, but a {value} is paid rather well.",
        ),
        (
            "{who} has changed careers and is a {value} now.",
            "Guess what, {who} retrained and started as a {value}.",
            "{who} gave notice and now works as a {value}.",
            "{who} has a new profession: {value}.",
        ),
        (
            "What does {who} do for work?",
            "What is {who}'s profession?",
            "How does {who} make money?",
            "What is the occupation of {who}?",
        ),
    ),
    Kind(
        "allergy",
        FOODS,
        (
            "Keep in mind that {who} is allergic to {value}.",
            "{who} cannot eat {value}, it brings on a bad reaction.",
            "The doctor found that {who} has an allergy to {value}.",
            "{who} reacts badly to {value} and carries a pen for it.",
        ),
        (
            "I checked the label for {value} because {who} was coming.",
            "The caterer swore there was no {value} near {who}'s plate.",
            "{who} nearly picked the dish with {value} in it.",
            "No {value} in the house this week, {who} is staying.",
        ),
        (),
        (
            "What must I leave out when I cook for {who}?",
            "Which food is dangerous for {who}?",
            "What is {who} allergic to?",
            "What can {who} not eat?",
        ),
    ),
    Kind(
        "instrument",
        INSTRUMENTS,
        (
            "{who} plays the {value} in an amateur orchestra.",
            "Since school {who} has been playing the {value}.",
            "{who} owns a {value} and practises every day.",
            "The one who plays the {value} is {who}.",
        ),
        (
            "We heard {who} with the {value} through the wall.",
            "{who} had the {value} repaired, it took a month.",
            "{who} brought the {value} to the party.",
            "A string broke, or a key, I forget; {who}'s {value} is silent.",
        ),
        (),
        (
            "Which instrument does {who} play?",
            "What does {who} make music on?",
            "What would {who} bring to a concert?",
            "On which instrument is {who} a good player?",
        ),
    ),
    Kind(
        "appointment",
        DAYS,
        (
            "My appointment with Doctor {who} is on {value}.",
            "Doctor {who} gave me a slot on {value}.",
            "I am to see Doctor {who} on {value}.",
            "The surgery wrote: Doctor {who} expects me on {value}.",
        ),
        (
            "I asked for leave on {value} because of Doctor {who}.",
            "Doctor {who} wants blood results before {value}.",
            "I must not eat before I see Doctor {who} on {value}.",
            "A taxi is ordered for {value}, for Doctor {who}.",
        ),
        (
            "Doctor {who} is ill, so it has been put off to {value}.",
            "The appointment with Doctor {who} was moved to {value}.",
            "Doctor {who}'s office rang and rescheduled me for {value}.",
            "Change of plan, Doctor {who} sees me on {value} instead.",
        ),
        (
            "When do I see Doctor {who}?",
            "What is the date of my appointment with Doctor {who}?",
            "On which day am I due at Doctor {who}'s?",
            "When does Doctor {who} expect me?",
        ),
    ),
    Kind(
        "code",
        CODES,
        (
            "The code for {who}'s garage is {value}.",
            "{who}'s garage opens with {value}, in case you need it.",
            "To get into {who}'s garage you type {value}.",
            "{who} gave me {value} as the garage code.",
        ),
        (
            "I typed {value} twice at {who}'s garage before the light went green.",
            "{who} wrote {value} on a note by the garage, which is unwise.",
            "The garage of {who} only beeps when I enter {value}.",
            "For {who}'s garage it is still {value}, I tried it.",
        ),
        (
            "{who} has changed the garage code to {value}.",
            "The garage code at {who}'s is {value} from today.",
            "New code for {who}'s garage: {value}.",
            "{who} reset the garage lock, it is {value} now.",
        ),
        (
            "What do I have to enter at {who}'s garage?",
            "Which number opens the garage of {who}?",
            "How do I get into {who}'s garage?",
            "What is the garage code at {who}'s?",
        ),
    ),
    Kind(
        "budget",
        SUMS,
        (
            "We agreed on a budget of {value} euros for {who}'s kitchen.",
            "{who}'s kitchen may cost {value} euros, not a cent more.",
            "For the kitchen {who} has set aside {value} euros.",
            "The limit for {who}'s kitchen is {value} euros.",
        ),
        (
            "The carpenter laughed when he heard {value} euros for {who}'s kitchen.",
            "I put the {value} euros for {who}'s kitchen in the sheet.",
            "With {value} euros {who}'s kitchen will have no marble.",
            "{who} asked whether the {value} euros cover the oven of the kitchen.",
        ),
        (
            "{who} raised the kitchen budget to {value} euros.",
            "The bank called, {who}'s kitchen now has {value} euros.",
            "We revised it: {value} euros for the kitchen of {who}.",
            "From now on it is {value} euros for {who}'s kitchen.",
        ),
        (
            "How much may {who}'s kitchen cost?",
            "What is the budget for {who}'s kitchen?",
            "What sum was set aside for the kitchen of {who}?",
            "How much money is there for {who}'s kitchen?",
        ),
    ),
    Kind(
        "meeting",
        PLACES,
        (
            "{who}'s chess club meets in {value}.",
            "The chess evenings of {who} are held in {value}.",
            "{who} runs a chess club, in {value} of all places.",
            "You find {who}'s chess club in {value}.",
        ),
        (
            "It was cold in {value}, said {who} after the chess club.",
            "{who} carried forty chess boards into {value}.",
            "{who} lost the key of {value}, so there was no chess.",
            "The chess club of {who} painted the walls of {value}.",
        ),
        (
            "The chess club of {who} has moved to {value}.",
            "{who}'s chess club now gathers in {value}.",
            "From this month {who} holds the chess club in {value}.",
            "{who} found a better room for the chess club: {value}.",
        ),
        (
            "Where does {who}'s chess club meet?",
            "Where do I have to go for chess with {who}?",
            "In which place does {who} run the chess club?",
            "What is the venue of {who}'s chess club?",
        ),
    ),
    Kind(
        "pet",
        PETS,
        (
            "{who} has a dog called {value}.",
            "{who}'s dog is named {value}.",
            "The dog that {who} adopted answers to {value}.",
            "{value} is the name that {who} gave the dog.",
        ),
        (
            "{value} chewed the slippers while {who} and I had tea.",
            "{who} walks {value} along the canal every morning.",
            "I brought {who} a bone for {value}.",
            "{value} barked all through {who}'s phone call.",
        ),
        (),
        (
            "What is {who}'s dog called?",
            "What do I shout when {who}'s dog runs off?",
            "Which name did {who} give the dog?",
            "What is the name of the dog of {who}?",
        ),
    ),
)
