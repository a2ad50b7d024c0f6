/// Pieces of the scripts that run on a host: how the worker's program is found there, and how many threads it gets.
enum RemoteProgram {
    /// Sets `found` to the program and `version` to what it says of itself, of `program` and `wire`; ends the script with a sentence
    /// where none is there (66), it does not start (66), or it speaks another wire version (76).
    static let finding = """
        here=$(uname -n)
        found=
        for candidate in "${copied:-$program}" snas-worker; do
            if command -v "$candidate" >/dev/null 2>&1; then found=$candidate; break; fi
        done
        if [ -z "$found" ]; then
            echo "snas-worker is not on $here, neither as $program nor on the PATH: install it there, or give --copy" >&2
            exit 66
        fi
        if ! version=$("$found" version 2>&1); then
            echo "$found on $here does not start: $version" >&2
            exit 66
        fi
        case $version in
        *"(wire $wire,"*) ;;
        *)
            echo "$found on $here is another version, which does not speak wire $wire: ${version%%)*})" >&2
            exit 76 ;;
        esac
        """

    /// Puts `--threads` behind the script's own words where several workers, `slots`, part the host's cores and nobody said how: all of
    /// them, of what is left over one more for each of the first. This worker is `number`, from 1.
    static let parting = """
        case " $* " in
        *" --threads "*) ;;
        *)
            if [ "$slots" -gt 1 ]; then
                threads=$((($(nproc) + slots - number) / slots))
                if [ "$threads" -lt 1 ]; then threads=1; fi
                set -- "$@" --threads "$threads"
            fi ;;
        esac
        """
}
