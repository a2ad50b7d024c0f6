#!/bin/sh
# Our step against PyTorch's on this machine, in turns within one run: one line of JSON each, then the ratio of the medians.
# PYTHON names an interpreter that has torch (a virtual environment outside this folder); ROUNDS how many turns (default 3).
. "$(dirname -- "$0")/prepare.sh"
python=${PYTHON:-python3}
"$python" -c 'import torch' 2>/dev/null || { echo "no torch for $python: set PYTHON to an interpreter that has it" >&2; exit 69; }
swift build -c release --product snas >&2
swift build -c release --product snas-worker >&2
results=$(mktemp)
trap 'rm -f "$results"' EXIT
turn=0
while [ "$turn" -lt "${ROUNDS:-3}" ]; do
    turn=$((turn + 1))
    .build/release/snas bench step --threads 2 --json | tee -a "$results"
    "$python" deploy/rival.py --threads 2 --layout contiguous | tee -a "$results"
    "$python" deploy/rival.py --threads 2 --layout channels_last | tee -a "$results"
    # The two-process form: half the work each, side by side; their rates add up.
    "$python" deploy/rival.py --threads 1 --batch_size 16 --steps 8 >"$results.a" &
    "$python" deploy/rival.py --threads 1 --batch_size 16 --steps 8 >"$results.b"
    wait
    cat "$results.a" "$results.b" | "$python" -c '
import json, sys
parts = [json.loads(line) for line in sys.stdin]
print(json.dumps({"images_per_second": sum(p["images_per_second"] for p in parts),
                  "peak_rss_mb": sum(p["peak_rss_mb"] for p in parts), "threads": 2, "batch_size": 16,
                  "layout": "channels_last, two processes", "torch": parts[0]["torch"]}))' | tee -a "$results"
    rm -f "$results.a" "$results.b"
done
"$python" - "$results" <<'PYTHON'
import json
import statistics
import sys

rates = {}
for line in open(sys.argv[1]):
    entry = json.loads(line)
    rates.setdefault(entry.get("layout", "snas"), []).append((entry["images_per_second"], entry["peak_rss_mb"]))
medians = {name: (statistics.median(r for r, _ in values), max(m for _, m in values)) for name, values in rates.items()}
best = max(rate for name, (rate, _) in medians.items() if name != "snas")
for name, (rate, memory) in medians.items():
    print(f"{name}: {rate:.1f} images/s, peak {memory:.0f} MB")
print(f"snas / fastest rival: {medians['snas'][0] / best:.2f}; / contiguous: {medians['snas'][0] / medians['contiguous'][0]:.2f}")
PYTHON
