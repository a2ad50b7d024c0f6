import CSodium
import CXXHash
import CYAML
import CZlib

/// What the C libraries of this target say of themselves.
package enum LibraryVersions {
    /// As they are loaded now, which may be newer than what was compiled against.
    package static var all: [(name: String, version: String)] {
        let hash = Int(XXH_versionNumber())
        return [
            ("zlib", text(zlibVersion())), ("libyaml", text(yaml_get_version_string())),
            ("libsodium", text(sodium_version_string())),
            ("xxHash", "\(hash / 10_000).\(hash / 100 % 100).\(hash % 100)"),
        ]
    }

    private static func text(_ words: UnsafePointer<CChar>?) -> String {
        words.map { String(cString: $0) } ?? "unknown"
    }
}
