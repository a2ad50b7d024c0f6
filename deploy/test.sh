#!/bin/sh
# Installs what is missing, builds in release (kernels and simulations crawl in debug) and runs all tests.
. "$(dirname -- "$0")/prepare.sh"
swift build -c release --build-tests --explicit-target-dependency-import-check error >&2
exec swift test -c release --disable-xctest --skip-build "$@"
