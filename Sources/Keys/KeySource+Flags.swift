package import Host

extension KeySource {
    /// The flags that `given(by:)` reads, for a command's description.
    ///
    /// - Parameters:
    ///   - holder: whose keys they are.
    ///   - insecure: where `--insecure` does without them.
    package static func flags(of holder: String, insecure: String) -> [Flag] {
        [
            .value("keys", "DIR", "\(holder)'s folder that snas keygen made", .folders),
            .value(
                "keys_fd", "N", "the number of an open descriptor over which such keys come, one file behind the other"),
            .toggle("insecure", "without keys on \(insecure)"),
        ]
    }
}
