#!/bin/sh
# Makes two Debian packages of the release programs: `deploy/package.sh [FOLDER]` (dist without it). snas has the coordinator, its
# man page, completion, presets and the Swift runtime; snas-worker has the worker and needs that runtime and libtorch.
# SNAS=FOLDER takes programs that are built already. The same commit gives the same bytes.
#
# The runtime's shared libraries are put into /usr/lib/snas, where only these two programs look: linking them into each program
# would take a second build of everything with other flags, and two copies.
. "$(dirname -- "$0")/prepare.sh"
installed binutils dpkg-dev gzip patchelf xz-utils
umask 022
export LC_ALL=C TZ=UTC
out=${1:-dist}
mkdir -p "$out"
out=$(CDPATH='' cd -- "$out" && pwd)

programs=${SNAS:-}
if [ -z "$programs" ]; then
    swift build -c release --product snas >&2
    swift build -c release --product snas-worker >&2
    programs=.build/release
fi
for program in snas snas-worker; do
    [ -x "$programs/$program" ] || { echo "there is no program $programs/$program" >&2; exit 66; }
    # Its pages and scripts are asked of it.
    "$programs/$program" version > /dev/null || { echo "$programs/$program does not run here" >&2; exit 69; }
done
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null) ||
        { echo "no commit says when this was made: set SOURCE_DATE_EPOCH to its seconds since 1970" >&2; exit 78; }
fi
export SOURCE_DATE_EPOCH
version=$("$programs/snas" version | sed -n '1s/^snas \([^ ]*\).*/\1/p')
architecture=$(dpkg --print-architecture)
maintainer=${DEBFULLNAME:+$DEBFULLNAME <${DEBEMAIL:-}>}
[ -n "$maintainer" ] || maintainer=$(git log -1 --format='%an <%ae>' 2>/dev/null) || maintainer='unknown <unknown@invalid.example>'
day=$(date -u -R -d "@$SOURCE_DATE_EPOCH")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

# Programs without the symbols that only a debugger reads, looking for the runtime where this package puts it.
program() {
    install -D -m 755 "$programs/$1" "$work/$1/usr/bin/$1"
    strip --strip-unneeded --remove-section=.comment --remove-section=.note "$work/$1/usr/bin/$1"
    # shellcheck disable=SC2016
    patchelf --set-rpath '$ORIGIN/../lib/snas' "$work/$1/usr/bin/$1"
}

core=$(ldd "$programs/snas" | sed -n 's/.*libswiftCore\.so => \([^ ]*\) .*/\1/p')
[ -n "$core" ] || { echo "$programs/snas is linked to no shared libswiftCore.so: build it without --static-swift-stdlib" >&2; exit 65; }

# Of both programs: whatever the loader takes from the folder where the Swift runtime lies.
runtime() {
    for program in snas snas-worker; do
        ldd "$programs/$program" | sed -n 's/.* => \([^ ]*\) .*/\1/p'
    done | sort -u | while read -r library; do
        [ "$(dirname "$library")" = "$(dirname "$core")" ] || continue
        copy="$work/snas/usr/lib/snas/$(basename "$library")"
        install -D -m 644 "$library" "$copy"
        strip --strip-unneeded --remove-section=.comment --remove-section=.note "$copy"
    done
}

documents() {
    "$programs/$1" man | install -D -m 644 /dev/stdin "$work/$1/usr/share/man/man1/$1.1"
    gzip -9n "$work/$1/usr/share/man/man1/$1.1"
    "$programs/$1" completion bash | install -D -m 644 /dev/stdin "$work/$1/usr/share/bash-completion/completions/$1"
    "$programs/$1" completion zsh | install -D -m 644 /dev/stdin "$work/$1/usr/share/zsh/vendor-completions/_$1"
    "$programs/$1" completion fish | install -D -m 644 /dev/stdin "$work/$1/usr/share/fish/vendor_completions.d/$1.fish"
    copyright | install -D -m 644 /dev/stdin "$work/$1/usr/share/doc/$1/copyright"
    changelog | gzip -9n | install -D -m 644 /dev/stdin "$work/$1/usr/share/doc/$1/changelog.gz"
}

# Debian keeps the licence's text once for all packages; the toolchain has the text of its exception.
copyright() {
    year=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y)
    cat <<TEXT
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: snas

Files: *
Copyright: 2026-$year the authors of snas
License: Apache-2.0

