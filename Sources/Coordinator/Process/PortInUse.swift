import Host
package import Messaging
import RunStore

/// Says by whom an endpoint is in use on this machine.
package enum PortInUse {
    /// The end of a sentence that says it is in use.
    package static func words(_ endpoint: Endpoint) -> String {
        let holder =
            endpoint.port.flatMap { PortHolder.find(tcpPort: $0) }
            ?? endpoint.path.flatMap { PortHolder.find(socketPath: $0) }
        return words(holder)
    }

    /// The same of a port where other things than a coordinator may be.
    package static func words(tcpPort port: Int) -> String {
        PortHolder.find(tcpPort: port).map { words($0) } ?? ""
    }

    /// - Parameter holder: nil where this user may not see who it is.
    static func words(_ holder: PortHolder?) -> String {
        guard let holder else { return "; is another coordinator running there?" }
        let process = "by process \(holder.processIdentifier)"
        guard holder.program == "snas" else { return " \(process), \(holder.program)" }
        guard let run = RunLease.run(heldThrough: holder.openFiles) else {
            return " \(process), snas \(holder.words.dropFirst().joined(separator: " "))"
        }
        return " \(process), the coordinator of run '\(run)'"
    }
}
