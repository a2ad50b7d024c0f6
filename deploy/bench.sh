#!/bin/sh
# Our training steps against PyTorch's on this machine, in turns within one run. Wants a machine where nothing else runs.
#   deploy/bench.sh [--page] [step|retrain|space|all]
# step: of a search (DARTS' space); retrain: of DARTS_V2; space: of a search in NAS-Bench-201's space; all (where nothing is said): one
# after the other, some twelve minutes on two cores, and what torch.compile takes (minutes for each). Prints a line of JSON for each
# measurement, then medians and ratios.
#   --page     keeps the measurements in deploy/bench/results/ and writes the manual's page of benchmarks from all that are there
#   ROUNDS=3   how many turns              THREADS=N  without it all cores        STEPS=2  a measurement of a rival has
#   PYTHON=... an interpreter with torch in place of the prepared ones            SNAS=FOLDER  programs that are built already
#   COMPILE_SECONDS=900  what torch.compile may take for each; 0: it is not tried
# shellcheck source=deploy/prepare.sh
. "$(dirname -- "$0")/prepare.sh"
keeps=""
workloads=""
command="deploy/bench.sh${*:+ $*}"
for word in "$@"; do
    case $word in
        --page) keeps=yes ;;
        step | retrain | space) workloads="$workloads $word" ;;
        all) workloads="step retrain space" ;;
        *) echo "usage: deploy/bench.sh [--page] [step|retrain|space|all]" >&2; exit 64 ;;
    esac
done
# shellcheck source=deploy/bench/environment.sh
. deploy/bench/environment.sh
if [ -z "${SNAS:-}" ]; then
    swift build -c release --product snas >&2
    swift build -c release --product snas-worker >&2
    SNAS=$(swift build -c release --show-bin-path)
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/snas-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
set -- --snas "$SNAS/snas" --results "$work" --rounds "${ROUNDS:-3}" --steps "${STEPS:-2}" \
    --compile_seconds "${COMPILE_SECONDS:-900}" --command "$command"
for python in $pythons; do set -- "$@" --python "$python"; done
if [ -n "${THREADS:-}" ]; then set -- "$@" --threads "$THREADS"; fi
for workload in ${workloads:-step retrain space}; do
    python3 deploy/bench/turns.py "$workload" "$@"
    python3 deploy/bench/page.py --summary "$work"/*-"$workload".jsonl
done
if [ -n "$keeps" ]; then
    mkdir -p deploy/bench/results
    cp "$work"/*.jsonl deploy/bench/results
    python3 deploy/bench/page.py deploy/bench/results/*.jsonl >Sources/Manual.docc/Benchmarks.md
fi
