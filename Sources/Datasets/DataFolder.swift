import Host

/// The files of one data set in a folder.
package struct DataFolder: Sendable, Equatable {
    /// Where they lie, as the user named it or below that.
    package let path: String
    /// What stands in front of the usual names of IDX files, as `emnist-letters`; empty mostly.
    package let stem: String
    private let paths: [DataFile.Role: String]

    /// - Parameter files: of one data set.
    init(_ path: String, stem: String = "", _ files: [DataFile]) {
        self.path = path
        self.stem = stem
        let ordered = files.sorted { ($0.rank, $0.path) < ($1.rank, $1.path) }
        paths = Dictionary(ordered.map { ($0.role, $0.path) }, uniquingKeysWith: { first, _ in first })
    }

    /// Where the file is; nil where there is none.
    func file(_ role: DataFile.Role) -> String? { paths[role] }

    /// Where a missing file would be, for people.
    func wanted(_ role: DataFile.Role) -> String { "\(path)/\(stem.isEmpty ? "" : stem + "-")\(role.usualName)" }

    /// From this place the same files are found again, whatever else comes to lie beside them.
    var location: String { stem.isEmpty ? path : "\(path)/\(stem)" }
}

extension RecognisedDataset {
    /// Folders that are looked at below the one that was named, and how deep they lie: torchvision keeps `MNIST/raw`.
    private static let (folderLimit, depthLimit) = (256, 2)

    /// What lies in a folder itself; nil where nothing is known there.
    ///
    /// - Throws: `UserError` (noInput) where there are several sets of IDX files, `SystemError`.
    static func inFolder(_ path: String) throws -> RecognisedDataset? {
        let files = try DataFile.list(path)
        func has(_ roles: [DataFile.Role]) -> Bool { files.contains { roles.contains($0.role) } }
        if has((1...5).map { .cifar10Training($0) } + [.cifar10Test]) { return .cifar10(DataFolder(path, files)) }
        if has([.cifar100Training]) { return .cifar100(DataFolder(path, files)) }
        let stems = stems(files)
        if stems.isEmpty, has([.cifar100Test]) { return .cifar100(DataFolder(path, files)) }
        guard stems.count <= 1 || stems.contains("") else {
            throw UserError(
                .noInput,
                "several data sets in '\(path)': " + stems.joined(separator: ", ") + "; name one of them, as "
                    + "\(path)/\(stems[0])")
        }
        return stems.first.map { .idx(DataFolder(path, stem: $0, files.filter { $0.stem == stems[0] })) }
    }

    /// IDX files whose usual names follow a stem: `FOLDER/emnist-letters` names these of all that lie in the folder.
    static func withStem(_ location: String) throws -> RecognisedDataset? {
        let folder = FileSystem.parent(of: location)
        let stem = location.split(separator: "/").last.map { $0.lowercased() } ?? ""
        guard !stem.isEmpty, FileSystem.isDirectory(folder) else { return nil }
        let files = try DataFile.list(folder).filter { $0.stem == stem }
        return files.isEmpty ? nil : .idx(DataFolder(folder, stem: stem, files))
    }

    /// What lies in the folders below one, those nearest to it alone.
    ///
    /// - Throws: `UserError` (noInput) where there are several.
    static func below(_ path: String) throws -> RecognisedDataset? {
        var level = [path]
        var looked = 0
        for _ in 0..<depthLimit {
            level = level.flatMap { folder in
                ((try? FileSystem.list(folder)) ?? []).filter { !$0.hasPrefix(".") }.map { "\(folder)/\($0)" }
                    .filter(FileSystem.isDirectory)
            }
            looked += level.count
            guard looked <= folderLimit else { return nil }
            let found = try level.compactMap { (try? FileSystem.list($0)) == nil ? nil : try inFolder($0) }
            guard found.count <= 1 else {
                throw UserError(
                    .noInput,
                    "several data sets below '\(path)': " + found.map(\.location).joined(separator: ", ")
                        + "; name one of them")
            }
            if let only = found.first { return only }
        }
        return nil
    }

    /// The names in front of IDX files that could be read as a set; of those with training images alone where there are such, then of
    /// those with test images.
    private static func stems(_ files: [DataFile]) -> [String] {
        func stems(_ role: DataFile.Role) -> Set<String> { Set(files.filter { $0.role == role }.map(\.stem)) }
        // Labels alone are a set too: what is missing is told then.
        let roles: [DataFile.Role] = [
            .idxImages(.training), .idxImages(.test), .idxLabels(.training), .idxLabels(.test),
        ]
        let known = roles.lazy.map(stems).first { !$0.isEmpty }?.sorted() ?? []
        return known.contains("") ? [""] : known
    }
}
