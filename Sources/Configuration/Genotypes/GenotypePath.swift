import Host
import SearchSpace

/// The file that a path for a genotype means.
enum GenotypePath {
    /// The path itself, or of a run's folder its `genotype.txt`.
    ///
    /// - Throws: `UserError`: noInput for what is missing, usage for what is no path, in words that say what is there.
    static func file(at path: String) throws -> String {
        let file = FileSystem.isDirectory(path) ? "\(path)/genotype.txt" : path
        guard !FileSystem.exists(file) else { return file }
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
        throw UserError(
            .usage,
            "genotype '\(path)' is no known name, no file and no text Genotype(...)"
                + "\(KnownGenotypes.hint(for: path)); known are \(KnownGenotypes.names.joined(separator: ", "))")
    }

    /// Why no cell is in what lies at the path; nil where nothing does.
    private static func noCell(at path: String) throws -> String? {
        guard FileSystem.isDirectory(path) else {
            return FileSystem.linkTarget(path).map {
                "no cell in '\(path)': it is a link to '\($0)', which is not there"
            }
        }
        let names = try FileSystem.list(path)
        let held =
            names.isEmpty ? "nothing" : names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", ..." : "")
        let inner = names.first { FileSystem.exists("\(path)/\($0)/genotype.txt") }
        let log = ["log.txt", "genotypes.py"].first(where: names.contains)
        let hint =
            inner.map { "; name one of the runs in it, as \(path)/\($0)" }
            ?? log.map { "; name the file that holds a genotype, as \(path)/\($0)" } ?? ""
        return "no genotype.txt in '\(path)', which is no run's folder: it holds \(held)\(hint)"
    }
}
