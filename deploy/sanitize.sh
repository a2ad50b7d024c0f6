#!/bin/sh
# The tests under a sanitizer: address (default) or thread. A debug build of its own, many minutes: for every night, not for
# every change. What runs, and what does not:
# - address: whatever touches memory by address or calls C: formats, wire, sockets, files, data sets, optimisers, the protocol,
#   kernels and networks, both shells, and the fuzzing of frames and files. Not estimators, schedules, genotypes, settings and
#   words: plain Swift on checked arrays, whose statistics crawl in a debug build.
# - thread: what has threads and is ours: sockets, keys, files, both shells with their workers in one process, the kernels' team of
#   threads and the parts of a shard that it takes. Not what is a value without threads (the protocol and its simulation, estimators,
#   formats), nor networks and other kernels: libtorch itself is not built for it.
# - neither: the real processes of EndToEndTests. A debug build under a sanitizer is too slow for their deadlines.
sanitizer=${1:-address}
. "$(dirname -- "$0")/prepare.sh"
case $sanitizer in
    address) choice='--skip EndToEndTests|EstimationTests|TrainingTests|SearchSpaceTests|ConfigurationTests|ReportingTests' ;;
    thread) choice='--filter HostTests|MessagingTests|KeysTests|CoordinatorTests|OptimizationTests|WorkerTests|TeamTests|KernelTests/PartsTests' ;;
    *) echo "usage: sanitize.sh [address|thread]" >&2; exit 64 ;;
esac
# libtorch keeps what it allocates at its start: its leaks are not ours.
export ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS="halt_on_error=1 suppressions=$project/deploy/thread-sanitizer.txt"
swift build --build-tests --sanitize "$sanitizer" --scratch-path ".build/$sanitizer" >&2
# shellcheck disable=SC2086
exec swift test --disable-xctest --skip-build --sanitize "$sanitizer" --scratch-path ".build/$sanitizer" $choice
