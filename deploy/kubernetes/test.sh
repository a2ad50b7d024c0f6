#!/bin/sh
# Installs what is missing and tests the manifests: against Kubernetes' schemas, against each other, and with the real programs
# started in pods as the manifests describe them. SNAS is the folder of the programs, .build/release without it; the package with the
# schemas goes into a virtual environment at KUBERNETES_VALIDATE, in the user's cache without it.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck disable=SC1091
. "$here/../prepare.sh"
installed python3-yaml python3-venv util-linux
KUBERNETES_VALIDATE=${KUBERNETES_VALIDATE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/snas/kubernetes-validate}
export KUBERNETES_VALIDATE
if ! "$KUBERNETES_VALIDATE/bin/kubernetes-validate" --version >/dev/null 2>&1; then
    { python3 -m venv "$KUBERNETES_VALIDATE" && "$KUBERNETES_VALIDATE/bin/pip" install --quiet kubernetes-validate; } >&2 ||
        echo "kubernetes-validate cannot be installed here" >&2
fi
exec python3 "$here/test.py"
