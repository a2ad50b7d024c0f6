#!/bin/sh
# Workers come, go, freeze and are killed at random for half an hour while one search runs: what the coordinator takes must
# stay flat, and what it computes must be what an undisturbed run computes.
#   deploy/soak.sh [MINUTES] [RUNS]     MINUTES: 30 by default; RUNS: where the run goes (default runs/soak-<time>)
# SEED (1) decides who comes, goes, freezes and dies and when; WORKERS (4) is the most there are at a time. Prints a table,
# one line a minute, and ends with 0 where memory and descriptors are flat and every step's alpha is the quiet run's.
minutes=${1:-30}
. "$(dirname -- "$0")/prepare.sh"
runs=${2:-runs/soak-$(date +%Y%m%d-%H%M%S)}
swift build -c release --product snas >&2
swift build -c release --product snas-worker >&2
mkdir -p "$runs"
exec python3 deploy/soak.py "$minutes" "$runs" "${SEED:-1}" "${WORKERS:-4}"
