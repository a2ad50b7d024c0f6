extension KnownGenotypes {
    /// Other names for cells: the aliases of authors' files (`DARTS = DARTS_V2`, `PCDARTS = PC_DARTS_cifar`, AutoDL's `ENASNet`), and
    /// what papers call them. SNAS has no single one: its three cells differ by their constraint.
    package static let aliases: [(alias: String, name: String)] = [
        ("DARTS", "DARTS_V2"), ("NASNet_A", "NASNet"), ("AmoebaNet_A", "AmoebaNet"), ("PCDARTS", "PC_DARTS_cifar"),
        ("PC_DARTS_cifar10", "PC_DARTS_cifar"), ("PC_DARTS_imagenet", "PC_DARTS_image"), ("GDAS", "GDAS_V1"),
        ("ENASNet", "ENAS"),
    ]

    /// The cell that somebody means by a name: capitals, hyphens, underscores and blanks do not matter.
    ///
    /// - Returns: nil for a name that no cell has, in whichever spelling.
    package static func meant(by text: String) -> (name: String, genotype: Genotype)? {
        let wanted = folded(text)
        let name =
            names.first { $0 == text } ?? names.first { folded($0) == wanted }
            ?? aliases.first { folded($0.alias) == wanted }?.name
        return all.first { $0.name == name }
    }

    /// Without what people spell differently.
    static func folded(_ name: String) -> String {
        String(name.lowercased().filter { !"-_ ".contains($0) })
    }

    /// What to say of a name that no cell has: the cells of the paper that it names, and a near one where it is misspelled. It is
    /// never another paper's: PDARTS and DARTS differ by a letter, and by their authors.
    ///
    /// - Returns: "; did you mean 'x'?", "; cells of PC-DARTS are x, y" or nothing.
    package static func hint(for text: String) -> String {
        let wanted = folded(text)
        let named = papers.filter { paper in
            let stem = folded(paper.name)
            return wanted.hasPrefix(stem) || isExchanged(wanted.prefix(stem.count), stem[...])
        }
        guard let paper = named.max(by: { $0.name.count < $1.name.count }) else { return "" }
        let stemLength = folded(paper.name).count
        let rest = wanted.dropFirst(stemLength)
        let rests = paper.cells.map { (cell: $0, rest: folded($0).dropFirst(stemLength)) }
        let near = rests.first { $0.rest == rest } ?? rests.first { isNear(rest, $0.rest) }
        if let first = near?.cell { return "; did you mean '\(first)'?" }
        guard rest.isEmpty else { return "" }
        return "; cells of \(paper.name) are \(paper.cells.joined(separator: ", "))"
    }

    /// Whether two letters that stand beside each other have changed places: any other letter may be another paper's name.
    private static func isExchanged(_ left: Substring, _ right: Substring) -> Bool {
        var letters = Array(left)
        let alike = zip(left, right).prefix { $0 == $1 }.count
        guard left.count == right.count, alike + 1 < letters.count else { return false }
        letters.swapAt(alike, alike + 1)
        return letters == Array(right)
    }

    /// Whether a letter was added, left out or exchanged.
    private static func isNear(_ left: Substring, _ right: Substring) -> Bool {
        let (longer, shorter) = left.count >= right.count ? (Array(left), Array(right)) : (Array(right), Array(left))
        guard longer.count - shorter.count <= 1 else { return false }
        let alike = zip(longer, shorter).prefix { $0 == $1 }.count
        let same = longer.count == shorter.count
        return Array(longer.dropFirst(alike + 1)) == Array(shorter.dropFirst(alike + (same ? 1 : 0)))
    }

    /// Papers with the beginnings of their cells' names.
    private static let papers: [(name: String, cells: [String])] = [
        ("DARTS", ["DARTS_V1", "DARTS_V2"]), ("NASNet", ["NASNet"]), ("AmoebaNet", ["AmoebaNet"]),
        ("SNAS", names.filter { $0.hasPrefix("SNAS") }), ("PC-DARTS", ["PC_DARTS_cifar", "PC_DARTS_image"]),
        ("P-DARTS", ["PDARTS"]), ("GDAS", ["GDAS_V1"]), ("ENAS", ["ENAS"]),
    ]
}
