#!/bin/sh
# Retrains small networks, exports them with `snas export --to onnx`, and holds the files against the onnx package's checker and, through
# onnxruntime, against what snas itself says of every test image: logits may differ by 1e-4. Some twenty seconds; `quick` tries three networks
# in eight. CIFAR=FOLDER tries real images besides. The packages are installed into VENV, once, outside this folder. SNAS=FOLDER takes programs
# that are built already.
set -eu
# shellcheck source=deploy/prepare.sh
. "$(dirname -- "$0")/../prepare.sh"
cd ..
venv=${VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/snas/onnx}
python=$venv/bin/python
reads='import onnx, onnxruntime'
if ! "$python" -c "$reads" 2>/dev/null; then
    python3 -m venv --help >/dev/null 2>&1 || installed python3-venv
    rm -rf "$venv"
    mkdir -p "$(dirname -- "$venv")"
    { python3 -m venv "$venv" && "$python" -m pip install -q -r deploy/onnx/requirements.txt && "$python" -c "$reads"; } >&2 ||
        { echo "skipped 1: the packages onnx and onnxruntime cannot be installed here" >&2; exit 77; }
fi
if [ -z "${SNAS:-}" ]; then
    swift build -c release --product snas >&2
    swift build -c release --product snas-worker >&2
    SNAS=$(swift build -c release --show-bin-path)
fi
exec "$python" deploy/onnx/test.py "$SNAS" "$@"
