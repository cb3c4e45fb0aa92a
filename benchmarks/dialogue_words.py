"""What the made-up dialogues are made of: kinds of things that get said, in many wordings.

Every list is cut in two by place, even and odd: settings may be tried on the first half, figures
are of the second (``half`` in ``benchmarks.dialogue_maker``), so that no rule that was tuned on one
has seen the wordings, names or values of the other.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CHATTER",
    "FIRST",
    "KINDS",
    "LAST",
    "OBJECTS",
    "REPLIES",
    "TOPICS",
    "Kind",
]


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


FIRST = tuple(
    "Marla Anselm Odette Caspian Ingrid Bartho Lucinda Emeric Philippa Torvald Wenda Ravi "
    "Sunniva Lazlo Imogen Dashiell Noor Fabrice Yolanda Teun Ottilie Bogdan Clemency Hamid "
    "Rosalind Ansel Zuleika Piet Marguerite Idris Henrike Corwin Saskia Tamsin Eluned Jory".split()
)
LAST = tuple(
    "Quist Abernathy Velde Okonjo Brandvold Tarkington Iversen Mbeki Castellan Drummond Yilmaz "
    "Fairweather Hollis Nakagawa Pruett Zelenko Ashdown Rasmussen Delacroix Thornbury".split()
)
_CITIES = tuple(
    "Trondheim Valparaiso Ghent Ljubljana Cork Tartu Oaxaca Plovdiv Bergamo Dunedin Aarhus Matera "
    "Kaunas Salamanca Girona Uppsala Maribor Galway Coimbra Lucerne Utrecht Bilbao Graz "
    "Wellington Braga Sibiu Oulu Trieste".split()
)
_JOBS = (
    "piano tuner", "crane operator", "tax inspector", "glass blower", "speech therapist",
    "sound engineer", "beekeeper", "court reporter", "ship's cook", "cartographer", "locksmith",
    "orchard manager", "ferry captain", "wine merchant", "paramedic", "bookbinder",
    "roof thatcher", "dialysis nurse",
)  # fmt: skip
_FOODS = (
    "shellfish", "hazelnuts", "celery", "mustard", "lupin flour", "sesame", "kiwi fruit",
    "buckwheat", "walnuts", "cow's milk", "egg white", "soy sauce",
)  # fmt: skip
_INSTRUMENTS = (
    "bassoon", "mandolin", "oboe", "harpsichord", "accordion", "viola", "clarinet", "lute",
    "trombone", "theremin", "double bass", "hurdy-gurdy",
)  # fmt: skip
_PLACES = (
    "the old boathouse", "the chapel annex", "room 14 of the library", "the brewery cellar",
    "the scout hut", "the tram depot", "the museum café", "the fencing hall", "the fire station",
    "the allotment shed", "the school gym", "the harbour office",
)  # fmt: skip
_PETS = tuple(
    "Biscuit Tadpole Marzipan Gherkin Sputnik Dumpling Pickwick Nutmeg Thimble Waffles Domino "
    "Truffle Pebble Crumpet Fidget Saffron".split()
)
_DAYS = tuple(
    f"the {day} of {month}"
    for day, month in zip(
        ("3rd", "4th", "6th", "7th", "9th", "11th", "12th", "14th", "16th", "17th", "19th", "21st",
         "22nd", "24th", "26th", "28th"),
        ("March", "April", "May", "June", "July", "September", "October", "November") * 2,
        strict=True,
    )
)  # fmt: skip
_CODES = tuple(str(number) for number in range(30718, 99000, 4127))
_SUMS = tuple(f"{number},{rest}" for number, rest in zip(range(3, 37, 2), range(150, 830, 40),
                                                         strict=True))  # fmt: skip

KINDS: tuple[Kind, ...] = (
    Kind(
        "home",
        _CITIES,
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
        _JOBS,
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
        _FOODS,
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
        _INSTRUMENTS,
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
        _DAYS,
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
        _CODES,
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
        _SUMS,
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
        _PLACES,
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
        _PETS,
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

TOPICS = (
    "the weather", "my bicycle", "the news", "the garden", "the neighbours", "a film I saw",
    "the bus", "my back", "the laundry", "a crossword", "the coffee machine", "spring cleaning",
    "the new bridge", "a podcast", "the tomatoes", "the library", "my knitting", "the election",
    "a broken lamp", "the lake", "a recipe for soup", "the stairs", "the radio", "bread",
)  # fmt: skip
OBJECTS = (
    "a long walk", "the blue curtains", "a bag of onions", "my old boots", "the second chapter",
    "two litres of paint", "an umbrella", "the wrong train", "a jar of plums", "the back door",
    "a letter to the council", "the crooked shelf", "three candles", "the weekly market",
    "a pile of magazines", "the kettle", "a spare tyre", "the neighbours' cat", "a puzzle",
    "the loud fridge", "a row of beans", "the rain gauge", "my reading glasses", "a wool scarf",
)  # fmt: skip
CHATTER = (
    "I have been thinking about {topic} and ended up with {object}.",
    "Today it was all {topic}, and in the evening {object}.",
    "Do you have an opinion on {topic}? Mine changed because of {object}.",
    "What would you do about {topic} if all you had was {object}?",
    "Somebody mentioned {topic}, and I remembered {object}.",
    "There is nothing like {object} after a day of {topic}.",
    "I was going to tell you about {topic}, but first came {object}.",
    "Between {topic} and {object} I got nothing done.",
    "How does one get rid of {object}? Ask me about {topic} instead.",
    "My week in short: {topic}, {object}, and too little sleep.",
    "I never understood {topic}, and {object} did not help.",
    "Can {topic} be more tiring than {object}? I believe so.",
)
REPLIES = (
    "That sounds like quite a day. What did you do about {topic} in the end?",
    "I see. With {topic} it often helps to take one small step first.",
    "Thanks for telling me. I can make a short list about {topic} if you like.",
    "Many people feel that way about {topic}. A break might do you good.",
    "Noted. Is there anything about {topic} that I should look into?",
    "That makes sense. For {topic} I would start with what you have at home.",
    "Good to know. Shall we come back to {topic} tomorrow?",
    "I understand. {object} can wait, I think.",
)
