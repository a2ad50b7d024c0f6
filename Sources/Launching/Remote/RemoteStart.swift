/// What runs on a host before a worker does: it finds the program, sees that it is one that fits, and becomes it.
package enum RemoteStart {
    /// Its first arguments are those of `arguments`; the others are the worker's own. A program that was copied there (`BundleScript`)
    /// comes before any other.
    package static let script = """
        set -eu
        program=$1 wire=$2 number=${3%/*} slots=${3#*/} port=$4 addresses=$5
        shift 5
        \(RemoteProgram.finding)
        caller=${SSH_CONNECTION:-}
        caller=${caller%% *}
        if [ -n "$port" ] && [ -n "$caller" ]; then
            case $caller in
            *:*) caller="[$caller]" ;;
            esac
            addresses="tcp://$caller:$port${addresses:+,$addresses}"
        fi
        \(RemoteProgram.parting)
        export \(WorkerProgram.environment.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " "))
        exec "$found" --launched --connect "$addresses" "$@"
        """

    /// - Parameters:
    ///   - program: where the worker's program probably is; the PATH is looked through where it is not.
    ///   - wireVersion: that the coordinator speaks.
    ///   - number: which of the host's workers it is, from 1.
    ///   - callerPort: of the coordinator, where it listens at every address of this machine: then the address that the host sees this
    ///     machine under, which ssh tells it, is dialled first. Nil where it does not.
    ///   - addresses: of the coordinator, the likeliest first.
    ///   - workerWords: further words of the worker's.
    package static func arguments(
        program: String, wireVersion: Int, host: WorkerHost, number: Int = 1, callerPort: Int?, addresses: [String],
        workerWords: [String]
    ) -> [String] {
        var words = [
            program, String(wireVersion), "\(number)/\(host.slots)", callerPort.map { "\($0)" } ?? "",
            addresses.joined(separator: ","),
        ]
        words += workerWords + host.workerWords
        return words
    }
}
