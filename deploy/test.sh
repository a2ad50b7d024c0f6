#!/bin/sh
# Installs what is missing, builds in release (kernels and simulations crawl in debug) and runs all tests. The whole output is
# kept in .build/tests.log; what failed and the counts stand at its end. The exit code is the tests'.
. "$(dirname -- "$0")/prepare.sh"
. deploy/summary.sh
swift build -c release --build-tests --explicit-target-dependency-import-check error >&2
status=0
logged .build/tests.log swift test -c release --disable-xctest --skip-build "$@" || status=$?
summary .build/tests.log
exit "$status"
