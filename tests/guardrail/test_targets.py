"""The forget set and its file: what a person writes is kept, what is wrong is named by its line."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from guardrail import ForgetFileError, ForgetSet, InvalidInput, Policy, StorageError, Target
from guardrail.target import slug

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(
    lambda text: any(ch.isalnum() for ch in text)
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_change_is_written_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "forget.yaml"
    targets = ForgetSet.load(path, missing_ok=True)
    targets.add("Ada Example", aliases=["A. Example"], phrases=["Plum Lane"], policy="steer")
    assert list(ForgetSet.load(path)) == list(targets)
    assert ForgetSet.load(path).get("ada-example") == Target(
        name="Ada Example", aliases=("A. Example",), phrases=("Plum Lane",), policy=Policy.STEER
    )


@given(name=TEXT, exemplars=st.lists(TEXT, max_size=3), secret=TEXT)
def test_any_text_survives_the_file(
    tmp_path_factory: pytest.TempPathFactory, name: str, exemplars: list[str], secret: str
) -> None:
    """Guards against YAML reading a name such as ``no`` or ``1.0`` as something else than text."""
    path = tmp_path_factory.mktemp("forget") / "forget.yaml"
    added = ForgetSet(path=path).add(name, exemplars=exemplars, secrets=[secret])
    assert list(ForgetSet.load(path)) == [added]


def test_the_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "forget.yaml"
    ForgetSet(path=path).add("Ada Example")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_comments_survive_a_change(tmp_path: Path) -> None:
    path = write(
        tmp_path / "forget.yaml",
        "targets:\n  - name: Ada Example  # asked on 3 May\n"
        "    # see the letter\n    policy: steer\n",
    )
    targets = ForgetSet.load(path)
    targets.add("Plum Lane 7")
    text = path.read_text()
    assert "# asked on 3 May" in text
    assert "# see the letter" in text
    assert [target.name for target in ForgetSet.load(path)] == ["Ada Example", "Plum Lane 7"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "targets:\n  - name: Ada\n    alias: [A]\n",
            r"line 3: a key that is not known; known are name",
        ),
        ("targets:\n  - name: Ada\n  - name: ''\n", r"line 3: name: .*at least 1"),
        ("targets:\n  - aliases: [A]\n", r"line 2: name: Field required"),
        ("targets:\n  - name: '...'\n", r"line 2: name needs at least one letter"),
        ("targets:\n  - {name: A, policy: correct}\n", r"line 2: .*needs a correction"),
        (
            "targets:\n  - {name: A}\n  - {name: a}\n",
            r"line 3: this target's id, .* is used before",
        ),
        ("target:\n  - name: A\n", r"line 1: a key that is not known; known are 'version'"),
        ("targets:\n  - just a word\n", r"line 2: a target needs keys"),
        ("targets: 7\n", r"line 1: targets is not a list"),
        ("version: 9\n", r"line 1: the version is not 1"),
        ("targets: [\n", r"line 2, column 1: not valid YAML: look there"),
        ("targets:\n  - {name: A, name: B}\n", r"line 2, column 15: .* used twice; keep one"),
        ("targets:\n  - name: *A\n", r"line 2, column 11: .* goes in quotes"),
        ("targets:\n  - name: 2001-99-99\n", r"not valid YAML: .* a date .* in quotes"),
        ("- a\n", r"expected the keys"),
    ],
)
def test_a_broken_file_is_named_with_key_and_line(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(ForgetFileError, match=complaint):
        ForgetSet.load(write(tmp_path / "forget.yaml", text))


@pytest.mark.parametrize(
    "text",
    [
        "targets:\n  - name: [Ada Hidden]\n    secrets: tango-seven\n",
        "targets:\n  - name: A\n    name: Ada Hidden\n",
        "targets:\n  - name: 'Ada Hidden\n",
        "targets:\n  - name: *Hidden\n",
        "targets:\n  - name: !Hidden\n",
        'targets:\n  - name: "Hidden\\q"\n',
        "targets:\n  - Ada Hidden: tango-seven\n    name: A\n",
        "targets:\n  - {name: A, policy: Hidden}\n",
        "targets:\n  - {name: A, id: Ada Hidden}\n",
        "targets:\n  - {name: A, patterns: [H]}\n",
        "targets:\n  - {name: A, id: hidden}\n  - {name: B, id: hidden}\n",
        "targets:\n  - {name: Hidden}\n  - {name: hidden}\n",
        "Ada Hidden: tango-seven\n",
        "version: Ada Hidden\n",
        "Ada Hidden\n",
    ],
)
def test_a_complaint_holds_no_value(tmp_path: Path, text: str) -> None:
    """Errors travel into logs: what is to be forgotten must not travel with them, and a key that
    is not known may be a name as well."""
    path = write(tmp_path / "f.yaml", "targets: []\n")
    targets = ForgetSet.load(path)
    write(path, text)
    with pytest.raises(ForgetFileError) as caught:
        ForgetSet.load(path)
    with structlog.testing.capture_logs() as logged:
        assert list(targets) == []
    assert logged
    for told in (str(caught.value), str(logged)):
        assert "hidden" not in told.lower()
        assert "tango" not in told


def test_not_utf8_names_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "forget.yaml"
    path.write_bytes(b"targets:\n  - name: \xff\n")
    with pytest.raises(ForgetFileError, match="not UTF-8 text \\(byte 19\\)"):
        ForgetSet.load(path)


def test_a_change_that_cannot_be_stored_does_not_happen(tmp_path: Path) -> None:
    """A target that is in force now and gone after a restart would be worse than an error."""
    blocker = write(tmp_path / "file", "")
    targets = ForgetSet(path=blocker / "forget.yaml")
    with pytest.raises(StorageError, match="nothing was changed"):
        targets.add("Ada Example")
    assert len(targets) == 0
    assert targets.revision == 0


def test_a_broken_file_is_not_overwritten(tmp_path: Path) -> None:
    path = write(tmp_path / "forget.yaml", "targets:\n  - name: Ada\n")
    targets = ForgetSet.load(path)
    write(path, "targets: [\n")
    with pytest.raises(ForgetFileError):
        targets.add("Bo Example")
    assert path.read_text() == "targets: [\n"


def test_a_change_elsewhere_is_seen(tmp_path: Path) -> None:
    """`guardrail forget add` in another process is in force in a running chat's next message."""
    path = tmp_path / "forget.yaml"
    running = ForgetSet.load(path, missing_ok=True)
    before = running.revision
    ForgetSet.load(path, missing_ok=True).add("Ada Example")
    assert "ada-example" in running
    assert running.revision > before
    running.add("Bo Example")
    assert {target.id for target in ForgetSet.load(path)} == {"ada-example", "bo-example"}


