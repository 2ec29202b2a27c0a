SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help run test build watch fmt lint soak bench screenshots

help: ## Say what there is to make
	@awk -F ': ## ' '/^[a-z]+: ## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build, then start the server on http://127.0.0.1:3000 with demo data
	@scripts/run

test: ## Format, lints, unit and store tests (SQLite and PostgreSQL), end-to-end tests in Chromium
	@scripts/test

build: ## Build target/release/mandate and target/site
	@scripts/setup
	@scripts/build

watch: ## Rebuild and reload the browser while editing
	@scripts/watch

fmt: ## Format the Rust code
	@. scripts/env.sh && cargo fmt --all && cargo fmt --manifest-path fuzz/Cargo.toml

lint: ## Check format, lints and scripts
	@scripts/setup test
	@scripts/lint

bench: ## Measure the release build against baselines, and write bench/results.md
	@scripts/bench

screenshots: ## Take pictures of every page and state, and renew the README's
	@scripts/screenshots

soak: ## Run the long property and fault tests, and fuzz (PROPTEST_CASES, MANDATE_SOAK_CONSENTS and MANDATE_FUZZ_SECONDS say how long)
	@scripts/soak
