import Formats
import Host
import Reporting
import SearchProtocol

#if canImport(Glibc)
    import Glibc
#endif

/// The lease on a run's folder: one coordinator at a time, and no word from one that was replaced.
///
/// The lease says whether a run may be taken over; the exclusively created file of a generation decides who has it. A
/// generation that sees a higher one has lost the run, whatever its lease says.
package final class RunLease: Sendable {
    private let file: LeaseFile
    private let folder: String

    static let name = "lease.json"

    /// The run whose lease is among the files that a process has open; nil where there is none.
    package static func run(heldThrough openFiles: [String]) -> String? {
        openFiles.first { $0.hasSuffix("/\(name)") }.map { String($0.dropLast(name.count + 1)) }
    }

    /// - Throws: `UserError` (cannotCreate) while another coordinator holds the run.
    init(claiming folder: String) throws {
        self.folder = folder
        file = try LeaseFile("\(folder)/\(Self.name)")
        let isLocked = file.lock()
        let said = try? JSONValue.parse(file.read(), source: Self.name)
        // Who wrote nothing left in peace; on this kernel a lock that is free means a process that has ended.
        if let said {
            let isOurKernel = said["boot"]?.text == HostInfo.bootIdentity()
            let hasEnded = isLocked && isOurKernel
            let sighting = LeaseSighting(
                holder: "host \(said["host"]?.text ?? "?"), process \(said["pid"]?.integer ?? 0), generation "
                    + "\(said["generation"]?.integer ?? 0)",
                age: try hasEnded ? file.age() : Self.age(of: file), holderHasEnded: hasEnded)
            if let objection = LeaseRules.objection(to: sighting) {
                throw UserError(.cannotCreate, "run '\(folder)' is taken: \(objection)")
            }
        } else if !isLocked, try file.age() < LeaseRules.term {
            throw UserError(.cannotCreate, "run '\(folder)' is being taken by another coordinator at this moment")
        }
        file.touch()
    }

    private static let watchPauseMilliseconds: UInt32 = 100

    /// How long ago the lease was renewed. One that is dated in the future, because a clock was set or two hosts' differ, is watched
    /// for as long as a lease lasts: a holder that lives renews it meanwhile.
    private static func age(of file: LeaseFile) throws -> Duration {
        let age = try file.age()
        guard age < .zero else { return age }
        let line = LogLine(
            .leaseWatched,
            "the lease \(file.path) is dated \(-age.components.seconds) s in the future, some clock was set or differs: "
                + "watching for \(LeaseRules.term.components.seconds) s whether it is renewed", level: .warning,
            ["ahead_s": .integer(Int(-age.components.seconds))])
        LogStream.snas.sayByName(line)
        let seen = try file.touchedAt()
        let end = Clock.monotonic() + LeaseRules.term
        while Clock.monotonic() < end {
            usleep(1000 * watchPauseMilliseconds)
            if try file.touchedAt() != seen { return .zero }
        }
        return LeaseRules.term
    }

    /// Says who holds the run from now on.
    func hold(generation: UInt64) throws {
        let value = JSONValue.object([
            "host": .string(HostInfo.hostName()), "pid": .integer(Int(HostInfo.processIdentifier())),
            "generation": .integer(Int(generation)), "boot": .string(HostInfo.bootIdentity()),
        ])
        try file.write(Array((value.serialized() + "\n").utf8))
        file.touch()
    }

    /// Renews the lease, unless a newer generation stands.
    ///
    /// - Returns: that generation; nil where `generation` is the newest.
    /// - Throws: `SystemError` where the run's folder cannot be read.
    package func renew(generation: UInt64) throws -> UInt64? {
        guard try RunDirectory.isTaken(generation + 1, in: folder) else {
            file.touch()
            return nil
        }
        return max(generation + 1, (try? RunDirectory.newestGeneration(of: folder)) ?? 0)
    }

    /// The run is left in peace: nobody need wait for the lease to grow old.
    package func release() { try? file.write([]) }
}
