import Configuration
import Datasets
import Host

/// What a person types next with a run's folder, quoted for a shell.
package enum NextCommand {
    /// Trains the cell of a search that is over, on the same images: with the place of its data set, and its classes.
    package static func retrain(_ search: RunDirectory) -> String {
        var words = ["snas retrain --genotype \(ShellWord.quoted(search.path))"]
        if let location = try? DataRecord(of: search).location, !RecognisedDataset.isEmbedded(location) {
            words.append("--data \(ShellWord.quoted(location))")
        }
        let labels = (try? RunRecord.configuration(of: search))?.data.labels ?? .asIs
        if labels != .asIs { words.append("--labels \(labels.rawValue)") }
        return words.joined(separator: " ")
    }
}
