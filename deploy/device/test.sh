#!/bin/sh
# For a machine with an NVIDIA device: builds against a PyTorch that has CUDA, lets `snas doctor` hold a pass over a group of shards on the
# device against the processor, and measures images a second of search and retraining beside PyTorch (eager, deterministic settings on).
#
# What was tried of it, and where: on a machine without a device the build, doctor's report, and all searches, retrainings and
# rivals at the size of toys on the processor. The device itself is UNTRIED: nobody has run this where there is one.
#
#   TORCH=FOLDER   the folder `torch` of an installed PyTorch with CUDA; without it the version of requirements.txt is installed once
#                  into VENV, outside this folder (with CUDA some five gigabytes)
#   PYTHON=...     its interpreter, for the rivals; without it VENV's
#   BUILT=FOLDER   where to build, kept (default: beside VENV); SNAS=FOLDER takes programs that are built already
#   DEVICE=cuda:0  another device; `cpu` tries everything but the device
# Ends with 69 where the device computes something else, 77 where PyTorch cannot be had.
set -eu
# shellcheck source=deploy/prepare.sh
. "$(dirname -- "$0")/../prepare.sh"
cd ..
kept=${XDG_CACHE_HOME:-$HOME/.cache}/snas
if [ -n "${PYTHON:-}" ]; then
    python=$PYTHON
else
    prepared_python device 'import torch; assert torch.version.cuda' -r deploy/device/requirements.txt ||
        { echo "skipped 1: no PyTorch with CUDA can be installed here" >&2; exit 77; }
fi
if [ -z "${SNAS:-}" ]; then
    SNAS_LIBTORCH=${TORCH:-$("$python" -c 'import os, torch; print(os.path.dirname(torch.__file__))')}
    export SNAS_LIBTORCH
    built=${BUILT:-$kept/device-build}
    for product in snas snas-worker; do
        swift build -c release --scratch-path "$built" --product "$product" >&2
    done
    SNAS=$(swift build -c release --scratch-path "$built" --show-bin-path)
fi
"$SNAS/snas-worker" --version
if [ -z "${DEVICE:-}" ]; then
    DEVICE=cpu
    if "$SNAS/snas-worker" --devices | grep -q '"objection": *null'; then DEVICE=cuda:0; fi
    if [ "$DEVICE" = cpu ]; then echo "no device is found here: everything is tried on the processor, at the size of toys" >&2; fi
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/snas-device.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$SNAS/snas" doctor --device "$DEVICE" --bind "ipc://$work/socket" --runs "$work"
"$python" deploy/device/measure.py --snas "$SNAS" --device "$DEVICE" --folder "$work"
