import Host

/// What a host's `sh` does with a bundle. Each text is a whole script for `sh -c`, POSIX, with tools that every Linux has, and says
/// what is wrong in one sentence on standard error:
///
/// | exit code | when |
/// |---|---|
/// | 69 | the host lacks a library or tool, or the program does not run there |
/// | 73 | no place for the folder |
/// | 74 | full disk, or another stream than was sent |
/// | 75 | `start` alone: the folder is gone or damaged since it was looked at |
/// | 76 | the program is for another kind of processor |
/// | 77 | the folder is somebody else's, or others may write to it |
///
/// The folder is `${XDG_CACHE_HOME:-$HOME/.cache}/snas/DIGEST`.
package struct BundleScript: Sendable, Equatable {
    private let bundle: ProgramBundle

    package init(_ bundle: ProgramBundle) { self.bundle = bundle }

    /// Writes nothing there, and reads no standard input. `BundleAnswer` reads what it prints.
    package var probe: String {
        """
        \(common)
        if [ -d "$base" ]; then
            settle
            if whole "$folder"; then
                check
                printf '%s\\n' "$folder/$program"
                exit 0
            fi
        fi
        echo \(BundleAnswer.absentWord)
        """
    }

    /// Reads a `BundleArchive` from standard input to its end. Several may do so at once for one user. Folders of other bundles
    /// that were not used for thirty days are removed.
    package var receive: String {
        """
        \(common)
        umask 077
        need tar gzip mktemp
        create() {
            reason=$(LC_ALL=C mkdir -p -- "$1" 2>&1) || refuse 73 "cannot make the folder '$1' on this host: ${reason##*: }"
        }
        create "$base"
        settle
        create "$place"
        settle
        find "$place/." ! -name . -prune -type d ! -name "$digest" \\( \\( -name '.new.*' -mtime +0 \\) -o \\( -name '\(anyDigest)' -mtime +30 \\) \\) -exec rm -rf {} \\; 2>/dev/null || :
        free=$(LC_ALL=C df -Pk "$place" 2>/dev/null | sed -n '2s/.* \\([0-9][0-9]*\\)  *[0-9]*% .*/\\1/p')
        [ "${free:-\(kilobytes)}" -ge \(kilobytes) ] || refuse 74 "the program takes \(kilobytes) KB in '$place' on this host, and $free KB are free there"
        new=$(LC_ALL=C mktemp -d "$place/.new.XXXXXX" 2>&1) || refuse 73 "cannot make a folder in '$place' on this host: ${new##*: }"
        trap 'rm -rf -- "$new"' EXIT
        trap 'exit 74' HUP INT PIPE TERM
        reason=$(LC_ALL=C mkdir -- "$new/$digest" 2>&1) || refuse 74 "cannot make a folder in '$place' on this host: ${reason##*: }"
        reason=$(LC_ALL=C tar -xzof - -C "$new/$digest" 2>&1) || refuse 74 "cannot unpack the program in '$place' on this host: ${reason%%"$newline"*}"
        whole "$new/$digest" || refuse 74 "what arrived in '$place' on this host is not the program that was sent"
        # A folder cannot be renamed to one that holds something: of several at once one is first, and the others find its folder.
        tries=5
        until whole "$folder"; do
            [ "$tries" -gt 0 ] || refuse 74 "cannot put the program in its place '$folder' on this host"
            tries=$((tries - 1))
            [ ! -e "$folder" ] || mv -- "$folder" "$new/old.$tries" 2>/dev/null || :
            mv -- "$new/$digest" "$place/" 2>/dev/null || sleep 1
        done
        check
        printf '%s\\n' "$folder/$program"
        """
    }

    /// Verifies the files once more; what stands behind it finds the program's path in `$copied`, and its libraries where the loader
    /// looks. It reads no standard input.
    package var verify: String {
        """
        \(common)
        [ -d "$base" ] || refuse 75 "the copied program is gone from '$base' on this host; it has to be sent again"
        settle
        whole "$folder" || refuse 75 "the copied program in '$folder' on this host is damaged or gone; it has to be sent again"
        touch -c -- "$folder" 2>/dev/null || :
        LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
        export LD_LIBRARY_PATH
        copied=$folder/$program
        """
    }

    /// Verifies the files once more and becomes the program, with the script's own standard input and output.
    package func start(_ arguments: [String]) -> String {
        """
        \(verify)
        exec "$copied" \(arguments.map(ShellWord.quoted).joined(separator: " "))
        """
    }

    private var kilobytes: Int { (bundle.bytes + 1023) / 1024 }

    /// A pattern of the shell.
    private var anyDigest: String { String(repeating: "[0-9a-f]", count: bundle.digest.utf8.count) }

    /// As `sha256sum -c` takes them.
    private var sums: String { bundle.files.map { "\($0.digest)  ./\($0.name)" }.joined(separator: "\n") }

    /// Names, and what all three do.
    private var common: String {
        """
        set -eu
        digest=\(bundle.digest)
        program=\(ShellWord.quoted(bundle.programName))
        count=\(bundle.files.count)
        sums=\(ShellWord.quoted(sums))
        machine=\(bundle.machine ?? "")
        \(Self.functions)
        """
    }

    /// `settle` finds the folder and refuses one where others could put a program; `whole` says whether nothing is missing, changed
    /// or added; `check` whether the program runs.
    ///
    /// The program looks for its libraries where its toolchain lies before it looks beside itself: `LD_LIBRARY_PATH` comes first, so
    /// that a toolchain of another version at the same place is not taken. A path in it has no colon, semicolon or dollar.
    private static let functions = #"""
        newline='
        '
        refuse() {
            printf 'snas: %s\n' "$2" >&2
            exit "$1"
        }
        need() {
            for tool; do
                command -v "$tool" >/dev/null 2>&1 || refuse 69 "this host has no $tool, without which no program is copied to it"
            done
        }
        kind=$(uname -m 2>/dev/null || printf '%s' "$machine")
        [ "${machine:-$kind}" = "$kind" ] || refuse 76 "this host's processor is $kind, and the program is for $machine"
        need find sha256sum
        [ -n "${XDG_CACHE_HOME:-}${HOME:-}" ] || refuse 73 "this host names no HOME, so there is no place for the program"
        base=${XDG_CACHE_HOME:-$HOME/.cache}
        case $base in
        *"$newline"* | *[:\;\$]*) refuse 73 "the folder '$base' on this host has a sign in its name that libraries are not found behind: set XDG_CACHE_HOME to another" ;;
        /*) ;;
        *) refuse 73 "the folder '$base' on this host is named by no path from the root: set XDG_CACHE_HOME" ;;
        esac
        own() {
            [ ! -e "$1" ] && [ ! -L "$1" ] || [ -n "$(find "$1" -prune -type d -user "$user" ! -perm -020 ! -perm -002 -print 2>/dev/null)" ] ||
                refuse 77 "'$1' on this host is not a folder of this user's that only this user may write to, so no program is taken from it"
        }
        settle() {
            user=$(id -u)
            base=$(CDPATH='' cd -- "$base" 2>/dev/null && pwd -P) || refuse 73 "the folder for the program on this host cannot be entered"
            [ -n "$(find "$base" -prune \( -user "$user" -o -user 0 \) \( ! -perm -002 -o -perm -1000 \) -print 2>/dev/null)" ] ||
                refuse 77 "'$base' on this host is somebody else's, or everybody may rename what lies in it, so no program is put there"
            place=$base/snas
            folder=$place/$digest
            own "$place"
            own "$folder"
        }
        whole() {
            [ -d "$1" ] && [ "$(ls -A -- "$1" | wc -l)" -eq "$count" ] && [ -x "$1/$program" ] &&
                (CDPATH='' cd -- "$1" && printf '%s\n' "$sums" | sha256sum -c) >/dev/null 2>&1
        }
        check() {
            libraries=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
            missing=$(LC_ALL=C LD_LIBRARY_PATH=$libraries ldd "$folder/$program" 2>/dev/null | sed -n 's/^[[:space:]]*\([^[:space:]]*\) => not found.*/\1/p' | sort -u)
            if [ -n "$missing" ]; then
                packages=$(printf '%s\n' "$missing" | package | sort -u | tr '\n' ' ')
                refuse 69 "this host lacks $(printf '%s' "$missing" | tr '\n' ' '); on Debian: apt install ${packages% }"
            fi
            code=0
            reason=$(LC_ALL=C LD_LIBRARY_PATH=$libraries "$folder/$program" version 2>&1 >/dev/null </dev/null) || code=$?
            [ "$code" -eq 0 ] || refuse 69 "the program does not run on this host (exit code $code): ${reason%%"$newline"*}"
        }
        # Debian names a library's package by its name and version; a hyphen parts two digits.
        package() {
            sed -e 's/^libz\.so\.1$/zlib1g/' -e 's/^libtorch_cpu\.so\./libtorch/' -e 's/^libc10\.so\./libtorch/' -e 's/\([0-9]\)\.so\.\([0-9]\)/\1-\2/' -e 's/\.so\.\{0,1\}//' -e 's/_/-/g' | tr '[:upper:]' '[:lower:]'
        }
        """#
}
