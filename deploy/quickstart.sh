#!/bin/sh
# Installs what is missing, builds, and searches a cell on the embedded digits with a coordinator and two workers.
# Words after the script's name are handed to `snas local`.
. "$(dirname -- "$0")/prepare.sh"
swift build -c release --product snas >&2
swift build -c release --product snas-worker >&2
exec .build/release/snas local --config configs/quick.yaml --workers 2 "$@"
