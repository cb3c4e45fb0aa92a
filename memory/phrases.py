"""How sentences sound that state something, and how those that do not; for ``telling``.

Lower case counts as upper, and straight apostrophes only.
"""

from __future__ import annotations

import re

__all__ = [
    "ASKING",
    "CALLED",
    "DEFINITE",
    "HAVING",
    "JUDGING",
    "MUSING",
    "NEXT",
    "NO_STATEMENT",
    "OPENING",
    "OWN",
    "POINTING",
    "SOMEONE",
]

OPENING = re.compile(
    r"^(?:(?:yes|yeah|yep|no|nope|oh|well|so|and|but|also|btw|by the way|actually|anyway|hey|hi|"
    r"hello|wow|ok|okay|fyi|update|correction|good news|bad news|guess what|funny enough)"
    r"\b[,:!. ]+)+",
    re.I,
)
CALLED = re.compile(r"^[A-Z][a-z]+, (?=I\b|I'm|[Mm]y|[Ww]e\b|[Oo]ur)")  # "John, I moved to Oslo"
# Where one statement of a sentence ends and the next begins.
NEXT = re.compile(
    r"(?:;|,? (?:and|but|so|because|since|while|which)|,)"
    r" (?=(?:i|i'm|i've|my|we|we're|we've|our|it|he|she|they)\b)|; ",
    re.I,
)
NO_STATEMENT = re.compile(
    # questions and requests
    r"\?\W*$|^(?:do|does|did|can|could|would|will|should|shall|is|are|am|was|were|have|has|why|how|"
    r"which|who|when|where|what(?! i\b| we\b))\b|"
    r"^(?:please|tell|give|show|help|write|explain|remind|suggest|recommend|create|list|compare|"
    r"summari[sz]e|describe|imagine|note|let|let's|check|look|try|make sure|thank|thanks|sorry|"
    r"congrat\w*|happy|glad|remember|always|never|use|avoid|include|sounds|looks|seems)\b|"
    r"\b(?:please|(?<!thank )you|your|yours|you're|you've)\b|"
    # conditions and plans
    r"\b(?:if|unless|would|wouldn't|could(?! not|n't)|might|may(?! \d)|maybe|perhaps|probably|"
    r"wish|should|suppose|supposed to|imagine|pretend|hypothetically|hope|hoping|"
    r"dream(?:s|ed|t|ing)? (?:of|about)|some ?day|one day|want(?:s|ed)? to|"
    r"plan(?:s|ning|ned)? (?:to|on)|thinking (?:of|about)|thought (?:of|about)|"
    r"consider(?:ing|ed)?|going to|gonna|about to|let's|"
    r"i'll|we'll|i'd|we'd|tempted|trying to|almost|nearly|looking forward|can't wait)\b|"
    # what was and what others say or think
    r"\b(?:used to|back then|growing up|as a (?:kid|child))\b|"
    r"\b(?:says|said|claims?|claimed|thinks?|thought|believes?|insists?|swears?|joked|jokes|"
    r"asked|asks|heard|read that|according to) "
    r"(?:that|he|she|they|it|his|her|i|my|we|our|me|to)\b|"
    r"\btold (?:me|us|him|her|them)\b|[\"“”][^\"“”]+ [^\"“”]+[\"“”]|"
    # jokes
    r"\b(?:kidding|joking|joke|haha\w*|lol|lmao|rofl|yeah right|as if|in my dreams|so to speak|"
    r"metaphorically|million times|literally dying)\b|[😂🤣😜😉]|"
    # code, tables, links
    r"[{}<>=;`|\\#*_\[\]]|//|\w\(|:\W*$|'[\w-]+'|^\W*(?:from|import|const|def|class|var|return)\b|"
    # what is only shown or judged
    r"\bhere(?:'s|'re| is| are)\b",
    re.I,
)
# "I moved to Oslo, do you know a bakery?" states something before it asks.
ASKING = re.compile(
    r"[,;:-] (?:and |but |so |then |now )*(?:can|could|would|will|how|what|where|when|why|which|"
    r"who|do|does|did|should|is|are|any|please|help|tell|give|show)\b[^,;]*\?\W*$",
    re.I,
)
MUSING = re.compile(
    r"^(?:i|we)(?:'m| am|'re| are)?(?: (?:just|also|really|do|still|totally|can|can't|don't|so|"
    r"kinda|sorta|a bit|pretty|not))* (?:think|guess|know|wonder|believe|feel|mean|agree|"
    r"see(?= (?:that|what|how|why|you)|\W*$|,)|understand|appreciate|remember|forgot|"
    r"bet|doubt|need|care|mind|promise|wondering|sure|happy|glad|sorry|excited|proud|grateful|"
    r"thankful|curious|afraid|looking|trying|asking|interested|worried|stuck|confused|concerned|"
    r"torn|nervous|having trouble|struggling|feeling|get it|heard|noticed|realized|"
    r"found (?:out|that|it))\b",
    re.I,
)
JUDGING = re.compile(
    r"!\W*$|(?:^|[,-] |\band |\bbut )(?:it|that|there|this|these|those|they)"
    r"(?:'s|'re|'ve| is| was| are| has| have| feels?| makes?)\b|"
    r"\b(?:how|what|why|each other|one another|anything|everything)\b|"
    r"\b(?:amazing|awesome|great|good|nice|cool|beautiful|wonderful|incredible|fun|huge|important|"
    r"special|tough|hard|happy|proud|excited|thankful|grateful|inspiring|lovely|crazy|wild|"
    r"blast|joy|support|feel|feels|feeling|helps?|keep|keeps|able|such|so much|really)\b",
    re.I,
)
HAVING = re.compile(
    r"^(?:i|we)(?:'m|'ve| am| are| have)?(?: \w+)? (?:have|own|keep|got|play|playing|eat|drive|"
    r"ride|read|reading|study|studying|teach|speak|learn|learning|collect|grow|wear|use)\b",
    re.I,
)
DEFINITE = re.compile(r"^(?:the|they|at|on|in|from|this|every|each)\b", re.I)
OWN = re.compile(r"^(?:i|i'm|i've|we|we're|we've|my|our)\b", re.I)
SOMEONE = re.compile(r"^[A-Z][a-z]+ (?:is|has|[a-z]{2,}s)\b")
POINTING = re.compile(r"^(?:it|it's|its|that|that's|this|there|there's|these|those|what)\b", re.I)
