package import Formats
package import SearchSpace

/// What a program of many trainings and its worker tell each other, in JSON lines over the worker's standard input and output.
///
/// The program says the constants once, then jobs; the worker says its greeting once, then an outcome for each job, in the
/// order in which they end. The end of its input ends the worker.
package enum TrainingLines {
    /// Far more than a configuration or a genotype needs.
    package static let limitBytes = 1 << 20

    static func fail(_ reason: String) -> FormatError { FormatError(source: "a line about trainings", reason: reason) }

    static func parse(_ line: String) throws(FormatError) -> JSONValue {
        try JSONValue.parse(Array(line.utf8), source: "a line about trainings")
    }

    static func text(_ value: JSONValue, _ key: String) throws(FormatError) -> String {
        guard let text = value[key]?.text else { throw fail("'\(key)' is missing") }
        return text
    }

    static func whole(_ value: JSONValue, _ key: String) throws(FormatError) -> Int {
        guard let number = value[key]?.integer, number >= 0 else { throw fail("'\(key)' is missing") }
        return number
    }
}

/// What all trainings have in common.
package struct TrainingConstants: Sendable, Equatable {
    /// The canonical text of the retraining's configuration; its genotype and its seed are each job's own.
    package let configuration: String
    /// A folder, or the name of an embedded set.
    package let dataLocation: String
    /// SHA-256 over the data set's canonical form, 64 hexadecimal digits.
    package let dataDigest: String
    /// Looked at when a training is over; no step of it sees them.
    package let judgedBy: Judges

    /// The images that say what a training is worth.
    package enum Judges: String, Sendable, Equatable {
        /// Those that no search reads (`data.judge_share`).
        case judge
        /// Those that a search evaluates on and learns nothing from (`data.train_portion`).
        case heldOut = "held_out"
    }

    package init(configuration: String, dataLocation: String, dataDigest: String, judgedBy: Judges = .judge) {
        self.configuration = configuration
        self.dataLocation = dataLocation
        self.dataDigest = dataDigest
        self.judgedBy = judgedBy
    }

    /// One JSON object without the line's end, as `init(line:)` reads it.
    package var line: String {
        JSONValue.object([
            "configuration": .string(configuration), "data": .string(dataLocation), "data_sha256": .string(dataDigest),
            "judged_by": .string(judgedBy.rawValue),
        ]).serialized()
    }

    /// - Throws: `FormatError` for what `line` did not write.
    package init(line: String) throws(FormatError) {
        let value = try TrainingLines.parse(line)
        configuration = try TrainingLines.text(value, "configuration")
        dataLocation = try TrainingLines.text(value, "data")
        dataDigest = try TrainingLines.text(value, "data_sha256")
        guard let judgedBy = Judges(rawValue: try TrainingLines.text(value, "judged_by")) else {
            throw TrainingLines.fail("'judged_by' names no images")
        }
        self.judgedBy = judgedBy
    }
}

/// What the worker is, and what it found.
package struct TrainerGreeting: Sendable, Equatable {
    /// Digest of shard 0 of step 0 of several networks, each with one operation on every edge: machines whose bits agree here
    /// are of one kind.
    package let probe: Digest128
    /// Digest of a table of log, exp and cos values: it belongs to the kind of machine too.
    package let mathTable: Digest128
    /// The processor's name as the kernel gives it, for people.
    package let processor: String
    /// Versions of the program and of the libraries that compute, for people.
    package let software: String
    /// Images that the trainings learn from.
    package let trainingImages: Int
    /// Images that judge the trainings; 0 where the configuration leaves none, which no truth table accepts.
    package let judgeImages: Int

    /// Made once the data set is read and the probes are computed.
    package init(
        probe: Digest128, mathTable: Digest128, processor: String, software: String, trainingImages: Int,
        judgeImages: Int
    ) {
        self.probe = probe
        self.mathTable = mathTable
        self.processor = processor
        self.software = software
        self.trainingImages = trainingImages
        self.judgeImages = judgeImages
    }

    /// One JSON object without the line's end, as `init(line:)` reads it.
    package var line: String {
        JSONValue.object([
            "probe": .string(probe.hexadecimal), "math_table": .string(mathTable.hexadecimal),
            "processor": .string(processor), "software": .string(software),
            "training_images": .integer(trainingImages), "judge_images": .integer(judgeImages),
        ]).serialized()
    }

    /// - Throws: `FormatError` for what `line` did not write.
    package init(line: String) throws(FormatError) {
        let value = try TrainingLines.parse(line)
        func digest(_ key: String) throws(FormatError) -> Digest128 {
            guard let digest = Digest128(hexadecimal: try TrainingLines.text(value, key)) else {
                throw TrainingLines.fail("'\(key)' is no digest")
            }
            return digest
        }
        probe = try digest("probe")
        mathTable = try digest("math_table")
        processor = try TrainingLines.text(value, "processor")
        software = try TrainingLines.text(value, "software")
        trainingImages = try TrainingLines.whole(value, "training_images")
        judgeImages = try TrainingLines.whole(value, "judge_images")
    }
}

