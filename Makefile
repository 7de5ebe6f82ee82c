# The study's commands; `make help` lists them. Needs make and Python 3.11 or newer with venv.
# PYTHON names the Python that .venv is made with: make report PYTHON=/path/to/python3.12

NEW_ENOUGH := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c '$(NEW_ENOUGH)' 2>/dev/null && { echo "$$python"; break; }; done)
VENV_PYTHON := .venv/bin/python
INSTALL := $(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check

# A stamp's name holds a hash of what was installed, and where. It is written last: an
# interrupted installation is taken up again, and a second call finds it and installs nothing.
stamp = .venv/$(1)-$(shell { pwd; cat pyproject.toml $(2); } | cksum | tr ' ' '-').stamp
CORE := $(call stamp,core,requirements.lock)
DEV := $(call stamp,dev,requirements.lock requirements-dev.lock)

.PHONY: help report test lab reliability lock sbom clean
.NOTPARALLEL:

help:
	@echo 'make report   run the study and write reports/channel-2015-2024/index.html'
	@echo 'make test     run the tests'
	@echo 'make lab      open the notebooks in JupyterLab'
	@echo 'make reliability  disturb runs at random moments, write docs/reliability.md (hours)'
	@echo 'make lock     bring the locks into line with pyproject.toml'
	@echo 'make sbom     write dist/sbom.cdx.json, the bill of materials of a release'
	@echo 'make clean    remove .venv and caches; the report stays'
	@echo 'The first call makes .venv with Python >= 3.11; to choose one: PYTHON=/path/to/python3'

report: $(CORE)
	@.venv/bin/study run data/channel-2015-2024

test: $(DEV)
	@$(VENV_PYTHON) -m pytest -q -n 2 --dist loadfile

# JupyterLab would otherwise look on the network for a newer release of itself.
lab: $(DEV)
	@$(VENV_PYTHON) -m jupyterlab --notebook-dir=. --LabApp.default_url=/lab/tree/notebooks \
	  --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate

reliability: $(DEV)
	@$(VENV_PYTHON) bench/same_bytes.py
	@$(VENV_PYTHON) bench/load.py
	@$(VENV_PYTHON) bench/reliability.py

lock: $(DEV)
	@tools/lock.sh

sbom: $(DEV)
	@mkdir -p dist
	@$(VENV_PYTHON) tools/sbom.py >dist/sbom.cdx.json
	@echo dist/sbom.cdx.json

clean:
	rm -rf .venv .pytest_cache .hypothesis build dist
	find . \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

$(CORE):
	@$(VENV_PYTHON) -c 'import pip; $(NEW_ENOUGH)' 2>/dev/null || { \
	  python="$(PYTHON)"; \
	  "$$python" -c '$(NEW_ENOUGH)' 2>/dev/null || { \
	    echo "Python 3.11 or newer with venv is needed, and $${python:-python3} is not:" \
	      "install one (Debian: apt install python3-venv) or name it: PYTHON=/path/to/python3" >&2; \
	    exit 1; }; \
	  "$$python" -m venv --clear .venv; }
	@rm -f .venv/*.stamp
	@echo 'Installing the locked packages into .venv (once; about a minute) ...'
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

# The core's packages are among these, at the same versions.
$(DEV): $(CORE)
	@rm -f .venv/dev-*.stamp
	@echo 'Installing the locked packages for the tests and JupyterLab (once) ...'
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@$(VENV_PYTHON) -m ipykernel install --sys-prefix --name python3 \
	  --display-name 'Policy study' >/dev/null
	@touch $@
