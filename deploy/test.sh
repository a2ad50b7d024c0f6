#!/bin/sh
# Installs what is missing, builds in release (kernels and simulations crawl in debug) and runs all tests. The whole output is
# kept in .build/tests.log; what failed and the counts stand at its end. The exit code is the tests'.
#   deploy/test.sh              all tests, as three processes side by side
#   deploy/test.sh build        builds alone
#   deploy/test.sh FLAG...      one process, which gets swift test's flags: --filter NAME
. "$(dirname -- "$0")/prepare.sh"
. deploy/summary.sh
swift build -c release --build-tests --explicit-target-dependency-import-check error >&2
[ "${1:-}" != build ] || exit 0
status=0
if [ $# -gt 0 ]; then
    logged .build/tests.log swift test -c release --disable-xctest --skip-build "$@" || status=$?
else
    # A test of real searches waits for them more than it computes, and a process has as many tests at work as there are cores. Several
    # processes of `swift test` would wait for each other, so the program that it starts is started here.
    program=$(swift build -c release --show-bin-path)/snasPackageTests.xctest
    part() {
        name=$1
        shift
        logged ".build/tests-$name.log" "$program" --testing-library swift-testing "$@"
    }
    part units --skip EndToEndTests &
    units=$!
    part searches --filter 'EndToEndTests[.][A-P]' &
    searches=$!
    part more-searches --filter 'EndToEndTests[.]([^A-P]|"|`)' &
    for child in $units $searches $!; do wait "$child" || status=$?; done
    cat .build/tests-units.log .build/tests-searches.log .build/tests-more-searches.log >.build/tests.log
fi
summary .build/tests.log
exit "$status"
