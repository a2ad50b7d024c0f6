package import Formats
package import SearchSpace

/// What `snas measure latency` asks a worker over its standard input, in one line: how long networks take.
package struct LatencyQuestion: Sendable, Equatable {
    /// The canonical text of the configuration; its budget says of which network it is asked.
    package let configuration: String
    package let image: ImageShape
    package let classes: Int
    /// Of a pass.
    package let images: Int
    /// Passes of each network that count.
    package let repeats: Int
    /// Networks to be measured whole, in `Genotype(...)` texts; without any it is asked for the space's operations.
    package let cells: [String]

    /// Of a question or an answer; more than a thousand cells need.
    package static let limitBytes = 4 << 20

    package init(
        configuration: String, image: ImageShape, classes: Int, images: Int, repeats: Int, cells: [String]
    ) {
        self.configuration = configuration
        self.image = image
        self.classes = classes
        self.images = images
        self.repeats = repeats
        self.cells = cells
    }

    /// One JSON object without the line's end, as `init(line:)` reads it.
    package var line: String {
        JSONValue.object([
            "configuration": .string(configuration),
            "image": .array([image.channels, image.height, image.width].map { .integer($0) }),
            "classes": .integer(classes), "images": .integer(images), "repeats": .integer(repeats),
            "cells": .array(cells.map { .string($0) }),
        ]).serialized()
    }

    /// - Throws: `FormatError` for what `line` did not write.
    package init(line: String) throws(FormatError) {
        let value = try LatencyAnswer.parse(line)
        guard let configuration = value["configuration"]?.text, let sides = value["image"]?.elements,
            let classes = value["classes"]?.integer, let images = value["images"]?.integer,
            let repeats = value["repeats"]?.integer, let cells = value["cells"]?.elements,
            sides.count == 3, let channels = sides[0].integer, let height = sides[1].integer,
            let width = sides[2].integer,
            [channels, height, width, images, repeats, classes - 1].allSatisfy({ $0 > 0 })
        else { throw FormatError(source: "a question of latency", reason: "a part is missing") }
        self.init(
            configuration: configuration, image: ImageShape(channels: channels, height: height, width: width),
            classes: classes, images: images, repeats: repeats, cells: cells.compactMap(\.text))
    }
}

/// What the worker found, in one line over its standard output.
package struct LatencyAnswer: Sendable, Equatable {
    /// Whose code computed the cells: one of the kernels' names, or `operators`.
    package let kernels: String
    /// Versions of the worker and its libraries.
    package let software: String
    /// Of the asked cells in their order; or of the network without operations, then of `NetworkPlan.measuredEntries`.
    package let times: [MeasuredTime]
    /// What operations' times were multiplied with, so that networks of drawn cells take the sums; 1 of whole networks.
    package let scale: Double

    package init(kernels: String, software: String, times: [MeasuredTime], scale: Double) {
        self.scale = scale
        self.kernels = kernels
        self.software = software
        self.times = times
    }

    static func parse(_ line: String) throws(FormatError) -> JSONValue {
        try JSONValue.parse(Array(line.utf8), source: "a line about latency")
    }

    /// One JSON object without the line's end, as `init(line:)` reads it.
    package var line: String {
        JSONValue.object([
            "kernels": .string(kernels), "software": .string(software), "scale": .number(scale),
            "times": .array(times.map { .array([.integer($0.median), .integer($0.spread)]) }),
        ]).serialized()
    }

    /// - Throws: `FormatError` for what `line` did not write.
    package init(line: String) throws(FormatError) {
        let value = try Self.parse(line)
        guard let kernels = value["kernels"]?.text, let software = value["software"]?.text,
            let pairs = value["times"]?.elements, let scale = value["scale"]?.number
        else { throw FormatError(source: "a line about latency", reason: "a part is missing") }
        var times: [MeasuredTime] = []
        for pair in pairs {
            guard let numbers = pair.elements, numbers.count == 2, let median = numbers[0].integer,
                let spread = numbers[1].integer
            else { throw FormatError(source: "a line about latency", reason: "a time is none") }
            times.append(MeasuredTime(median: median, spread: spread))
        }
        self.init(kernels: kernels, software: software, times: times, scale: scale)
    }
}
