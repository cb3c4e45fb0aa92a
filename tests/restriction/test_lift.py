"""The lift: no phrase under any tokenization, and nothing banned that completes none."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.oracle import emitted
from benchmarks.small_tokenizers import KINDS, make
from guardrail.restriction.lift import Ban
from guardrail.restriction.phrases import Phrase
from guardrail.restriction.vocabulary import Vocabulary

CPU = torch.device("cpu")
# A vocabulary small enough to try every token after every text: letters, spaces, runs of both,
# and the two halves of a two-byte letter.
PIECES = [b"", b"a", b"b", b" ", b"ab", b" a", b"a ", b"-b", b"a b", b" ab ", b"bb", b"\xc5",
          b"\x81", b"a\xc3", b"\xa1b", b"aba", b" b-a", b"s", b"as"]  # fmt: skip
TINY = Vocabulary(PIECES)
PHRASES = st.lists(
    st.builds(Phrase, st.text("ab", min_size=1, max_size=4), st.booleans(), st.booleans()),
    min_size=1,
    max_size=3,
)
TOKENS = st.lists(st.integers(0, len(PIECES) - 1), max_size=7)


def text_of(tokens: list[int]) -> str:
    return b"".join(PIECES[token] for token in tokens).decode("utf-8", "replace")


def with_inflections(phrases: list[Phrase]) -> list[Phrase]:
    return [
        Phrase(phrase.text + ending, phrase.whole_words)
        for phrase in phrases
        for ending in (("", "s", "es") if phrase.inflections else ("",))
    ]


@settings(max_examples=300)
@given(PHRASES, TOKENS)
def test_a_token_is_banned_just_when_it_completes_a_phrase(
    phrases: list[Phrase], tokens: list[int]
) -> None:
    """Every token after every history, against the oracle over the decoded text: a token is banned
    if and only if the text with it holds a match, ending in that token, that it did not hold
    before. Random histories of seven tokens over two letters reach every state of the automaton."""
    ban = Ban(TINY, phrases)
    banned = ban.banned(ban.follow(tokens))
    plain = with_inflections(phrases)
    before = text_of(tokens)
    for token in range(len(PIECES)):
        after = text_of([*tokens, token])
        grew = len(emitted(after, plain)) > len(emitted(before, plain))
        # What stood complete at the end of the text can lose its edge, but then it was banned.
        assert (token in banned) >= grew, (before, after)
        if token in banned:
            assert emitted(after, plain), (before, after)


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_of_a_token_are_what_it_decodes_to(kind: str) -> None:
    tokenizer = make(kind)
    vocabulary = Vocabulary.from_tokenizer(tokenizer)
    rng = random.Random(7)
    # Byte tokens in an order that is no UTF-8 are shown as broken characters, every one of them.
    first = 4 if kind == "byte-level" else 4 + 256 * (kind == "sentencepiece-bpe")
    for _ in range(200):
        ids = [rng.randrange(first, len(tokenizer)) for _ in range(rng.randint(1, 12))]
        spelled = b"".join(vocabulary.bytes[i] for i in ids).decode("utf-8", "replace")
        decoded = tokenizer.decode(ids)
        if kind == "wordpiece":
            decoded = decoded.removeprefix("##")  # which it shows as it is at the start
        assert spelled.replace("\ufffd", "").strip() == decoded.replace("\ufffd", "").strip()


def test_bytes_of_a_character_spelled_in_bytes() -> None:
    tokenizer = make("sentencepiece-bpe")
    ids = [tokenizer.convert_tokens_to_ids(f"<0x{byte:02X}>") for byte in "東a".encode()]
    vocabulary = Vocabulary.from_tokenizer(tokenizer)
    assert b"".join(vocabulary.bytes[i] for i in ids).decode() == tokenizer.decode(ids) == "東a"


def test_bytes_of_the_real_tokenizer(smollm: Any) -> None:
    vocabulary = Vocabulary.from_tokenizer(smollm.tokenizer, 50_000)
    assert vocabulary.size == 50_000
    ids = smollm.tokenizer.encode("Łódź — naïve 🙂 café,\n\tStephen King's 東京")
    assert b"".join(vocabulary.bytes[i] for i in ids).decode() == smollm.tokenizer.decode(ids)


def variations(phrase: str, rng: random.Random) -> str:
    """The phrase as someone would smuggle it out."""
    lookalike = {"e": "е", "o": "о", "i": "і", "a": "а"}
    kind = rng.randrange(7)
    if kind == 0:
        return phrase.upper()
    if kind == 1:
        return rng.choice(["-", ".", " ", "\u200b", "_"]).join(phrase)
    if kind == 2:
        return "".join(lookalike.get(ch, ch) for ch in phrase)
    if kind == 3:
        return phrase.replace(" ", rng.choice(["  ", "\n", "_", "", "-"]))
    if kind == 4:
        return phrase + rng.choice(["s", "'s", "!", ""])
    if kind == 5:
        return rng.choice(['"', "(", "the ", "\n"]) + phrase
    return phrase


def spell(text: str, vocabulary: Vocabulary, rng: random.Random) -> list[int]:
    """A random tokenization of a text: any tokens whose bytes add up to it."""
    by_bytes: dict[bytes, list[int]] = {}
    for token, piece in enumerate(vocabulary.bytes):
        if piece:
            by_bytes.setdefault(piece, []).append(token)
    rest, tokens = text.encode(), list[int]()
    while rest:
        sizes = [size for size in range(1, min(len(rest), 12) + 1) if rest[:size] in by_bytes]
        if not sizes:
            return tokens  # cannot be spelled with this vocabulary
        size = rng.choice(sizes)
        tokens.append(rng.choice(by_bytes[rest[:size]]))
        rest = rest[size:]
    return tokens


@pytest.mark.parametrize("kind", [*KINDS, "smollm"])
def test_no_phrase_comes_out_however_it_is_pushed(kind: str, request: Any) -> None:
    """Random logits with a large bonus toward a random spelling of a phrase, at every step. The
    oracle reads the decoded text. Without the ban most texts hold the phrase (asserted, so that
    a push that does not push fails the test; the small vocabularies lack some letters)."""
    tokenizer = request.getfixturevalue("smollm").tokenizer if kind == "smollm" else make(kind)
    vocabulary = Vocabulary.from_tokenizer(tokenizer)
    phrases = [Phrase("Stephen King", inflections=True), Phrase("queen"), Phrase("tango-7", False)]
    plain = with_inflections(phrases)
    ban = Ban(vocabulary, phrases)
    rng = random.Random(kind)
    leaks = pushed = 0
    for _ in range(60):
        wanted = spell(" " + variations(rng.choice(phrases).text, rng), vocabulary, rng)
        for restricted in (False, True):
            tokens = push(wanted, ban if restricted else None, vocabulary.size, rng)
            found = emitted(tokenizer.decode(tokens, skip_special_tokens=True), plain)
            leaks += restricted and bool(found)
            pushed += not restricted and bool(found)
    assert leaks == 0
    assert pushed >= {"wordpiece": 22, "unigram": 33, "sentencepiece-bpe": 35}.get(kind, 40)


def push(wanted: list[int], ban: Ban | None, size: int, rng: random.Random) -> list[int]:
    """Greedy tokens of random scores that favour ``wanted``, then a little noise."""
    tokens: list[int] = []
    generator = torch.Generator().manual_seed(rng.randrange(1 << 30))
    for token in itertools.chain(wanted, [-1, -1]):
        scores = torch.randn(size, generator=generator)
        if token >= 0:
            scores[token] += 50
        if ban is not None:
            scores[list(ban.banned(ban.follow(tokens)))] = -torch.inf
        tokens.append(int(scores.argmax()))
    return tokens


def test_letters_of_a_broken_run_of_bytes_may_not_be_there() -> None:
    """SentencePiece shows a run of byte tokens that is no UTF-8 as broken characters, every one of
    them: "ki", the byte of "a", a stray byte, "ng" shows "ki" and "ng" with nothing to read
    between. Random walks over a few tokens, most of which go that way."""
    tokenizer = make("sentencepiece-bpe")
    bytes_ = [tokenizer.convert_tokens_to_ids(f"<0x{byte:02X}>") for byte in b"ka g\xff\xc3"]
    usable = [*bytes_, *tokenizer.convert_tokens_to_ids(["k", "i", "n", "g", "▁", "ing"])]
    assert tokenizer.unk_token_id not in usable
    phrases = [Phrase("king"), Phrase("ga", whole_words=False)]
    ban = Ban(Vocabulary.from_tokenizer(tokenizer), phrases)
    assert ban.vocabulary.uncertain.issuperset(bytes_)
    rng = random.Random(11)
    free = 0
    for _ in range(1500):
        tokens: list[int] = []
        for _ in range(7):
            banned = ban.banned(ban.follow(tokens))
            tokens.append(rng.choice([token for token in usable if token not in banned]))
        text = tokenizer.decode(tokens, skip_special_tokens=True)
        assert not emitted(text, phrases), tokenizer.convert_ids_to_tokens(tokens)
        free += bool(emitted(tokenizer.decode(rng.choices(usable, k=7)), phrases))
    assert free > 100


def test_a_token_that_finishes_a_letter_is_judged_by_that_letter() -> None:
    """After the first byte of a letter, "b" behind its last byte is not at a word's edge, nor next
    to the letter before."""
    ban = Ban(TINY, [Phrase("ab", whole_words=False), Phrase("šb", whole_words=False)])
    first, last_and_b = PIECES.index(b"\xc5"), PIECES.index(b"\xa1b")
    assert last_and_b in ban.banned(ban.follow([PIECES.index(b"a")]))  # a broken sign, then "b"
    assert last_and_b not in Ban(TINY, [Phrase("ab", whole_words=False)]).banned(
        ban.follow([PIECES.index(b"a"), first])
    )
    assert last_and_b in ban.banned(ban.follow([first]))


def test_a_longer_word_is_not_banned(smollm: Any) -> None:
    """ "King" does not ban " Kingdom" or " Kingston", where they are tokens."""
    vocabulary = Vocabulary.from_tokenizer(smollm.tokenizer)
    ban = Ban(vocabulary, [Phrase("King", inflections=True)])
    banned = ban.banned(ban.start())
    words = {word: smollm.tokenizer.encode(f" {word}") for word in ("Kingdom", "King", "Kings")}
    assert len(words["Kingdom"]) == 1
    assert words["Kingdom"][0] not in banned
    assert words["King"][0] in banned
    assert words["Kings"][0] in banned


def test_nearly_all_of_a_phrase_is_discouraged(smollm: Any) -> None:
    """So that it does not stop at the last letter, which tells the name as well."""
    tokenizer = smollm.tokenizer
    ban = Ban(Vocabulary.from_tokenizer(tokenizer), [Phrase("Rumpelstiltskin")])
    state = ban.follow(tokenizer.encode(" Rumpelstilts"))
    mask = ban.mask(state, CPU)
    assert mask.slowed is not None
    assert mask.penalty is not None
    by_token = dict(zip(mask.slowed.tolist(), mask.penalty.tolist(), strict=True))
    kin, k, ki = (tokenizer.encode(text)[0] for text in ("kin", "k", "ki"))
    assert kin in ban.banned(state)
    assert 0 < by_token[k] < by_token[ki]


def test_special_tokens_are_transparent(smollm: Any) -> None:
    tokenizer = smollm.tokenizer
    ban = Ban(Vocabulary.from_tokenizer(tokenizer), [Phrase("Stephen King")])
    before = tokenizer.encode(" Stephen")
    special = tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert ban.follow([*before, special]) == ban.follow(before)
    assert ban.advance(ban.start(), 10**6) == ban.start()  # a padded row


def test_ten_thousand_phrases_are_quick(smollm: Any) -> None:
    """A guard against work per phrase and step; the benchmark has the figures."""
    import time

    vocabulary = Vocabulary.from_tokenizer(smollm.tokenizer)
    rng = random.Random(3)
    phrases = [
        Phrase(" ".join("".join(rng.choices("abcdefghijklmno", k=6)) for _ in range(2)))
        for _ in range(10_000)
    ]
    started = time.perf_counter()
    ban = Ban(vocabulary, phrases)
    ban.mask(ban.start(), CPU)
    assert time.perf_counter() - started < 5
    ids = smollm.tokenizer.encode("An ordinary sentence about nothing in particular, said twice.")
    state = ban.start()
    for token in ids:
        ban.mask(state := ban.advance(state, token), CPU)
    started = time.perf_counter()
    for _ in range(20):
        state = ban.start()
        for token in ids:
            ban.mask(state := ban.advance(state, token), CPU)
    assert (time.perf_counter() - started) / (20 * len(ids)) < 1e-3


@settings(max_examples=60)
@given(PHRASES, PHRASES, TOKENS)
def test_adding_and_removing_is_as_good_as_building_anew(
    kept: list[Phrase], passing: list[Phrase], tokens: list[int]
) -> None:
    """And in force at once: the same processor may be in the middle of a reply."""
    ban, fresh = Ban(TINY, passing), Ban(TINY, kept)
    ban.banned(ban.follow(tokens))
    for phrase in kept:
        ban.add(phrase)
    for phrase in passing:
        ban.remove(phrase)
    assert ban.banned(ban.follow(tokens)) == fresh.banned(fresh.follow(tokens))
