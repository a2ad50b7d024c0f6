#!/bin/sh
# Checks what is here with Prometheus' own programs, and lets a real one scrape a real search: Debian's package, unpacked into PROMETHEUS
# (once, outside this folder) and not installed, so that no daemon comes with it. Some ten seconds. SNAS=FOLDER takes programs that are
# built already.
set -eu
# shellcheck source=deploy/prepare.sh
. "$(dirname -- "$0")/../prepare.sh"
cd ..
place=${PROMETHEUS:-${XDG_CACHE_HOME:-$HOME/.cache}/snas/prometheus}
if command -v prometheus >/dev/null && command -v promtool >/dev/null; then
    tools=$(dirname -- "$(command -v promtool)")
else
    tools=$place/usr/bin
    if [ ! -x "$tools/promtool" ] || [ ! -x "$tools/prometheus" ]; then
        rm -rf "$place"
        mkdir -p "$place"
        (cd "$place" && apt-get download -qq prometheus && dpkg-deb -x prometheus_*.deb .) >&2 ||
            { echo "skipped 1: Debian's prometheus cannot be had here" >&2; exit 77; }
        rm -f "$place"/prometheus_*.deb
    fi
fi
if [ -z "${SNAS:-}" ]; then
    swift build -c release --product snas >&2
    swift build -c release --product snas-worker >&2
    SNAS=$(swift build -c release --show-bin-path)
fi
exec python3 deploy/prometheus/test.py "$SNAS" "$tools"
