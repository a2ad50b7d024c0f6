#!/bin/sh
# Installs what is missing (Debian's Slurm and munge; no daemon of theirs is started), and tries the batch scripts beside it.
#   deploy/slurm/test.sh quick   one search through all faults, half a minute to a minute
#   deploy/slurm/test.sh         each fault with a search of its own, three to six minutes
# SNAS names the folder with snas and snas-worker (default .build/release, which is built where it is missing).
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=deploy/prepare.sh
. "$here/../prepare.sh"
cd "$here/../.." || exit

skipped() {
    echo "slurm: 0 passed, 0 failed, all skipped: $*"
    exit 0
}

[ "$(id -u)" -eq 0 ] || skipped "Slurm's daemons want root"
policy=/usr/sbin/policy-rc.d
made=
trap '[ -z "$made" ] || rm -f "$policy"' EXIT
if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null || ! command -v munged >/dev/null; then
    # Debian's packages start what they bring, unless this file forbids it.
    if [ ! -e "$policy" ]; then
        made=yes
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    elif "$policy" munge start >/dev/null 2>&1 || [ $? -ne 101 ]; then
        skipped "$policy lets an installation start daemons; install slurm-wlm and munge by hand"
    fi
    (installed slurm-wlm munge) || skipped "slurm-wlm and munge cannot be installed here"
    if [ -n "$made" ]; then rm -f "$policy"; made=; fi
fi
if [ -z "${SNAS:-}" ]; then
    swift build -c release --product snas >&2
    swift build -c release --product snas-worker >&2
fi
exec python3 deploy/slurm/test.py "$@"
