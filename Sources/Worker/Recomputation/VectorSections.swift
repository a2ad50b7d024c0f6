import Formats
import RunStore
import SearchSpace

/// A flat vector's tensors by name, in their order: where two vectors part is told by them.
struct VectorSections: Sendable {
    struct Section: Sendable {
        let name: String
        let shape: [Int]
        let range: Range<Int>
    }

    let sections: [Section]

    private init(_ sections: [Section]) { self.sections = sections }

    /// Under PyTorch's names.
    static func weights(_ layout: WeightLayout) -> VectorSections {
        VectorSections(layout.entries.map { Section(name: $0.name, shape: $0.shape, range: $0.range) })
    }

    /// Mean and variance of every batch norm, as PyTorch names them.
    static func statistics(_ layout: WeightLayout) -> VectorSections {
        VectorSections(
            layout.statistics.flatMap { entry in
                [("running_mean", entry.meanOffset), ("running_var", entry.varianceOffset)].map { name, offset in
                    Section(
                        name: "\(entry.name).\(name)", shape: [entry.channels], range: offset..<offset + entry.channels)
                }
            })
    }

    /// What a table has for each kind of cell.
    static func table(_ shape: EdgeTableShape) -> VectorSections {
        VectorSections(
            shape.kinds.map {
                Section(name: "alphas_\($0)", shape: shape.tensorShape(of: $0), range: shape.entries(of: $0))
            })
    }

    /// The vector as one, without names in it.
    static func plain(_ name: String, shape: [Int]) -> VectorSections {
        VectorSections([Section(name: name, shape: shape, range: 0..<shape.reduce(1, *))])
    }

    /// This one's tensors, and the other's behind them.
    func followed(by other: VectorSections) -> VectorSections {
        let start = sections.last?.range.upperBound ?? 0
        return VectorSections(
            sections
                + other.sections.map {
                    Section(
                        name: $0.name, shape: $0.shape,
                        range: $0.range.lowerBound + start..<$0.range.upperBound + start)
                })
    }

    /// The first tensor in which two vectors have other bits; nil where they have the same.
    ///
    /// Precondition: both are as long as the sections say.
    func parting(_ first: [Float], _ second: [Float]) -> TensorParting? {
        let count = sections.last?.range.upperBound ?? 0
        precondition(first.count == count && second.count == count)
        var found: (section: Section, entry: Int)?
        var (entries, tensors) = (0, 0)
        for section in sections {
            let before = entries
            for entry in section.range where first[entry].bitPattern != second[entry].bitPattern {
                if found == nil { found = (section, entry) }
                entries += 1
            }
            if entries > before { tensors += 1 }
        }
        return found.map { section, entry in
            TensorParting(
                tensor: section.name, index: Self.index(entry - section.range.lowerBound, section.shape),
                values: Both(first[entry], second[entry]), entries: entries, tensors: tensors)
        }
    }

    /// Of an entry of a tensor whose last index runs fastest.
    private static func index(_ entry: Int, _ shape: [Int]) -> [Int] {
        var (left, index) = (entry, [Int]())
        for size in shape.reversed() {
            index.insert(left % max(1, size), at: 0)
            left /= max(1, size)
        }
        return index
    }
}

/// Where two vectors part: the first tensor, and how much differs in all.
struct TensorParting: Sendable, Equatable {
    let tensor: String
    let index: [Int]
    let values: Both<Float>
    /// Values with other bits, in all tensors of the vector.
    let entries: Int
    let tensors: Int

    /// As in "'stem.0.weight' [0, 0, 1, 2]: 0.25 against 0.5 (3 values of 1 tensor differ)".
    var text: String {
        "'\(tensor)' \(index): \(values.first) against \(values.second) (\(entries) value\(entries == 1 ? "" : "s") of "
            + "\(tensors) tensor\(tensors == 1 ? " differs" : "s differ"))"
    }

    var json: JSONValue {
        .object([
            "tensor": .string(tensor), "index": .array(index.map(JSONValue.integer)),
            // What is not finite is no number of JSON.
            "values": values.json { $0.isFinite ? .number(Double($0)) : .string("\($0)") },
            "differing_values": .integer(entries), "differing_tensors": .integer(tensors),
        ])
    }
}
