#!/bin/sh
# Installs what is missing and tests the units: what systemd says of them, and the real programs started as they start them.
# SNAS is the folder of the programs, .build/release without it.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck disable=SC1091
. "$here/../prepare.sh"
installed systemd libseccomp2 util-linux
exec python3 "$here/test.py"
