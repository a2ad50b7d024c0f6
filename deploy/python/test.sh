#!/bin/sh
# Trains small networks with snas, builds them with the package beside this script in Debian's PyTorch, and compares what both predict;
# then weights that PyTorch changed and saved in several ways go back into `snas evaluate`. Some ten seconds. What is saved by the
# safetensors package needs it from PyPI, in VENV, made once outside this folder; where it cannot be had that part is skipped and
# counted as skipped. SNAS=FOLDER takes programs that are built already.
set -eu
# shellcheck source=deploy/prepare.sh
. "$(dirname -- "$0")/../prepare.sh"
cd ..
installed python3-torch python3-numpy
venv=${VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/snas/python}
python=$venv/bin/python3
has='import importlib.util, sys; sys.exit(not (importlib.util.find_spec("torch") and importlib.util.find_spec("safetensors")))'
if ! "$python" -c "$has" 2>/dev/null; then
    /usr/bin/python3 -c 'import ensurepip' 2>/dev/null || installed python3-venv
    rm -rf "$venv"
    mkdir -p "$(dirname -- "$venv")"
    { /usr/bin/python3 -m venv --system-site-packages "$venv" && "$python" -m pip install -q safetensors &&
        "$python" -c 'import torch, safetensors.torch'; } >&2 || python=/usr/bin/python3
fi
built_programs
exec "$python" deploy/python/test.py "$SNAS"
