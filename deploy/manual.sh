#!/bin/sh
# Builds the manual (Sources/Manual.docc) as a web site. Warnings are errors; without any it says nothing.
#   deploy/manual.sh FOLDER      where the site goes, to be served from the top of a host
# Its pages name each other as files, which every forge and editor follows. Here these links are made DocC's own, so that a link to
# a page that is not there fails.
set -eu
folder=${1:?usage: manual.sh FOLDER}
case $folder in /*) ;; *) folder=$PWD/$folder ;; esac
cd "$(dirname -- "$0")/.."
work=$(mktemp -d "${TMPDIR:-/tmp}/snas-manual.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp -R Sources/Manual.docc "$work"
sed -i -E 's/\]\(([A-Za-z]+)\.md\)/](doc:\1)/g' "$work"/Manual.docc/*.md
docc convert "$work/Manual.docc" --fallback-display-name snas --fallback-bundle-identifier snas --warnings-as-errors \
    --output-path "$folder" >"$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
