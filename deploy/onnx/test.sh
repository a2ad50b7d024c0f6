#!/bin/sh
# Retrains small networks, exports them with `snas export --to onnx`, and holds the files against the onnx package's checker and, through
# onnxruntime, against what snas itself says of every test image: logits may differ by 1e-4. Some twenty seconds; `quick` tries three networks
# in eight. CIFAR=FOLDER tries real images besides. The packages are installed into VENV, once, outside this folder. SNAS=FOLDER takes programs
# that are built already.
set -eu
# shellcheck source=deploy/prepare.sh
. "$(dirname -- "$0")/../prepare.sh"
cd ..
prepared_python onnx 'import onnx, onnxruntime' -r deploy/onnx/requirements.txt ||
    { echo "skipped 1: the packages onnx and onnxruntime cannot be installed here" >&2; exit 77; }
built_programs
exec "$python" deploy/onnx/test.py "$SNAS" "$@"
