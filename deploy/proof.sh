#!/bin/sh
# Does the search find anything? Searches a cell, draws random cells of the same size (within 5 %, at 36 channels and 20 cells),
# trains all of them from scratch in the same way, tests each once, and prints what came out.
#   deploy/proof.sh DATA [RUNS]      DATA: a CIFAR-10 folder with its test batch; RUNS: where the runs go (default runs/proof)
# SEED of the search (default 2), RANDOM_SEEDS (default "1 2 3 4 5"), RETRAIN_SEEDS (default 1), SEARCH (default
# configs/cifar10-small.yaml) and RETRAIN (default configs/retrain-small.yaml) can be set. What is finished is not done again.
data=${1:?usage: proof.sh DATA [RUNS]}
data=$(CDPATH= cd -- "$data" && pwd)
. "$(dirname -- "$0")/prepare.sh"
runs=${2:-runs/proof}
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

finished "$runs/searched" genotype.json "$snas" local --config "${SEARCH:-configs/cifar10-small.yaml}" --data "$data" --seed "${SEED:-2}"
size=$("$snas" describe --genotype "$runs/searched" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["parameters"])')
cells=searched
for seed in ${RANDOM_SEEDS:-1 2 3 4 5}; do
    finished "$runs/random-$seed" genotype.json "$snas" local --method random --random_params "$size" --seed "$seed"
    cells="$cells random-$seed"
done
for seed in ${RETRAIN_SEEDS:-1}; do
    for cell in $cells; do
        run="$runs/$cell-trained-$seed"
        finished "$run" weights.safetensors "$snas" retrain --genotype "$runs/$cell" --config "${RETRAIN:-configs/retrain-small.yaml}" \
            --data "$data" --seed "$seed"
        [ -e "$run/test.json" ] || "$snas" evaluate --run "$run" --data "$data" --json >"$run/test.json"
    done
done
python3 - "$runs" "$snas" "${RETRAIN_SEEDS:-1}" $cells <<'PYTHON'
import json
import pathlib
import statistics
import subprocess
import sys

runs, snas, seeds, cells = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3].split(), sys.argv[4:]
print("| cell | parameters at 36 channels, 20 cells | test accuracy, % |")
print("| --- | --- | --- |")
accuracies = {}
for cell in cells:
    described = json.loads(subprocess.run([snas, "describe", "--genotype", str(runs / cell), "--json"],
                                          capture_output=True, check=True).stdout)
    tests = [json.loads((runs / f"{cell}-trained-{seed}" / "test.json").read_text())["top1"] for seed in seeds]
    accuracies[cell] = 100 * statistics.mean(test["accuracy"] for test in tests)
    each = ", ".join(f"{100 * test['accuracy']:.1f}" for test in tests)
    print(f"| {cell} | {described['parameters']:,} | {each} |")
images = tests[0]["images"]
drawn = [accuracy for cell, accuracy in accuracies.items() if cell != "searched"]
spread = statistics.stdev(drawn) if len(drawn) > 1 else 0
error = (accuracies["searched"] * (100 - accuracies["searched"]) / images) ** 0.5
print(f"searched {accuracies['searched']:.1f} %; random {statistics.mean(drawn):.1f} ± {spread:.1f} % over {len(drawn)} cells, "
      f"best {max(drawn):.1f} %; one standard error of {images} test images is {error:.1f}")
PYTHON
