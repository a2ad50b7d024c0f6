import Formats
import Host

/// What `version` prints: which program this is, and what it is made of.
package struct VersionPage {
    private let program: String
    private let numbers: [(name: String, number: Int)]
    private let libraries: [(name: String, version: String)]
    private let kernels: String?
    private let devices: String?

    private static let programLimitBytes = 1 << 30
    /// Of the program file's digest: enough to tell builds apart.
    private static let digestDigits = 16

    /// - Parameters:
    ///   - numbers: of what the program shares with others, as wire and files.
    ///   - libraries: as they say themselves.
    ///   - kernels: the instruction set that cells are computed with; nil where this program computes none.
    ///   - devices: beside the processor, or why there are none.
    package init(
        program: String, numbers: [(name: String, number: Int)], libraries: [(name: String, version: String)],
        kernels: String?, devices: String? = nil
    ) {
        self.program = program
        self.numbers = numbers
        self.libraries = libraries
        self.kernels = kernels
        self.devices = devices
    }

    /// Without their ends; the first has the version behind the program's name.
    package var lines: [String] {
        let shared = numbers.map { "\($0.name) \($0.number)" }.joined(separator: ", ")
        let loaded = libraries.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
        let sets = HostInfo.instructionSets()
        let processor = sets.isEmpty ? "none that kernels use" : sets.joined(separator: ", ")
        return [
            "\(program) \(ProgramVersion.number) (\(shared))", "build: \(ProgramVersion.build), program file \(digest)",
            "libraries: \(loaded)",
            "instruction set: this processor has \(processor)" + (kernels.map { "; kernels \($0)" } ?? "")
                + (devices.map { "; \($0)" } ?? ""),
            "licence: \(ProgramVersion.licence)",
        ]
    }

    private var digest: String {
        guard let path = HostInfo.executablePath(),
            let bytes = try? FileSystem.readFile(path, limitBytes: Self.programLimitBytes)
        else { return "unknown" }
        return String(Hexadecimal.string(SHA256.digest(bytes)).prefix(Self.digestDigits))
    }
}
