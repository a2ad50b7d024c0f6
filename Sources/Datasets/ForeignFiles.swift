import Host

/// Files that hold a known data set in a form that is not read: what people have who fetched the other archive, or did not unpack it.
enum ForeignFiles {
    private static let archives = [".tar", ".tgz", ".tar.gz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".rar"]

    /// "; ..." or nothing, by names in the folder and in the folders right below it.
    static func hint(below folder: String) -> String {
        let names = (try? FileSystem.list(folder)) ?? []
        let inner = names.prefix(64).filter { FileSystem.isDirectory("\(folder)/\($0)") }.flatMap { name in
            ((try? FileSystem.list("\(folder)/\(name)")) ?? []).map { "\(name)/\($0)" }
        }
        let all = names + inner
        func first(_ isMeant: (String) -> Bool) -> String? {
            all.first { path in isMeant(path.split(separator: "/").last.map { $0.lowercased() } ?? "") }
        }
        if let pickled = first({ $0 == "data_batch_1" }) {
            return "; \(pickled) is of CIFAR-10's Python version: the binary version has data_batch_1.bin"
        }
        if let packed = first({ name in archives.contains { name.hasSuffix($0) } }) {
            return "; \(packed) is to be unpacked first"
        }
        return ""
    }
}
