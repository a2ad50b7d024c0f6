# shellcheck shell=sh
# Sourced by the scripts that measure rivals, after prepare.sh: sets `pythons`, interpreters with torch, the one measured in all forms first,
# and COMPILE_SECONDS to 0, with a line that says why, where torch.compile lacks what it needs.
# PYTHON=... takes that one alone. Without it a virtual environment of the named versions (requirements.txt; VENV says where, outside this
# folder), and Debian's python3-torch beside it.
requirements=deploy/bench/requirements.txt
if [ -n "${PYTHON:-}" ]; then
    "$PYTHON" -c 'import torch' 2>/dev/null || { echo "no torch for $PYTHON: let PYTHON name an interpreter that has it" >&2; exit 69; }
    pythons=$PYTHON
else
    venv=${VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/snas/bench}
    if ! cmp -s "$requirements" "$venv/requirements.txt"; then
        python3 -m venv --help >/dev/null 2>&1 || installed python3-venv
        rm -rf "$venv"
        mkdir -p "$(dirname -- "$venv")"
        { python3 -m venv "$venv" && "$venv/bin/python" -m pip install -q -r "$requirements" &&
            "$venv/bin/python" -c 'import torch' && cp "$requirements" "$venv"; } >&2 ||
            echo "no PyTorch of PyPI here: Debian's alone" >&2
    fi
    pythons=""
    if [ -e "$venv/requirements.txt" ]; then pythons=$venv/bin/python; fi
    installed python3-torch
    if /usr/bin/python3 -c 'import torch' 2>/dev/null; then pythons="$pythons /usr/bin/python3"; fi
    if [ -z "$pythons" ]; then echo "skipped 1: no PyTorch can be installed here" >&2; exit 77; fi
fi
# torch.compile writes C++ that asks for Python's headers. A virtual environment has those of the interpreter that it was made of.
can_compile() {
    echo '#include <Python.h>' |
        g++ -fopenmp -fsyntax-only -I"$("$1" -c 'import sysconfig; print(sysconfig.get_paths()["include"])')" -x c++ - 2>/dev/null
}
if [ "${COMPILE_SECONDS:-900}" != 0 ]; then
    can_compile "${pythons%% *}" || (installed g++ python3-dev) || true
    if ! can_compile "${pythons%% *}"; then
        echo "torch.compile is not tried: there is no g++ with OpenMP and Python's headers, and none could be installed" >&2
        COMPILE_SECONDS=0
    fi
fi
