import Host
import Keys
import Messaging

/// A live coordinator that a command asks something: an endpoint, and `--keys`, `--keys_fd` or `--insecure` as a worker has them.
struct AskedCoordinator {
    static let flags = FlagGroup(
        "who may ask a coordinator", KeySource.flags(of: "a worker", insecure: "an address of another machine"))

    let endpoint: Endpoint
    let keys: WorkerKeys?

    /// - Parameter source: what the flags give; a descriptor can be read once only.
    /// - Throws: `UserError`, as a worker with the same flags.
    init(_ text: String, _ source: KeySource?, isInsecure: Bool) throws {
        endpoint = try Endpoint(toDial: text)
        keys = try source.map { try WorkerKeys($0) }
        guard endpoint.isLocal || keys != nil || isInsecure else {
            throw UserError(
                .noPermission,
                "\(endpoint) is another machine and without --keys anyone on the way can read what it says: give --keys DIR, a "
                    + "worker's folder that snas keygen made, or accept it with --insecure")
        }
    }
}
