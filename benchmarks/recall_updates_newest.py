"""The part ``newest`` of ``recall_updates``: written when the linking of statements was finished.

Other wordings and topics than it was trained on. What stays is looked at with what is hardest to
tell from an update: the same of another person, a second one beside the first, the past beside the
present, a plan, a condition, a joke.
"""

from __future__ import annotations

from benchmarks.recall_updates_tuning import Sentences

__all__ = ["NEWEST", "NEWEST_STAYING"]

_PLACES = "Riga Sofia Leipzig Ravenna Split Oulu Girona Padua".split()
_PEOPLE = "Fiona Boris Amara Lukas Selma Edgar Noemi Viggo".split()
_MANY = [str(n) for n in (23, 26, 31, 34, 42, 55, 64, 90)]
_PRICES = ["62 euros", "$45", "£130", "310 euros", "$1,050", "£78"]
_TIMES = ["5:15 am", "6:50", "8:10", "11:45 am", "2:30 pm", "7:05 pm", "10:20 pm"]
_DATES = ["January 30", "February 8", "April 27", "June 16", "September 3", "November 24"]
_WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
_DYES = "navy cream lilac copper khaki burgundy".split()
_STUDIOS = "Moonbeam Larkspur Cobalt Ironwood Driftway Palisade".split()
_MEDS = "ibuprofen zinc magnesium melatonin turmeric iron".split()
_CROPS = "leeks radishes pumpkins artichokes lentils beets".split()
_GAMES = "backgammon rummy dominoes mahjong bridge poker".split()

NEWEST: Sentences = (
    ("My inhaler has {} puffs left.", "I checked the inhaler, {} puffs left.",
     "How many puffs does my inhaler have left?", _MANY),
    ("The vineyard tour is booked for {}.", "We rebooked the vineyard tour for {}.",
     "When is the vineyard tour?", _DATES),
    ("Our exchange student comes from {}.", "The first one cancelled, our exchange student comes "
     "from {}.", "Where does our exchange student come from?", _PLACES),
    ("My violin teacher is {}.", "{} is my violin teacher now.", "Who is my violin teacher?",
     _PEOPLE),
    ("I take {} before bed.", "The pharmacist put me on {} before bed.",
     "What do I take before bed?", _MEDS),
    ("The allotment fee is {}.", "The council raised the allotment fee to {}.",
     "How much is the allotment fee?", _PRICES),
    ("I set my alarm for {}.", "I set my alarm for {} since the clocks changed.",
     "What time is my alarm set for?", _TIMES),
    ("We are growing {} in the raised bed.",
     "We dug them out and are growing {} in the raised bed.",
     "What are we growing in the raised bed?", _CROPS),
    ("The tailor does my fitting on {}.", "The tailor can only do my fitting on {}.",
     "When is my fitting at the tailor?", _WEEK),
    ("My scooter goes {} kilometers on one charge.",
     "With the winter cold my scooter goes {} kilometers on one charge.",
     "How far does my scooter go on one charge?", _MANY),
    ("The hall we rent for the wedding seats {} guests.",
     "They took out tables, so the hall seats {} guests.", "How many guests does the hall seat?",
     _MANY),
    ("My winter coat is {}.", "I had my winter coat dyed {}.", "What color is my winter coat?",
     _DYES),
    ("I make pottery at {}.", "I left that studio, I make pottery at {}.",
     "Where do I make pottery?", _STUDIOS),
    ("On game night we play {}.", "We got bored and play {} on game night.",
     "What do we play on game night?", _GAMES),
    ("My godson is called {}.", "They renamed the boy, my godson is called {}.",
     "What is my godson called?", _PEOPLE),
    ("The boiler is set to {} degrees.", "I turned the boiler to {} degrees.",
     "How many degrees is the boiler set to?", _MANY),
    ("My ferry sails at {}.", "Because of the fog my ferry sails at {}.",
     "When does my ferry sail?", _TIMES),
    ("The mortgage is {} a month.", "After the refinancing the mortgage is {} a month.",
     "How much is the mortgage a month?", _PRICES),
    ("My carpool leaves from {}.", "My carpool leaves from {} from now on.",
     "Where does my carpool leave from?", _PLACES),
    ("{} waters my orchids while I am away.", "{} waters my orchids now while I am away.",
     "Who waters my orchids while I am away?", _PEOPLE),
)  # fmt: skip
NEWEST_STAYING: Sentences = (
    ("My goddaughter was born on {}.", "Selma's goddaughter was born on {}.",
     "When was my goddaughter born?", _DATES),
    ("I collect old maps of {}.", "I collect postcards from {} as well.",
     "Of which town do I collect old maps?", _PLACES),
    ("Our cockatoo is called {}.", "Our donkey is called {}.", "What is our cockatoo called?",
     _PEOPLE),
    ("I drive to work at {}.", "When I lived abroad I drove to work at {}.",
     "What time do I drive to work?", _TIMES),
    ("The sauna costs {} an evening.", "If the sauna cost {} an evening I would stay home.",
     "How much does the sauna cost?", _PRICES),
    ("My cello strings cost {}.", "Ha, and if I were rich my cello strings would cost {}, kidding.",
     "How much do my cello strings cost?", _PRICES),
    ("We celebrate the name day on {}.", "Next year we might celebrate the name day on {}.",
     "When do we celebrate the name day?", _DATES),
    ("My locker at the pool is number {}.", "My locker at the station is number {}.",
     "What number is my locker at the pool?", _MANY),
    ("Grandpa's watch stopped at {}.", "The church clock stopped at {}.",
     "When did grandpa's watch stop?", _TIMES),
    ("I sing with {} in the quartet.", "I share a music stand with {} in the orchestra.",
     "Who do I sing with in the quartet?", _PEOPLE),
    ("The upstairs bathroom is {}.", "The downstairs bathroom is {}.",
     "What color is the upstairs bathroom?", _DYES),
    ("I owe the vet {}.", "The vet owes me {}.", "How much do I owe the vet?", _PRICES),
    ("My book club reads on {}.", "My father's book club reads on {}.",
     "When does my book club read?", _WEEK),
    ("My first marathon took me through {}.", "The marathon I signed up for goes through {}.",
     "Where did my first marathon take me?", _PLACES),
    ("I bottled {} liters of cider.", "I bottled {} liters of vinegar.",
     "How many liters of cider did I bottle?", _MANY),
    ("My sewing machine is {}.", "The case of my sewing machine is {}.",
     "What color is my sewing machine?", _DYES),
    ("I practise juggling with {} clubs.", "My juggling idol practises with {} clubs.",
     "With how many clubs do I practise juggling?", _MANY),
    ("I planted {} by the gate.", "I also planted {} by the shed.", "What did I plant by the gate?",
     _CROPS),
)  # fmt: skip
