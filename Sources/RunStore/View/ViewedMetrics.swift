import Formats
import Host
import Reporting

/// The metrics of a run, for a page: all epochs, and steps in few points. Lines that are no JSON are counted and passed over.
struct ViewedMetrics {
    private(set) var steps = PageSteps()
    private(set) var epochs: [PageEpoch] = []
    /// Of the newest file, up to the end of its last whole line.
    private(set) var bytes = 0
    private(set) var remarks: [String] = []

    /// - Throws: `SystemError`.
    mutating func read(_ directory: RunDirectory) throws {
        // Older steps first.
        for name in RunMetrics.names.reversed() {
            guard let content = try directory.read(name) else { continue }
            let end = (content.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
            // A running coordinator may be writing the rest at this moment.
            if name == RunMetrics.names[0] { bytes = end }
            let damaged = take(content[..<end])
            if damaged > 0 {
                remarks.append("\(name): \(damaged) damaged line\(damaged == 1 ? "" : "s") passed over")
            }
        }
        epochs.sort { $0.epoch < $1.epoch }
    }

    /// - Returns: how many lines hold no JSON object.
    private mutating func take(_ content: ArraySlice<UInt8>) -> Int {
        var damaged = 0
        for line in content.split(separator: UInt8(ascii: "\n")) {
            guard let value = try? JSONValue.parse(Array(line), source: "metrics"), let kind = value["kind"]?.text
            else {
                damaged += 1
                continue
            }
            switch kind {
            case "step": steps.add(value)
            case "epoch": if let epoch = PageEpoch(value) { epochs.append(epoch) } else { damaged += 1 }
            default: break
            }
        }
        return damaged
    }
}
