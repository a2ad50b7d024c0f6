#!/bin/sh
# The tests under settings that imitate other machines, and with other libtorches. Prints a table; fails where a test failed.
#   deploy/test-elsewhere.sh quick   the tests that lean on the machine most, under each setting, with the build that is there
#   deploy/test-elsewhere.sh         all tests under each setting; then with each PyTorch of TORCHES (default below), which are
#                                    taken from PyPI and built against in the folder ELSEWHERE (kept; without it a temporary one)
#   deploy/test-elsewhere.sh NAME    the full form of the settings whose name contains NAME
part=${1:-full}
. "$(dirname -- "$0")/prepare.sh"
. deploy/summary.sh

# Pinned: a test that fails tomorrow shall have failed for a change of ours.
torches=${TORCHES:-2.11.0 2.15.0}
# What depends on libtorch, the processor, the locale, the clock's zone or folders, and takes seconds. Not the finite differences:
# in Double, where nothing is near its limit, they take as long as all others together.
sensitive='NetworkTests|DatasetsTests|FormatsTests|ConfigurationTests|ReportingTests|HostTests|RandomnessTests|KeysTests'
slow='finiteDifferences'
work=$(mktemp -d "${TMPDIR:-/tmp}/snas-elsewhere.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
keep=${ELSEWHERE:-$work}
mkdir -p "$keep"
table=$work/table
: >"$table"
failures=0
if [ "$part" = quick ]; then choice="--filter $sensitive --skip $slow"; else choice=''; fi

# Adds a line to the table: setting, run, failed, skipped, seconds.
note() { printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" >>"$table"; }

# Whether this setting is asked for.
is_asked() {
    case $part in
        quick | full) return 0 ;;
        *) case $1 in *"$part"*) return 0 ;; *) return 1 ;; esac ;;
    esac
}

# Runs the tests behind a command that changes what they find.
#   under NAME COMMAND [WORD...]      (ends in a program that runs what follows, such as env or taskset)
under() {
    name=$1
    shift
    is_asked "$name" || return 0
    echo "===== $name" >&2
    file=$keep/$(echo "$name" | tr -c 'a-zA-Z0-9.\n' '-').log
    begun=$(date +%s)
    # shellcheck disable=SC2086
    if logged "$file" "$@" swift test -c release --disable-xctest --skip-build ${scratch:+--scratch-path "$scratch"} $choice \
        >/dev/null; then status=0; else status=$?; fi
    seconds=$(($(date +%s) - begun))
    passed=$(count_of "$file" passed)
    failed=$(count_of "$file" failed)
    if ! grep -aEq 'Test run with [1-9][0-9]* tests?' "$file"; then failed="$failed, cut off"; fi
    [ "$status" -eq 0 ] && [ "$failed" = 0 ] || { failures=$((failures + 1)); summary "$file"; }
    note "$name" "$((passed + ${failed%%,*}))" "$failed" "$(count_of "$file" skipped)" "$seconds"
}

# A BLAS that chooses its code by the processor, as most machines have; nothing where the package cannot be fetched. Debian's
# libtorch takes whatever libblas.so.3 it finds.
openblas() {
    folder=$keep/openblas
    if [ ! -d "$folder" ]; then
        mkdir -p "$folder"
        (cd "$folder" && apt-get download -qq libopenblas0-pthread && dpkg -x libopenblas0-pthread*.deb .) >/dev/null 2>&1 ||
            echo "no OpenBLAS: libopenblas0-pthread could not be fetched" >&2
    fi
    find "$folder" -name libblas.so.3 -exec dirname {} \; | head -1
}

# A Turkish locale, whose small I has no dot: the system's, or one that is made in the folder. Nothing where it cannot be made.
turkish() {
    if locale -a 2>/dev/null | grep -Eqi '^tr_TR\.utf-?8$'; then
        echo system
    elif mkdir -p "$work/locales" && localedef -i tr_TR -f UTF-8 "$work/locales/tr_TR.UTF-8" >&2; then
        echo "$work/locales"
    fi
}

