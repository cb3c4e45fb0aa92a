"""Frames to train the linking of facts on: sentences about a thing that is filled in, and
sentences of which one stands beside another with any value. See ``facts_items``."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.facts_items import (
    BOOKS,
    DATES,
    DAYS,
    DISHES,
    DRINKS,
    FIRMS,
    HOURS,
    HUES,
    MONEY,
    NAMES,
    NUMBERS,
    PETS,
    SPORTS,
    TONGUES,
    TOWNS,
    WORDS,
    Item,
)

__all__ = ["ADDING", "FRAMES", "Frame", "filled"]

Frame = tuple[Sequence[str], str, Sequence[str], Sequence[str], Sequence[str]]

# Values, things, what is said of one (<n>), how it changes, and what looks like it: <m> is another
# thing.
FRAMES: tuple[Frame, ...] = (
    (NAMES, "lawyer accountant tutor supervisor drummer publisher stylist mechanic therapist",
     ("My <n> is {}.", "Our <n> is {}."),
     ("My <n> is {} now.", "My new <n> is {}.", "The <n> left and {} is my <n>.",
      "{} took over as my <n>."),
     ("My <m> is {}.", "My sister's <n> is {}.", "My <n>'s assistant is {}.", "My old <n> was {}.",
      "I introduced my <n> to {}.")),
    (MONEY, "ferry daycare haircut locker lesson newsletter sandwich permit",
     ("The <n> costs {}.", "The <n> is {}."),
     ("They put the <n> at {}.", "The <n> costs {} now.", "The price of the <n> rose to {}.",
      "The <n> went down to {}."),
     ("The <m> costs {}.", "The deposit for the <n> is {}.", "The insurance of the <n> costs {}.",
      "My boss's <n> costs {}.", "The <n> cost {} back in the day.")),
    (HOURS, "rehearsal seminar sermon broadcast ferry lecture market",
     ("The <n> starts at {}.", "My <n> is at {}."),
     ("The <n> will start at {}.", "The <n> is at {} now.", "They moved the <n> to {}."),
     ("The <m> starts at {}.", "The <n> ends at {}.", "The <n> of the other group starts at {}.",
      "The warm-up for the <n> starts at {}.", "My cousin's <n> starts at {}.")),
    (DATES, "hearing graduation inspection concert reunion operation audition",
     ("The <n> is on {}.", "My <n> takes place on {}."),
     ("The <n> will be on {}.", "The <n> is on {} after all.", "My <n> was put off to {}."),
     ("The <m> is on {}.", "The party after the <n> is on {}.", "My brother's <n> is on {}.",
      "The last <n> was on {}.", "Tickets for the <n> are sold on {}.")),
    (NUMBERS, "plants followers subscribers stamps records students patients tiles",
     ("I have {} <n>.", "There are {} <n> on my list."),
     ("That makes {} <n>.", "I am up to {} <n>.", "I counted again, I have {} <n>.",
      "I have {} <n>, after I gave some away."),
     ("I have {} <m>.", "My husband has {} <n>.", "I used to have {} <n>.", "The shop has {} <n>.",
      "I lost {} <n> last year.")),
    (TOWNS, "studio warehouse clinic workshop cottage tailor archive",
     ("My <n> is in {}.", "I have a <n> in {}."),
     ("My <n> moved to {}.", "My <n> is in {} these days.",
      "I gave up the old place, my <n> is in {}."),
     ("My <m> is in {}.", "My uncle's <n> is in {}.", "I saw a <n> like mine in {}.",
      "The owner of my <n> lives in {}.", "My first <n> was in {}.")),
    (HUES, "backpack helmet fence umbrella carpet desk ceiling curtain",
     ("My <n> is {}.", "The <n> is {}."),
     ("I painted the <n> {}.", "The <n> got a new colour, {}.", "I bought another <n>, a {} one.",
      "My <n> is {} now."),
     ("My <m> is {}.", "My niece's <n> is {}.", "The handle of my <n> is {}.",
      "The <n> over there is {}.", "My <n> was {} when I got it.")),
    (DAYS, "choir laundry shopping cleaning band physio lab",
     ("My <n> day is {}.", "The <n> is on {}."),
     ("My <n> day is {} now.", "We switched the <n> to {}.", "The <n> is on {} instead."),
     ("My <m> day is {}.", "The <n> of the others is on {}.", "My wife's <n> day is {}.",
      "We once had the <n> on {}.", "The <n> outing is on {}.")),
    (FIRMS, "insurer supplier employer landlord sponsor printer broker",
     ("My <n> is {}.", "Our <n> is {}."),
     ("My <n> is {} now.", "I left my <n> and went with {}.", "We have a new <n>, {}."),
     ("My <m> is {}.", "My dad's <n> is {}.", "My <n> was bought by {}.",
      "My <n>'s competitor is {}.", "Our first <n> was {}.")),
    (NUMBERS, "walk drive climb recipe check-up flight treatment",
     ("The <n> takes {} minutes.", "My <n> takes {} minutes."),
     ("With the detour the <n> takes {} minutes.", "The <n> takes only {} minutes now.",
      "The <n> went from short to {} minutes."),
     ("The <m> takes {} minutes.", "The wait before the <n> takes {} minutes.",
      "For my sister the <n> takes {} minutes.", "The <n> took {} minutes last time.")),
    (DISHES, "lunch starter dessert breakfast supper brunch",
     ("My <n> is {}.", "For <n> I have {}."),
     ("My <n> is {} now.", "For <n> I have {} instead.", "I got tired of it, my <n> is {}."),
     ("My <m> is {}.", "For <m> I have {}.", "My son's <n> is {}.", "My <n> yesterday was {}.",
      "My mother had {} for <n>.")),
    (WORDS, "siblings rooms coats keys guitars cameras bikes laptops",
     ("I have {} <n>.", "I own {} <n>."),
     ("I sold some and have {} <n>.", "I have {} <n> now.", "I am left with {} <n>."),
     ("I have {} <m>.", "My wife has {} <n>.", "My flat has {} <n>.", "I had {} <n> as a student.",
      "I borrowed {} <n>.")),
)  # fmt: skip
# One of these stands beside another of the same wording, with whatever value.
ADDING: tuple[Item, ...] = tuple(
    (values, (), (), sentences)
    for values, sentences in (
        (TOWNS, ("I visited {} with my wife.", "I have been to {}.", "I flew to {} for work.",
                 "I have friends in {}.", "We stopped in {} on the way.")),
        (NAMES, ("I met {} for lunch.", "My friend {} came over.", "I ran into {} at the station.",
                 "I wrote to {} about it.", "I have a cousin called {}.", "I helped {} move.")),
        (BOOKS, ("I have read {}.", "I own a copy of {}.", "I lent {} to my aunt.")),
        (TONGUES, ("I speak {}.", "I understand some {}.", "I once took {} lessons.")),
        (DISHES, ("I can cook {}.", "I had {} for dinner yesterday.", "I tried {} at the market.",
                  "I love {}.")),
        (DRINKS, ("I had {} at the station.", "I like {}.", "I ran out of {}.")),
        (PETS, ("I have a {}.", "I saw a {} at the shelter.", "We also have a {}.")),
        (SPORTS, ("I play {}.", "I like {}.", "I tried {} with the kids.", "I enjoy {}.")),
        (NUMBERS, ("I slept {} hours last night.", "I got {} mails this morning.",
                   "I sold {} tickets today.", "I walked {} miles on Sunday.")),
        (MONEY, ("I paid {} for lunch.", "I found {} on the street.", "I lost {} on the ticket.",
                 "I spent {} at the shop.")),
        (HOURS, ("I woke up at {} last night.", "I called the office at {}.")),
        (DATES, ("I have a meeting on {}.", "I was sick on {}.", "I have a match on {}.")),
    )
)  # fmt: skip


def filled(frame: Frame, thing: str, other: str) -> Item:
    """A frame about one thing, with another beside."""
    values, _, *kinds = frame
    says, changes, besides = (
        [text.replace("<n>", thing).replace("<m>", other) for text in kind] for kind in kinds
    )
    return values, says, changes, besides
