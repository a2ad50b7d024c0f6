#!/bin/sh
# Does the search find anything? Searches cells, draws random cells within 5 % of their size in the network that is trained,
# trains all of them from scratch in the same way, tests each once, and prints what came out, with a permutation test.
#   deploy/proof.sh DATA [RUNS]      DATA: a CIFAR-10 folder with its test batch; RUNS: where the runs go (default runs/proof)
# deploy/cifar10-part.py WHOLE DATA 780 1000 takes a part of CIFAR-10: 7,800 training images, all test images.
# SEEDS of the searches (default "2 3 4 5"), RIVALS (2) random cells for each, RETRAIN_SEEDS (default 1), SEARCH (default
# configs/cifar10-small.yaml) and RETRAIN (default configs/retrain-small.yaml) can be set. What is finished is not done again.
data=${1:?usage: proof.sh DATA [RUNS]}
data=$(CDPATH= cd -- "$data" && pwd)
. "$(dirname -- "$0")/prepare.sh"
runs=${2:-runs/proof}
retrain=${RETRAIN:-configs/retrain-small.yaml}
swift build -c release --product snas >&2
swift build -c release --product snas-worker >&2
snas=.build/release/snas
mkdir -p "$runs"

# finished RUN FILE COMMAND...: runs the command unless FILE is there; a run that was cut off goes on.
finished() {
    run=$1
    file=$2
    shift 2
    if [ -e "$run/$file" ]; then return; fi
    if [ -e "$run/configuration.txt" ]; then "$snas" resume "$run" >/dev/null; else "$@" --run "$run" >/dev/null; fi
}

cells=''
for seed in ${SEEDS:-2 3 4 5}; do
    finished "$runs/searched-$seed" genotype.json \
        "$snas" local --config "${SEARCH:-configs/cifar10-small.yaml}" --data "$data" --seed "$seed"
    cells="$cells searched-$seed"
    rival=1
    while [ "$rival" -le "${RIVALS:-2}" ]; do
        finished "$runs/random-$seed-$rival" genotype.json "$snas" local --search random --random_like "$runs/searched-$seed" \
            --random_plan "$retrain" --data "$data" --seed $((100 * seed + rival))
        cells="$cells random-$seed-$rival"
        rival=$((rival + 1))
    done
done
for seed in ${RETRAIN_SEEDS:-1}; do
    for cell in $cells; do
        run="$runs/$cell-trained-$seed"
        finished "$run" weights.safetensors "$snas" retrain --genotype "$runs/$cell" --config "$retrain" --data "$data" --seed "$seed"
        [ -e "$run/test.json" ] || "$snas" evaluate --run "$run" --data "$data" --json >"$run/test.json"
    done
done
python3 - "$runs" "${RETRAIN_SEEDS:-1}" $cells <<'PYTHON'
import itertools
import json
import pathlib
import statistics
import sys

runs, seeds, cells = pathlib.Path(sys.argv[1]), sys.argv[2].split(), sys.argv[3:]
print("| cell | weights of the network that is trained | test accuracy, % | mean, % | mean loss |")
print("| --- | --- | --- | --- | --- |")
accuracies, losses, sizes = {}, {}, {}
for cell in cells:
    provenance = json.loads((runs / cell / "genotype.json").read_text())["provenance"]
    tests = [json.loads((runs / f"{cell}-trained-{seed}" / "test.json").read_text()) for seed in seeds]
    accuracies[cell] = 100 * statistics.mean(test["top1"]["accuracy"] for test in tests)
    losses[cell] = statistics.mean(test["loss"] for test in tests)
    # A searched cell's size in this network is what its rivals were asked to have.
    first_rival = cell.replace("searched", "random") + "-1" if cell.startswith("searched") else cell
    rival = json.loads((runs / first_rival / "genotype.json").read_text())["provenance"]
    sizes[cell] = rival["asked_parameters"] if cell.startswith("searched") else provenance["parameters"]
    each = ", ".join(f"{100 * test['top1']['accuracy']:.2f}" for test in tests)
    print(f"| {cell} | {sizes[cell]:,} | {each} | {accuracies[cell]:.2f} | {losses[cell]:.4f} |")
images = tests[0]["top1"]["images"]
found = [value for cell, value in accuracies.items() if cell.startswith("searched")]
drawn = [value for cell, value in accuracies.items() if cell.startswith("random")]
difference = statistics.mean(found) - statistics.mean(drawn)
pool, total = found + drawn, sum(found + drawn)
deals = [sum(chosen) for chosen in itertools.combinations(pool, len(found))]
as_high = sum(1 for deal in deals if deal >= sum(found) - 1e-9)
spread = (lambda values: statistics.stdev(values) if len(values) > 1 else 0)
error = (statistics.mean(pool) * (100 - statistics.mean(pool)) / images) ** 0.5
print(f"searched {statistics.mean(found):.2f} ± {spread(found):.2f} % over {len(found)} cells; random of their sizes "
      f"{statistics.mean(drawn):.2f} ± {spread(drawn):.2f} % over {len(drawn)}, best {max(drawn):.2f} %; difference "
      f"{difference:+.2f}, as high or higher by luck: p = {as_high / len(deals):.4f} (all {len(deals)} deals)")
print(f"one standard error of {images} test images is {error:.2f}")
PYTHON
