import Host
import Keys
import Messaging

/// A live coordinator that a command asks something: an endpoint, and `--keys` or `--insecure` as a worker has them.
struct AskedCoordinator {
    let endpoint: Endpoint
    let keys: WorkerKeys?

    /// - Throws: `UserError`, as a worker with the same flags.
    init(_ text: String, _ flags: CommandLineFlags) throws {
        endpoint = try Endpoint(asked: text)
        let isInsecure = try flags.isInsecure
        keys = try flags.values["keys"].map(WorkerKeys.init)
        guard endpoint.isLocal || keys != nil || isInsecure else {
            throw UserError(
                .noPermission,
                "\(endpoint) is another machine and without --keys anyone on the way can read what it says: give --keys DIR, a "
                    + "worker's folder that snas keygen made, or accept it with --insecure")
        }
    }
}
