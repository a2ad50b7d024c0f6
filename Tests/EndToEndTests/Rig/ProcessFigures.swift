import Host

/// What a process takes, read from outside.
struct ProcessFigures: CustomStringConvertible {
    let residentBytes: Int
    /// The most it ever took.
    let peakBytes: Int
    let descriptors: Int

    init(of process: Int32) {
        let status = (try? FileSystem.readFile("/proc/\(process)/status", limitBytes: 1 << 16)) ?? []
        func kilobytes(_ name: String) -> Int {
            for line in String(decoding: status, as: UTF8.self).split(separator: "\n") where line.hasPrefix(name) {
                return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
            }
            return 0
        }
        residentBytes = 1024 * kilobytes("VmRSS:")
        peakBytes = 1024 * kilobytes("VmHWM:")
        descriptors = (try? FileSystem.list("/proc/\(process)/fd").count) ?? 0
    }

    static func children(of process: Int32) -> [Int32] {
        let bytes = (try? FileSystem.readFile("/proc/\(process)/task/\(process)/children", limitBytes: 1 << 16)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }

    /// False also for one that has ended and that nobody has asked how.
    static func isRunning(_ process: Int32) -> Bool {
        let bytes = (try? FileSystem.readFile("/proc/\(process)/stat", limitBytes: 1 << 16)) ?? []
        let state = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ").first
        return state != nil && state != "Z" && state != "X"
    }

    var description: String {
        "\(residentBytes >> 20) MB resident, \(peakBytes >> 20) MB at most, \(descriptors) descriptors"
    }
}
