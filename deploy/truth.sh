#!/bin/sh
# What a search buys on the embedded digits: cells that configs/quick.yaml finds, against cells drawn at random, trained alike and
# judged on images that no search reads. Fails where the preset falls below what the manual says of it (What a search buys).
#   deploy/truth.sh [FOLDER]      goes on with what is in FOLDER (runs/truth)
# Cells of one node are ranked in WHOLE (the tests' table of all 2,254 with three training seeds) where this machine computes its bits;
# else in one that is made here: CELLS (180) of them, or `all`, with TRAININGS (3) seeds each.
# SEARCHES (10) and SEARCHES_OF_FOUR (7): seeds of the search; 0 of four nodes leaves them out.
# EPOCHS (80) and SETTINGS, words for the searches such as '--noise stratified' or '--warmup 0': what else is worth, measured alike.
# About a quarter of an hour on two cores for one node, and as much for four.
. "$(dirname -- "$0")/prepare.sh"
folder=${1:-runs/truth}
swift build -c release --product snas >&2
swift build -c release --product snas-worker >&2
snas=.build/release/snas
mkdir -p "$folder"

# Searches of a size by the preset, on the images that do not judge. They are half of all, so twice the epochs are the preset's steps.
#   searches NODES COUNT NAME [WORD...]
searches() {
    nodes=$1 count=$2 name=$3
    shift 3
    # shellcheck disable=SC2086
    "$snas" local --config configs/quick.yaml --nodes "$nodes" --epochs "${EPOCHS:-80}" --judge_share 0.5 --split_seed 0 \
        --networks derived --every_epochs 20 --workers 2 --threads 1 --seed 2 --seeds "$count" --run "$folder/$name" \
        ${SETTINGS:-} "$@" >/dev/null
}

# The table of all cells of one node, if there is one of this machine's kind; else a sample of it.
table_of_one() {
    table=$folder/digits-1.jsonl
    whole=${WHOLE:-Tests/EndToEndTests/Fixtures/truth-digits.jsonl}
    if [ ! -e "$table" ] && [ -e "$whole" ]; then
        cp "$whole" "$table"
        status=0
        "$snas" truth --config configs/truth-digits.yaml --table "$table" --seeds 3 2>/dev/null || status=$?
        case $status in
            0) return ;;
            76) rm "$table" ;; # another kind of machine
            *) exit "$status" ;;
        esac
    elif [ -e "$table" ] && [ "$(wc -l <"$table")" -eq 6763 ]; then
        return
    fi
    "$snas" truth --config configs/truth-digits.yaml --table "$table" --cells "${CELLS:-180}" --seeds "${TRAININGS:-3}"
}

# Ranks what searches found, prints it and keeps it.
#   rank TABLE NAME [WORD...]
rank() {
    table=$1 name=$2
    shift 2
    "$snas" truth --table "$table" --picture "$folder/$name.svg" --rank "$folder/$name"/seed-* "$@"
    "$snas" truth --table "$table" --json --rank "$folder/$name"/seed-* "$@" >"$folder/$name.json"
}

# A number of a JSON object on standard input, by its key.
number() { sed -n "s/.*\"$1\":\([-0-9.e]*\).*/\1/p" | head -1; }

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

searches 1 "${SEARCHES:-10}" nodes-1
table_of_one
rank "$folder/digits-1.jsonl" nodes-1
ranks=$folder/nodes-1.json
expect 'one node, share better in the mean' "$(number mean <"$ranks")" 0.05
expect 'one node, its upper 90 % bound' "$(number upper_90_percent_bound <"$ranks")" 0.08
expect 'one node, in the mean against the best of random cells at equal cost' "$(number mean <"$ranks")" \
    "$(number best_of_random <"$ranks")"

# With a size for a target: the median of the table's cells, in the network that is trained.
median=$(sed -n 's/.*"seed":1,.*"parameters":\([0-9]*\).*/\1/p' "$folder/digits-1.jsonl" | sort -n |
    awk '{ size[NR] = $1 } END { print size[int((NR + 1) / 2)] }')
searches 1 "${SEARCHES:-10}" nodes-1-target --target_params "$median" --target_channels 8 --target_layers 3
echo "one node, asked for $median parameters:"
rank "$folder/digits-1.jsonl" nodes-1-target --matched 8

[ "${SEARCHES_OF_FOUR:-7}" -gt 0 ] || exit "$((failures > 0))"
searches 4 "${SEARCHES_OF_FOUR:-7}" nodes-4
"$snas" truth --config configs/truth-digits.yaml --nodes 4 --table "$folder/digits-4.jsonl" --cells 44 \
    --seeds "${TRAININGS_OF_FOUR:-6}"
rank "$folder/digits-4.jsonl" nodes-4 --matched 4
ranks=$folder/nodes-4.json
expect 'four nodes, share better in the mean' "$(number mean <"$ranks")" 0.15
expect 'four nodes, its upper 90 % bound' "$(number upper_90_percent_bound <"$ranks")" 0.40
[ "$failures" -eq 0 ]
