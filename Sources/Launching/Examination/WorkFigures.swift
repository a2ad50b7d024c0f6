package import Formats

/// What a worker's program found out of a search's work on its machine: a line of JSON from there to here.
package struct WorkFigures: Sendable, Equatable {
    /// Of the worker.
    package var threads: Int
    /// That a step passes forward and backward, over all its rounds.
    package var imagesPerStep: Int
    /// Of a whole step on this machine alone, the median.
    package var stepSeconds: Double
    /// Steps that were timed.
    package var steps: Int
    /// Times that a step sends a worker weights.
    package var weightSets: Int
    /// Times that a step wants a vector of the weights' length back.
    package var contributions: Int
    /// Resident memory at its peak.
    package var peakBytes: Int
    /// Machines of one kind have one word: bits of a first pass, and of the tables of logarithms.
    package var kind: String
    /// Of the local copy of the data set; nil where none was named.
    package var dataDigest: String?
    package var processor: String
    package var kernels: String

    package init(
        threads: Int, imagesPerStep: Int, stepSeconds: Double, steps: Int, weightSets: Int, contributions: Int,
        peakBytes: Int, kind: String, dataDigest: String?, processor: String, kernels: String
    ) {
        self.threads = threads
        self.imagesPerStep = imagesPerStep
        self.stepSeconds = stepSeconds
        self.steps = steps
        self.weightSets = weightSets
        self.contributions = contributions
        self.peakBytes = peakBytes
        self.kind = kind
        self.dataDigest = dataDigest
        self.processor = processor
        self.kernels = kernels
    }

    /// Of one worker that computes whole steps.
    package var imagesPerSecond: Double { Double(imagesPerStep) / stepSeconds }

    /// As one line.
    package var json: JSONValue {
        .object([
            "threads": .integer(threads), "images_per_step": .integer(imagesPerStep),
            "step_seconds": .number(stepSeconds),
            "steps": .integer(steps), "weight_sets": .integer(weightSets), "contributions": .integer(contributions),
            "peak_bytes": .integer(peakBytes), "kind": .string(kind),
            "data_sha256": dataDigest.map(JSONValue.string) ?? .null, "processor": .string(processor),
            "kernels": .string(kernels),
        ])
    }

    /// Nil for what is no line of `json`, or holds what no machine can have.
    package init?(_ json: JSONValue) {
        func whole(_ key: String) -> Int? { json[key]?.integer.flatMap { (0...(1 << 50)).contains($0) ? $0 : nil } }
        guard let threads = whole("threads"), let images = whole("images_per_step"),
            let seconds = json["step_seconds"]?.number, let steps = whole("steps"), let sets = whole("weight_sets"),
            let contributions = whole("contributions"), let peak = whole("peak_bytes"), let kind = json["kind"]?.text,
            let processor = json["processor"]?.text, let kernels = json["kernels"]?.text,
            threads > 0, images > 0, seconds > 0, seconds.isFinite
        else { return nil }
        self.init(
            threads: threads, imagesPerStep: images, stepSeconds: seconds, steps: steps, weightSets: sets,
            contributions: contributions, peakBytes: peak, kind: kind, dataDigest: json["data_sha256"]?.text,
            processor: processor, kernels: kernels)
    }
}
