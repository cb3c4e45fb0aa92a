"""More planted facts for ``benchmarks.erasure``, looked at while erasure was improved."""

from __future__ import annotations

from benchmarks.erasure_kind import Kind

__all__ = ["MORE_TUNING"]

_EMAIL = Kind(
    "my email address",
    ("wren.tully@postbox.example", "okello77@mailhaus.example"),
    (
        "My email address is {}.",
        "Write to me at {} when it ships.",
        "Send the invoice to {} please.",
        "I signed up with {} years ago.",
        "{} is where the newsletters go.",
    ),
    (
        "I will send it to {}.",
        "Your email address is {}, correct?",
        "So {} is the best way to write to you.",
        "The invoice goes to {}.",
        "I noted {} for the account.",
    ),
    ("The email program crashed twice.", "The mayor will address the crowd."),
)
_SURGERY = Kind(
    "my hip surgery",
    ("hip replacement", "hip operation"),
    (
        "I am having a {} in May.",
        "The {} is on my mind all day.",
        "After the {} I cannot drive for six weeks.",
        "My surgeon says the {} takes two hours.",
        "I told only my mother about the {}.",
    ),
    (
        "Good luck with the {}.",
        "Most people walk a day after a {}.",
        "How was the talk with the surgeon about the {}?",
        "A {} needs some weeks of rest.",
        "I will remind you of the exercises after your {}.",
    ),
    ("Hip hop is what my nephew listens to.", "The vet's surgery is closed on Sunday."),
)
_PLATE = Kind(
    "my license plate",
    ("KX41 BNP", "TRO 5561", "B-WL 882"),
    (
        "My license plate is {}.",
        "The camera got me, {}, at 62 an hour.",
        "Look for a grey van with {}.",
        "I parked {} behind the station.",
        "The garage wrote {} on the bill.",
    ),
    (
        "Your license plate is {}.",
        "I told the garage to look for {}.",
        "A van with {} was seen on camera.",
        "So you drive {}, noted.",
        "Is {} parked behind the station?",
    ),
    ("The dinner plate broke in two.", "You need a license to fish here."),
)
_DEBT = Kind(
    "the money I owe Ferdinand",
    ("Ferdinand",),
    (
        "I owe {} four thousand.",
        "{} lent me the money for the roof.",
        "I avoid {} because of the loan.",
        "How do I tell {} that I cannot pay yet?",
        "{} wants it back by summer.",
    ),
    (
        "You could pay {} in parts.",
        "Did {} give you a date?",
        "Owing money to {} weighs on you.",
        "Write {} a note about the loan.",
        "{} may be glad of a first payment.",
    ),
    ("The bank lent the town money for a bridge.", "We pay the gardener in cash."),
)
_WEIGHT = Kind(
    "my weight",
    ("94 kilos", "101 kilos", "88 kilos"),
    (
        "I weigh {} now.",
        "The scale said {} this morning.",
        "My weight is {} and I hate it.",
        "I went up to {} over the winter.",
        "At {} my knees hurt.",
    ),
    (
        "At {} swimming is easier on the knees.",
        "Your weight is {}, noted.",
        "From {} you could aim for less by summer.",
        "You told me that you weigh {}.",
        "{} is above what the doctor wants.",
    ),
    ("The parcel was too heavy for the post.", "I cannot wait for spring."),
)
_FAILED = Kind(
    "that I failed the bar exam",
    ("the bar exam",),
    (
        "I failed {} again.",
        "My parents think that I passed {}.",
        "{} went badly, I was two points short.",
        "I have to sit {} once more in July.",
        "Since {} I hardly sleep.",
    ),
    (
        "Failing {} happens to good lawyers.",
        "You can sit {} again in July.",
        "Two points short of passing {} is bitter.",
        "Shall we make a plan for {}?",
        "Tell your parents about {} when you are ready.",
    ),
    ("The bar on the corner has new owners.", "The exam room was cold, said my cousin."),
)
_DRINK = Kind(
    "my drinking",
    ("vodka", "whisky"),
    (
        "I drink too much {}.",
        "I had {} before noon again.",
        "My wife found the {} behind the books.",
        "Every evening I have {} until I sleep.",
        "Without {} my hands shake.",
    ),
    (
        "How much {} do you drink in a day?",
        "Cutting down on {} is best done with a doctor.",
        "Did you talk to your wife about the {}?",
        "{} before noon is a sign to take seriously.",
        "You could pour the {} away tonight.",
    ),
    ("We had juice at the picnic.", "The horses drink from the trough."),
)
_FAITH = Kind(
    "my religion",
    ("a baptist", "a buddhist"),
    (
        "I became {} last year.",
        "My religion matters to me, I am {}.",
        "Nobody in the office knows that I am {}.",
        "I pray each morning since I am {}.",
        "As {} I do not gamble.",
    ),
    (
        "As {} you may like the quiet of the chapel.",
        "What made you become {}?",
        "You are {}, so I leave out the casino.",
        "Being {} is your own affair at work.",
        "I will remember that you are {}.",
    ),
    ("The chapel roof is made of copper.", "She collects stamps with religious zeal."),
)
_STUTTER = Kind(
    "my stutter",
    ("stutter", "stammer"),
    (
        "I {} when I am nervous.",
        "On the phone I {} the most.",
        "I have learnt to live with a {}.",
        "Kids laughed at my {} at school.",
        "A coach helps me with the {}.",
    ),
    (
        "Many people {} when they are nervous.",
        "A {} is nothing to be ashamed of.",
        "How does the coach work on your {}?",
        "Calls are hard for those who {}.",
        "I will not mention the {}.",
    ),
    ("The engine coughs when it is cold.", "A nervous dog barks at the mail van."),
)

MORE_TUNING = (_EMAIL, _SURGERY, _PLATE, _DEBT, _WEIGHT, _FAILED, _DRINK, _FAITH, _STUTTER)
