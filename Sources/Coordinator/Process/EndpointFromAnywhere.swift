import Host
package import Messaging

extension Endpoint {
    /// As a process in any folder of this machine dials it: a socket's path from the root. What is no relative path, or would be too
    /// long for a socket from the root, stays as it is.
    package var fromAnywhere: Endpoint {
        guard let path, !path.hasPrefix("/"), !path.hasPrefix("@"), let whole = try? FileSystem.absolutePath(path),
            let endpoint = try? Endpoint(parsing: "ipc://\(whole)")
        else { return self }
        return endpoint
    }
}
