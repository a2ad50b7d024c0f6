#!/bin/sh
# What a search buys on the embedded digits: cells that configs/quick.yaml finds, against cells drawn at random, trained alike and
# judged on images that no search reads. Fails where the preset falls below what README says of it.
#   deploy/truth.sh [FOLDER]      goes on with what is in FOLDER (runs/truth)
# CELLS (180): how many cells of one node are sampled; `all` trains all 2,254 with each seed. TRAININGS (3): training seeds of each.
# SEARCHES (10) and SEARCHES_OF_FOUR (7): seeds of the search. About an hour on two cores as it stands.
. "$(dirname -- "$0")/prepare.sh"
folder=${1:-runs/truth}
swift build -c release --product snas >&2
swift build -c release --product snas-worker >&2
snas=.build/release/snas
mkdir -p "$folder"

# Searches of a size by the preset, on the images that do not judge. They are half of all, so twice the epochs are the preset's steps.
searches() {
    "$snas" local --config configs/quick.yaml --nodes "$1" --epochs 80 --judge_share 0.5 --split_seed 0 \
        --networks derived --every_epochs 20 --workers 2 --threads 1 --seed 2 --seeds "$2" --run "$folder/nodes-$1" >/dev/null
}

# A number of a JSON object on standard input, by its key.
number() { sed -n "s/.*\"$1\":\([-0-9.e]*\).*/\1/p" | head -1; }

# Makes the table of a size, ranks the found cells in it, and prints both.
#   rank NODES CELLS TRAININGS
rank() {
    table=$folder/digits-$1.jsonl
    "$snas" truth --config configs/truth-digits.yaml --nodes "$1" --table "$table" --cells "$2" --seeds "$3"
    "$snas" truth --table "$table" --picture "$folder/digits-$1.svg" --rank "$folder/nodes-$1"/seed-*
    "$snas" truth --table "$table" --json --rank "$folder/nodes-$1"/seed-* >"$folder/digits-$1.json"
}

# Whether the first number is at most the second.
at_most() { awk -v value="$1" -v limit="$2" 'BEGIN { exit !(value != "" && value + 0 <= limit + 0) }'; }

failures=0
# Says whether what was found keeps a limit.
#   expect WORDS VALUE LIMIT
expect() {
    if at_most "$2" "$3"; then echo "kept: $1 is $2, at most $3"; else
        echo "NOT KEPT: $1 is $2, not at most $3"
        failures=$((failures + 1))
    fi
}

searches 1 "${SEARCHES:-10}"
rank 1 "${CELLS:-180}" "${TRAININGS:-3}"
ranks=$folder/digits-1.json
expect 'one node, share better in the mean' "$(number mean <"$ranks")" 0.05
expect 'one node, its upper 90 % bound' "$(number upper_90_percent_bound <"$ranks")" 0.08
expect 'one node, in the mean against the best of random cells at equal cost' "$(number mean <"$ranks")" \
    "$(number best_of_random <"$ranks")"

searches 4 "${SEARCHES_OF_FOUR:-7}"
rank 4 44 "${TRAININGS_OF_FOUR:-6}"
ranks=$folder/digits-4.json
expect 'four nodes, share better in the mean' "$(number mean <"$ranks")" 0.15
expect 'four nodes, its upper 90 % bound' "$(number upper_90_percent_bound <"$ranks")" 0.40
[ "$failures" -eq 0 ]
