# Sourced by the scripts of this folder: goes to the checkout, starts the private Postgres and queue server, and exports
# TEST_DATABASE_URL, TEST_AWS_ENDPOINT_URL, POSTGRES_BIN and POSTGRES_OS_USER.
# shellcheck shell=bash
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
exports=$(python3 scripts/local env) || exit 1
eval "$exports"
# Tests start the service with settings of their own; those of the developer's shell must not leak in.
unset DATABASE_URL ${!STANDIN_@}
