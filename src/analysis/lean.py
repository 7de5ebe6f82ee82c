"""jsonschema without a grammar that nothing here uses.

Where JupyterLab is installed, jsonschema builds a parser of internationalised web addresses when it
is imported: more than a second of every process. No schema of this project names that format.
"""

from __future__ import annotations

import sys

_GRAMMAR = "rfc3987_syntax"

_absent = _GRAMMAR not in sys.modules
if _absent:
    # jsonschema does without what cannot be imported.
    sys.modules[_GRAMMAR] = None
try:
    import jsonschema
finally:
    if _absent:
        del sys.modules[_GRAMMAR]

__all__ = ["jsonschema"]
