import Formats
import Host
import Randomness
package import SearchProtocol

/// The kinds of machine that a run's bits depend on: the coordinator's own, and the one that the first worker fixed.
package enum MachineKindRecord {
    private static let workers = "kind.json"
    private static let coordinator = "coordinator_kind.json"

    /// Keeps the kind that the run's first worker fixed, in `kind.json`.
    ///
    /// - Throws: `SystemError`.
    package static func write(_ kind: MachineKind, _ directory: RunDirectory) throws {
        let value = JSONValue.object([
            "probe": .string(kind.probe.hexadecimal), "math_table": .string(kind.mathTable.hexadecimal),
        ])
        try directory.write(workers, value.serialized(pretty: true) + "\n")
    }

    /// The kind that the run's first worker fixed.
    ///
    /// - Returns: nil where no worker has joined the run yet.
    /// - Throws: `UserError` (data) or `FormatError` where the file holds no two digests; `SystemError`.
    package static func read(_ directory: RunDirectory) throws -> MachineKind? {
        guard let bytes = try directory.read(workers) else { return nil }
        let value = try JSONValue.parse(bytes, source: workers)
        guard let probe = value["probe"]?.text.flatMap(Digest128.init(hexadecimal:)),
            let table = value["math_table"]?.text.flatMap(Digest128.init(hexadecimal:))
        else { throw UserError(.data, "\(directory.path)/\(workers) does not hold two digests") }
        return MachineKind(probe: probe, mathTable: table)
    }

    /// The machine on which the run's coordinator began.
    package struct Coordinator: Sendable, Equatable {
        /// Its name, as the system tells it.
        package let processor: String
        /// Digest of its log, exp and cos, in hexadecimal digits.
        package let mathTable: String
    }

    /// What the folder says of the coordinator's machine.
    ///
    /// - Returns: nil where no coordinator has said it yet.
    /// - Throws: `UserError` (data) where the file says neither; `SystemError`.
    package static func readCoordinator(_ directory: RunDirectory) throws -> Coordinator? {
        guard let bytes = try directory.read(coordinator) else { return nil }
        let source = "\(directory.path)/\(coordinator)"
        guard let value = try? JSONValue.parse(bytes, source: source), let table = value["math_table"]?.text else {
            throw UserError(.data, "\(source) does not say which mathematics the coordinator had")
        }
        return Coordinator(processor: value["processor"]?.text ?? "unknown", mathTable: table)
    }

    /// The coordinator's steps and draws depend on its own mathematics library: its table is stored at the start, and a
    /// resume on another kind of machine is refused.
    ///
    /// - Throws: `UserError` (protocolMismatch) where the tables differ and mixed kinds are not allowed.
    package static func claimCoordinator(_ directory: RunDirectory, allowMixedKinds: Bool) throws {
        let own = XXH3.hash128(MathTable.bytes()).hexadecimal
        guard let bytes = try directory.read(coordinator) else {
            let value = JSONValue.object(["math_table": .string(own), "processor": .string(HostInfo.processor())])
            return try directory.write(coordinator, value.serialized(pretty: true) + "\n")
        }
        let value = try JSONValue.parse(bytes, source: coordinator)
        let before = value["math_table"]?.text ?? "nothing"
        guard before == own || allowMixedKinds else {
            throw UserError(
                .protocolMismatch,
                "this machine's log, exp and cos give table \(own), the run began on "
                    + "\(value["processor"]?.text ?? "an unknown processor") with \(before): other bits would come out; "
                    + "resume it on a machine of the first kind, or with --allow_mixed_kinds and without the promise")
        }
    }
}