def test_a_file_broken_while_running_keeps_what_is_in_force(tmp_path: Path) -> None:
    """Fail closed: a typing mistake in the file must not lift every ban."""
    path = tmp_path / "forget.yaml"
    running = ForgetSet.load(path, missing_ok=True)
    running.add("Ada Example")
    write(path, "targets: [\n\n\n")
    assert "ada-example" in running


def test_ids() -> None:
    targets = ForgetSet()
    assert targets.add("Łódź Ünïque!").id == "lodz-unique"
    assert targets.add("Lodz unique").id == "lodz-unique-2"
    with pytest.raises(InvalidInput, match="already"):
        targets.add("Łódź Ünïque!")
    with pytest.raises(InvalidInput, match="not a usable target: id"):
        targets.add("x", id="../etc")
    assert slug("☃") == "snowman2"
    assert slug("!!!") == "target"


def test_lookup_and_removal() -> None:
    targets = ForgetSet()
    target = targets.add("Ada Example", aliases=["Addie"])
    assert targets.get("ADDIE") == target
    assert targets.remove("Ada Example") == target
    with pytest.raises(InvalidInput, match="no target"):
        targets.remove("Ada Example")


def test_the_repr_names_nothing() -> None:
    targets = ForgetSet([Target(name="Ada Example")])
    assert "Ada" not in repr(targets)


def test_changes_from_many_threads_are_all_kept(tmp_path: Path) -> None:
    targets = ForgetSet(path=tmp_path / "forget.yaml")
    threads = [
        threading.Thread(target=targets.add, args=(f"Name {number}",)) for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ForgetSet.load(tmp_path / "forget.yaml")) == 12


def test_amending_changes_a_field_and_brings_nothing_back(tmp_path: Path) -> None:
    targets = ForgetSet(path=tmp_path / "forget.yaml")
    before = targets.add("Ada Example", aliases=["A. Example"], secrets=["tango"])
    after = targets.amend(before.id, said=["It is a lighthouse."])
    assert after == before.model_copy(update={"said": ("It is a lighthouse.",)})
    assert list(ForgetSet.load(tmp_path / "forget.yaml")) == [after]
    with pytest.raises(InvalidInput, match="policy"):
        targets.amend(before.id, policy="explode")
    targets.remove(before.id)
    assert targets.amend(before.id, said=["It is back."]) is None
    assert len(targets) == 0
