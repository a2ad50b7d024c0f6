#!/bin/sh
# What a budget does to the cell: searches with no constraint, the three presets and another target, several seeds each, and prints
# the table of sizes at 36 channels and 20 cells. A few minutes a run on two cores.
#   deploy/budget.sh DATA [RUNS]     DATA: a CIFAR-10 folder; RUNS: where the runs go (default runs/budget)
# SEEDS (default "2 3 4"), WAYS (default "none mild moderate aggressive 2.5M": presets, or targets in parameters) and
# CONFIG (default configs/budget.yaml) can be set. Runs that are finished are not run again; those that were cut off go on.
data=${1:?usage: budget.sh DATA [RUNS]}
data=$(CDPATH= cd -- "$data" && pwd)
. "$(dirname -- "$0")/prepare.sh"
runs=${2:-runs/budget}
swift build -c release --product snas >&2
swift build -c release --product snas-worker >&2
mkdir -p "$runs"
for seed in ${SEEDS:-2 3 4}; do
    for way in ${WAYS:-none mild moderate aggressive 2.5M}; do
        run="$runs/$way-$seed"
        if [ -e "$run/genotype.json" ]; then continue; fi
        if [ -e "$run/configuration.txt" ]; then
            .build/release/snas resume "$run" >/dev/null
            continue
        fi
        case $way in
            none | mild | moderate | aggressive) flags="--constraint $way" ;;
            *) flags="--target_params $way" ;;
        esac
        # shellcheck disable=SC2086
        .build/release/snas local --config "${CONFIG:-configs/budget.yaml}" --data "$data" --seed "$seed" $flags --run "$run" >/dev/null
    done
done
python3 - "$runs" ${WAYS:-none mild moderate aggressive 2.5M} <<'PYTHON'
import json
import pathlib
import statistics
import sys

runs = pathlib.Path(sys.argv[1])


def spread(values, digits):
    deviation = statistics.stdev(values) if len(values) > 1 else 0
    return f"{statistics.mean(values):.{digits}f} ± {deviation:.{digits}f}"


print("| asked | seeds | parameters, M | each | worst miss | multiply-adds, M | none | derived, held out, % | soft sample, held out, % |")
print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
for way in sys.argv[2:]:
    sizes, adds, nones, derived, search, misses = [], [], [], [], [], []
    for run in sorted(runs.glob(f"{way}-*")):
        result = json.loads((run / "genotype.json").read_text())
        budget = result["provenance"]["budget"]
        sizes.append(budget["achieved"]["parameters"] / 1e6)
        adds.append(budget["achieved"]["multiply_adds"] / 1e6)
        nones.append(result["genotype"].count("'none'"))
        if budget["asked"] and "parameters" in budget["asked"]:
            misses.append(abs(budget["achieved"]["parameters"] / budget["asked"]["parameters"] - 1))
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        last = [line for line in lines if line["kind"] == "epoch"][-1]
        derived.append(100 * last["derived"]["accuracy"])
        search.append(100 * last["soft"]["accuracy"])
    if sizes:
        each = ", ".join(f"{size:.2f}" for size in sizes)
        miss = f"{100 * max(misses):.1f} %" if misses else "-"
        print(f"| {way} | {len(sizes)} | {spread(sizes, 2)} | {each} | {miss} | {spread(adds, 0)} | "
              f"{statistics.mean(nones):.1f} of 28 | {spread(derived, 1)} | {spread(search, 1)} |")
PYTHON
