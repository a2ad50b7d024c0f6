import Host
import RunStore

/// A run's folder below a temporary one, and how its files read.
final class RunFolder {
    private let above: String
    let path: String

    init() throws {
        above = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        path = "\(above)/run"
    }

    deinit { try? FileSystem.removeTree(above) }

    func text(_ name: String) -> String {
        String(decoding: (try? FileSystem.readFile("\(path)/\(name)", limitBytes: 1 << 24)) ?? [], as: UTF8.self)
    }

    func lines(_ name: String) -> [String] { text(name).split(separator: "\n").map(String.init) }

    func write(_ name: String, _ text: String) throws {
        try FileSystem.writeFile("\(path)/\(name)", Array(text.utf8))
    }

    func exists(_ name: String) -> Bool { FileSystem.exists("\(path)/\(name)") }
}
