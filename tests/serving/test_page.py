"""The page in a real browser, driven as a person would."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from guardrail.decision import DECLINED
from guardrail.serving.access import Access
from tests.serving.conftest import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from guardrail import GuardedChat

KEY = "key-of-the-administrator"
WIDTH = "document.documentElement.scrollWidth"
FOCUSED = "(document.activeElement.ariaLabel || document.activeElement.innerText || '').trim()"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        flags = ["--no-sandbox"]  # its own sandbox does not start for root, as in CI
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served(smollm: Any, embedder: Any) -> Iterator[tuple[GuardedChat, str]]:
    from guardrail import GuardedChat

    chat = GuardedChat.from_pretrained(
        smollm.model,
        tokenizer=smollm.tokenizer,
        embedder=embedder,
        max_new_tokens=20,
        budget=400,
    )
    with serving(chat, access=Access(admin_key=KEY)) as url:
        yield chat, url


@pytest.fixture
def page(browser: Browser, served: tuple[GuardedChat, str]) -> Iterator[Page]:
    """The page opened with the link that the server prints; no error and no call elsewhere."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.set_default_timeout(20_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(served[1]) else wrong.append(asked.url),
    )
    page.goto(f"{served[1]}/#key={KEY}")
    yield page
    assert wrong == []
    context.close()


def say(page: Page, text: str) -> Any:
    """Writes a message and gives the finished reply to it."""
    before = page.locator("article.reply").count()
    page.get_by_role("textbox", name="Message").fill(text)
    page.keyboard.press("Enter")
    reply = page.locator("article.reply").nth(before)
    reply.wait_for()
    page.locator(".caret").wait_for(state="detached")
    reply.locator(".said").wait_for()
    return reply


def test_a_target_is_added_withheld_undone_and_answered(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("France")
    page.get_by_role("button", name="See what it would block").click()
    page.get_by_text("everyday prompts would be touched").wait_for()
    page.get_by_role("button", name="Withhold", exact=True).click()
    page.get_by_text("France is withheld from the next message on.").wait_for()
    reply = say(page, "What is the capital of France?")
    assert DECLINED in reply.inner_text()
    reply.get_by_text("Something was withheld").click()
    assert "its name stands in the text" in reply.inner_text()
    page.get_by_role("button", name="Edit France").click()
    page.get_by_label("Phrases not to be said").fill("Eiffel Tower\nthe Louvre")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("France is changed from the next message on.").wait_for()
    page.get_by_text("decline, 2 phrases").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("decline, 2 phrases").wait_for(state="detached")
    page.get_by_role("button", name="Answer about France again").click()
    page.get_by_text("Nothing is withheld.").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Answer about France again").click()
    page.get_by_text("Nothing is withheld.").wait_for()
    page.get_by_label("Conversation").fill("two")  # a small model repeats its own refusals
    page.keyboard.press("Enter")
    reply = say(page, "What is the capital of France?")
    assert "Paris" in reply.inner_text()
    assert "withheld" not in reply.inner_text()


def test_a_fact_is_recalled_300_turns_later_and_erased_with_the_receipt(
    page: Page, served: tuple[GuardedChat, str]
) -> None:
    from memory.turns import NewTurn

    say(page, "My dog is called Biscuit.")
    weather = [f"Day {day}: the garden has {day * 7} leaves." for day in range(300)]
    turns = [NewTurn(role="user", text=text) for text in weather]
    served[0].memory.add_turns(turns, user="default", conversation="page")
    reply = say(page, "What is my dog called?")
    reply.locator(".recalled summary").click()
    # What a small model makes of its notes hangs on how a processor rounds: it is not asked here.
    assert "My dog is called Biscuit." in reply.locator(".recalled").inner_text()
    assert reply.locator(".said").inner_text().strip()
    reply.locator(".budget summary").click()
    assert reply.locator(".bar span").count() >= 2
    page.get_by_role("tab", name="Memory").click()
    page.locator(".timeline").get_by_text("My dog is called Biscuit.").wait_for()
    page.get_by_role("searchbox").fill("Biscuit")
    page.get_by_role("button", name="Erase all about it").click()
    page.get_by_role("button", name="Erase", exact=True).first.click()
    receipt = page.locator(".receipt")
    assert "Receipt: erased" in receipt.inner_text()
    assert int(receipt.get_by_role("row", name="vectors").get_by_role("cell").inner_text()) > 0
    page.locator(".timeline").get_by_text("My dog is called Biscuit.").wait_for(state="detached")
    assert served[0].memory.verify(["My dog is called Biscuit."]).clean


def test_what_changed_is_struck_through_and_what_is_old_is_found(
    page: Page, served: tuple[GuardedChat, str]
) -> None:
    from memory.turns import NewTurn

    memory = served[0].memory
    texts = ["I live in Oslo.", *(f"Day {n} was dry." for n in range(60)), "I moved to Bergen."]
    turns = [NewTurn(role="user", text=text) for text in texts]
    memory.add_turns(turns, user="dora", conversation="travels")
    page.get_by_label("User", exact=True).fill("dora")
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="Memory").click()
    timeline = page.locator(".timeline")
    timeline.get_by_text("I moved to Bergen.").wait_for()
    assert timeline.locator("s").all_inner_texts() == ["I live in Oslo."]
    assert "no longer holds" in timeline.locator(".past").inner_text()
    said = page.locator(".said-list")
    said.get_by_text("Nothing.").wait_for()
    page.get_by_label("Conversation to show").select_option("travels")
    said.get_by_text("Day 59 was dry.").wait_for()
    assert said.get_by_text("I live in Oslo.").count() == 0
    page.get_by_role("button", name="Earlier").click()
    said.get_by_text("I live in Oslo.").wait_for()
    assert said.get_by_role("listitem").count() == len(texts)
    assert page.get_by_role("button", name="Earlier").count() == 0


