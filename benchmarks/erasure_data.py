"""Planted facts for ``benchmarks.erasure``: each in five wordings by both speakers, among others.

The kinds of facts are in halves: ``tuning`` and ``more tuning`` may be looked at while erasure is
improved, ``held out`` and ``fresh`` are reported. ``near`` are turns on the same subject that say
nothing of the fact.
"""

from __future__ import annotations

import random

from benchmarks.erasure_fresh import FRESH
from benchmarks.erasure_kind import Kind
from benchmarks.erasure_more import MORE_TUNING

__all__ = ["KINDS", "filler"]


_PHONE = Kind(
    "my phone number",
    ("555 0142", "555 0187", "020 7946 0312"),
    (
        "My phone number is {}.",
        "You can reach me on {} after six.",
        "If the courier asks, tell him to call {}.",
        "I changed providers but I kept {} as my phone number.",
        "Put {} down as the number to ring me on.",
    ),
    (
        "Noted, your phone number is {}.",
        "I will tell the courier to call {}.",
        "So the best way to reach you by phone is {}.",
        "I have {} as the number to ring you on.",
        "Should I put {} on the form as your phone number?",
    ),
    ("The screen of my laptop has a crack.", "There were a large number of people at the fair."),
)
_ILLNESS = Kind(
    "my diabetes diagnosis",
    ("type 2 diabetes", "diabetes"),
    (
        "The doctor says I have {}.",
        "I was diagnosed with {} in March.",
        "Because of my {} I count carbohydrates now.",
        "Nobody at work knows about my {}.",
        "It runs in the family, and now it is me who lives with {}.",
    ),
    (
        "I am sorry to hear that you were diagnosed with {}.",
        "With {} it helps to walk after meals.",
        "Many people manage their {} well.",
        "I will keep your {} in mind for the recipes.",
        "Did the doctor explain what {} means for you?",
    ),
    (
        "My neighbour broke her arm while skiing.",
        "The dentist moved his office to the second floor.",
    ),
)
_ADDRESS = Kind(
    "my home address",
    ("14 Larkspur Lane", "7 Quayside Terrace", "203 Millbrook Road"),
    (
        "My home address is {}.",
        "I live at {}, the door with the brass bell.",
        "Please have the parcel sent to {}.",
        "We moved into {} two years ago.",
        "The taxi should pick me up at {}.",
    ),
    (
        "Your home address is {}, is that right?",
        "The parcel goes to {}.",
        "I told the taxi to come to {}.",
        "Since you live at {}, the market is a short walk.",
        "I have saved {} as where you live.",
    ),
    ("The speaker addressed a full hall.", "The away team lost at home again."),
)
_JOB = Kind(
    "that I was fired from Halvorsen",
    ("Halvorsen",),
    (
        "I was fired from {} on Monday.",
        "{} let me go without any warning.",
        "They sacked me at {} after nine years.",
        "I still cannot believe that {} got rid of me.",
        "My dismissal from {} came by letter.",
    ),
    (
        "Being fired from {} must have been a shock.",
        "{} should have given you notice.",
        "After {} let you go you may claim benefits.",
        "Losing your job at {} says little about your work.",
        "Would you like help to answer the letter from {}?",
    ),
    ("The potter fired the bowls twice.", "The team next door works on a new bridge."),
)
_CODE = Kind(
    "the code of my safe",
    ("84-19-62", "31-77-05", "90-46-28"),
    (
        "The code of my safe is {}.",
        "To open the safe you turn it to {}.",
        "I set the combination to {} last night.",
        "{} opens it, in case I forget.",
        "Remember {} for the safe in the study.",
    ),
    (
        "I will remember that {} opens your safe.",
        "The combination of your safe is {}.",
        "You set the safe to {}.",
        "So {} is the code, noted.",
        "Try {} again, slowly, and pull the handle.",
    ),
    ("The building code asks for two exits.", "Is it safe to swim in the river?"),
)
_CRUSH = Kind(
    "my feelings for Annelise",
    ("Annelise",),
    (
        "I think I am in love with {}.",
        "{} smiled at me today and I could not speak.",
        "I have had feelings for {} since the summer.",
        "How do I tell {} that I like her?",
        "I wrote {} a letter and never sent it.",
    ),
    (
        "You could ask {} for a walk.",
        "Your feelings for {} sound sincere.",
        "Perhaps {} likes you too.",
        "A letter to {} may be easier than talking.",
        "Tell {} how you feel when you are ready.",
    ),
    ("I feel tired after the long drive.", "We both love the smell of rain."),
)
_SALARY = Kind(
    "my salary",
    ("61,400 euros", "48,250 euros", "73,900 euros"),
    (
        "My salary is {} a year.",
        "I earn {} before tax.",
        "They pay me {} and not a cent more.",
        "With {} a year I can barely afford the rent.",
        "My contract says {} as yearly pay.",
    ),
    (
        "A salary of {} is about the average there.",
        "On {} a year you could borrow for a flat.",
        "You said that they pay you {}.",
        "If you earn {}, the tax is about a third.",
        "Ask for more than {} at the next review.",
    ),
    ("The rent of the hall went up.", "The ticket to Lyon costs little in autumn."),
)
_PREGNANCY = Kind(
    "my pregnancy",
    ("pregnant", "expecting a baby"),
    (
        "I am {}, eleven weeks now.",
        "The test says that I am {}.",
        "Nobody knows yet that I am {}.",
        "Since I am {} I stopped drinking coffee.",
        "How do I tell my boss that I am {}?",
    ),
    (
        "Congratulations on being {}!",
        "When you are {} avoid raw fish.",
        "You may tell your boss that you are {} when you like.",
        "Many who are {} feel tired at eleven weeks.",
        "I will keep it to myself that you are {}.",
    ),
    ("The baker sold out of rye bread.", "My brother's baby learnt to walk."),
)
_ACCOUNT = Kind(
    "my bank account",
    ("NO93 8601 1117 947", "DE89 3704 0044 0532", "GB29 6016 1331 9268"),
    (
        "My bank account is {}.",
        "Please transfer the deposit to {}.",
        "The rent goes out of {} each month.",
        "I opened {} at the savings bank.",
        "Use {} when the refund comes.",
    ),
    (
        "I wrote {} on the refund form as your account.",
        "The deposit goes to {}.",
        "Your account {} is the one that pays the rent.",
        "Is {} still your bank account?",
        "I noted {} for transfers.",
    ),
    ("We sat on the river bank until dusk.", "Her account of the trip was funny."),
)
_COURT = Kind(
    "my divorce from Torvald",
    ("Torvald",),
    (
        "I am getting divorced from {}.",
        "{} and I signed the papers for the divorce.",
        "My marriage with {} is over.",
        "{} keeps the flat and I keep the dog.",
        "The judge asked whether {} agrees to end it.",
    ),
    (
        "A divorce from {} takes about a year.",
        "Did {} agree to sign the papers?",
        "It is hard when a marriage ends as yours with {} did.",
        "If {} keeps the flat you may ask for a share.",
        "Your lawyer should write to {} about the dog.",
    ),
    ("The judge of the baking contest liked my pie.", "The papers on the desk are for recycling."),
)
_PASSWORD = Kind(
    "my wifi password",
    ("gullwing-3391", "marzipan-7702", "osprey-5518"),
    (
        "My wifi password is {}.",
        "Guests can get online with {}.",
        "I set the router to {} yesterday.",
        "Type {} and the network lets you in.",
        "The sticker says {} but the letters are small.",
    ),
    (
        "Your wifi password is {}.",
        "Guests get online with {}, noted.",
        "You set the router to {}.",
        "Try {} once more with small letters.",
        "I will tell visitors to type {}.",
    ),
    ("The train has a quiet carriage.", "We fish with nets near the pier."),
)
_THERAPY = Kind(
    "my therapy with Dr Okonjo",
    ("Dr Okonjo", "Okonjo"),
    (
        "I started therapy with {}.",
        "{} thinks that I should write a diary.",
        "My sessions with {} are on Thursdays.",
        "I told {} about my childhood.",
        "Without {} I would not sleep at night.",
    ),
    (
        "How was the session with {}?",
        "{} seems to help you.",
        "Therapy with {} is going well, then.",
        "Ask {} whether a diary would help.",
        "You see {} on Thursdays.",
    ),
    ("The choir meets on Thursdays.", "I keep a diary of the birds I see."),
)
KINDS = {
    "tuning": (_PHONE, _ILLNESS, _ADDRESS, _JOB, _CODE, _CRUSH),
    "more tuning": MORE_TUNING,
    "held out": (_SALARY, _PREGNANCY, _ACCOUNT, _COURT, _PASSWORD, _THERAPY),
    "fresh": FRESH,
}

_WHO = "my aunt,a friend,the gardener,our teacher,the mayor,a cyclist,the cook,my cousin".split(",")
_DID = (
    "painted the {} fence,bought {} tickets for the museum,saw a {} heron by the pond,"
    "repaired the {} clock,read a book about {} glaciers,planted {} tulips,"
    "baked a {} pie with plums,lost a {} umbrella on the tram,found an old {} map,"
    "learnt a {} song on the guitar,visited the {} lighthouse,sold the {} boat"
).split(",")
_LIKE = "blue,small,wooden,old,green,heavy,cheap,famous,tiny,yellow,broken,quiet,strange".split(",")
_WHEN = "today,last week,on Sunday,in the morning,before lunch,in spring,by accident".split(",")
_ENDS = (
    ",and it rained all the time,and we laughed about it,which took two hours,"
    "and the children helped,although nobody had asked,and I took a picture"
).split(",")


def filler(draw: random.Random) -> str:
    """A turn about something else."""
    did = draw.choice(_DID).format(draw.choice(_LIKE))
    end = draw.choice(_ENDS)
    said = f"{draw.choice(_WHO)} {did} {draw.choice(_WHEN)}{',' if end else ''} {end}".strip()
    return f"{said[0].upper()}{said[1:]}."
