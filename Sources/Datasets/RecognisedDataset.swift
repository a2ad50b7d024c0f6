import Host

/// What lies at a place that the user named, found by its files' names alone; nothing has been read yet.
package enum RecognisedDataset: Sendable, Equatable {
    case digits
    case cifar10(DataFolder)
    case cifar100(DataFolder)
    /// The four IDX files.
    case idx(DataFolder)

    /// Whether it is a name of the set that the program carries, and no place.
    package static func isEmbedded(_ location: String) -> Bool {
        location == digitsName || location.lowercased() == digitsName && !FileSystem.exists(location)
    }

    /// Looks in the folder, and in the folders below it where nothing is known there.
    ///
    /// - Parameter location: a folder, a folder and the beginning of IDX files' names in it, or `digits`.
    /// - Throws: `UserError` with what was found there and what is known, `SystemError`.
    package init(at location: String) throws {
        if Self.isEmbedded(location) {
            self = .digits
            return
        }
        guard FileSystem.isDirectory(location) else {
            if let named = try Self.withStem(location) {
                self = named
                return
            }
            let reason =
                FileSystem.exists(location) ? "a file, and a data set is named by its folder" : "no folder"
            throw UserError(
                .noInput,
                "no data set at '\(location)': it is \(reason), and the embedded set is called \(Self.digitsName)")
        }
        guard let found = try Self.inFolder(location) ?? Self.below(location) else {
            let names = try FileSystem.list(location)
            let found =
                names.isEmpty ? "nothing" : names.prefix(6).joined(separator: ", ") + (names.count > 6 ? ", ..." : "")
            throw UserError(
                .noInput,
                "no known data set in '\(location)' or the folders below it: found \(found); known are CIFAR-10 "
                    + "(data_batch_1.bin ...), CIFAR-100 (train.bin) and IDX (train-images-idx3-ubyte ...), each plain or .gz"
                    + ForeignFiles.hint(below: location))
        }
        self = found
    }

    package static let digitsName = "digits"

    /// From here the same data set is recognised again.
    package var location: String {
        switch self {
        case .digits: Self.digitsName
        case .cifar10(let folder), .cifar100(let folder), .idx(let folder): folder.location
        }
    }

    /// One line for people.
    package var summary: String {
        switch self {
        case .digits: "the embedded digits"
        case .cifar10(let folder): "CIFAR-10 in \(folder.path)"
        case .cifar100(let folder): "CIFAR-100 in \(folder.path)"
        case .idx(let folder):
            "IDX files in \(folder.path) (\(IDXFile.name(of: .idxImages(.training), in: folder)))"
        }
    }

    /// A name for folders.
    package var shortName: String {
        switch self {
        case .digits: Self.digitsName
        case .cifar10: "cifar10"
        case .cifar100: "cifar100"
        case .idx(let folder): folder.stem.isEmpty ? Self.name(ofFolder: folder.path) : Self.word(folder.stem)
        }
    }

    /// The folder's own name, as a word that hides no folder made of it: "." and "a/.." have names too.
    private static func name(ofFolder folder: String) -> String {
        let parts = ((try? FileSystem.absolutePath(folder)) ?? folder).split(separator: "/")
        var kept: [Substring] = []
        for part in parts { if part == ".." { _ = kept.popLast() } else { kept.append(part) } }
        return word(kept.last { $0.lowercased() != "raw" } ?? "")
    }

    /// Letters, digits and what may stand in a folder's name without being in anybody's way.
    private static func word(_ name: some StringProtocol) -> String {
        let word = name.lowercased().map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "-" }
        let kept = String(word.drop { $0 == "." || $0 == "-" })
        return kept.isEmpty ? "idx" : kept
    }

    /// Reads and checks the training part. The search never reads the test part.
    ///
    /// - Parameter compactsLabels: numbers the classes that have images from 0 on, in the order of their labels.
    /// - Throws: `UserError` (data, noInput) with the file and what is wrong in it.
    package func loadTraining(compactsLabels: Bool = false) throws -> ImageSet {
        let set = try readTraining()
        let numbered = compactsLabels ? set.withCompactLabels() : set
        try numbered.checkClasses(source: summary)
        return numbered
    }

    private func readTraining() throws -> ImageSet {
        let set: ImageSet
        switch self {
        case .digits: set = EmbeddedDigits.training()
        case .cifar10(let folder): set = try CIFARFiles.loadTraining10(folder)
        case .cifar100(let folder): set = try CIFARFiles.loadTraining100(folder)
        case .idx(let folder): set = try IDXFile.loadTraining(folder)
        }
        return set
    }
}
