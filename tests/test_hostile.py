"""Hostile texts and studies: time and memory stay bounded, and nobody's code is run."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "data" / "channel-2015-2024"

# Bounds, not times: what grows with the square of its input passes them by far.
SECONDS, BYTES = 200, 4 << 30

SENTENCE = "The ministers met in Calais and agreed to work together on it. "

#: What a text may be made of that has made programs slow.
GIANTS = {
    "one line": "word " * 200_000,
    "one word": "a" * 1_000_000,
    "one paragraph": SENTENCE * 40_000,
    "lines": (SENTENCE.strip() + "\n") * 40_000,
    "brackets": "(" * 200_000,
    "quotes": '"“' * 100_000,
    "stops": ". " * 150_000,
    "empty lines": "\n" * 1_000_000,
    "list": "\n".join(f"({n}) item number {n};" for n in range(20_000)),
    "list in a line": " ".join(f"({n}) item number {n};" for n in range(20_000)),
    "nested list": "\n".join(" " * (n % 200) + "- item" for n in range(20_000)),
    "abbreviations": "Mr. A. B. C. " * 50_000,
    "broken words": "inter-\nnational " * 50_000,
    "repeated header": "Page 1 of 9\nWords here go on\n" * 20_000,
    "zero width": "\u200b" * 300_000,
    "right to left": "\u202eabc " * 100_000,
    "combining marks": "e" + "\u0301" * 300_000,
    "zero bytes": "\x00" * 200_000,
    "half surrogates": "\ud800 " * 50_000,
    "homoglyphs": "Саlаis " * 100_000,
    "address": "https://example.org/" + "a/" * 100_000,
    "numbers": "1." * 200_000,
}


def limited(*command: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess:
    """A command that may take so much time and memory and no more."""
    def bounds() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))

    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, preexec_fn=bounds, stdin=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **environment},
    )


def study_command() -> list[str]:
    script = Path(sys.executable).with_name("study")
    if not script.exists():
        pytest.skip("the package is not installed, there is no command `study`")
    return [str(script)]


def test_texts_of_any_shape_are_parted_in_bounded_time_and_memory():
    """A subprocess parts every giant: one that took quadratic time would be killed."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_hostile import GIANTS\nfrom analysis import segment\n"
        "for name, text in GIANTS.items():\n"
        "    parts = segment.blocks(text)\n"
        "    print(name, len(parts), sum(len(segment.sentences(text, p)) for p in parts))\n"
    )
    done = limited(sys.executable, "-c", code, str(Path(__file__).parent))
    assert done.returncode == 0, done.stderr[-2000:]
    counted = {line.rsplit(" ", 2)[0]: line.rsplit(" ", 2)[1:] for line in done.stdout.splitlines()}
    assert set(counted) == set(GIANTS)
    assert counted["one paragraph"] == ["1", "40000"] and counted["zero width"] == ["0", "0"]


def test_a_text_of_ten_megabytes_is_taken_in_and_checked(tmp_path):
    given = tmp_path / "in"
    given.mkdir()
    (given / "big.txt").write_text("\n\n".join([SENTENCE * 12] * 13_000), "utf-8")
    (given / "small.txt").write_text("\n\n".join(f"{SENTENCE}{n}" for n in range(30)), "utf-8")
    made = limited(*study_command(), "new", "s", "--from", "in", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    seen = limited(*study_command(), "check", "s", cwd=tmp_path)
    assert seen.returncode == 0 and "no fault found" in seen.stdout, seen.stderr
    assert "lengths of" in seen.stderr + seen.stdout


PLANTED = 'from pathlib import Path\nPath({mark!r}).write_text("run")\n'


def test_nothing_of_a_study_is_run_and_a_parameter_is_a_text(tmp_path):
    """A study with code of every kind that Python, IPython or Jupyter would pick up, run from inside."""
    study, mark = tmp_path / "study", tmp_path / "PWNED"
    shutil.copytree(SHIPPED, study)
    code = PLANTED.format(mark=str(mark))
    for name in ("sitecustomize.py", "usercustomize.py", "conftest.py", "analysis/__init__.py",
                 "numpy/__init__.py", "papermill.py", "ipython_config.py", ".ipython/profile_default/"
                 "startup/00.py", ".jupyter/jupyter_config.py", "notebooks/__init__.py"):
        (study / name).parent.mkdir(parents=True, exist_ok=True)
        (study / name).write_text(code, "utf-8")
    shutil.copy(ROOT / "notebooks" / "1_corpus.ipynb", study / "notebooks" / "1_corpus.ipynb")
    own = study / "notebooks" / "1_corpus.ipynb"
    own.write_text(own.read_text("utf-8").replace("texts = corpus.load", f"open({str(mark)!r}, 'w'); "
                                                  "texts = corpus.load"), "utf-8")
    assert str(mark) in own.read_text("utf-8")
    hostile = f"border\"; open({str(mark)!r}, 'w') #\n'''; open({str(mark)!r}, 'w')\n{{7*7}} %s \\"
    done = limited(
        *study_command(), "run", ".", "--only", "1_corpus", "4_framing", "-p", f"kwic={hostile}",
        "-p", "n_boot=200", "--out", str(tmp_path / "report"), cwd=study,
        STUDY_CACHE=str(tmp_path / "cache"), HOME=str(study),
    )
    assert done.returncode == 0, done.stderr
    assert not mark.exists()
    assert "notebooks or code, which are never run" in done.stderr
    page = (tmp_path / "report" / "4_framing.html").read_text("utf-8")
    assert "open(" in page and "<script>alert" not in page
