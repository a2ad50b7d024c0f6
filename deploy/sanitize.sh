#!/bin/sh
# The tests under a sanitizer: address (default) or thread. A debug build of its own; minutes, not for every change.
# The kernels and networks are left to `address`: libtorch itself is not built for `thread`.
sanitizer=${1:-address}
. "$(dirname -- "$0")/prepare.sh"
case $sanitizer in
    address) filter='FormatsTests|HostTests|MessagingTests|WireTests|SearchProtocolTests|OptimizationTests|KernelTests|WorkerTests' ;;
    thread) filter='HostTests|MessagingTests|SearchProtocolTests|OptimizationTests|WorkerTests' ;;
    *) echo "usage: sanitize.sh [address|thread]" >&2; exit 64 ;;
esac
# libtorch keeps what it allocates at its start: its leaks are not ours.
export ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=halt_on_error=1
swift build --build-tests --sanitize "$sanitizer" --scratch-path ".build/$sanitizer" >&2
exec swift test --disable-xctest --skip-build --sanitize "$sanitizer" --scratch-path ".build/$sanitizer" --filter "$filter"
