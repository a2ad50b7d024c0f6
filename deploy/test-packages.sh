#!/bin/sh
# Installs what deploy/package.sh makes into a fresh Debian of this machine's release, and searches there. Takes some minutes, some
# 600 MB of packages and 3 GB of disk in TMPDIR; as root, with mount and process namespaces, in which everything ends with the script.
# SNAS=FOLDER takes programs that are built already.
set -eu
if [ "${1:-}" != inside ]; then
    . "$(dirname -- "$0")/prepare.sh"
    [ "$(id -u)" -eq 0 ] || { echo "skipped 1: a Debian is installed into a folder by root alone" >&2; exit 77; }
    unshare --mount --pid --fork true 2>/dev/null || { echo "skipped 1: this machine allows no namespaces" >&2; exit 77; }
    installed lintian mmdebstrap
    place=$(mktemp -d)
    # What is mounted below it is so in the inner script's namespace alone, and gone with it.
    trap 'rm -rf --one-file-system "$place" 2>/dev/null || { sleep 2; rm -rf --one-file-system "$place"; }' EXIT
    unshare --mount --pid --fork --kill-child=KILL --mount-proc sh "$project/deploy/test-packages.sh" inside "$project" "$place" &
    inner=$!
    trap 'kill -KILL "$inner"; exit 130' HUP INT TERM
    status=0
    wait "$inner" || status=$?
    exit "$status"
fi

project=$2
place=$3
root=$place/root
cd "$project"
checks=0
shown() {
    checks=$((checks + 1))
    echo "$checks. $*"
}
wrong() {
    echo "wrong: $*" >&2
    exit 1
}
in_root() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }

# The same bytes twice, and nothing that Debian's own check calls an error.
sh deploy/package.sh "$place/first" > /dev/null
(umask 077 && TZ=Asia/Tokyo sh deploy/package.sh "$place/second" > /dev/null)
for package in "$place"/first/*.deb; do
    cmp "$package" "$place/second/${package##*/}" || wrong "${package##*/} has other bytes when it is made again"
done
shown "made twice, the packages have the same bytes: $(cd "$place/first" && stat -c '%n %s' ./*.deb | tr '\n' ' ')"
lintian --allow-root --fail-on error,warning "$place"/first/*.deb || wrong "lintian has errors or warnings"
shown "lintian has neither errors nor warnings, and none are overridden"

# A Debian from where this machine's own packages come.
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016
apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' |
    while read -r site release component origin; do
        [ "$origin" = Debian ] || continue
        case $release in "$codename" | "$codename"-*) ;; *) continue ;; esac
        echo "deb $site $release $component"
    done | sort -u > "$place/sources"
[ -s "$place/sources" ] || wrong "this machine's apt names no Debian $codename"
apt-config dump | grep -i '^Acquire::.*proxy' > "$place/apt.conf" || :
mmdebstrap --quiet --variant=minbase --aptopt="$place/apt.conf" --include=man-db,bash-completion,zsh,fish "$codename" "$root" "$place/sources"
cp "$place"/first/*.deb "$root/tmp/"
cp /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
in_root find / -xdev -path /proc -prune -o -print | grep -Ev '^/(tmp|var/(cache|log|lib/(apt|dpkg)))(/|$)' | sort > "$place/before"
shown "a fresh Debian $codename has $(wc -l < "$place/before") files and folders, and no toolchain"

# The coordinator's package alone.
in_root apt-get update -q > "$place/log" 2>&1 || { cat "$place/log" >&2; wrong "apt finds no packages in there"; }
in_root sh -c 'apt-get install -y -q --no-install-recommends /tmp/snas_*.deb' > "$place/log" 2>&1 || { cat "$place/log" >&2; wrong "snas is not installed"; }
if in_root sh -c 'ls /usr/lib/*/libtorch*' > /dev/null 2>&1; then wrong "snas alone brought libtorch"; fi
in_root snas version | sed 's/^/   /'
code=0
in_root snas local --config quick --run /tmp/none > "$place/log" 2>&1 || code=$?
if [ "$code" -ne 66 ] || ! grep -q 'package snas-worker' "$place/log"; then cat "$place/log" >&2; wrong "snas without a worker ended with $code"; fi
shown "snas alone ends with $code: $(tail -n 1 "$place/log")"
code=0
in_root snas local --config quik > "$place/log" 2>&1 || code=$?
[ "$code" -eq 66 ] || { cat "$place/log" >&2; wrong "an unknown preset ended with $code"; }
shown "a preset that is none ends with $code: $(tail -n 1 "$place/log" | cut -c 1-120) ..."

# Both packages, and the quick search as a user without rights.
in_root sh -c 'apt-get install -y -q --no-install-recommends /tmp/snas-worker_*.deb' > "$place/log" 2>&1 || { tail -n 20 "$place/log" >&2; wrong "snas-worker is not installed"; }
in_root snas-worker version | sed 's/^/   /'
for program in snas snas-worker; do
    in_root man -w "$program" > /dev/null || wrong "$program has no manual page"
    in_root sh -c "MANROFFSEQ='' man --warnings $program > /dev/null 2> /tmp/warnings; ! grep . /tmp/warnings" || wrong "$program's manual page has warnings"
    in_root bash -c ". /usr/share/bash-completion/bash_completion; _completion_loader $program; complete -p $program" > /dev/null || wrong "bash completes no $program"
    in_root zsh -fc "autoload -U compinit; compinit -u -D; [[ \$_comps[$program] == _$program ]]" || wrong "zsh completes no $program"
    in_root fish -c "complete -C '$program --' | grep -q ." || wrong "fish completes no $program"
done
shown "manual pages and the completion of bash, zsh and fish are found for both programs"
expected=$(sed -n 's/^fingerprint = //p' README.md)
mkdir -m 1777 "$root/tmp/work"
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp/work chroot --userspec=1000:1000 "$root" sh -c 'cd /tmp/work && snas local --config quick --workers 2' > "$place/result" 2> "$place/log" || { tail -n 20 "$place/log" >&2; wrong "the quick search failed"; }
found=$(sed -n 's/^fingerprint = //p' "$place/result")
[ "$found" = "$expected" ] || wrong "the quick search's fingerprint is $found, not README's $expected"
shown "the quick search gives README's fingerprint $found"

# Nothing of them stays.
in_root dpkg -L snas snas-worker | sort -u | while read -r path; do [ -d "$root$path" ] || echo "$path"; done > "$place/installed"
in_root apt-get purge -y -q snas snas-worker > "$place/log" 2>&1 || { cat "$place/log" >&2; wrong "the packages cannot be purged"; }
while read -r path; do [ ! -e "$root$path" ] || wrong "$path is there after a purge"; done < "$place/installed"
in_root find / -xdev -path /proc -prune -o -print | grep -Ev '^/(tmp|var/(cache|log|lib/(apt|dpkg)))(/|$)' | sort > "$place/after"
comm -13 "$place/before" "$place/after" | grep snas && wrong "something of snas is there after a purge"
in_root dpkg-query -W 'snas*' 2> /dev/null | grep . && wrong "dpkg still knows the packages"
shown "a purge takes all $(wc -l < "$place/installed") files away"
echo "$checks of $checks checks passed, 0 skipped"
