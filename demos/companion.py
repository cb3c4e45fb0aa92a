"""A companion that remembers: 300 turns over three months, then questions about all of it.

    python demos/companion.py

A few things are said once, one of them changes, and everything between is small talk. For each
question: what of the conversation stood in the prompt, from when, and what the model made of it.
The default model is small and often reads past what it is given; what counts is what it was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from demos.showing import arguments, console
from guardrail import GuardedChat
from memory import NewTurn

TURNS = 300
START = datetime(2025, 3, 3, 8, tzinfo=UTC)
# Which turn, what is said there, and later what is asked of it and must stand in the prompt.
SAID = {
    4: "My dog is called Biscuit, he is a beagle.",
    30: "I live in Ghent, right above a bakery.",
    62: "I am allergic to walnuts, I found out the hard way.",
    104: "My sister Nora gets married on the 14th of June.",
    150: "I started as a nurse at the children's hospital.",
    212: "I moved to Oslo last week, the flat looks out on the harbour.",
}
ASKED = {
    "What is my dog called?": "Biscuit",
    "Where do I live now?": "Oslo",
    "What am I allergic to?": "walnuts",
    "When does my sister get married?": "14th of June",
    "What is my job?": "nurse",
}
TALK = """It rained all {day}.|The tram was late again this {day}.|I made soup on {day}.
I slept badly, {day} nights are like that.|I walked by the water on {day}.""".replace("\n", "|")
REPLY = ["That sounds like quite a day.", "Tell me more.", "I see.", "How did that feel?"]


def conversation() -> Iterator[NewTurn]:
    """All turns, one exchange about every fourteen hours."""
    for number in range(TURNS):
        when = START + timedelta(hours=7 * number)
        small = TALK.split("|")[number // 2 % 5].format(day=f"{when:%A}")
        said = REPLY[number // 2 % len(REPLY)] if number % 2 else SAID.get(number, small)
        yield NewTurn(role="assistant" if number % 2 else "user", text=said, time=when)


def main(given: Sequence[str] | None = None) -> None:
    """Store the conversation, ask, and say what the prompts held."""
    parser = arguments(__doc__)
    parser.add_argument("--tokens", type=int, default=24, help="longest reply")
    options = parser.parse_args(given)
    show = console()
    with GuardedChat.from_pretrained(options.model, max_new_tokens=options.tokens) as chat:
        chat.memory.add_turns(list(conversation()))
        show.print(f"{chat.memory.stats().turns} turns remembered")
        largest = held = 0
        for question, answer in ASKED.items():
            reply = chat.send(question, remember=False)
            largest = max(largest, reply.usage.prompt_tokens)
            show.print(f"\n[bold]{question}[/] ({reply.usage.prompt_tokens} prompt tokens)")
            found = [episode for episode in reply.recalled if answer in episode.text]
            held += bool(found)
            for episode in found:
                show.print(f"  recalled, {episode.time:%d %b}: {episode.text}")
            show.print(f"  says: {' '.join(reply.text.split())}", markup=False)
        facts = ", ".join(f"{fact.attribute}: {fact.value}" for fact in chat.memory.facts())
        show.print(f"\nfacts that hold now: {facts}", markup=False)
        show.print(f"{held} of {len(ASKED)} answers were in the prompt, none larger than {largest}")


if __name__ == "__main__":
    main()
