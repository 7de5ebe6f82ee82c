"""Compare policy statements: a study folder in, tables out.

A study is a folder of data (statements, groups, dictionaries, coded sentences); this package
turns it into tables, and the notebooks narrate them. The command is `study`.
"""

from importlib.metadata import version


def __getattr__(name: str) -> str:
    """Look the version up when it is asked for: the installed distribution is its one place."""
    if name == "__version__":
        return version("comparative-policy-study")
    raise AttributeError(f"module 'analysis' has no attribute {name!r}")
