import Formats
import Host
package import SearchSpace

/// What a run that is over came to, read from its folder.
package struct RunResult: Sendable {
    /// Of a search the cell that was found, of a retraining the one that was trained.
    package let genotype: Genotype
    /// SHA-256 in hexadecimal digits, as the run printed it.
    package let fingerprint: String
    /// Steps that the run made; nil of a random cell, and where an earlier version did not say so.
    package let steps: Int?

    /// What a run came to that is over: of that nothing but its folder is needed, neither data set nor checkpoints nor the right to
    /// write. A random cell's folder is such a one from its beginning.
    ///
    /// - Returns: nil for a run that is not over, for one whose results are damaged, which its checkpoints may hold, and for one that
    ///   an earlier version began with fewer settings.
    /// - Throws: `UserError` where there is no run, or one of a newer program's format.
    package static func ofRunThatIsOver(at path: String) throws -> RunResult? {
        let run = try RunDirectory.toRead(path)
        if RunRecord.isThere(in: run) {
            guard run.isFinished, (try? RunRecord.configurationToContinue(run)) != nil else { return nil }
        }
        return try? RunResult(of: run)
    }

    /// - Throws: `UserError` (data) where the folder does not say it.
    package init(of run: RunDirectory) throws {
        let source = "\(run.path)/genotype.json"
        let value: JSONValue
        do { value = try JSONValue.parse(try run.read("genotype.json") ?? [], source: source) } catch let error
            as FormatError
        {
            throw UserError(.data, error.description)
        }
        guard let text = value["genotype"]?.text, let genotype = try? Genotype(parsing: text),
            let fingerprint = value["provenance"]?["fingerprint"]?.text
        else { throw UserError(.data, "\(source) does not hold a genotype and a fingerprint") }
        self.genotype = genotype
        self.fingerprint = fingerprint
        steps = value["provenance"]?["steps"]?.integer
    }
}
