#!/bin/sh
# Searches across hosts that are made of namespaces, each with a network, files, a name, processes and an sshd of its own: what
# `snas launch` does when hosts, links, ssh or the program itself fail. Every search must end with the bits of a quiet one, and
# leave no process and no key on any host.
#   deploy/test-hosts.sh               all scenarios
#   deploy/test-hosts.sh quick         two scenarios, in less than half a minute
#   deploy/test-hosts.sh NAME...       these; a wrong one lists the names
# Needs root. Nothing of the machine's network, files and daemons is touched, and all that was made is gone at the end.
# PROGRAMS: a folder with snas and snas-worker, instead of those of this folder, which are built.
# shellcheck source-path=SCRIPTDIR source=prepare.sh
. "$(dirname -- "$0")/prepare.sh"

skip() {
    echo "SKIPPED: searches across hosts: $1"
    echo "passed 0, failed 0, skipped 1"
    exit 0
}

[ "$(id -u)" -eq 0 ] || skip "only root can make hosts of namespaces"
installed iproute2 openssh-client procps python3 util-linux
unshare --net --mount --uts --ipc --pid --fork true 2>/dev/null || skip "this kernel gives no namespaces"

# Not installed, since that would begin a daemon on this machine: unpacked, and only the hosts have it.
server="$project/.build/hosts/server"
mkdir -p "$server/usr"
if [ ! -x /usr/sbin/sshd ] && [ ! -x "$server/usr/sbin/sshd" ]; then
    packages=$(mktemp -d)
    (cd "$packages" && apt-get update -qq && apt-get download -qq openssh-server libwrap0) >&2 ||
        { rm -r "$packages"; skip "no openssh-server can be had"; }
    for package in "$packages"/*.deb; do dpkg-deb -x "$package" "$packages/unpacked"; done
    mkdir -p "$server/usr/sbin"
    cp -r "$packages/unpacked/usr/lib" "$server/usr"
    cp "$packages/unpacked/usr/sbin/sshd" "$server/usr/sbin"
    rm -r "$packages"
fi
if [ -z "${PROGRAMS:-}" ]; then
    swift build -c release --product snas >&2
    swift build -c release --product snas-worker >&2
    PROGRAMS=$project/.build/release
fi

# The first process of a PID namespace takes everything in it along, whatever ends it.
unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private \
    python3 -B deploy/hosts/test.py "$PROGRAMS" "$server" "$project" "$@" &
rig=$!
trap 'pkill -TERM -P "$rig" || true; wait "$rig" || true; exit 143' HUP INT TERM
wait "$rig"
