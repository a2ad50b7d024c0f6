import Formats
import Host

/// A file of a data set, by its name alone.
struct DataFile {
    /// What a file holds.
    enum Role: Hashable {
        /// 1 to 5.
        case cifar10Training(Int)
        case cifar10Test
        case cifar100Training
        case cifar100Test
        case idxImages(ImageSet.Part)
        case idxLabels(ImageSet.Part)

        /// As its publishers call the file.
        var usualName: String {
            switch self {
            case .cifar10Training(let number): "data_batch_\(number).bin"
            case .cifar10Test: "test_batch.bin"
            case .cifar100Training: "train.bin"
            case .cifar100Test: "test.bin"
            case .idxImages(.training): "train-images-idx3-ubyte"
            case .idxImages(.test): "t10k-images-idx3-ubyte"
            case .idxLabels(.training): "train-labels-idx1-ubyte"
            case .idxLabels(.test): "t10k-labels-idx1-ubyte"
            }
        }
    }

    let role: Role
    /// What stands in front of an IDX file's usual name, as EMNIST's files have `emnist-letters`; empty mostly.
    let stem: String
    /// Of the file, perhaps within a folder of the same name: what some programs make of a packed file.
    let path: String
    /// Of several files for one role the first is read: the usual name, then that name packed, then others by name.
    let rank: Int

    /// - Returns: nil for a file of no known format.
    init?(named name: String, path: String) {
        let plain = Self.unpacked(name)
        guard let (role, stem) = Self.role(of: plain) else { return nil }
        self.role = role
        self.stem = stem
        self.path = path
        rank = name == role.usualName ? 0 : name == role.usualName + ".gz" ? 1 : 2
    }

    /// The files of known formats in a folder.
    ///
    /// - Throws: `SystemError`.
    static func list(_ folder: String) throws -> [DataFile] {
        try FileSystem.list(folder).flatMap { name -> [DataFile] in
            let path = "\(folder)/\(name)"
            guard let file = DataFile(named: name, path: path) else { return [] }
            guard FileSystem.isDirectory(path) else { return [file] }
            return try FileSystem.list(path).compactMap { inner in
                let innerPath = "\(path)/\(inner)"
                guard let own = DataFile(named: inner, path: innerPath), own.role == file.role, own.stem == file.stem,
                    !FileSystem.isDirectory(innerPath)
                else { return nil }
                return own
            }
        }
    }

    /// A file's bytes, unpacked where they are packed, whatever the name says.
    ///
    /// - Throws: `UserError` (data) for a damaged packed file, `SystemError`.
    static func read(_ path: String) throws -> [UInt8] {
        let bytes = try FileSystem.readFile(path, limitBytes: limitBytes)
        guard Gunzip.isGzip(bytes) else { return bytes }
        do {
            return try Gunzip.inflate(bytes, source: path, limitBytes: limitBytes)
        } catch { throw UserError(.data, error.description) }
    }

    /// Of a file, packed and unpacked: five times the size of CIFAR's full training sets.
    static let limitBytes = 1 << 30

    // MARK: Names

    /// In lower case, without the ending of gzip.
    private static func unpacked(_ name: String) -> String {
        let name = name.lowercased()
        return name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    }

    private static func role(of name: String) -> (Role, stem: String)? {
        switch name {
        case Role.cifar10Test.usualName: return (.cifar10Test, "")
        case Role.cifar100Training.usualName: return (.cifar100Training, "")
        case Role.cifar100Test.usualName: return (.cifar100Test, "")
        default: break
        }
        for number in 1...5 where name == Role.cifar10Training(number).usualName {
            return (.cifar10Training(number), "")
        }
        return idxRole(of: name)
    }

    private static let parts: [String: ImageSet.Part] = ["train": .training, "test": .test, "t10k": .test]

    /// `train-images-idx3-ubyte` and what else it is called: points and underscores in place of hyphens, `test` in place of `t10k`,
    /// something in front.
    private static func idxRole(of name: String) -> (Role, stem: String)? {
        let words = name.split(omittingEmptySubsequences: false) { "-_.".contains($0) }.map(String.init)
        guard let place = words.indices.last(where: { parts[words[$0]] != nil }), let part = parts[words[place]],
            place + 2 < words.count
        else { return nil }
        let role: Role
        let sides: Int
        switch words[place + 1] {
        case "images": (role, sides) = (.idxImages(part), 3)
        case "labels": (role, sides) = (.idxLabels(part), 1)
        default: return nil
        }
        let endings = [["idx\(sides)", "ubyte"], ["idx\(sides)ubyte"], ["idx\(sides)"], ["idx"], ["ubyte"]]
        guard endings.contains(Array(words[(place + 2)...])) else { return nil }
        return (role, words[..<place].joined(separator: "-"))
    }
}
