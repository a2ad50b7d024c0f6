/// What runs on a host that is looked at: it says what the host is, answers a few questions, so that the way there and its clock are
/// known, and becomes the worker's program, which times the work.
enum ExaminationScript {
    /// Its first arguments are those of `arguments`; the others are the worker's own.
    static let script = """
        set -eu
        program=$1 wire=$2 number=1 slots=$3 data=$4
        shift 4
        say() { printf '\(HostFacts.mark)%s=%s\\n' "$1" "$2"; }
        say host "$(uname -n)"
        say cores "$(nproc)"
        while read -r name value unit; do
            case $name in MemAvailable:) say memory_kb "$value" ;; esac
        done </proc/meminfo
        if [ -n "$data" ]; then
            if [ -d "$data" ] && [ -r "$data" ] && [ -x "$data" ]; then say data there; else say data missing; fi
        fi
        say ready 1
        settings=
        while IFS= read -r line; do
            case $line in
            trip) say trip 1 ;;
            clock) say clock "$(date +%s.%N)" ;;
            work*) settings=${line#work }; break ;;
            esac
        done
        if [ -z "$settings" ]; then exit 0; fi
        \(RemoteProgram.finding)
        say program "$(command -v "$found")"
        say version "${version%%)*})"
        \(RemoteProgram.parting)
        exec "$found" --bench work --ends_with_input --settings "$settings" "$@"
        """

    /// - Parameter workWords: what the bench is told besides the settings.
    static func arguments(program: String, wireVersion: Int, host: WorkerHost, workWords: [String]) -> [String] {
        [program, String(wireVersion), String(host.slots), host.data ?? ""] + workWords + host.workerWords
    }
}
