# The one entry point; CI runs the same targets. Each target installs what it needs and says so.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Incremental compilation costs time and disk where nothing is compiled twice.
ifdef CI
export CARGO_INCREMENTAL := 0
LOCKED := --locked
endif

.PHONY: help demo test e2e check fmt gen bless bench fuzz dist

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## /{printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# All that is said while building goes to stderr: on stdout stands the ready line of the product alone.
demo: ## build all and run the product on a simulated cluster; ARGS="--listen … --data …"
	@binary=$$(scripts/build-binary); exec "$$binary" demo $(ARGS)

test: ## everything that proves the product; ONLY=rust,web,… for some parts
	@scripts/test-all --only "$(ONLY)"

e2e: ## the walks in a real Chromium
	@scripts/test-all --only e2e

# web/dist only has to exist: the web console is embedded at compile time.
check: ## format, lints, architecture, licences, spelling, types, stale generated files
	@scripts/need compiler web typos
	@mkdir -p web/dist
	cargo fmt --all --check
	cargo clippy $(LOCKED) --quiet --workspace --all-targets -- -D warnings
	cargo xtask tidy
	cargo xtask deny
	.cache/venv-typos/bin/typos
	cd web && npm run --silent typecheck
	cd web && npm run --silent lint
	cargo xtask gen --check
	@echo "check: all is well"

fmt: ## format Rust and the web console
	@scripts/need compiler web
	cargo fmt --all
	cd web && npx --no-install biome check --write .

gen: ## write docs/reference and the API types of the web console from the product
	@scripts/need compiler web
	@mkdir -p web/dist
	cargo xtask gen

bless: ## accept what the snapshot tests see now, then `make gen`; read the diff
	@scripts/need compiler nextest
	@mkdir -p web/dist
	INSTA_UPDATE=always cargo nextest run --workspace --no-fail-fast
	@$(MAKE) gen

bench: ## measure the product; writes target/bench/report.json
	@scripts/bench

fuzz: ## search for inputs that break a parser, FUZZ_SECONDS=120 for each target; no part of `make test`
	@scripts/fuzz

dist: ## what is shipped: optimised, stripped, packed, with checksums
	@scripts/need compiler
	@scripts/build-web
	cargo xtask dist
