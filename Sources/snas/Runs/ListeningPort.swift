import Coordinator
import Formats
import Host
import Keys
import Messaging
import Reporting

/// Where workers on any machine reach a coordinator, and who of them may: `--bind`, `--advertise`, `--rendezvous`, `--keys`, `--insecure`.
struct ListeningPort {
    static let flags = FlagGroup(
        "where workers reach it",
        [
            .value(
                "bind", "ENDPOINT", "address to listen at, as tcp://10.0.0.1:5577 or ipc://path",
                standard: standardEndpoint)
        ] + tellingFlags + KeySource.flags(of: "a coordinator", insecure: "an address that others reach"))

    let router: RouterSocket
    let keys: CoordinatorKeys?
    /// Where others are told to dial, the likeliest first; none where this machine has no address.
    let told: [Endpoint]
    private let rendezvousPath: String?

    /// About twenty of its own, files that are written, and callers that it does not know yet.
    private static let leastDescriptors = 64

    static let standardEndpoint = "tcp://127.0.0.1:5577"

    /// Listens, after everything about it was found in order.
    ///
    /// - Throws: `UserError`: noPermission for an address that others reach, without keys and without `--insecure`.
    init(_ flags: CommandLineFlags) throws {
        let endpoint = try Endpoint(parsing: flags.values["bind"] ?? Self.standardEndpoint)
        keys = try KeySource.given(by: flags).map { try CoordinatorKeys($0) }
        guard endpoint.isLocal || keys != nil || flags.toggles.contains("insecure") else {
            throw UserError(
                .noPermission,
                "\(endpoint) can be reached from other machines and without --keys anyone there could join the search: give "
                    + "--keys DIR, a folder that snas keygen made, or accept it with --insecure")
        }
        let advertised = try Self.advertised(flags, at: endpoint)
        rendezvousPath = flags.values["rendezvous"]
        let bound = try Self.bind(endpoint, keys: keys)
        router = bound.router
        told = ToldAddresses.resolved(
            advertised: advertised, dialable: router.dialable, port: try Endpoint(parsing: bound.endpoint).port)
        let who = keys.map { ", with keys: \($0.names.count) of workers in \($0.listPlace)" } ?? ""
        let hint = Self.hint(told, hasKeys: keys != nil)
        LogStream.snas.say(
            LogLine(
                .listening, "listening at \(bound.endpoint)\(who); workers: \(hint)",
                ["endpoint": .string(bound.endpoint)]))
        if let keys, keys.names.isEmpty {
            LogStream.snas.say(
                LogLine(
                    .listening,
                    "there is no worker's key in \(keys.listPlace): nobody can join until snas keygen --worker NAME puts one there",
                    level: .warning))
        }
        guard router.isReachedFromHereAlone, !endpoint.isLocal else { return }
        LogStream.snas.say(
            LogLine(
                .listening,
                "here \(endpoint) is an address that only this machine reaches: give --bind another name or address "
                    + "for workers on other machines", level: .warning))
    }

    /// - Parameter dialable: the likeliest first; none where this machine has no address.
    static func hint(_ dialable: [Endpoint], hasKeys: Bool) -> String {
        guard let first = dialable.first else { return "none can dial it: this machine has no address" }
        let word = hasKeys ? " --keys DIR" : first.isLocal ? "" : " --insecure"
        let others = dialable.dropFirst().map(\.description).joined(separator: ", ")
        return "snas-worker --connect \(first)\(word)" + (others.isEmpty ? "" : " (or \(others))")
    }

    /// Coordinates a run whose workers are started by hand, until it is over or a signal asks to stop.
    func run(_ session: any RunSession, signals: SignalPipe, pages: RunPages?) throws -> ExitCode {
        try session.discardingUnused {
            let rendezvous = try rendezvousPath.map { try Rendezvous(path: $0, of: session.directory, at: told) }
            let coordinator = try CoordinatorProcess(
                session: session, router: router, signals: signals, workers: nil, keys: keys, pages: pages,
                rendezvous: rendezvous)
            if let rendezvous { try tell(by: rendezvous) }
            return coordinator
        }.run()
    }

    /// Workers started here are reached over a socket that only their user can open.
    static func refuseFlagsWithoutBind(_ flags: CommandLineFlags) throws {
        let names = KeySource.flagNames + ["advertise", "rendezvous"]
        guard let name = names.first(where: { flags.values[$0] != nil }), flags.values["bind"] == nil else { return }
        throw UserError(.usage, "--\(name) goes with --bind: workers that are started here need none")
    }

    static func bind(_ endpoint: Endpoint, keys: CoordinatorKeys?) throws -> (router: RouterSocket, endpoint: String) {
        let descriptors = HostInfo.raiseDescriptorLimit()
        guard descriptors >= leastDescriptors else {
            throw UserError(
                .operatingSystem,
                "this process may have \(descriptors) files open at once (ulimit -Hn): a coordinator needs \(leastDescriptors), "
                    + "and two more for each worker")
        }
        let context = try MessagingContext()
        // The authenticator answers before anybody can connect.
        let curve = try keys.map { keys in
            CurveServer(keys.pair, try Authenticator(context) { keys.verdict($0) })
        }
        let router = try RouterSocket(
            context, keys: curve, connectionLimits: ConnectionLimits(descriptors: descriptors))
        do {
            return (router, try router.bind(endpoint))
        } catch let error as MessagingError {
            throw UserError(error.exitCode, "\(error)\(error.isAddressInUse ? PortInUse.words(endpoint) : "")")
        }
    }
}
