"""Sentences as vectors by a model of the user's own: the optional extra `semantic`.

Nothing is downloaded: the model is a folder that the user names. The extra's packages are only
imported where a folder is named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from analysis.errors import BadParameter, shown

# Sentences at a time: enough to keep a processor busy, few enough for any memory.
SENTENCES_AT_A_TIME = 32

# Word pieces of a sentence that are read, where the tokenizer's file sets no limit: small
# sentence models were trained with 128 to 512.
LONGEST_SENTENCE = 256

# Where exporters put the model, seen from the folder.
MODEL_FILES = ("model.onnx", "onnx/model.onnx")

PACKAGES = ("onnxruntime", "tokenizers")
INSTALL = "pip install 'comparative-policy-study[semantic]'"
EXPECTED = "a sentence-embedding model in ONNX form has model.onnx and tokenizer.json"


def embeddings(sentences: Sequence[str], model_folder: str) -> np.ndarray | None:
    """Where does a sentence-embedding model put each sentence?

    The mean of the word pieces' vectors (of the first one's, if the folder's 1_Pooling/config.json
    says so; a model that pools by itself is taken at its word), scaled to length 1.

    Args:
        sentences: texts as they are read.
        model_folder: holds `model.onnx` (or `onnx/model.onnx`) and `tokenizer.json`; empty: none.

    Returns:
        (sentences × dimensions), or None where no folder is named.

    Raises:
        BadParameter: the extra is not installed, or the folder holds no such model.

    Source: Reimers, N. & Gurevych, I. (2019), Sentence-BERT, EMNLP-IJCNLP.
    """
    if not model_folder:
        return None
    sentences = list(sentences)
    session, tokenizer, first_only = _load(Path(model_folder))
    try:
        parts = [
            _embed(sentences[start:start + SENTENCES_AT_A_TIME], session, tokenizer, first_only)
            for start in range(0, len(sentences), SENTENCES_AT_A_TIME)
        ]
        return np.vstack(parts)
    except Exception as error:
        raise _bad(model_folder, f"the model does not run on sentences ({_first_line(error)})")


def _load(folder: Path) -> tuple[object, object, bool]:
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        raise BadParameter(
            f"model_folder: {' and '.join(missing)} cannot be imported; add the extra ({INSTALL}), "
            "or leave model_folder empty"
        )
    if not folder.is_dir():
        raise _bad(folder, "there is no such folder")
    model, tokens = _model_file(folder), folder / "tokenizer.json"
    if model is None or not tokens.is_file():
        raise _bad(folder, f"holds no {'model.onnx' if model is None else 'tokenizer.json'}")

    import onnxruntime
    import tokenizers

    # One thread each: sums in one order, so that a second run has the same bits.
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        tokenizer = tokenizers.Tokenizer.from_file(str(tokens))
        pooling = folder / "1_Pooling" / "config.json"
        settings = json.loads(pooling.read_text("utf-8")) if pooling.is_file() else {}
        first_only = bool(settings.get("pooling_mode_cls_token", False))
    except Exception as error:
        raise _bad(folder, f"the model cannot be read ({_first_line(error)})")
    if tokenizer.truncation is None:
        tokenizer.enable_truncation(LONGEST_SENTENCE)
    if tokenizer.padding is None:
        tokenizer.enable_padding()
    return session, tokenizer, first_only


def _model_file(folder: Path) -> Path | None:
    return next((folder / name for name in MODEL_FILES if (folder / name).is_file()), None)


def _embed(
    sentences: Sequence[str], session: object, tokenizer: object, first_only: bool
) -> np.ndarray:
    encoded = tokenizer.encode_batch(list(sentences))
    mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
    known = {
        "input_ids": np.array([one.ids for one in encoded], dtype=np.int64),
        "attention_mask": mask,
        "token_type_ids": np.array([one.type_ids for one in encoded], dtype=np.int64),
    }
    wanted = [one.name for one in session.get_inputs()]
    outputs = session.run(None, {name: known[name] for name in wanted})
    pooled = [part for part in outputs if part.ndim == 2]
    if pooled:
        vectors = pooled[-1]
    elif first_only:
        vectors = outputs[0][:, 0]
    else:
        weights = mask[:, :, None] / np.maximum(mask.sum(axis=1), 1)[:, None, None]
        vectors = (outputs[0] * weights).sum(axis=1)
    vectors = vectors.astype(float)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if vectors.shape != (len(sentences), vectors.shape[1]) or not np.isfinite(vectors).all():
        raise ValueError("its output is no finite vector a sentence")
    return vectors / np.where(lengths > 0, lengths, 1)


def semantic_reading(model_folder: str, meanings: np.ndarray | None) -> list[str]:
    """Whether a model took part and which, or how to add one, in words."""
    if meanings is None:
        return [
            "Passages are compared by their words alone. To let a sentence-embedding model of your "
            f"own take part, add the extra ({INSTALL}) and set model_folder to the folder that "
            "holds its model.onnx and tokenizer.json; nothing is downloaded."
        ]
    model = _model_file(Path(model_folder))
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    return [
        f"A sentence-embedding model took part ({meanings.shape[1]} dimensions, SHA-256 of its "
        f"model.onnx {digest[:16]}…): the score is the mean of three parts, its likeness of "
        "sentences beside stems and characters. What it was trained on is not known here."
    ]


def _bad(folder: str | Path, problem: str) -> BadParameter:
    return BadParameter(f"model_folder {shown(folder)}: {problem}; {EXPECTED}")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
