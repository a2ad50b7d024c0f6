import Host

#if canImport(Glibc)
    import Glibc
#endif

/// A terminal without a person: what a program writes to it is read here.
final class PseudoTerminal {
    /// Where programs open it.
    let path: String
    private let file: Int32
    /// Everything that was written so far.
    private(set) var text = ""

    /// The kernel's numbers for "unlock" and "which number has it", which Swift does not see.
    private static let unlock: UInt = 0x4004_5431
    private static let number: UInt = 0x8004_5430

    init(columns: Int) throws {
        file = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (isLocked, place): (Int32, UInt32) = (0, 0)
        guard file >= 0, ioctl(file, Self.unlock, &isLocked) == 0, ioctl(file, Self.number, &place) == 0 else {
            throw SystemError("open", "a terminal")
        }
        path = "/dev/pts/\(place)"
        resize(columns: columns)
    }

    deinit { close(file) }

    func resize(columns: Int) {
        var size = winsize(ws_row: 50, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(file, UInt(TIOCSWINSZ), &size)
    }

    /// Reads until the text is as it should be, or no program has the terminal open any more; for a minute at most.
    ///
    /// - Returns: whether it is.
    @discardableResult
    func read(until isEnough: (String) -> Bool = { _ in false }) -> Bool {
        let limit = Clock.monotonic() + .seconds(60)
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while !isEnough(text), Clock.monotonic() < limit {
            guard !DescriptorPoll.wait([file], timeout: .milliseconds(200)).isEmpty else { continue }
            let count = Glibc.read(file, &chunk, chunk.count)
            guard count > 0 else { break }
            text += String(decoding: chunk[..<count], as: UTF8.self)
        }
        return isEnough(text)
    }

    /// What a person sees at the end, a row each, and whether a bar ever reached the last column, behind which a terminal wraps.
    func screen(columns: Int) -> (rows: [String], hasFullBar: Bool) {
        var rows: [[Character]] = [[]]
        var column = 0
        var hasFullBar = false
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\r": column = 0
            case "\n": rows.append([])
            case "\u{1B}":
                let code = rest.prefix { !("A"..."z").contains($0) || $0 == "[" }
                rest = rest.dropFirst(code.count)
                if rest.popFirst() == "K" { rows[rows.count - 1] = Array(rows[rows.count - 1].prefix(column)) }
            default:
                if column == columns {
                    rows.append([])
                    column = 0
                }
                var row = rows[rows.count - 1]
                row += [Character](repeating: " ", count: max(0, column - row.count))
                if column < row.count { row[column] = Character(scalar) } else { row.append(Character(scalar)) }
                rows[rows.count - 1] = row
                column += 1
                if column == columns, row.first == "[" { hasFullBar = true }
            }
        }
        return (rows.map { String($0) }, hasFullBar)
    }

    /// The bars that were drawn, in their order.
    var bars: [String] {
        text.split(separator: "\u{1B}[K").map { String($0.prefix { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }) }
            .filter { $0.hasPrefix("[") }
    }
}

extension Programs {
    /// Starts `snas` with this terminal as its standard error, as a person would: no variable says that nobody watches.
    func start(_ words: [String], on terminal: PseudoTerminal, name: String, environment: [String: String] = [:]) throws
        -> ChildProcess
    {
        try ChildProcess(
            "/usr/bin/env",
            ["-u", "CI", "-u", "NO_COLOR", "-u", "COLUMNS", "TERM=xterm"]
                + environment.map { "\($0.key)=\($0.value)" } + ["\(bin)/snas"] + words,
            outputPath: "\(folder)/\(name).out", errorPath: terminal.path)
    }
}
