import Host
package import SearchSpace

/// The three lines that a search or a retraining ends with: all that goes to standard output.
package enum ResultLines {
    static func lines(_ genotype: Genotype, fingerprint: String) -> [String] {
        ["genotype = \(genotype.text)", "Best-Genotype=\(genotype.compactText)", "fingerprint = \(fingerprint)"]
    }

    /// To standard output; also of a random cell and of the best of several seeds, which no session has finished.
    ///
    /// - Throws: `UserError` (inputOutput).
    package static func print(_ genotype: Genotype, fingerprint: String) throws {
        for line in lines(genotype, fingerprint: fingerprint) { try StandardStreams.print(line) }
    }

    /// Those of a run that is over.
    ///
    /// - Throws: `UserError` (inputOutput), with how they are printed once more.
    package static func printAgain(_ genotype: Genotype, fingerprint: String, from path: String) throws {
        do { try print(genotype, fingerprint: fingerprint) } catch let error as UserError {
            throw UserError(error.exitCode, "\(error.sentence); \(remedy(path))")
        }
    }

    /// For output that could not be written.
    static func remedy(_ path: String) -> String {
        "the results are in \(path), and snas resume \(ShellWord.quoted(path)) prints them again"
    }
}
