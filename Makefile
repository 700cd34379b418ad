# What one does every day. The work is in scripts/; `make help` lists the targets.
.DEFAULT_GOAL := help
.PHONY: run estate estate-demo test test-long test-previous check-deploy deploy-snapshots image supply-chain sbom bench bench-estate acceptance schemathesis sqlx-prepare stop clean-local help

run: ## build, start the service with a private Postgres and queue server, print how to call it
	@python3 scripts/local run

estate: ## the service and a stand-in of all that is around it (NOMIS, both syncs, ...), seeded, migrated, in sync
	@python3 scripts/local estate

estate-demo: ## the same from the beginning, as the story of the decision record with the proof of each step
	@python3 scripts/local estate-demo

test: ## format check, clippy, all tests
	@scripts/test

test-long: ## the tests that take longer
	@scripts/test --long

test-previous: ## the tests of the release before this one, on the tables of this one
	@scripts/test-previous $(RELEASE)

check-deploy: ## chart, alerts, dashboard, Dockerfile, compose, workflows, migrations; without cluster or engine (ARGS='chart')
	@python3 scripts/deploy check $(ARGS)

deploy-snapshots: ## write the snapshots of the chart and, at a release, the checksums of migrations anew
	@python3 scripts/deploy update

image: ## build the release and try it in the conditions of its container, without an engine
	@cargo build --release --bin locations-inside-prison-api
	@scripts/image/try $${CARGO_TARGET_DIR:-target}/release/locations-inside-prison-api

supply-chain: ## licences, sources, double versions and known weaknesses of all dependencies
	@scripts/supply-chain deny

sbom: ## what is built in, as CycloneDX, into .local/sbom
	@scripts/supply-chain sbom

bench: ## the benchmarks; results as tables in Markdown
	@scripts/bench

bench-estate: ## the estate measured: migration, reconciliation, sync (docs/estate.md); begins anew, takes half an hour
	@python3 scripts/local bench-estate

acceptance: ## play the recorded exchanges of ../shared/acceptance (ARGS='--area sync --failures 20')
	@scripts/acceptance release $(ARGS)

schemathesis: ## hold answers to made-up requests against the OpenAPI document, at length (EXAMPLES=50)
	@cargo build
	@scripts/schemathesis/run debug $(or $(EXAMPLES),50)

sqlx-prepare: ## write .sqlx anew, after a change of SQL or migrations
	@scripts/sqlx-prepare

stop: ## stop what run, estate and test have started
	@python3 scripts/local stop

clean-local: ## stop all and remove .local: the next start makes everything anew
	@python3 scripts/local clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' Makefile
