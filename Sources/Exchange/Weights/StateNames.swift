import SearchSpace

/// What PyTorch users' tensors are called in the network's layout.
///
/// Understood are the names of `DistributedDataParallel`, `DataParallel` and `AveragedModel` (a component `module`), of
/// `torch.compile` (a component `_orig_mod`), of a network that is an attribute `model` or `network` of another module (where
/// every tensor has it), and both names of the batch norm behind a pool: `.1` in DARTS, `.op.1` in the official SNAS code.
struct StateNames {
    private let norms: Set<String>
    private let weights: Set<String>

    private static let wrappers: Set<Substring> = ["module", "_orig_mod"]
    private static let owners = ["model.", "network."]
    /// How many batches a batch norm or an average has seen: no value of the network.
    private static let counters: Set<Substring> = ["num_batches_tracked", "n_averaged"]

    init(_ layout: WeightLayout) {
        norms = Set(layout.statistics.map(\.name))
        weights = Set(layout.entries.map(\.name))
    }

    /// The layout's name of each given one, in their order; nil for counters, which are passed over.
    func translated(_ names: [String]) -> [String?] {
        var plain = names.map(Self.withoutWrappers)
        while let owner = Self.owners.first(where: { Self.isPrefix($0, of: plain) }) {
            plain = plain.map { $0.map { String($0.dropFirst(owner.count)) } }
        }
        return plain.map { $0.map(known) }
    }

    private static func isPrefix(_ owner: String, of names: [String?]) -> Bool {
        let own = names.compactMap(\.self)
        return !own.isEmpty && own.allSatisfy { $0.hasPrefix(owner) }
    }

    private static func withoutWrappers(_ name: String) -> String? {
        let components = name.split(separator: ".", omittingEmptySubsequences: false)
        if let last = components.last, counters.contains(last) { return nil }
        return components.filter { !wrappers.contains($0) }.joined(separator: ".")
    }

    /// The other name of a pool's batch norm where the layout has that one alone.
    private func known(_ name: String) -> String {
        guard let (module, part) = Self.split(name), !norms.contains(module), !weights.contains(name) else {
            return name
        }
        let other =
            module.hasSuffix(".op.1")
            ? module.dropLast(5) + ".1" : module.hasSuffix(".1") ? module.dropLast(2) + ".op.1" : ""
        return norms.contains(String(other)) ? "\(other).\(part)" : name
    }

    /// The module and what of it the tensor is.
    static func split(_ name: String) -> (module: String, part: String)? {
        guard let point = name.lastIndex(of: ".") else { return nil }
        return (String(name[..<point]), String(name[name.index(after: point)...]))
    }

    /// Whether a tensor is scale or shift of a batch norm that has neither in the network.
    func isAffineOfPlainNorm(_ name: String) -> Bool {
        guard let (module, part) = Self.split(name) else { return false }
        return ["weight", "bias"].contains(part) && norms.contains(module) && !weights.contains(name)
    }
}
