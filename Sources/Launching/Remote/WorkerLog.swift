import Host

/// What a worker on another host says, in a file of the run's folder, with a bound: when it is full it becomes the older one of two.
/// A disk that is full costs lines, nothing else.
struct WorkerLog {
    private let path: String

    /// Of the newer file; the older one has as many.
    static let limitBytes = 8 << 20

    /// - Parameter path: of the file, in a folder that is there.
    init(_ path: String) { self.path = path }

    func add(_ lines: [String], time: String) {
        guard !lines.isEmpty else { return }
        if let size = FileSystem.size(path), size > Self.limitBytes {
            try? FileSystem.rename(path, to: "\(path).older")
        }
        _ = try? FileSystem.appendFile(path, lines.flatMap { Array("\(time) \($0)\n".utf8) })
    }
}
