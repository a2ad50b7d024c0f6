/// What a host says of itself before anything is started there.
package struct HostFacts: Sendable, Equatable {
    /// As its kernel has it.
    package private(set) var hostName: String?
    /// That a process there may use.
    package private(set) var cores: Int?
    /// Memory that could be taken without swapping.
    package private(set) var availableBytes: Int?
    /// Whether the folder of the data set that its line names is there and can be read; nil where none is named.
    package private(set) var hasData: Bool?
    /// The worker's program, as it was found.
    package private(set) var program: String?
    /// What the program says of itself, in one line.
    package private(set) var version: String?

    /// What stands in front of a fact: a user's shell may write lines of its own.
    static let mark = "snas-host "
    private static let textLimit = 300

    package init() {}

    /// Takes a line that begins with the mark.
    ///
    /// - Returns: name and value; nil for any other line.
    static func parts(of line: String) -> (name: String, value: String)? {
        guard line.hasPrefix(mark), let equals = line.firstIndex(of: "=") else { return nil }
        let name = line[line.index(line.startIndex, offsetBy: mark.count)..<equals]
        return (String(name), String(line[line.index(after: equals)...].prefix(textLimit)))
    }

    /// What is unknown, or no value of its name, is passed over.
    package mutating func take(_ name: String, _ value: String) {
        switch name {
        case "host" where !value.isEmpty: hostName = value
        case "cores": cores = Self.number(value) ?? cores
        case "memory_kb": availableBytes = Self.number(value).map { $0 * 1024 } ?? availableBytes
        case "data": hasData = value == "there"
        case "program" where !value.isEmpty: program = value
        case "version" where !value.isEmpty: version = value
        default: break
        }
    }

    /// No machine has as much of anything as would overflow what is made of it.
    private static func number(_ text: String) -> Int? {
        Int(text).flatMap { (1...(1 << 50)).contains($0) ? $0 : nil }
    }
}
