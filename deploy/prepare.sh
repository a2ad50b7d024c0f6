# Shared by the scripts beside it: installs what is missing, finds the project's folder. Sourced, not run.
set -eu
project=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
packages="libzmq3-dev libtorch-dev libyaml-dev libsodium-dev libxxhash-dev libmicrohttpd-dev zlib1g-dev"

if ! command -v swift >/dev/null 2>&1; then
    cat >&2 <<'TEXT'
There is no Swift toolchain on the PATH. This project needs Swift 6.2 or newer: take the Debian 12 build of swift.org's
download page, unpack it (for instance to /opt/swift) and put its usr/bin on the PATH.
TEXT
    exit 69
fi

# Installs those of the packages that are missing, without recommended ones.
installed() {
    missing=""
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
    done
    if [ -z "$missing" ]; then return; fi
    echo "installing:$missing" >&2
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || { echo "run as root, or install:$missing" >&2; exit 77; }
        as_root=sudo
    fi
    $as_root apt-get update -qq >&2
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
}

# Sets `python` to an interpreter that can run IMPORTS, of an environment that is made once outside this folder (VENV says where) with what
# pip installs. False where that cannot be had.
#   prepared_python NAME IMPORTS PIP_ARGUMENT...
prepared_python() {
    venv=${VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/snas/$1}
    python=$venv/bin/python
    imports=$2
    shift 2
    if "$python" -c "$imports" 2>/dev/null; then return; fi
    python3 -m venv --help >/dev/null 2>&1 || installed python3-venv
    rm -rf "$venv"
    mkdir -p "$(dirname -- "$venv")"
    { python3 -m venv "$venv" && "$python" -m pip install -q "$@" && "$python" -c "$imports"; } >&2
}

# Sets SNAS to the folder of the programs, and builds them where nobody says where they are.
built_programs() {
    if [ -n "${SNAS:-}" ]; then return; fi
    swift build -c release --product snas >&2
    swift build -c release --product snas-worker >&2
    SNAS=$(swift build -c release --show-bin-path)
}

# shellcheck disable=SC2086
installed $packages
cd "$project"
