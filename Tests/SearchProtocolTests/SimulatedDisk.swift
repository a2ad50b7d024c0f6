import SearchProtocol

/// A run's folder whose machine may lose its power: what was not synced is then old, new or torn, as the seed has it.
///
/// Without a sync nothing is promised: a file's bytes survive when the file was synced, a folder's entries when the folder was.
struct SimulatedDisk {
    private enum Node {
        case file(bytes: [UInt8], durable: [UInt8])
        case folder(entries: [String: Int], durable: [String: Int])
    }

    private var nodes: [Int: Node] = [0: .folder(entries: ["checkpoints": 1], durable: ["checkpoints": 1])]
    private var made = 2
    /// Writing fails, as on a full disk.
    var isFull = false

    init() { nodes[1] = .folder(entries: [:], durable: [:]) }

    // MARK: Paths

    private func entries(_ node: Int) -> [String: Int] {
        if case .folder(let entries, _) = nodes[node] { entries } else { [:] }
    }

    private func find(_ path: String) -> Int? {
        var node = 0
        for part in path.split(separator: "/") {
            guard let next = entries(node)[String(part)] else { return nil }
            node = next
        }
        return node
    }

    private func place(_ path: String) -> (folder: Int, name: String)? {
        let parts = path.split(separator: "/").map(String.init)
        guard let name = parts.last, let folder = find(parts.dropLast().joined(separator: "/")) else { return nil }
        return (folder, name)
    }

    private mutating func enter(_ path: String, _ node: Int?) -> Bool {
        guard let (folder, name) = place(path), case .folder(var entries, let durable)? = nodes[folder] else {
            return false
        }
        entries[name] = node
        nodes[folder] = .folder(entries: entries, durable: durable)
        return true
    }

    // MARK: Actions

    /// - Returns: false where it failed; what was half done stays half done.
    mutating func perform(_ action: FileAction) -> Bool {
        switch action {
        case .createDirectory(let path):
            if isFull { return false }
            if find(path) != nil { return true }
            return make(.folder(entries: [:], durable: [:]), at: path)
        case .write(let path, let bytes): return write(path, bytes, replacing: true)
        case .append(let path, let bytes): return write(path, bytes, replacing: false)
        case .sync(let path):
            guard let node = find(path), case .file(let bytes, _)? = nodes[node] else { return false }
            nodes[node] = .file(bytes: bytes, durable: bytes)
        case .syncDirectory(let path):
            guard let node = find(path) else { return false }
            nodes[node] = .folder(entries: entries(node), durable: entries(node))
        case .rename(let from, let to):
            guard let node = find(from), enter(to, node) else { return false }
            return enter(from, nil)
        case .removeTree(let path): if find(path) != nil { return enter(path, nil) }
        }
        return true
    }

    private mutating func make(_ node: Node, at path: String) -> Bool {
        nodes[made] = node
        made += 1
        return enter(path, made - 1)
    }

    private mutating func write(_ path: String, _ bytes: [UInt8], replacing: Bool) -> Bool {
        // A full disk takes the beginning.
        let taken = isFull ? Array(bytes.prefix(bytes.count / 2)) : bytes
        if let node = find(path), case .file(let before, let durable)? = nodes[node] {
            nodes[node] = .file(bytes: replacing ? taken : before + taken, durable: durable)
        } else if !make(.file(bytes: taken, durable: []), at: path) {
            return false
        }
        return !isFull
    }

    func read(_ path: String) -> [UInt8]? {
        guard let node = find(path), case .file(let bytes, _)? = nodes[node] else { return nil }
        return bytes
    }

    func list(_ path: String) -> [String] { find(path).map { entries($0).keys.sorted() } ?? [] }

    // MARK: Power

    mutating func losePower(_ generator: inout SplitMix) {
        for number in nodes.keys.sorted() {
            switch nodes[number] {
            case .file(let bytes, let durable)? where bytes != durable:
                let torn = Array(bytes.prefix(Int(generator.next() % UInt64(bytes.count + 1))))
                let left = [bytes, durable, torn][Int(generator.next() % 3)]
                nodes[number] = .file(bytes: left, durable: left)
            case .folder(let entries, let durable)? where entries != durable:
                let left = generator.chance(0.5) ? entries : durable
                nodes[number] = .folder(entries: left, durable: left)
            default: break
            }
        }
    }
}
