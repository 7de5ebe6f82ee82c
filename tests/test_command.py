"""How the command `study` ends when the system refuses, or somebody presses Ctrl-C."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from analysis import cli

SRC = Path(__file__).parent.parent / "src"

# Presses Ctrl-C at the moment the command's own module is looked for.
PRESSED = """\
import os, signal, sys
class Press:
    def find_spec(self, name, *_):
        if name == "analysis.cli":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Press())
sys.argv[1:] = ["run", "--help"]
from analysis.__main__ import main
sys.exit(main())
"""


def pressed(at_start):
    return subprocess.run(
        [sys.executable, "-c", PRESSED], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(SRC)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, at_start),
    )


def test_ctrl_c_while_the_modules_load_shows_no_traceback():
    ended = pressed(signal.SIG_DFL)
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")


def test_a_command_that_was_started_to_ignore_ctrl_c_does():
    ended = pressed(signal.SIG_IGN)
    assert ended.returncode == 0 and ended.stdout.startswith("usage: study run")


@pytest.mark.parametrize("number", cli._REFUSED)
def test_what_the_system_refuses_is_one_line(monkeypatch, capsys, number):
    def refused(options):
        raise OSError(number, os.strerror(number), "reports/a\nb.html")

    monkeypatch.setattr(cli, "_run", refused)
    assert cli.main(["run", "somewhere"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"study: 'reports/a\\nb.html': {os.strerror(number).lower()}; ")
    assert lines[0].endswith(
        " and give the command again; the previous report is untouched, and what was finished need "
        "not be done again"
    )


def test_only_a_command_that_has_a_report_speaks_of_it(monkeypatch, capsys):
    def refused(options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cli, "_check", refused)
    assert cli.main(["check", "somewhere"]) == 1
    assert capsys.readouterr().err == (
        "study: 'a file': no space left on device; make room and give the command again\n"
    )


def test_an_error_of_no_such_kind_is_a_fault_of_ours_and_is_shown(monkeypatch):
    def refused(options):
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(cli, "_run", refused)
    with pytest.raises(OSError, match="Bad file descriptor"):
        cli.main(["run", "somewhere"])



def test_of_files_that_cannot_be_written_whole_none_stays(tmp_path):
    """A real refusal, by the limit of a file's size: the second file does not fit."""
    import resource

    script = (
        "from pathlib import Path\nfrom analysis import new_files\n"
        "new_files.write({Path('a'): b'fits', Path('b'): bytes(99_999)})"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SRC)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    assert ended.stderr.splitlines()[-1].endswith(
        "b: cannot be written (file too large); name another place with --out"
    )
    assert list(tmp_path.iterdir()) == []
