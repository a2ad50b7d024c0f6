import Host

/// Reads hosts line by line.
struct HostListReader {
    private var hosts: [WorkerHost] = []
    private var places: [String: String] = [:]
    private var workers = 0

    private static let settings = ["slots", "threads", "device", "data"]
    private static let devices = ["cpu", "cuda:0"]
    private static let nameLimit = 255

    /// A word of a line, and where it stands.
    private struct Word {
        let text: Substring
        let column: Int
    }

    /// - Parameters:
    ///   - number: the line's, from 1; nil in a list of one line.
    ///   - columnsBefore: characters in front of what is read.
    mutating func read(_ line: Substring, number: Int?, columnsBefore: Int = 0) throws(HostListError) {
        func mistake(_ column: Int, _ reason: String) -> HostListError {
            HostListError(line: number, column: column, reason: reason)
        }
        let words = Self.words(line, columnsBefore)
        guard let first = words.first else { return }
        var host = try Self.host(first, mistake)
        var given: Set<Substring> = []
        for word in words.dropFirst() {
            let parts = word.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw mistake(
                    word.column, "'\(word.text)' is no setting: behind the host stand \(Self.list), as in slots=2")
            }
            guard given.insert(parts[0]).inserted else { throw mistake(word.column, "\(parts[0]) is given twice") }
            let value = Word(text: parts[1], column: word.column + parts[0].count + 1)
            try Self.set(parts[0], value, of: &host, at: word.column, mistake)
        }
        if let place = places[host.label] {
            throw mistake(
                first.column, "\(host.description) is there already, \(place): slots=N starts several workers")
        }
        places[host.label] = number.map { "in line \($0)" } ?? "at column \(first.column)"
        workers += host.slots
        guard workers <= HostList.workersAtMost else {
            throw mistake(first.column, "more than \(HostList.workersAtMost) workers in all")
        }
        hosts.append(host)
    }

    func finished() throws(HostListError) -> [WorkerHost] {
        guard !hosts.isEmpty else { throw HostListError(line: 1, column: 1, reason: "there is no host in it") }
        return hosts
    }

    private static var list: String { "slots=N, threads=T, device=D and data=DIR" }

    /// Up to a comment.
    private static func words(_ line: Substring, _ columnsBefore: Int) -> [Word] {
        var words: [Word] = []
        var start: Substring.Index?
        func close(_ end: Substring.Index) {
            guard let begin = start else { return }
            let column = columnsBefore + line.distance(from: line.startIndex, to: begin) + 1
            words.append(Word(text: line[begin..<end], column: column))
            start = nil
        }
        for index in line.indices {
            let character = line[index]
            if character == "#", start == nil { return words }
            if character.isWhitespace { close(index) } else if start == nil { start = index }
        }
        close(line.endIndex)
        return words
    }

    private static func host(_ word: Word, _ mistake: (Int, String) -> HostListError) throws(HostListError)
        -> WorkerHost
    {
        let user = word.text.lastIndex(of: "@").map { word.text[...$0] } ?? ""
        var name = word.text.dropFirst(user.count)
        var port: Int?
        // An address of IPv6 has colons of its own: in brackets where a port follows.
        let colons = name.count { $0 == ":" }
        if name.hasPrefix("["), let end = name.lastIndex(of: "]") {
            let rest = name[name.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else {
                throw mistake(word.column, "'\(name)' is no host: a port follows the bracket as :2222")
            }
            if !rest.isEmpty { port = try Self.port(rest.dropFirst(), word, mistake) }
            name = name[name.index(after: name.startIndex)..<end]
        } else if colons == 1, let colon = name.lastIndex(of: ":") {
            port = try Self.port(name[name.index(after: colon)...], word, mistake)
            name = name[..<colon]
        }
        guard !word.text.hasPrefix("-") else {
            throw mistake(word.column, "'\(word.text)' begins with '-', and ssh would take it for an option")
        }
        let isPlain = (user.dropLast() + name).allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "-_.:%".contains($0))
        }
        guard isPlain, !name.isEmpty, name.utf8.count <= nameLimit, !name.hasPrefix("-"), user != "@" else {
            throw mistake(
                word.column,
                "'\(word.text)' is no host: it takes a name or an address, perhaps with user@ in front and :port behind"
            )
        }
        return WorkerHost(String(user + name), port: port)
    }

    private static func port(
        _ text: Substring, _ word: Word, _ mistake: (Int, String) -> HostListError
    ) throws(HostListError) -> Int {
        guard let port = Spelling.whole(String(text)), (1...65_535).contains(port) else {
            throw mistake(word.column + word.text.count - text.count, "'\(text)' is no port: it is 1 to 65535")
        }
        return port
    }

    private static func set(
        _ name: Substring, _ value: Word, of host: inout WorkerHost, at column: Int,
        _ mistake: (Int, String) -> HostListError
    ) throws(HostListError) {
        switch name {
        case "slots", "threads":
            guard let number = Spelling.whole(String(value.text)), (1...1024).contains(number) else {
                throw mistake(value.column, "\(name) is '\(value.text)'; it takes 1 to 1024")
            }
            if name == "slots" { host.slots = number } else { host.threads = number }
        case "device":
            guard devices.contains(String(value.text)) else {
                throw mistake(value.column, "device is '\(value.text)'; it takes \(devices.joined(separator: " or "))")
            }
            host.device = String(value.text)
        case "data":
            guard value.text.hasPrefix("/") else {
                throw mistake(value.column, "data is '\(value.text)'; it takes a folder of that host, from the root")
            }
            host.data = String(value.text)
        default:
            let hint = NearestName.hint(for: String(name), among: settings)
            throw mistake(column, "'\(name)' is no setting of a host\(hint) (there are \(list))")
        }
    }
}
