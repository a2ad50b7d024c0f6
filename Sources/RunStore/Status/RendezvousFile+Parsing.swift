package import Host
import Wire

extension RendezvousFile {
    private static let wordsOfOneValue = ["run", "generation", "state"]

    /// - Parameter path: for sentences.
    /// - Throws: `UserError`: data with what is wrong, protocolMismatch for a newer program's file.
    package init(parsing bytes: [UInt8], from path: String) throws(UserError) {
        var values: [String: String] = [:]
        var addresses: [String] = []
        for (number, line) in try Self.lines(bytes, path) {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            if parts.count == 2, parts[0] == "address", addresses.count < Self.addressLimit {
                addresses.append(parts[1])
            } else if parts.count == 2, Self.wordsOfOneValue.contains(parts[0]), values[parts[0]] == nil {
                values[parts[0]] = parts[1]
            } else {
                throw UserError(
                    .data, "\(path), line \(number): '\(line.prefix(80))' does not stand there in a rendezvous file")
            }
        }
        func value<Value>(_ word: String, _ read: (String) -> Value?) throws(UserError) -> Value {
            guard let text = values[word] else {
                throw UserError(.data, "\(path) is no whole rendezvous file: it says no \(word)")
            }
            guard let value = read(text) else {
                throw UserError(.data, "\(path) is no rendezvous file: '\(text.prefix(80))' is no \(word)")
            }
            return value
        }
        self.init(
            standing: try value("state", Standing.init(rawValue:)), run: try value("run", RunIdentity.init),
            generation: try value("generation", { UInt64($0) }), addresses: addresses)
        guard !addresses.isEmpty else {
            throw UserError(.data, "\(path) is no whole rendezvous file: it says no address")
        }
    }

    /// Behind the title, with their numbers from 1.
    private static func lines(_ bytes: [UInt8], _ path: String) throws(UserError) -> [(number: Int, text: String)] {
        guard let text = String(validating: bytes, as: UTF8.self), text.hasPrefix(title) else {
            throw UserError(.data, "\(path) is no rendezvous file: it does not begin with '\(title)\(version)'")
        }
        guard text.hasSuffix("\n") else {
            throw UserError(.data, "\(path) is no whole rendezvous file: its last line has no end")
        }
        let lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let form = lines[0].dropFirst(title.count)
        guard let number = Int(form), number >= version else {
            throw UserError(.data, "\(path) is no rendezvous file: '\(form.prefix(40))' is no number of a form")
        }
        guard number == version else {
            throw UserError(
                .protocolMismatch,
                "\(path) has form \(number), which a newer snas wrote; this one reads form \(version)")
        }
        return lines.enumerated().dropFirst().map { ($0.offset + 1, $0.element) }
    }
}
