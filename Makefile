# `make demo` and `make test` are all a newcomer needs: Python >= 3.11, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/bash
# A file stays together: its tests share an API server's objects. Each process has API servers of its own, so not too many.
ALL_CORES := --numprocesses=auto --maxprocesses=4 --dist=loadfile
.DEFAULT_GOAL := help
.PHONY: help demo test check mutate generate bench toolchain validate image locks clean

help: ## show this list
	@grep -hE '^[a-z.-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: $(VENV)/ready ## apply a quickstart to a local control plane and simulator; KEEP=1 leaves it running, MANIFESTS=folder applies yours
	@KEEP="$(KEEP)" MANIFESTS="$(MANIFESTS)" $(BIN)/python scripts/demo

test: $(VENV)/ready $(VENV)-policy/ready toolchain ## the whole suite, on a real API server
	$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),$(ALL_CORES))

check: $(VENV)/ready toolchain ## ruff, mypy --strict, import-linter, generated files are fresh
	scripts/check

mutate: $(VENV)/ready ## change the code one thing at a time and count what the tests notice (20 minutes); ARGS="--seed 2"
	$(BIN)/python scripts/mutate $(ARGS)

generate: $(VENV)/ready toolchain ## write everything that is generated from the table of kinds
	$(BIN)/python scripts/generate

bench: $(VENV)/ready toolchain ## the numbers of docs/performance.md (a quarter of an hour on two quiet cores); ARGS="--only jobs"
	$(BIN)/python scripts/bench $(ARGS)

toolchain: ## kube-apiserver, etcd, kubectl, helm, kustomize: found, downloaded or built
	@$(PYTHON) scripts/toolchain

validate: $(VENV)/ready $(VENV)-policy/ready toolchain ## checkov and schemas over everything we render
	$(BIN)/python scripts/validate --ours

image: $(VENV)/ready ## build and push the controller's image; REGISTRY=registry.example.com/team
	@$(BIN)/python scripts/image --registry "$(REGISTRY)"

locks: ## pin the newest versions that resolve (needs uv)
	scripts/lock --upgrade

clean: ## remove the environments (tools stay in the cache)
	rm -rf $(VENV) $(VENV)-policy

$(VENV)/ready: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "make: Python 3.11 or newer is needed; $(PYTHON) is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12")'
	@echo "make: installing the Python packages of requirements/dev.txt into $(VENV) (about a minute, 600 MB)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/dev.txt
	@touch $@

$(VENV)-policy/ready: requirements/policy.txt
	@echo "make: installing checkov into $(VENV)-policy (about a minute, 400 MB)"
	@$(PYTHON) -m venv $(VENV)-policy
	@$(VENV)-policy/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/policy.txt
	@touch $@
