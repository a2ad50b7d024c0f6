package import Configuration
import Host
import RunStore
package import SearchSpace

/// A cell that is to be ranked: what a run found, or what somebody names.
package struct FoundCell: Sendable {
    /// As it was given.
    package let name: String
    /// Of any space: a cell that is not of the table's is ranked all the same.
    package let genotype: Genotype
    /// Which of several genotypes in a file it is; nil where there is one.
    package let note: String?
    /// Of the search that found it; nil for a cell that comes without one.
    package let search: SearchConfiguration?

    /// - Parameter argument: a run's folder, a genotype's file, a text `Genotype(...)` or a known name.
    /// - Throws: `UserError` for what is none of these.
    package init(argument: String) throws {
        let given = try GivenGenotype(argument)
        (genotype, note) = (given.genotype, given.note)
        name = argument.count > 60 && argument.contains("(") ? "a given genotype" : argument
        guard RunDirectory.isThere(argument) else {
            search = nil
            return
        }
        let configuration = try? RunRecord.configuration(of: try RunDirectory.toRead(argument))
        search = configuration?.retrain.genotype == nil ? configuration : nil
    }

    init(name: String, genotype: Genotype) {
        self.name = name
        self.genotype = genotype
        note = nil
        search = nil
    }
}
