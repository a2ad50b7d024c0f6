#!/bin/sh
# What a search buys on other images, with the settings that were chosen on the digits: cells of one node that configs/quick.yaml
# finds in the preset's 720 steps, among cells drawn at random, trained alike (configs/truth-images.yaml) and judged on the half of
# the training images that no search reads. Prints the ranks; fails where more than 0.08 of the cells are better in the mean.
#   deploy/truth-images.sh cifar10 DATA [FOLDER]     all training images of a CIFAR-10 folder; 120 cells, 5 epochs each
#   deploy/truth-images.sh fashion DATA [FOLDER]     the first 3,000 of an IDX folder's training images; 60 cells, 12 epochs each
# Goes on with what is in FOLDER (runs/truth-NAME). CELLS, TRAININGS (1: training seeds of each cell), SEARCHES (10), and EPOCHS of
# a search can be set. Fashion-MNIST takes about 20 minutes on two cores, 7,800 images of CIFAR-10 (the manual's figures; a part of the
# whole is taken by deploy/cifar10-part.py) about 40.
name=${1:?usage: truth-images.sh cifar10|fashion DATA [FOLDER]}
data=${2:?usage: truth-images.sh cifar10|fashion DATA [FOLDER]}
data=$(CDPATH= cd -- "$data" && pwd) || exit 66
. "$(dirname -- "$0")/prepare.sh"
folder=${3:-runs/truth-$name}
swift build -c release --product snas >&2
swift build -c release --product snas-worker >&2
snas=.build/release/snas
mkdir -p "$folder"

# The first images of an IDX folder, as an IDX folder.
#   first COUNT SOURCE TARGET
first() {
    mkdir -p "$3"
    cp "$2"/t10k-* "$3"
    python3 - "$@" <<'PYTHON'
import gzip
import pathlib
import sys

count, source, target = int(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
for name, header, record in ("train-images-idx3-ubyte", 16, 784), ("train-labels-idx1-ubyte", 8, 1):
    packed = source / f"{name}.gz"
    whole = gzip.open(packed).read() if packed.exists() else (source / name).read_bytes()
    part = whole[:4] + count.to_bytes(4, "big") + whole[8 : header + count * record]
    (target / name).write_bytes(part)
PYTHON
}

case $name in
    # As many steps as the preset has on the digits: 15 epochs of 48, 40 of 18.
    cifar10) cells=120 recipe_epochs=5 epochs=15 ;;
    fashion)
        cells=60 recipe_epochs=12 epochs=40
        [ -e "$folder/images/train-labels-idx1-ubyte" ] || first 3000 "$data" "$folder/images"
        data=$folder/images
        ;;
    *)
        echo "truth-images.sh: cifar10 or fashion, not $name" >&2
        exit 64
        ;;
esac

"$snas" local --config configs/quick.yaml --data "$data" --nodes 1 --epochs "${EPOCHS:-$epochs}" --judge_share 0.5 --split_seed 0 \
    --networks derived --every_epochs 20 --workers 2 --threads 1 --seed 2 --seeds "${SEARCHES:-10}" --run "$folder/searches" \
    >/dev/null
"$snas" truth --config configs/truth-images.yaml --data "$data" --epochs "$recipe_epochs" --table "$folder/table.jsonl" \
    --cells "${CELLS:-$cells}" --seeds "${TRAININGS:-1}"
"$snas" truth --table "$folder/table.jsonl" --data "$data" --picture "$folder/ranks.svg" --rank "$folder"/searches/seed-*
"$snas" truth --table "$folder/table.jsonl" --data "$data" --json --rank "$folder"/searches/seed-* >"$folder/ranks.json"
mean=$(sed -n 's/.*"mean":\([-0-9.e]*\).*/\1/p' "$folder/ranks.json" | head -1)
awk -v mean="$mean" 'BEGIN {
    kept = mean != "" && mean <= 0.08
    printf "%s: share better in the mean is %s, at most 0.08\n", kept ? "kept" : "NOT KEPT", mean
    exit !kept
}'
