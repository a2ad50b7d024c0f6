import Host
package import SearchSpace

/// The three lines that a search ends with: all that goes to standard output.
package enum ResultLines {
    package static func print(_ genotype: Genotype, fingerprint: String) {
        StandardStreams.print("genotype = \(genotype.text)")
        StandardStreams.print("Best-Genotype=\(genotype.compactText)")
        StandardStreams.print("fingerprint = \(fingerprint)")
    }
}
