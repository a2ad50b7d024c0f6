# Shared by the scripts beside it: runs a test command with its output in a file, and reads that file. Sourced, not run.
#
# Lines of swift-testing begin with a symbol and a word: "Test NAME passed after ...", "Test NAME skipped", "Test NAME recorded
# an issue at FILE:LINE:COLUMN: ...", "Test NAME failed after ...", and at last "Test run with N tests ... passed after ...".

# Runs a command, shows its output and keeps it. The result is the command's.
#   logged LOG COMMAND [WORD...]
logged() {
    log=$1
    shift
    rm -f "$log.status"
    { "$@" 2>&1 && echo 0 >"$log.status" || echo $? >"$log.status"; } | tee "$log"
    return "$(cat "$log.status")"
}

# How many tests a log tells the end of: passed, failed or skipped.
#   count_of LOG WORD
count_of() {
    case $2 in
        skipped) pattern='^[^ ]+ +Test .* skipped(\.$|: ")' ;;
        *) pattern="^[^ ]+ +Test .* $2 after [0-9.]+ seconds" ;;
    esac
    grep -aE "$pattern" "$1" | grep -avcE '^[^ ]+ +Test (run with|case )' || true
}

# The failed tests with their issues, then the counts, to standard output.
#   summary LOG
summary() {
    echo
    echo "----- summary; everything is in $1"
    grep -aE '^[^ ]+ +Test .*(recorded an issue| failed after [0-9.]+ seconds)' "$1" |
        grep -avE '^[^ ]+ +Test (run with|case )' | cut -c1-600 || true
    grep -aE 'SKIPPED: ' "$1" || true
    grep -aEq 'Test run with [0-9]+ tests?' "$1" || echo "The tests did not come to their end."
    echo "passed $(count_of "$1" passed), failed $(count_of "$1" failed), skipped $(count_of "$1" skipped)"
    grep -aE 'Test run with [0-9]+ tests?' "$1" || true
}
