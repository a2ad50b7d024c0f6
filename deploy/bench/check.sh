#!/bin/sh
# The benchmark without its times: the rivals are the networks that snas trains, every form of them takes a step, and lines that are given
# make the page that is given. Some two minutes when nothing else runs; the first time PyTorch is fetched. Not a part of the tests.
# SNAS=FOLDER takes programs that are built already, PYTHON an interpreter with torch.
# shellcheck source=deploy/prepare.sh
. "$(dirname -- "$0")/../prepare.sh"
cd ..
example=deploy/bench/example
work=$(mktemp -d "${TMPDIR:-/tmp}/snas-bench-check.XXXXXX")
trap 'rm -rf "$work"' EXIT
wrong() { echo "wrong: $1" >&2; exit 1; }

# The page, which needs no PyTorch.
python3 deploy/bench/page.py $example/*.jsonl | diff $example/page.md - || wrong "the page of $example/*.jsonl is not $example/page.md"
sed 's/"multiply_adds": 300000000, "steps": 2/"multiply_adds": 310000000, "steps": 2/' $example/made-up-step.jsonl >"$work/other.jsonl"
if python3 deploy/bench/page.py "$work/other.jsonl" 2>"$work/said"; then wrong "a rival with other multiply-adds is compared"; fi
grep -q 'not the same network' "$work/said" || wrong "$(cat "$work/said")"
set -- deploy/bench/results/*.jsonl
if [ -e "$1" ]; then
    python3 deploy/bench/page.py "$@" | diff Sources/Manual.docc/Benchmarks.md - || wrong "the manual's page is not that of deploy/bench/results"
fi

COMPILE_SECONDS=0
# shellcheck source=deploy/bench/environment.sh
. deploy/bench/environment.sh
if [ -z "${SNAS:-}" ]; then
    swift build -c release --product snas >&2
    swift build -c release --product snas-worker >&2
    SNAS=$(swift build -c release --show-bin-path)
fi
# Threads that wait in turns would hold up a machine where other programs run.
export OMP_WAIT_POLICY=passive
for python in $pythons; do "$python" deploy/bench/counts.py "$SNAS/snas" >"$work/counts" || wrong "counts with $python"; done
cat "$work/counts"
for workload in step retrain space; do
    set -- --snas "$SNAS/snas" --results "$work" --rounds 1 --steps 1 --threads 2 --compile_seconds 0 --tiny
    # That the networks run with every version is seen above.
    for python in $pythons; do
        set -- "$@" --python "$python"
        if [ $workload != step ]; then break; fi
    done
    python3 deploy/bench/turns.py $workload "$@" >"$work/said" 2>&1 || wrong "$(tail -n 1 "$work/said")"
    if grep '"failure"' "$work/said"; then wrong "a form of $workload takes no step"; fi
    python3 deploy/bench/page.py --summary "$work"/*-$workload.jsonl >"$work/summary"
    grep -q 'times the fastest rival' "$work/summary" || wrong "$(cat "$work/summary")"
    echo "$workload: $(grep -c '"rival"' "$work/said") forms of the rivals take a step"
done