def test_with_the_keyboard_alone(page: Page, served: tuple[GuardedChat, str]) -> None:
    """From the message box to a target withheld and taken back, with no pointer."""

    def go_to(name: str) -> None:
        for _ in range(25):
            page.keyboard.press("Tab")
            if page.evaluate(FOCUSED) == name:
                return
        raise AssertionError(f"{name} is not reached")

    go_to("Skip to the message box")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "message"
    page.keyboard.type("Hello.")
    page.keyboard.press("Enter")
    page.locator("article.reply").wait_for()
    page.locator(".caret").wait_for(state="detached")
    go_to("Forget")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED) == "Memory"
    tab = page.get_by_role("tab", name="Memory")
    assert tab.get_attribute("aria-selected") == "true"
    panel = page.locator(f"#{tab.get_attribute('aria-controls')}")
    assert panel.get_attribute("role") == "tabpanel"
    assert panel.get_attribute("aria-labelledby") == tab.get_attribute("id")
    panel.get_by_text("Facts over time").wait_for()
    page.keyboard.press("Tab")  # one stop for all tabs
    assert page.evaluate(FOCUSED) not in ("Forget", "Memory")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Home")
    assert page.evaluate(FOCUSED) == "Forget"
    page.keyboard.press("Tab")
    page.keyboard.type("Zorblatt")
    page.keyboard.press("Enter")
    page.get_by_text("Zorblatt is withheld from the next message on.").wait_for()
    go_to("Undo")
    page.keyboard.press("Enter")
    page.get_by_text("Nothing is withheld.").wait_for()
    assert len(served[0].forget_set) == 0


def test_what_a_reply_says_cannot_become_part_of_the_page(
    page: Page, served: tuple[GuardedChat, str]
) -> None:
    """Not even where it is formatted: a model that was talked into writing HTML writes text."""
    evil = "**bold** <img src=x onerror=alert(1)><script>alert(2)</script>"
    served[0].forget("Zorblatt", policy="correct", correction=evil)
    try:
        reply = say(page, "Who is Zorblatt?")
    finally:
        served[0].unforget("Zorblatt")
    assert reply.locator("strong").inner_text() == "bold"
    assert reply.locator("img, script").count() == 0


