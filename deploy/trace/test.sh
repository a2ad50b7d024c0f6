#!/bin/sh
# Traces shards of tiny searches and retrainings and checks them with PyTorch (Debian's python3-torch), then damages traces and sees the
# check fail. `quick` takes a few methods (some ten seconds), without it all of them (a minute). SNAS=FOLDER takes programs that are built
# already.
set -eu
# shellcheck source=deploy/prepare.sh
. "$(dirname -- "$0")/../prepare.sh"
cd ..
installed python3-torch python3-numpy
built_programs
# Debian's own: python3-torch is installed for it alone.
exec /usr/bin/python3 deploy/trace/test.py "$SNAS" "${1:-full}"
