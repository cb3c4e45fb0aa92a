"""Names, values and small talk of the made-up dialogues.

Every list is cut in two by place, even and odd: settings may be tried on the first half, figures
are of the second (``half`` in ``benchmarks.dialogue_maker``), so that no rule that was tuned on one
has seen the wordings, names or values of the other.
"""

from __future__ import annotations

__all__ = [
    "CHATTER", "CITIES", "CODES", "DAYS", "FOODS", "INSTRUMENTS", "JOBS", "LAST", "MEN",
    "OBJECTS", "PETS", "PLACES", "REPLIES", "SUMS", "TOPICS", "WOMEN",
]  # fmt: skip

WOMEN = tuple(
    "Marla Odette Ingrid Lucinda Philippa Wenda Sunniva Imogen Noor Yolanda Ottilie Clemency "
    "Rosalind Zuleika Marguerite Henrike Saskia Tamsin Eluned Birgitta Perpetua Xanthe Dorothea "
    "Ludmila Winifred Aoife Beatrix Calista Signe Hermione Nerys Pilar Roswitha Thandeka Ulrike "
    "Verity".split()
)
MEN = tuple(
    "Anselm Caspian Bartho Emeric Torvald Ravi Lazlo Dashiell Fabrice Teun Bogdan Hamid Piet Idris "
    "Corwin Jory Alaric Benedek Cosimo Dragan Eamon Florin Gideon Hendrik Ivo Kasimir Leopold "
    "Magnus Nestor Osric Quentin Rufus Stellan Tiberius Ulf Yannick".split()
)
LAST = tuple(
    "Quist Abernathy Velde Okonjo Brandvold Tarkington Iversen Mbeki Castellan Drummond Yilmaz "
    "Fairweather Hollis Nakagawa Pruett Zelenko Ashdown Rasmussen Delacroix Thornbury".split()
)
CITIES = tuple(
    "Trondheim Valparaiso Ghent Ljubljana Cork Tartu Oaxaca Plovdiv Bergamo Dunedin Aarhus Matera "
    "Kaunas Salamanca Girona Uppsala Maribor Galway Coimbra Lucerne Utrecht Bilbao Graz "
    "Wellington Braga Sibiu Oulu Trieste".split()
)
JOBS = (
    "piano tuner", "crane operator", "tax inspector", "glass blower", "speech therapist",
    "sound engineer", "beekeeper", "court reporter", "ship's cook", "cartographer", "locksmith",
    "orchard manager", "ferry captain", "wine merchant", "paramedic", "bookbinder",
    "roof thatcher", "dialysis nurse",
)  # fmt: skip
FOODS = (
    "shellfish", "hazelnuts", "celery", "mustard", "lupin flour", "sesame", "kiwi fruit",
    "buckwheat", "walnuts", "cow's milk", "egg white", "soy sauce",
)  # fmt: skip
INSTRUMENTS = (
    "bassoon", "mandolin", "oboe", "harpsichord", "accordion", "viola", "clarinet", "lute",
    "trombone", "theremin", "double bass", "hurdy-gurdy",
)  # fmt: skip
PLACES = (
    "the old boathouse", "the chapel annex", "room 14 of the library", "the brewery cellar",
    "the scout hut", "the tram depot", "the museum café", "the fencing hall", "the fire station",
    "the allotment shed", "the school gym", "the harbour office",
)  # fmt: skip
PETS = tuple(
    "Biscuit Tadpole Marzipan Gherkin Sputnik Dumpling Pickwick Nutmeg Thimble Waffles Domino "
    "Truffle Pebble Crumpet Fidget Saffron".split()
)
DAYS = tuple(
    f"the {day} of {month}"
    for day, month in zip(
        ("3rd", "4th", "6th", "7th", "9th", "11th", "12th", "14th", "16th", "17th", "19th", "21st",
         "22nd", "24th", "26th", "28th"),
        ("March", "April", "May", "June", "July", "September", "October", "November") * 2,
        strict=True,
    )
)  # fmt: skip
CODES = tuple(str(number) for number in range(30718, 99000, 4127))
SUMS = tuple(f"{number},{rest}" for number, rest in zip(range(3, 37, 2), range(150, 830, 40),
                                                         strict=True))  # fmt: skip

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
