#!/bin/sh
# Kills a search twice, lets it go on, and reads its event file with the tensorboard package: every point stands once, with the figures
# that metrics.jsonl has. Some ten seconds. The package is installed into VENV, once, outside this folder. SNAS=FOLDER takes programs that
# are built already.
set -eu
# shellcheck source=deploy/prepare.sh
. "$(dirname -- "$0")/../prepare.sh"
cd ..
venv=${VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/snas/tensorboard}
python=$venv/bin/python
reads='import tensorboard.backend.event_processing.event_accumulator'
if ! "$python" -c "$reads" 2>/dev/null; then
    python3 -m venv --help >/dev/null 2>&1 || installed python3-venv
    rm -rf "$venv"
    mkdir -p "$(dirname -- "$venv")"
    { python3 -m venv "$venv" && "$python" -m pip install -q tensorboard && "$python" -c "$reads"; } >&2 ||
        { echo "skipped 1: the tensorboard package cannot be installed here" >&2; exit 77; }
fi
if [ -z "${SNAS:-}" ]; then
    swift build -c release --product snas >&2
    swift build -c release --product snas-worker >&2
    SNAS=$(swift build -c release --show-bin-path)
fi
exec "$python" deploy/tensorboard/test.py "$SNAS"
