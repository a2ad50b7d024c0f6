#!/bin/sh
# The tests under a sanitizer: address (default) or thread. A debug build of its own, many minutes: for every night, not for
# every change. What runs, and what does not:
# - address: every target's tests, the fuzzing of frames and files too. Not the real processes of EndToEndTests, which are the
#   same code with other timing, on which their waits rest.
# - thread: everything that has threads and is ours (sockets, files, both shells with workers in one process, protocol), and what
#   is pure. Not the tests of networks and kernels: libtorch itself is not built for it, and a shard is computed by one thread.
sanitizer=${1:-address}
. "$(dirname -- "$0")/prepare.sh"
case $sanitizer in
    address) skip='EndToEndTests' ;;
    thread) skip='EndToEndTests|NetworkTests' ;;
    *) echo "usage: sanitize.sh [address|thread]" >&2; exit 64 ;;
esac
# libtorch keeps what it allocates at its start: its leaks are not ours.
export ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=halt_on_error=1
swift build --build-tests --sanitize "$sanitizer" --scratch-path ".build/$sanitizer" >&2
exec swift test --disable-xctest --skip-build --sanitize "$sanitizer" --scratch-path ".build/$sanitizer" --skip "$skip"
