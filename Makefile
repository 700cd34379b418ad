# What one does every day. The work is in scripts/; `make help` lists the targets.
.DEFAULT_GOAL := help
.PHONY: run test test-long bench acceptance sqlx-prepare stop clean-local help

run: ## build, start the service with a private Postgres and queue server, print how to call it
	@python3 scripts/local run

test: ## format check, clippy, all tests
	@scripts/test

test-long: ## the tests that take longer
	@scripts/test --long

bench: ## the benchmarks; results as tables in Markdown
	@scripts/bench

acceptance: ## play the recorded exchanges of ../shared/acceptance (ARGS='--area sync --failures 20')
	@scripts/acceptance release $(ARGS)

sqlx-prepare: ## write .sqlx anew, after a change of SQL or migrations
	@scripts/sqlx-prepare

stop: ## stop what run and test have started
	@python3 scripts/local stop

clean-local: ## stop all and remove .local: the next start makes everything anew
	@python3 scripts/local clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile
