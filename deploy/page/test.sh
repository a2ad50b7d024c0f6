#!/bin/sh
# The page that shows runs, in a real browser: a report and a live page, each figure against the run's own files.
#   deploy/page/test.sh [PICTURES]          PICTURES: a folder for screenshots to look at (default: none are kept)
#   deploy/page/test.sh quick [PICTURES]    the part for a change that is tested often: without axe-core and a real coordinator
# SNAS is the folder of the programs (default .build/release). Ends with 0 where all is as it should be.
part=full
if [ "${1:-}" = quick ]; then
    part=quick
    shift
fi
pictures=${1:-}
if [ -n "$pictures" ]; then
    mkdir -p "$pictures"
    pictures=$(CDPATH='' cd -- "$pictures" && pwd)
fi
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/deploy/prepare.sh"
cd "$root"
installed chromium chromium-driver python3-selenium
work=$(mktemp -d "${TMPDIR:-/tmp}/snas-page.XXXXXX")
child=''
trap '[ -z "$child" ] || kill "$child" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
snas=${SNAS:-$root/.build/release}/snas

# Small searches: seconds each, with alpha from the first step on.
search() {
    "$snas" local --workers 2 --threads 1 --run "$1" --init_channels 4 --layers 3 --nodes 2 --batch_size 120 --shards 4 \
        --epochs 4 --train_portion 0.8 --recalibration_images 128 --arch_learning_rate 0.05 --warmup 0 \
        --seed "$2" >/dev/null 2>"$work/search.err" || { cat "$work/search.err" >&2; return 1; }
}
for seed in 2 3; do search "$work/seed-$seed" "$seed"; done
"$snas" report "$work/seed-2" >/dev/null
"$snas" report "$work/seed-2" "$work/seed-3" --out "$work/both.html" >/dev/null
cp -r "$root/Tests/EndToEndTests/Fixtures/format-1/search" "$work/earlier"
"$snas" report "$work/earlier" --truth "$root/Tests/EndToEndTests/Fixtures/truth-digits.jsonl" >/dev/null

# A check of its own for who uses the keyboard or hears the page: axe-core, as a package of PyPI carries it.
axe=''
if [ "$part" = full ]; then
    if python3 -m pip download -q --no-deps --disable-pip-version-check -d "$work/axe" axe-playwright-python==0.1.8 >&2 &&
        python3 -m zipfile -e "$work"/axe/*.whl "$work/axe"; then
        axe=$work/axe/axe_playwright_python/axe.min.js
    else
        echo "SKIPPED: the check by axe-core: its package could not be fetched"
    fi
fi
# Debian's own Python has Debian's selenium.
/usr/bin/python3 deploy/page/test.py "$part" "$work" "$pictures" "$axe" "$snas" &
child=$!
wait "$child"
