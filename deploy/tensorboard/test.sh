#!/bin/sh
# Kills a search twice, lets it go on, and reads its event file with the tensorboard package: every point stands once, with the figures
# that metrics.jsonl has. Some ten seconds. The package is installed into VENV, once, outside this folder. SNAS=FOLDER takes programs that
# are built already.
set -eu
# shellcheck source=deploy/prepare.sh
. "$(dirname -- "$0")/../prepare.sh"
cd ..
prepared_python tensorboard 'import tensorboard.backend.event_processing.event_accumulator' tensorboard ||
    { echo "skipped 1: the tensorboard package cannot be installed here" >&2; exit 77; }
built_programs
exec "$python" deploy/tensorboard/test.py "$SNAS"
