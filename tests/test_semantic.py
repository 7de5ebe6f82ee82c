"""The optional sentence-embedding model: a tiny one made here, and folders that hold none."""

import json
import struct

import numpy as np
import pytest
from small import corpus_of

from analysis import passages, semantic
from analysis.errors import BadParameter

WORDS = ["[PAD]", "[UNK]", "ships", "vessels", "boats", "police", "sail", "work"]
TABLE = np.array(
    [[9, 9], [0.1, 0.1], [1, 0], [1, 0.1], [0.9, 0], [0, 1], [0.5, 0.2], [0.2, 0.5]], dtype="<f4"
)
INT64, FLOAT = 7, 1


def varint(number: int) -> bytes:
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def field(number: int, value: int | str | bytes) -> bytes:
    """One field of a protocol buffer: a whole number, or a string or message with its length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(name: str, kind: int, shape: tuple[str | int, ...]) -> bytes:
    sizes = b"".join(field(1, field(1 + isinstance(size, str), size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, sizes)))


def model_bytes(inputs: tuple[str, ...] = ("input_ids", "attention_mask")) -> bytes:
    """An ONNX model that looks each word piece up in TABLE (field numbers of onnx.proto)."""
    table = field(1, len(TABLE)) + field(1, 2) + field(2, FLOAT) + field(8, "table")
    table += field(9, struct.pack(f"<{TABLE.size}f", *TABLE.ravel()))
    gather = field(1, "table") + field(1, "input_ids") + field(2, "out") + field(4, "Gather")
    graph = field(1, gather) + field(2, "tiny") + field(5, table)
    graph += b"".join(field(11, tensor(name, INT64, ("n", "words"))) for name in inputs)
    graph += field(12, tensor("out", FLOAT, ("n", "words", 2)))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))


@pytest.fixture
def folder(tmp_path):
    import tokenizers

    level = tokenizers.models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]")
    tokenizer = tokenizers.Tokenizer(level)
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "model.onnx").write_bytes(model_bytes())
    return tmp_path


def expected(*sentences: list[str]) -> np.ndarray:
    means = np.array([TABLE[[WORDS.index(w) for w in words]].mean(axis=0) for words in sentences])
    return means / np.linalg.norm(means, axis=1, keepdims=True)


def test_a_sentence_is_the_mean_of_its_words_and_padding_counts_nothing(folder):
    found = semantic.embeddings(["Ships sail", "police", "Ships sail nowhere"], str(folder))
    wanted = expected(["ships", "sail"], ["police"], ["ships", "sail", "[UNK]"])
    assert found == pytest.approx(wanted, abs=1e-6)


def test_parts_change_nothing(folder, monkeypatch):
    sentences = ["ships sail", "police", "boats work", "vessels"]
    whole = semantic.embeddings(sentences, str(folder))
    monkeypatch.setattr(semantic, "SENTENCES_AT_A_TIME", 1)
    assert semantic.embeddings(sentences, str(folder)) == pytest.approx(whole, abs=1e-6)


def test_the_folder_s_pooling_and_layout_are_followed(folder):
    (folder / "1_Pooling").mkdir()
    pooling = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")
    assert semantic.embeddings(["ships police"], str(folder)) == pytest.approx(expected(["ships"]))


def test_a_model_may_want_token_types(folder):
    wanted = ("input_ids", "attention_mask", "token_type_ids")
    (folder / "model.onnx").write_bytes(model_bytes(wanted))
    assert semantic.embeddings(["police"], str(folder)) == pytest.approx(expected(["police"]))


def test_meaning_takes_part_in_the_score(folder):
    """Without a shared word or class, the model alone tells which passage is meant."""
    texts = corpus_of({"a": "Ships sail.\n", "b": "Police work.\n\nVessels sink.\n"})
    plain = passages.passage_matches(texts, synonyms=False)
    assert plain["score"].nunique() == 1
    meanings = semantic.embeddings(texts.units["text"].tolist(), str(folder))
    table = passages.passage_matches(texts, synonyms=False, meanings=meanings)
    assert (table.loc[0, "match"], table.loc[0, "shared"]) == (("Vessels sink.",), "")
    assert table["score"].max() > 0


def test_without_a_folder_a_line_says_how_to_add_one(folder):
    assert semantic.embeddings(["ships"], "") is None
    assert "comparative-policy-study[semantic]" in semantic.semantic_reading("", None)[0]
    meanings = semantic.embeddings(["ships"], str(folder))
    assert "2 dimensions" in semantic.semantic_reading(str(folder), meanings)[0]


def test_without_the_extra_a_line_says_what_to_install(folder, monkeypatch):
    monkeypatch.setattr(semantic, "find_spec", lambda name: None)
    with pytest.raises(BadParameter, match=r"onnxruntime and tokenizers .*\[semantic\]"):
        semantic.embeddings(["ships"], str(folder))


@pytest.mark.parametrize(("spoil", "fault"), [
    (lambda folder: (folder / "model.onnx").unlink(), "holds no model.onnx"),
    (lambda folder: (folder / "tokenizer.json").unlink(), "holds no tokenizer.json"),
    (lambda folder: (folder / "model.onnx").write_bytes(b"no model"), "cannot be read"),
    (lambda folder: (folder / "tokenizer.json").write_text("{}"), "cannot be read"),
    (lambda folder: (folder / "model.onnx").write_bytes(model_bytes(("input_ids", "pixels"))),
     "does not run on sentences"),
])
def test_a_folder_without_a_sound_model_is_one_line(folder, spoil, fault):
    spoil(folder)
    with pytest.raises(BadParameter) as caught:
        semantic.embeddings(["ships"], str(folder))
    assert len(caught.value.faults) == 1 and fault in caught.value.faults[0]
    assert "\n" not in caught.value.faults[0] and "model_folder" in caught.value.faults[0]


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(BadParameter, match="there is no such folder"):
        semantic.embeddings(["ships"], str(tmp_path / "none"))