processors() {
    blas=''
    [ "$part" = quick ] || blas=$(openblas)
    blas=${blas:+LD_LIBRARY_PATH=$blas}
    # shellcheck disable=SC2086
    under 'processor without AVX' env ATEN_CPU_CAPABILITY=default ONEDNN_MAX_CPU_ISA=SSE41 OPENBLAS_CORETYPE=Nehalem \
        MKL_CBWR=COMPATIBLE $blas
    grep -q '^flags.* avx2 ' /proc/cpuinfo || return 0
    if [ "$part" = quick ] && ! grep -q '^flags.* avx512f ' /proc/cpuinfo; then
        # What all libraries take it for anyhow.
        note 'processor with AVX2: this one' - - - -
        return 0
    fi
    # shellcheck disable=SC2086
    under 'processor with AVX2' env ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 OPENBLAS_CORETYPE=Haswell $blas
    if grep -q '^flags.* avx512f ' /proc/cpuinfo; then
        # shellcheck disable=SC2086
        under 'processor with AVX-512' env ATEN_CPU_CAPABILITY=avx512 ONEDNN_MAX_CPU_ISA=AVX512_CORE \
            OPENBLAS_CORETYPE=SkylakeX $blas
    else
        note 'processor with AVX-512: not here' - - - -
    fi
}

places() {
    # Kernels and networks know nothing of places, and one core takes twice as long for them.
    [ "$part" = quick ] && choice="--filter ${sensitive#*|}|GoldenNetworkTests --skip $slow"
    if taskset -c 0 true 2>/dev/null; then under 'one core' taskset -c 0; else note 'one core: not allowed' - - - -; fi
    tongue=$(turkish)
    case $tongue in
        '') note 'Turkish: no such locale, and none could be made' - - - - ;;
        system) tongue='' ;;
        *) tongue=LOCPATH=$tongue ;;
    esac
    mkdir -p "$work/a folder with spaces"
    # shellcheck disable=SC2086
    under 'Turkish, Kathmandu, spaces' env $tongue LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 TZ=Asia/Kathmandu \
        "TMPDIR=$work/a folder with spaces"
}

# An installed PyTorch of this version in a folder of its own, without what only Python or a GPU needs. PyPI's builds for Linux
# want two small libraries of the CUDA toolkit to be there, whose versions they name.
torch_folder() {
    folder=$keep/torch-$1
    if [ ! -d "$folder/torch" ]; then
        python3 -m pip install -q --no-deps --target "$folder" "torch==$1" >&2 || return 1
        toolkit=$(sed -n 's/^Requires-Dist: cuda-toolkit\[.*\]==\([0-9.]*\).*/\1/p' "$folder"/torch-*.dist-info/METADATA)
        if [ -n "$toolkit" ]; then
            python3 -m pip install -q --target "$folder" "cuda-toolkit[cudart,cupti]==$toolkit" >&2 || return 1
        fi
    fi
    echo "$folder/torch"
}

# Builds against another libtorch, runs the tests, and says which fingerprint the quick search has with it.
other_torch() {
    is_asked "PyTorch $1" || return 0
    if ! SNAS_LIBTORCH=$(torch_folder "$1"); then
        note "PyTorch $1: could not be installed" - - - -
        failures=$((failures + 1))
        return 0
    fi
    export SNAS_LIBTORCH
    scratch=$keep/build
    if swift build -c release --build-tests --scratch-path "$scratch" >&2; then
        under "PyTorch $1" env
        "$scratch/release/snas" local --config configs/quick.yaml --workers 2 --run "$work/quick-$1" 2>/dev/null |
            sed -n "s/^fingerprint = /PyTorch $1, quick search: /p" >>"$work/fingerprints"
    else
        note "PyTorch $1: does not build" - 1 - -
        failures=$((failures + 1))
    fi
    unset SNAS_LIBTORCH
    scratch=''
}

scratch=''
[ "$part" = quick ] || swift build -c release --build-tests >&2
processors
places
if [ "$part" != quick ]; then
    for version in $torches; do other_torch "$version"; done
fi
echo
awk -F '\t' 'BEGIN { printf "%-40s %8s %14s %8s %8s\n", "setting", "run", "failed", "skipped", "seconds" }
    { printf "%-40s %8s %14s %8s %8s\n", $1, $2, $3, $4, $5 }' "$table"
if [ -e "$work/fingerprints" ]; then cat "$work/fingerprints"; fi
[ "$failures" -eq 0 ]
