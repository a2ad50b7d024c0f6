import Host

/// Which files a run's folder holds and what they mean, as a number in its file `format`. It is raised where a program that
/// knows the number before would misread the folder.
///
/// 1. Folders without the file: a configuration that lacks newer settings can be read (`RunRecord`), and can be continued only
///    where it lacks none.
/// 2. The file itself; logs and metrics whose older lines may have moved to a second file (`RotatedFile`, `RunMetrics`).
/// 3. `data.json` instead of `data.txt` (`DataRecord`).
/// 4. A checkpoint's multiplier of a size target is a dual ascent's, and the cell is the most probable one of its size.
package enum RunFormat {
    /// What this program writes, and the highest that it reads.
    package static let current = 4
    /// The first in whose runs a size target is what it is now: earlier ones that have one can be read, and not continued.
    static let firstWithDualAscent = 4

    private static let name = "format"

    static func write(to folder: String) throws {
        try FileSystem.writeAtomically("\(folder)/\(name)", Array("\(current)\n".utf8))
    }

    /// - Throws: `UserError`: protocolMismatch for a newer program's folder, data for a file that holds no number.
    package static func read(of folder: String) throws -> Int {
        let file = "\(folder)/\(name)"
        guard FileSystem.exists(file) else { return 1 }
        let text = String(decoding: try FileSystem.readFile(file, limitBytes: 4096), as: UTF8.self)
        guard let number = Int(text.filter { !$0.isWhitespace }), number >= 1 else {
            throw UserError(.data, "\(file) does not hold a format's number: '\(text.prefix(40))'")
        }
        guard number <= current else {
            throw UserError(
                .protocolMismatch,
                "run '\(folder)' has format \(number), which a newer snas wrote; this one reads formats up to \(current)"
            )
        }
        return number
    }
}
