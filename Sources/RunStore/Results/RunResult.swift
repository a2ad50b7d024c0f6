import Formats
import Host
package import SearchSpace

/// What a run that is over came to, read from its folder.
package struct RunResult: Sendable {
    /// Of a search the cell that was found, of a retraining the one that was trained.
    package let genotype: Genotype
    /// SHA-256 in hexadecimal digits, as the run printed it.
    package let fingerprint: String

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
    }
}
