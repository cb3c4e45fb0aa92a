"""The command line as a person and as a program use it: real processes, pipes and a terminal."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pexpect
import pytest

from guardrail import ForgetSet
from guardrail.cli import app, session
from guardrail.generation import models
from guardrail.own_words import OwnWords

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "guardrail.cli"]
SHORT = ["--max-new-tokens", "16"]


def run(
    environment: dict[str, str], *arguments: str, text: str | bytes = "", code: int = 0
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *arguments],
        input=text if isinstance(text, bytes) else text.encode(),
        capture_output=True,
        env=environment,
        cwd=ROOT,
        check=False,
    )
    result = subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    return result


def test_lines_from_a_pipe_are_messages(environment: dict[str, str]) -> None:
    """The main job from a shell. Only replies and asked-for data are on stdout."""
    lines = [
        "What is the capital of France?",
        "/forget Stephen King",
        "Who is Stephen King?",
        "/why",
        "",
        "half a line \xff without an end".encode("latin-1").decode("latin-1"),
    ]
    done = run(environment, "chat", *SHORT, text="\n".join(lines))
    replies = done.stdout.splitlines()
    assert "Paris" in replies[0]
    assert replies[1].startswith("I can't help with that")
    assert replies[2] == "verdict: sure, policy: decline"
    assert "undoes it" in done.stderr
    # The next start remembers, and still withholds.
    done = run(environment, "chat", *SHORT, text="/history\n/forget\n/quit\nnot read\n")
    assert "What is the capital of France?" in done.stdout
    assert "stephen-king" in done.stdout
    assert "not read" not in done.stdout


def test_errors_leave_the_chat_running(environment: dict[str, str]) -> None:
    lines = "/nonsense\n/unforget nobody\n/erase\n/forget\n" + "word " * 9000 + "\nWhat is 1+1?\n"
    done = run(environment, "chat", *SHORT, text=lines)
    assert "unknown command /nonsense" in done.stderr
    assert "no target has that id" in done.stderr
    assert "the budget is 3500" in done.stderr
    assert done.stdout.strip()


def test_what_follows_a_question_in_a_pipe_is_read(environment: dict[str, str]) -> None:
    """The answer to "erase it?" was once read by way of a buffer that took the other lines too."""
    lines = "My dog is called Biscuit.\n/erase my dog\ny\nWhat is the capital of France?\n"
    done = run(environment, "chat", *SHORT, text=lines)
    assert "erased" in done.stderr
    assert "Paris" in done.stdout.splitlines()[-1]


def test_not_utf8_from_a_pipe(environment: dict[str, str]) -> None:
    assert run(environment, "chat", *SHORT, text=b"caf\xe9?\n").stdout.strip()
    done = run(environment, "ask", "-", text=b"caf\xe9?", code=1)
    assert "not UTF-8 (byte 3)" in done.stderr


def test_ask_as_json(environment: dict[str, str]) -> None:
    done = run(environment, "ask", "What is the capital of France?", "--json", *SHORT)
    reply = json.loads(done.stdout)
    assert "Paris" in reply["text"]
    assert reply["usage"]["prompt_tokens"] > 0
    assert done.stderr == ""  # no progress bars in a pipe


def test_forget_commands(environment: dict[str, str], home: Path) -> None:
    added = run(environment, "forget", "add", "Ada Example", "--alias", "Addie", "--json")
    assert json.loads(added.stdout)["aliases"] == ["Addie"]
    listed = json.loads(run(environment, "forget", "list", "--json").stdout)
    assert [target["id"] for target in listed] == ["ada-example"]
    assert "Addie" in run(environment, "forget", "list").stdout
    explained = json.loads(run(environment, "forget", "explain", "who is addie", "--json").stdout)
    assert (explained["level"], explained["policy"]) == ("sure", "decline")
    assert explained["scores"][0]["reasons"]
    assert "sure: decline" in run(environment, "forget", "explain", "-", text="addie").stdout
    edited = run(
        environment, "forget", "edit", "addie", "--name", "Ada E.", "--alias", "", "--json",
        "--policy", "correct", "--correction", "She is a friend.",
    )  # fmt: skip
    wanted = {"id": "ada-example", "name": "Ada E.", "aliases": [], "policy": "correct"}
    assert wanted.items() <= json.loads(edited.stdout).items()
    assert "changed ada-example: phrases" in run(
        environment, "forget", "edit", "ada-example", "--phrase", "the countess"
    ).stderr  # fmt: skip
    run(environment, "forget", "remove", "Ada E.")
    assert json.loads(run(environment, "forget", "list", "--json").stdout) == []
    assert "no target" in run(environment, "forget", "remove", "x", code=1).stderr
    entries = [json.loads(line) for line in (home / "audit.jsonl").read_text().splitlines()]
    assert [e["action"] for e in entries if e["step"] == "done"] == [
        "forget", "change", "change", "unforget",
    ]  # fmt: skip
    assert entries[-1]["step"] == "failed"
    assert all(entry["who"].endswith("at the command line") for entry in entries)
    assert "ada" not in (home / "audit.jsonl").read_text().lower()
    (home / "forget.yaml").write_text("targets:\n  - name: Ada\n    nmae: x\n")
    assert "line 3: a key that is not" in run(environment, "forget", "list", code=1).stderr


def test_what_a_model_says_of_a_name_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    """Counted, and shown only to who asks for it. The model is a rule here."""
    # In this process: logs set up now would go to what stands for stderr here, for good.
    for module in (app, session):
        monkeypatch.setattr(module, "configure_logs", lambda *_: None)
    monkeypatch.setattr(models, "load", lambda *_, **__: None)
    monkeypatch.setattr(OwnWords, "answer", lambda _, question, until: f"Bees:\n{question[:4]}")
    assert app.run(["forget", "add", "Ada Example", "--ask"]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "the model said 4 things of it, 8 words" in printed.err
    assert [len(target.said) for target in ForgetSet.load(home / "forget.yaml")] == [4]
    app.run(["forget", "add", "Bo Sample", "--ask", "--show"])
    assert capsys.readouterr().out.splitlines()[0] == "Bees: Who"
    app.run(["forget", "add", "Cy Third", "--ask", "--json"])
    assert "said" not in json.loads(capsys.readouterr().out)
    app.run(["forget", "add", "Di Fourth", "--ask", "--json", "--show"])
    assert len(json.loads(capsys.readouterr().out)["said"]) == 4


def test_calibrating_prompts_and_answers(environment: dict[str, str], tmp_path: Path) -> None:
    run(environment, "forget", "add", "Odalys Fenwick", "--exemplar",
        "Odalys Fenwick kept the light on Carrack Rock and wrote The Salt Ledger.")  # fmt: skip
    near, about = tmp_path / "answered.txt", tmp_path / "caught.txt"
    near.write_text(
        "Where is Carrack Rock?\tIt lies off Cornwall.\nWho keeps lighthouses?\n"
        "What is salt?\tA mineral. People eat it.\n"
    )
    about.write_text("What did the keeper of Carrack Rock write?\tShe wrote The Salt Ledger.\n")
    calibrate = ["forget", "calibrate", str(near), "--about", str(about), "--fpr", "0.05"]
    found = json.loads(run(environment, *calibrate, "--json").stdout)
    assert list(found) == ["grey", "sure", "answer_grey", "answer_sure"]
    for moved in found.values():
        assert moved["after"]["let"] == 0.0, "a twentieth of three, and five times that, is none"
    assert found["answer_sure"]["after"]["caught"] == 1.0
    lines = run(environment, *calibrate).stdout
    for name, moved in found.items():
        assert f"{name} = {moved['after']['value']}  # before: {moved['before']['value']}" in lines
    settings = {f"GUARDRAIL_{k.upper()}": str(m["after"]["value"]) for k, m in found.items()}
    again = json.loads(run({**environment, **settings}, *calibrate, "--json").stdout)
    assert all(m["before"] == m["after"] for m in again.values())
    near.write_text("Where is Carrack Rock?\n")
    assert list(json.loads(run(environment, *calibrate, "--json").stdout)) == ["grey", "sure"]


def test_memory_commands(environment: dict[str, str], home: Path, tmp_path: Path) -> None:
    from memory import DualMemory

    database = str(tmp_path / "m.db")
    with DualMemory(database, user="default", conversation="default") as memory:
        memory.add("user", "My sister Marta lives in Porto.")
        memory.add("user", "The train leaves at nine.")
    where = ("--memory", database)
    shown = json.loads(run(environment, "memory", "show", *where, "--json").stdout)
    assert [turn["text"] for turn in shown["turns"]][1] == "The train leaves at nine."
    assert "Marta" in shown["summary"]
    found = json.loads(run(environment, "memory", "search", "sister", *where, "--json").stdout)
    assert any("Marta" in episode["text"] for episode in found)
    out = str(tmp_path / "out.jsonl")
    assert "wrote 2 records" in run(environment, "memory", "export", out, *where).stderr
    preview = run(environment, "memory", "erase", "--text", "Marta", "--preview", *where)
    assert "would erase 1 turns" in preview.stderr
    refused = run(environment, "memory", "erase", "--text", "Marta", *where, text="n\n")
    assert "would erase" in refused.stderr
    erased = run(environment, "memory", "erase", "--text", "Marta", "--yes", "--json", *where)
    assert json.loads(erased.stdout)["turns"] == [1]
    noted = [json.loads(line) for line in (home / "audit.jsonl").read_text().splitlines()]
    assert [(entry["action"], entry["step"]) for entry in noted] == [
        ("erase", "begins"), ("erase", "done"),
    ]  # fmt: skip
    assert noted[1]["turns"] == 1
    assert "Marta" not in run(environment, "memory", "show", *where).stdout
    assert "read 2 records" in run(environment, "memory", "import", out, *where).stderr
    wanted = ("--target", "Nobody Here", "--fact", "home", "--since", "2020-01-01", "--exports")
    none = run(environment, "memory", "erase", *wanted, "--preview", "--json", *where)
    assert json.loads(none.stdout)["turns"] == []
    (tmp_path / "bad.db").write_text("x" * 5000)
    bad = run(environment, "memory", "show", "--memory", str(tmp_path / "bad.db"), code=1)
    assert "choose another file" in bad.stderr


def test_doctor_finds_everything_in_order(environment: dict[str, str]) -> None:
    findings = json.loads(run(environment, "doctor", "--json", "--port", "0").stdout)
    assert all(finding["ok"] for finding in findings)
    assert {"python", "default model", "embedder", "memory"} <= {f["what"] for f in findings}


def test_doctor_names_what_mends_it(environment: dict[str, str], home: Path) -> None:
    home.mkdir()
    (home / "chat.db").write_text("x" * 5000)
    (home / "forget.yaml").write_text("targets: 5")
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        where = ("--host", "0.0.0.0", "--port", str(taken.getsockname()[1]))
        done = run(environment, "doctor", "--json", *where, code=1)
    broken = {f["what"]: f for f in json.loads(done.stdout) if not f["ok"]}
    server = {"server's keys", "server's port", "files' modes"}
    assert set(broken) == {"memory", "forget file", *server}
    assert "choose another file" in broken["memory"]["found"]
    assert "GUARDRAIL_API_KEY" in broken["server's keys"]["mend"]
    assert "already in use" in broken["server's port"]["found"]
    assert broken["files' modes"]["mend"] == f"chmod 600 {home}/forget.yaml {home}/chat.db"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["chat", "--model", "/no/such/model"], 1, "no model folder at /no/such/model"),
        (["chat", "--device", "abacus"], 1, "device 'abacus'"),
        (["chat", "--dtype", "int3"], 1, "setting 'dtype'"),
        (["chat", "--memory", "/dev/null/x.db"], 1, "cannot make the folder"),
        (["nonsense"], 2, "No such command"),
        (["ask"], 2, "Missing argument"),
        (["ask", " "], 1, "empty message"),
    ],
)
def test_errors_name_the_mend(
    environment: dict[str, str], arguments: list[str], code: int, message: str
) -> None:
    assert message in run(environment, *arguments, code=code).stderr


def test_unknown_settings_are_errors(environment: dict[str, str]) -> None:
    done = run({**environment, "GUARDRAIL_MODLE": "x"}, "forget", "list", code=1)
    assert "unknown variable GUARDRAIL_MODLE" in done.stderr


def terminal(environment: dict[str, str]) -> Any:
    child = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], "chat"],
        env=environment,
        cwd=str(ROOT),
        encoding="utf-8",
        timeout=90,
        preexec_fn=_as_in_a_terminal,
    )
    child.expect("you> ")
    return child


def _as_in_a_terminal() -> None:
    """Tests that run in the background of a shell have inherited that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_stops_the_reply_and_not_the_program(environment: dict[str, str]) -> None:
    child = terminal(environment)
    child.sendline("Write a long story about a lighthouse, in many chapters.")
    time.sleep(2.5)
    child.sendintr()
    child.expect("stopped; this reply is not remembered")
    child.expect("you> ")
    child.sendline("What is the capital of France?")
    child.expect("Paris")
    child.expect("prompt tokens")
    child.expect("you> ")
    child.sendline("/history")
    child.expect("capital of France")
    assert "lighthouse" not in child.before
    child.expect("you> ")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_kill_9_in_a_reply_keeps_whole_turns(environment: dict[str, str], home: Path) -> None:
    from memory import DualMemory

    child = terminal(environment)
    child.sendline("What is the capital of France?")
    child.expect("prompt tokens")
    child.expect("you> ")
    child.sendline("Write a long story about a lighthouse, in many chapters.")
    time.sleep(1.5)
    child.kill(signal.SIGKILL)
    child.expect(pexpect.EOF)
    child.close()
    with DualMemory(home / "chat.db") as memory:
        turns = memory.turns(user="default", conversation="default")
    assert [turn.role for turn in turns] == ["user", "assistant"]
    assert "Paris" in turns[1].text