/// One network to be trained from scratch.
package struct TrainingJob: Sendable, Equatable {
    /// Tells the outcomes apart.
    package let number: Int
    /// The cell to train; what else the network is made of is in the constants' configuration.
    package let genotype: Genotype
    /// Keys every draw of the training in place of the configuration's seed; at least 0.
    package let seed: Int

    /// - Parameter number: from 0, in the order in which the outcomes are told.
    package init(number: Int, genotype: Genotype, seed: Int) {
        self.number = number
        self.genotype = genotype
        self.seed = seed
    }

    /// One JSON object without the line's end, as `init(line:)` reads it.
    package var line: String {
        JSONValue.object([
            "job": .integer(number), "genotype": .string(genotype.compactText), "seed": .integer(seed),
        ]).serialized()
    }

    /// - Throws: `FormatError` for what `line` did not write, a text that is no genotype among it.
    package init(line: String) throws(FormatError) {
        let value = try TrainingLines.parse(line)
        number = try TrainingLines.whole(value, "job")
        do { genotype = try Genotype(parsing: try TrainingLines.text(value, "genotype")) } catch {
            throw TrainingLines.fail("\(error)")
        }
        seed = try TrainingLines.whole(value, "seed")
    }
}

/// What came of one training.
package struct TrainingOutcome: Sendable, Equatable {
    /// That of the job.
    package let number: Int
    /// Mean cross-entropy over the images that judge; nil where the training or its loss was not finite.
    package let loss: Double?
    /// Of the images that judge, those whose label has the largest logit; 0 where the training was not finite.
    package let hits: Int
    /// SHA-256 over weights and running statistics, as a retraining prints it; empty where a search's weights looked at the
    /// cell instead of a training.
    package let fingerprint: String
    /// Processor time of the training and its evaluation, of the one thread that did both.
    package let processorSeconds: Double

    /// - Parameter loss: nil for what is not finite: JSON has no word for it.
    package init(number: Int, loss: Double?, hits: Int, fingerprint: String, processorSeconds: Double) {
        self.number = number
        self.loss = loss
        self.hits = hits
        self.fingerprint = fingerprint
        self.processorSeconds = processorSeconds
    }

    /// One JSON object without the line's end, as `init(line:)` reads it.
    package var line: String {
        JSONValue.object([
            "job": .integer(number), "loss": loss.map { .number($0) } ?? .null, "hits": .integer(hits),
            "fingerprint": .string(fingerprint), "cpu_seconds": .number(processorSeconds),
        ]).serialized()
    }

    /// - Throws: `FormatError` for what `line` did not write.
    package init(line: String) throws(FormatError) {
        let value = try TrainingLines.parse(line)
        number = try TrainingLines.whole(value, "job")
        loss = value["loss"]?.number
        guard loss != nil || value["loss"] == .null, let seconds = value["cpu_seconds"]?.number else {
            throw TrainingLines.fail("'loss' or 'cpu_seconds' is missing")
        }
        processorSeconds = seconds
        hits = try TrainingLines.whole(value, "hits")
        fingerprint = try TrainingLines.text(value, "fingerprint")
    }
}
