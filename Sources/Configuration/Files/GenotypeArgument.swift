import Formats
import Host
package import SearchSpace

extension Genotype {
    /// What a person gives for a genotype: a known name, a text `Genotype(...)` or `|operation~0|+...`, a file that holds one (`genotype.txt`,
    /// `genotype.json`, a line `name = Genotype(...)`), or the directory of a run.
    ///
    /// - Throws: `UserError`: usage for a name or text that is none, noInput for a file that is missing, data for a bad one.
    package init(argument: String) throws {
        if let known = KnownGenotypes.named(argument) {
            self = known
        } else if !FileSystem.exists(argument),
            let known = Spelling.name(argument, among: KnownGenotypes.names).flatMap(KnownGenotypes.named)
        {
            self = known
        } else if (argument.contains("(") || Self.isStaged(argument)) && !FileSystem.exists(argument) {
            self = try Self.parsed(argument, source: "--genotype", exitCode: .usage)
        } else {
            self = try Self.read(argument)
        }
    }

    /// Far more than the longest genotype.
    private static let fileLimitBytes = 1 << 20

    private static func read(_ path: String) throws -> Genotype {
        let file = FileSystem.isDirectory(path) ? "\(path)/genotype.txt" : path
        guard FileSystem.exists(file) else {
            if FileSystem.exists("\(path)/identity") {
                throw UserError(
                    .noInput,
                    "run '\(path)' has no cell yet, for it is not over: snas status \(ShellWord.quoted(path)) says how far it is"
                )
            }
            if let reason = try noCell(at: path) { throw UserError(.noInput, reason) }
            guard !path.contains("/") && !path.contains(".") else {
                throw UserError(.noInput, "there is no genotype file \(file)")
            }
            let names = KnownGenotypes.names
            throw UserError(
                .usage,
                "genotype '\(path)' is no known name, no file and no text Genotype(...)"
                    + "\(NearestName.hint(for: path, among: names)); known are \(names.joined(separator: ", "))")
        }
        let text = String(decoding: try FileSystem.readFile(file, limitBytes: fileLimitBytes), as: UTF8.self)
        return try parsed(text, source: file, exitCode: .data)
    }

    /// Why no cell is in what lies at the path; nil where nothing does.
    private static func noCell(at path: String) throws -> String? {
        if FileSystem.isDirectory(path) {
            let names = try FileSystem.list(path)
            let held =
                names.isEmpty ? "nothing" : names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", ..." : "")
            let inner = names.first { FileSystem.exists("\(path)/\($0)/genotype.txt") }
            let hint = inner.map { "; name one of the runs in it, as \(path)/\($0)" } ?? ""
            return "no genotype.txt in '\(path)', which is no run's folder: it holds \(held)\(hint)"
        }
        return FileSystem.linkTarget(path).map { "no cell in '\(path)': it is a link to '\($0)', which is not there" }
    }

    /// Of a JSON document the string under `genotype` is read; else whatever stands from the word `Genotype` on.
    private static func parsed(_ text: String, source: String, exitCode: ExitCode) throws -> Genotype {
        var body = text
        if text.drop(while: \.isWhitespace).first == "{" {
            do {
                let document = try JSONValue.parse(Array(text.utf8), source: source)
                guard let inner = document["genotype"]?.text else {
                    throw UserError(exitCode, "\(source) is JSON without a text under \"genotype\"")
                }
                body = inner
            } catch let error as FormatError {
                throw UserError(exitCode, "\(error)")
            }
        } else if let start = text.firstRange(of: "Genotype(") {
            let front = text[..<start.lowerBound]
            if front.allSatisfy({ $0.isWhitespace || $0.isLetter || $0.isNumber || "_-=".contains($0) }) {
                body = String(text[start.lowerBound...])
            }
        }
        do {
            return try Genotype(parsing: body)
        } catch {
            throw UserError(exitCode, "\(source): \(error)")
        }
    }
}