def test_on_a_phone_and_without_the_administration_key(
    browser: Browser, served: tuple[GuardedChat, str]
) -> None:
    """Nothing is cut off at 360 pixels, and who only chats learns only that it was withheld."""
    phone = {"width": 360, "height": 720}
    page = browser.new_page(viewport=phone, color_scheme="dark")  # type: ignore[arg-type]
    page.set_default_timeout(20_000)
    page.goto(served[1])
    page.get_by_role("button", name="Not now").click()
    target = served[0].forget("France")
    try:
        reply = say(page, "What is the capital of France?")
    finally:
        served[0].unforget(target.id)
    reply.get_by_text("Something was withheld").click()
    assert "is for the administrator" in reply.inner_text()
    assert "france" not in reply.inner_text().lower()
    assert page.evaluate(WIDTH) <= 360
    page.close()


def test_with_a_key_of_ones_own_one_sees_and_erases_ones_own_memory(
    browser: Browser, tiny_chat: GuardedChat
) -> None:
    """The same words said twice, a minute apart: only those of the time chosen go."""
    from memory.turns import NewTurn

    memory = tiny_chat.memory
    times = [datetime(2026, 3, 1, 12, minute, tzinfo=UTC) for minute in range(3)]
    texts = ("I live in Oslo.", "I am well.", "I am well.")
    said_by = zip(texts, times, strict=True)
    turns = [NewTurn(role="user", text=text, time=time) for text, time in said_by]
    for user in ("ada/default", "bo"):
        memory.add_turns(turns, user=user, conversation="page")
    access = Access(admin_key=KEY, users={"ada": "key-of-ada"})
    with serving(tiny_chat, access=access) as url:
        page = browser.new_page()
        page.set_default_timeout(20_000)
        page.goto(f"{url}/#key=key-of-ada")
        page.get_by_role("tab", name="Memory").click()
        page.locator(".timeline").get_by_text("I live in Oslo.").wait_for()
        said = page.locator(".said-list").get_by_role("listitem")
        said.nth(2).wait_for()
        said.nth(1).get_by_role("button").click()
        page.get_by_text("This erases 1 turns").wait_for()
        page.get_by_role("button", name="Erase", exact=True).first.click()
        page.get_by_text("Receipt: erased 1 turns").wait_for()
        said.nth(2).wait_for(state="detached")
        page.close()
        whose = ("ada/default", "bo")
        left = [turn.id for user in whose for turn in memory.turns(user=user, conversation="page")]
        assert left == [1, 3, 4, 5, 6]


def test_administration_on_a_phone(browser: Browser, served: tuple[GuardedChat, str]) -> None:
    """Every tab at 360 pixels: nothing is cut off, and what is chosen fills the screen."""
    phone = {"width": 360, "height": 720}
    page = browser.new_page(viewport=phone)  # type: ignore[arg-type]
    page.set_default_timeout(20_000)
    page.goto(f"{served[1]}/#key={KEY}")
    served[0].memory.add("user", f"My word is {'long' * 40}.", conversation="page")
    page.get_by_role("tab", name="Forget").click()
    page.get_by_label("Name", exact=True).fill("W" * 60)
    page.get_by_role("button", name="Withhold", exact=True).click()
    page.get_by_role("button", name=f"Edit {'W' * 60}").click()
    page.get_by_label("Phrases not to be said").wait_for()
    assert page.evaluate(WIDTH) <= 360
    assert not page.get_by_role("textbox", name="Message").is_visible()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Nothing is withheld.").wait_for()
    page.get_by_role("tab", name="Memory").click()
    page.locator(".said-list").get_by_text("My word is").wait_for()
    assert page.evaluate(WIDTH) <= 360
    page.get_by_role("tab", name="Chat").click()
    assert page.get_by_role("textbox", name="Message").is_visible()
    page.close()
