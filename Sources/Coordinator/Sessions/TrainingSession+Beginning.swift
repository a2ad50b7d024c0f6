package import Configuration
package import Datasets
import Formats
import Reporting
import RunStore
import SearchSpace
import Training

/// What is settled and said where a run begins: its configuration on these images, its record, its notes.
extension TrainingSession {
    static func record(
        _ fitted: ResolvedConfiguration, _ data: ImageSet, _ dataLocation: String, in directory: RunDirectory
    ) throws {
        if let network = fitted.configuration.derivedPlan(image: shape(of: data), classes: data.classes) {
            try NetworkRecord.write(network, ImageForm(of: data), to: directory)
        }
        // Last: where it stands, the run has begun.
        try RunRecord.write(fitted, data: data, dataLocation: dataLocation, to: directory)
    }

    /// Once, where a run begins: to the user and in the run's log.
    static func say(_ notes: [String], in directory: RunDirectory) throws {
        for note in notes {
            let line = LogLine(.note, "note: \(note)")
            LogStream.snas.say(line)
            try RunLog(directory).say(line, in: LogStream.snas.context)
        }
    }

    /// Says what jumps where this run goes on with another one's state.
    ///
    /// - Parameter configuration: the other run's.
    /// - Throws: `SystemError`.
    package func sayJumps(from configuration: SearchConfiguration) throws {
        let before = try Self.makeRun(configuration, data).plan
        try Self.say(run.plan.jumps(from: before, at: run.state.step), in: directory)
    }

    /// What a run on these images has as its configuration: what fits them of what it was told.
    ///
    /// - Returns: it, with a sentence for each value that was fitted.
    /// - Throws: `UserError` (configuration).
    package static func fitted(
        _ resolved: ResolvedConfiguration, to data: ImageSet
    ) throws -> (resolved: ResolvedConfiguration, notes: [String]) {
        try resolved.fitted(to: shape(of: data))
    }

    /// Whether a run with this configuration can be made of these images.
    ///
    /// - Throws: `UserError` with what does not fit.
    package static func check(_ configuration: SearchConfiguration, fits data: ImageSet) throws {
        _ = try makeRun(configuration, data)
    }

    /// That libtorch's operators compute what the kernels do not have: the same cells, some times slower.
    static func operatorNotes(_ configuration: SearchConfiguration) -> [String] {
        if let genotype = configuration.retrain.genotype {
            return note(genotype.partsWithoutKernels, computes: "the cells that have them")
        }
        return note(configuration.space.searchSpace.partsWithoutKernels, computes: "this search's cells")
    }

    private static func note(_ parts: [String], computes what: String) -> [String] {
        guard !parts.isEmpty else { return [] }
        let names = parts.joined(separator: ", ")
        return ["the kernels do not have \(names): libtorch's operators, which are slower, compute \(what)"]
    }

    static func shape(of data: ImageSet) -> ImageShape {
        ImageShape(channels: data.channels, height: data.height, width: data.width)
    }

    static func makeRun(_ configuration: SearchConfiguration, _ data: ImageSet) throws -> TrainingRun {
        try TrainingRun(configuration, on: data)
    }
}
