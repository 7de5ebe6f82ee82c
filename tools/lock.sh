#!/bin/sh
# Writes the three lists of pinned packages from the ranges in pyproject.toml:
#   requirements.lock      the headless core and the build backend, with hashes
#   requirements-dev.lock  all extras, with the core's pins, with hashes
#   constraints.txt        the pins of requirements-dev.lock without hashes
# Pins that still satisfy the ranges are kept. Options are handed to uv, for instance
#   tools/lock.sh --upgrade                  newest releases of everything
#   tools/lock.sh --upgrade-package pandas   newest release of one
set -eu
cd "$(dirname "$0")/.."
uv="${UV:-.venv/bin/uv}"
if ! command -v "$uv" >/dev/null; then
    echo "tools/lock.sh: no uv at $uv; install it with \`make test\` or name one: UV=/path/to/uv" >&2
    exit 1
fi

compile() {
    "$uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 \
        --fork-strategy fewest --generate-hashes --no-emit-index-url --no-emit-find-links \
        --custom-compile-command 'make lock' "$@" >/dev/null
}

compile --extra build --output-file requirements.lock "$@"
compile --all-extras --constraints requirements.lock --output-file requirements-dev.lock "$@"
{
    echo '# The pins of requirements-dev.lock without hashes, written by: make lock'
    sed -n 's/^\([a-z0-9][^ ]*==.*[^ ]\) *\\$/\1/p' requirements-dev.lock
} >constraints.txt
