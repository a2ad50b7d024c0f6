import Host

/// What lies at a place that the user named, found by its files' names alone; nothing has been read yet.
package enum RecognisedDataset: Sendable, Equatable {
    case digits
    case cifar10(folder: String)
    case cifar100(folder: String)
    /// The four IDX files, each plain or `.gz`.
    case idx(folder: String, files: IDXFiles)

    /// Names within the folder; a test file's is empty where there is none.
    package struct IDXFiles: Sendable, Equatable {
        /// `train-images-idx3-ubyte`, perhaps with `.gz`.
        package let trainingImages: String
        /// `train-labels-idx1-ubyte`, perhaps with `.gz`.
        package let trainingLabels: String
        /// `t10k-images-idx3-ubyte`, perhaps with `.gz`, or empty.
        package let testImages: String
        /// `t10k-labels-idx1-ubyte`, perhaps with `.gz`, or empty.
        package let testLabels: String
    }

    /// Whether it is a name of a set that the program carries, and no place.
    package static func isEmbedded(_ location: String) -> Bool { location == "digits" }

    /// - Parameter location: a folder, or `digits`.
    /// - Throws: `UserError` with what was found there and what is known.
    package init(at location: String) throws {
        if Self.isEmbedded(location) {
            self = .digits
            return
        }
        guard FileSystem.isDirectory(location) else {
            throw UserError(
                .noInput, "no data set at '\(location)': it is no folder, and the embedded set is called digits")
        }
        let names = try FileSystem.list(location)
        if names.contains(where: CIFARFiles.isBatch) || names.contains(CIFARFiles.testName) {
            self = .cifar10(folder: location)
        } else if names.contains("train.bin") {
            self = .cifar100(folder: location)
        } else if let files = Self.idxFiles(among: names) {
            self = .idx(folder: location, files: files)
        } else {
            let found =
                names.isEmpty ? "nothing" : names.prefix(6).joined(separator: ", ") + (names.count > 6 ? ", ..." : "")
            throw UserError(
                .noInput,
                "no known data set in '\(location)': found \(found); known are CIFAR-10 (data_batch_1.bin ...), "
                    + "CIFAR-100 (train.bin) and IDX (train-images-idx3-ubyte ..., plain or .gz)")
        }
    }

    /// One line for people.
    package var summary: String {
        switch self {
        case .digits: "the embedded digits"
        case .cifar10(let folder): "CIFAR-10 in \(folder)"
        case .cifar100(let folder): "CIFAR-100 in \(folder)"
        case .idx(let folder, let files): "IDX files in \(folder) (\(files.trainingImages))"
        }
    }

    /// A name for folders.
    package var shortName: String {
        switch self {
        case .digits: "digits"
        case .cifar10: "cifar10"
        case .cifar100: "cifar100"
        case .idx(let folder, _): Self.name(ofFolder: folder)
        }
    }

    /// The folder's own name, as a word that hides no folder made of it: "." and "a/.." have names too.
    private static func name(ofFolder folder: String) -> String {
        let parts = ((try? FileSystem.absolutePath(folder)) ?? folder).split(separator: "/")
        var kept: [Substring] = []
        for part in parts { if part == ".." { _ = kept.popLast() } else { kept.append(part) } }
        let word = (kept.last ?? "").lowercased().map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "-" }
        let name = String(word.drop { $0 == "." || $0 == "-" })
        return name.isEmpty ? "idx" : name
    }

    /// Reads and checks the training part. The search never reads the test part.
    ///
    /// - Throws: `UserError` (data, noInput) with the file and what is wrong in it.
    package func loadTraining() throws -> ImageSet {
        let set: ImageSet
        switch self {
        case .digits: set = EmbeddedDigits.training()
        case .cifar10(let folder): set = try CIFARFiles.loadTraining10(folder)
        case .cifar100(let folder): set = try CIFARFiles.loadTraining100(folder)
        case .idx(let folder, let files):
            set = try IDXFile.loadTraining(folder, images: files.trainingImages, labels: files.trainingLabels)
        }
        guard set.height % 4 == 0, set.width % 4 == 0 else {
            throw UserError(
                .data,
                "\(summary): images of \(set.height) x \(set.width) pixels; the network halves them twice, so both sides "
                    + "must be divisible by 4")
        }
        return set
    }

    private static func idxFiles(among names: [String]) -> IDXFiles? {
        func find(_ stem: String) -> String? { [stem, stem + ".gz"].first { names.contains($0) } }
        guard let images = find("train-images-idx3-ubyte"), let labels = find("train-labels-idx1-ubyte") else {
            return nil
        }
        return IDXFiles(
            trainingImages: images, trainingLabels: labels, testImages: find("t10k-images-idx3-ubyte") ?? "",
            testLabels: find("t10k-labels-idx1-ubyte") ?? "")
    }
}
