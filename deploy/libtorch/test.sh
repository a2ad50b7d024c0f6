#!/bin/sh
# Builds the worker a second time, against a current PyTorch of PyPI, and holds its runs against those of the worker that is there: searches
# by all methods, a retraining, an evaluation, and a search that has a worker of each. On the processor all must have the same bits. A few
# minutes, of which most are the build; `quick` takes shorter runs. TORCH=FOLDER takes an installed PyTorch, OTHER=FOLDER says where it is
# built (kept; without it in the cache). The package is installed into VENV, once, outside this folder. SNAS=FOLDER takes programs that are
# built already.
set -eu
# shellcheck source=deploy/prepare.sh
. "$(dirname -- "$0")/../prepare.sh"
cd ..
if [ -z "${TORCH:-}" ]; then
    prepared_python bench 'import torch' -r deploy/bench/requirements.txt ||
        { echo "skipped 1: PyTorch cannot be installed here" >&2; exit 77; }
    TORCH=$("$python" -c 'import os, torch; print(os.path.dirname(torch.__file__))')
fi
built_programs
other=${OTHER:-${XDG_CACHE_HOME:-$HOME/.cache}/snas/libtorch}
SNAS_LIBTORCH=$TORCH swift build -c release --product snas-worker --scratch-path "$other" >&2
exec python3 deploy/libtorch/test.py "$SNAS" "$other/release/snas-worker" "$@"
