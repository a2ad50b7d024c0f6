import Formats
import SearchSpace

/// What of a file does not fit a network, and what the file seems to be of instead.
struct WeightMisfits {
    private let layout: WeightLayout
    /// All tensors of the file by the network's names, with their shapes.
    var given: [(name: String, shape: [Int])] = []
    /// Of the network, not in the file.
    var missing: [String] = []
    /// In the file, not of the network.
    var foreign: [String] = []
    /// In both, of different shapes.
    var shapes: [(name: String, given: [Int], own: [Int])] = []

    private static let namesShown = 3

    init(_ layout: WeightLayout) { self.layout = layout }

    /// Nil where all fits.
    var sentence: String? {
        var parts: [String] = []
        if let first = shapes.first {
            let others = shapes.count > 1 ? " (as \(shapes.count - 1) more differ)" : ""
            parts.append(
                "tensor \(ForeignName.quoted(first.name)) has shape \(ForeignName.list(first.given)), the network's has "
                    + ForeignName.list(first.own) + others)
        }
        if let text = Self.told(missing, one: "of the network is missing", many: "of the network are missing") {
            parts.append(text)
        }
        if let text = Self.told(foreign, one: "is not the network's", many: "are not the network's") {
            parts.append(text)
        }
        guard !parts.isEmpty else { return nil }
        return parts.joined(separator: "; ") + (reason.map { ": \($0)" } ?? "")
    }

    private static func told(_ names: [String], one: String, many: String) -> String? {
        guard names.count > 1 else { return names.first.map { "tensor \(ForeignName.quoted($0)) \(one)" } }
        let shown = names.prefix(namesShown).map(ForeignName.quoted).joined(separator: ", ")
        let rest = names.count > namesShown ? " and \(names.count - namesShown) more" : ""
        return "\(names.count) tensors \(many) (\(shown)\(rest))"
    }

    // MARK: Why

    /// The likely reason, the one that explains most first; nil where none is seen.
    private var reason: String? {
        if missing.count == layout.entries.count + 2 * layout.statistics.count {
            return "no name is one of the network's"
        }
        return search ?? cells ?? sizes ?? pools ?? statistics ?? operations
    }

    private func shape(_ name: String) -> (given: [Int], own: [Int])? {
        guard let given = given.first(where: { $0.name == name })?.shape, let own = layout.weight(name)?.shape,
            given.count == own.count, !given.isEmpty
        else { return nil }
        return (given, own)
    }

    /// A super-network has a list of candidates on each edge.
    private var search: String? {
        func isSearch(_ names: [String]) -> Bool {
            names.contains { $0.split(separator: ".").count { $0 == "_ops" } > 1 }
        }
        let own = layout.entries.map(\.name)
        guard isSearch(given.map(\.name)) != isSearch(own) else { return nil }
        return isSearch(own)
            ? "the network is a search's, the file is of a derived one"
            : "the file is of a search's network, in which every edge has all candidates"
    }

    private var cells: String? {
        func count(_ names: [String]) -> Int {
            (names.compactMap { name in
                let components = name.split(separator: ".", maxSplits: 2)
                return components.count > 1 && components[0] == "cells" ? Int(components[1]) : nil
            }.filter { $0 < Int(Int32.max) }.max() ?? -1) + 1
        }
        let (own, other) = (count(layout.entries.map(\.name)), count(given.map(\.name)))
        return own == other ? nil : "the file has \(other) cells, the network \(own)"
    }

    /// What the first and the last layer say of channels, images and classes.
    private var sizes: String? {
        var differences: [String] = []
        if let stem = shape("stem.0.weight"), stem.given.count == 4 {
            if stem.given[0] != stem.own[0] {
                differences.append("the file's stem has \(stem.given[0]) channels, the network's \(stem.own[0])")
            }
            if stem.given[1] != stem.own[1] {
                differences.append(
                    "the file is for images of \(stem.given[1]) channels, the network for images of \(stem.own[1])")
            }
        }
        if let last = shape("classifier.bias"), last.given != last.own {
            differences.append("the file tells \(last.given[0]) classes apart, the network \(last.own[0])")
        }
        return differences.isEmpty ? nil : differences.joined(separator: ", ")
    }

    /// Batch norms behind pools are all that differs.
    private var pools: String? {
        func arePools(_ names: [String]) -> Bool {
            !names.isEmpty
                && names.allSatisfy { name in
                    StateNames.split(name).map { module, _ in module.hasPrefix("cells.") && module.hasSuffix(".op.1") }
                        ?? false
                }
        }
        if foreign.isEmpty, arePools(missing) { return "the network's pools have a batch norm, the file's have none" }
        if missing.isEmpty, arePools(foreign) {
            return "the file's pools have a batch norm, the network's have none (the run was without --pool_batch_norm)"
        }
        return nil
    }

    private var statistics: String? {
        guard missing.count == 2 * layout.statistics.count, missing.allSatisfy({ $0.contains(".running_") }) else {
            return nil
        }
        return "the file has no running statistics, without which there is no evaluation"
    }

    private var operations: String? {
        let all = missing + foreign + shapes.map(\.name)
        return all.count > 1 && all.allSatisfy { $0.hasPrefix("cells.") }
            ? "the file seems to be of another genotype" : nil
    }
}
