"""What each pass over a corpus costs a statement: processor seconds, memory; one process.

    python bench/passes.py STUDY …        a line of CSV a study and pass, to standard output

Run on studies of several sizes (bench/corpora.py) to see whether costs grow with the number of
statements or faster. docs/large.md quotes the output.
"""

import csv
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable

COLUMNS = ("statements", "pass", "seconds", "milliseconds a statement", "peak MB")


def measured(folder: str) -> None:
    """Measure one study; prints its rows."""
    from analysis import commitments, corpus, framing, nearest, reuse_many, scale, wording
    from analysis.study import load_study

    writer = csv.writer(sys.stdout)
    kept: dict[str, object] = {}

    def lap(name: str, made: Callable[[], object]) -> None:
        began = sum(os.times()[:4])
        kept[name] = made()
        # Its own and its children's, user and system.
        seconds = sum(os.times()[:4]) - began
        n = len(kept["load the study"].statements)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        writer.writerow([n, name, f"{seconds:.2f}", f"{1000 * seconds / n:.3f}", f"{peak:.0f}"])
        sys.stdout.flush()

    lap("load the study", lambda: load_study(folder))
    study = kept["load the study"]
    lap("part into sentences", lambda: corpus.prepare(study))
    lap("read the parts", lambda: corpus.build(study))
    texts = kept["read the parts"]
    lap("pool by group", lambda: scale.by_group(texts))
    frames = framing.dictionary_of(texts)
    lap("match frames", lambda: framing.frame_matches(texts, frames))
    lap("shares of frames", lambda: framing.frame_shares(
        kept["pool by group"], frames, kept["match frames"], seed=1, n_boot=2000))
    lap("names of wording.yaml", lambda: wording.occurrences(texts))
    lap("levels of commitments", lambda: commitments.read(texts))
    lap("count stems", lambda: nearest.terms(texts))
    lap("nearest statements", lambda: nearest.neighbours(kept["count stems"], seed=1))
    lap("shared wording", lambda: reuse_many.widespread(texts, min_run=5))


def main() -> None:
    if len(sys.argv) == 3 and sys.argv[1] == "--one":
        measured(sys.argv[2])
        return
    csv.writer(sys.stdout).writerow(COLUMNS)
    sys.stdout.flush()
    for folder in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as cache:
            # A process each: its peak of memory is its own.
            subprocess.run([sys.executable, __file__, "--one", folder], check=True,
                           env={**os.environ, "STUDY_CACHE": cache, "OMP_NUM_THREADS": "1"})


if __name__ == "__main__":
    main()
