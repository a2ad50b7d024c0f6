/// Which program this is. Both programs of a build have the same.
package enum ProgramVersion {
    /// Of the programs, their flags and their files together (semantic versioning).
    package static let number = "0.1.0"
    /// By its SPDX name.
    package static let licence = "Apache-2.0"

    /// How it was compiled, and for which processor.
    package static var build: String { "\(configuration), \(architecture)-linux" }

    private static var configuration: String {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }

    private static var architecture: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "aarch64"
        #else
            "another processor"
        #endif
    }
}
