package import Host

/// Coordinators as whoever dials is given them: `--connect A[,B...]` or, where it is left out, the environment's
/// `SNAS_COORDINATOR`, which batch systems pass on more easily than a flag.
package struct NamedCoordinators: Sendable {
    /// The variable that stands for `--connect`; an empty one is none.
    package static let variable = "SNAS_COORDINATOR"

    /// Endpoints that nobody has looked at yet; at least one.
    package let texts: [String]
    private let isFromEnvironment: Bool

    /// - Returns: nil where neither names one.
    /// - Throws: `UserError` (usage) for a list in which nothing stands.
    package static func given(
        by flags: CommandLineFlags, environment: (String) -> String? = HostInfo.environment
    ) throws -> NamedCoordinators? {
        let flag = flags.values["connect"]
        guard let text = flag ?? environment(variable), flag != nil || !text.isEmpty else { return nil }
        let texts = text.split(separator: ",").map { Spelling.trimmed(String($0)) }
        let named = NamedCoordinators(texts: texts, isFromEnvironment: flag == nil)
        guard !texts.isEmpty else {
            throw UserError(.usage, "\(named.source) names no coordinator; it takes ENDPOINT[,ENDPOINT...]")
        }
        return named
    }

    /// How sentences call what they came from.
    private var source: String { isFromEnvironment ? "the environment's \(Self.variable)" : "--connect" }

    /// Tells of an error where the text came from, if the command line does not show it.
    package func explaining<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as any UserFacingError where isFromEnvironment {
            throw UserError(error.exitCode, "\(source): \(error.sentence)")
        }
    }
}