Files: usr/bin/*
Copyright: 2026-$year the authors of snas
 1998 E. Alpaydin, C. Kaynak
License: Apache-2.0 and CC-BY-4.0
Comment: The images in the programs are the UCI "Optical Recognition of
 Handwritten Digits".

Files: usr/lib/snas/*
Copyright: 2014-$year Apple Inc. and the Swift project authors
License: Apache-2.0 with Swift-exception
Comment: The Swift runtime, as its toolchain has it but for symbols that only
 a debugger reads.

License: Apache-2.0
 On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.

License: Apache-2.0 and CC-BY-4.0
 The programs are under Apache-2.0, the images in them under the Creative
 Commons Attribution 4.0 International licence,
 https://creativecommons.org/licenses/by/4.0/legalcode

License: Apache-2.0 with Swift-exception
 On Debian systems the text of Apache-2.0 is in
 /usr/share/common-licenses/Apache-2.0; the exception:
 .
TEXT
    sed -n '/^## Runtime Library Exception/,$p' "$(dirname "$core")/../../../share/swift/LICENSE.txt" |
        sed -e 's/^ */ /' -e 's/^ $/ ./'
}

changelog() {
    cat <<TEXT
snas ($version) unstable; urgency=medium

  * Packaged from commit $(git describe --always --dirty --abbrev=40 --exclude="*" 2>/dev/null || echo unknown);
    /usr/share/doc/snas/CHANGELOG.md.gz says what changed.

 -- $maintainer  $day
TEXT
}

# What the given files are linked to, as packages with versions. What only this machine's own folders have is in none.
linked() {
    missing=$(LD_LIBRARY_PATH=$work/snas/usr/lib/snas ldd "$1" | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' | sort -u | tr '\n' ' ')
    [ -z "$missing" ] || { echo "the programs are linked to libraries of no Debian package: $missing" >&2; exit 65; }
    mkdir -p "$work/debian"
    printf 'Source: snas\n\nPackage: snas\nArchitecture: any\n' > "$work/debian/control"
    (cd "$work" && dpkg-shlibdeps -O "-l$work/snas/usr/lib/snas" "-S$work/snas" "$@") > "$work/linked" 2> "$work/warnings" ||
        { sed -n "/error:/p" "$work/warnings" >&2; exit 65; }
    sed -n 's/^shlibs:Depends=//p' "$work/linked"
}

# package NAME DEPENDS FIELD DESCRIPTION: control file, sums and archive.
package() {
    root=$work/$1
    mkdir -p "$root/DEBIAN"
    size=$(find "$root" -path "$root/DEBIAN" -prune -o -type f -printf '%s\n' | awk '{ sum += int(($1 + 1023) / 1024) } END { print sum + 0 }')
    {
        printf 'Package: %s\nVersion: %s\nArchitecture: %s\n%s\n' "$1" "$version" "$architecture" "$3"
        printf 'Maintainer: %s\nInstalled-Size: %s\nDepends: %s\n' "$maintainer" "$size" "$2"
        printf 'Section: science\nPriority: optional\nDescription: %s\n' "$4"
    } > "$root/DEBIAN/control"
    (cd "$root" && find usr -type f | sort | xargs -d '\n' md5sum) > "$root/DEBIAN/md5sums"
    find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    # One thread: with several, xz cuts what it packs into blocks, and the bytes are others.
    dpkg-deb --root-owner-group -Zxz -z6 --threads-max=1 --build "$root" "$out/$1_${version}_$architecture.deb" >&2
}

for program in snas snas-worker; do
    program "$program"
    documents "$program"
done
runtime
gzip -9nc CHANGELOG.md | install -D -m 644 /dev/stdin "$work/snas/usr/share/doc/snas/CHANGELOG.md.gz"
for preset in configs/*.yaml; do install -D -m 644 "$preset" "$work/snas/usr/share/snas/$preset"; done

coordinator=$(linked "$work/snas/usr/bin/snas" "$work"/snas/usr/lib/snas/*.so)
worker=$(linked "$work/snas-worker/usr/bin/snas-worker")
package snas "$coordinator" "Recommends: snas-worker (= $version)" 'stochastic neural architecture search, coordinator
 Finds a convolutional cell by SNAS (Xie et al., ICLR 2019) or one of its
 neighbours, on as many processes and hosts as there are. The result depends
 on configuration, data and seed alone.
 .
 This package has the program that owns a search, its presets and the runtime
 of its language. It needs no tensor library; searches need workers, which
 the package snas-worker has.'
package snas-worker "$worker, snas (= $version)" 'Source: snas' 'stochastic neural architecture search, worker
 Computes for a coordinator of snas: weight and architecture gradients on
 shards of the data, with libtorch. A worker needs the address of a
 coordinator and its keys only.'
ls -l "$out/snas_${version}_$architecture.deb" "$out/snas-worker_${version}_$architecture.deb"
