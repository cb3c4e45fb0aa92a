"""Loading: the default model, folders, hub names, and what is wrong with them."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from guardrail import InvalidInput, ModelBroken, ModelNotFound, StorageError
from guardrail.generation import default
from guardrail.generation.models import load, wrap


def test_the_default_model_is_ready_and_quick(smollm: Any, offline: None) -> None:
    """The second start; conversion alone takes 15 s, so 5 tells the two apart on a slow machine."""
    started = time.perf_counter()
    again = load(None)
    assert time.perf_counter() - started < 5
    assert again.window == 8192
    assert again.name == "SmolLM2-135M-Instruct"
    assert again.tokenizer.chat_template


def test_a_saved_folder_loads(tiny: Any, tmp_path: Path, offline: None) -> None:
    tiny.model.save_pretrained(tmp_path)
    tiny.tokenizer.save_pretrained(tmp_path)
    loaded = load(tmp_path, dtype="float32", device="cpu")
    assert loaded.dtype == torch.float32
    assert loaded.window == 4096
    messages = [{"role": "user", "content": "x"}]
    assert torch.equal(loaded.encode(messages), tiny.encode(messages))


@pytest.mark.parametrize("name", ["/no/such/folder", "./nothing", Path("nowhere")])
def test_no_such_folder(name: Any) -> None:
    with pytest.raises(ModelNotFound, match="no model folder"):
        load(name)


def test_a_hub_name_that_is_not_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelNotFound, match=r"no model 'nobody/nothing'.*leave --model out"):
        load("nobody/nothing")


def test_a_broken_folder(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelBroken, match="cannot be loaded"):
        load(tmp_path)


def test_wrong_device_and_dtype() -> None:
    with pytest.raises(InvalidInput, match="device 'abacus'"):
        load(None, device="abacus")
    with pytest.raises(InvalidInput, match="dtype 'int3'"):
        load(None, dtype="int3")
    with pytest.raises(InvalidInput, match="without its tokenizer"):
        wrap(object(), None)


def test_the_wheel_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDRAIL_CACHE", str(tmp_path))
    monkeypatch.setattr(default, "find_wheel", lambda: None)
    with pytest.raises(ModelNotFound, match="guardrail setup"):
        load(None)
    with pytest.raises(ModelNotFound, match="was not downloaded"):
        default.setup(lambda question: "MB" not in question)


def test_the_wheel_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDRAIL_CACHE", str(tmp_path))
    wheel = tmp_path / "x.gguf"
    wheel.write_bytes(b"not a model")
    monkeypatch.setattr(default, "find_wheel", lambda: wheel)
    with pytest.raises(ModelBroken, match="force-reinstall"):
        load(None)


def test_the_cache_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GUARDRAIL_CACHE", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="GUARDRAIL_CACHE"):
        load(None)


def prepare(cache: str, results: Any) -> None:
    os.environ["GUARDRAIL_CACHE"] = cache
    torch.set_num_threads(1)
    results.put(str(default.prepare_default()))


def test_killed_then_two_at_once(smollm: Any, tmp_path: Path) -> None:
    """One process is killed in the middle of converting; two more start together afterwards. Both
    get one whole model, equal to the one converted undisturbed."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    first = context.Process(target=prepare, args=(str(tmp_path), results))
    first.start()
    deadline = time.time() + 60
    while not list(tmp_path.glob(".converting-*")) and time.time() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL)
    first.join()
    processes = [context.Process(target=prepare, args=(str(tmp_path), results)) for _ in range(2)]
    for process in processes:
        process.start()
    folders = {results.get(timeout=200) for _ in processes}
    for process in processes:
        process.join()
    assert len(folders) == 1
    made = Path(folders.pop())
    usual = default.prepare_default()
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest == json.loads((usual / "manifest.json").read_text())
    name = "model.safetensors"
    assert (made / name).read_bytes() == (usual / name).read_bytes()
    # What the killed process left behind is cleared away.
    assert not list(tmp_path.glob(".converting-*"))


def test_a_damaged_cache_is_noticed(smollm: Any, tmp_path: Path, monkeypatch: Any) -> None:
    usual = default.prepare_default()
    monkeypatch.setenv("GUARDRAIL_CACHE", str(tmp_path))
    copy = tmp_path / usual.name
    copy.mkdir()
    for path in usual.iterdir():
        os.link(path, copy / path.name)
    assert default.default_is_ready()
    (copy / "config.json").unlink()
    assert not default.default_is_ready()
    (copy / "config.json").write_text("{}")
    assert not default.default_is_ready()
