import Formats
import Host
package import Reporting
import SearchSpace
import Wire

/// A run's folder as a page shows it. It may be running, of an earlier version, stopped early or damaged: what can be read is
/// shown, and what cannot is said.
package struct RunView: Sendable {
    /// Pictures of cells that a page holds at most: the newest epoch's, and epochs at even distances before it.
    static let pictureLimit = 100

    /// What was read.
    package let page: PageRun

    /// - Parameters:
    ///   - path: the run's folder.
    ///   - everyPicture: also those of earlier epochs' cells.
    /// - Throws: `UserError` where there is no run (noInput), or one of a newer program's format (protocolMismatch); `SystemError`
    ///   where a file cannot be read.
    package init(of path: String, everyPicture: Bool = true) throws {
        try self.init(try RunDirectory.toRead(path), everyPicture: everyPicture)
    }

    /// The same of a folder that is open, the run's own coordinator's too: nothing is written.
    package init(_ directory: RunDirectory, everyPicture: Bool = true) throws {
        var page = PageRun(name: directory.path)
        page.identity = "\(directory.identity)"
        var metrics = ViewedMetrics()
        try metrics.read(directory)
        page.steps = metrics.steps
        page.epochs = metrics.epochs
        page.metricsBytes = metrics.bytes
        page.remarks = metrics.remarks
        let events = try ViewedEvents(directory)
        page.warnings = events.newest
        page.earlierWarnings = events.earlier
        page.remarks += events.remarks
        page.status = try Self.document(RunStatus.fileName, of: directory, &page.remarks) ?? .null
        try ViewedOrigin(directory).tell(&page, workers: events.workers)
        page.pictures = Self.pictures(of: page, every: everyPicture)
        self.page = page
    }

    /// - Returns: nil where there is no such file, or where it holds no JSON, which is said.
    static func document(
        _ name: String, of directory: RunDirectory, _ remarks: inout [String]
    ) throws -> JSONValue? {
        guard let bytes = try directory.read(name) else { return nil }
        do { return try JSONValue.parse(bytes, source: name) } catch {
            remarks.append("\(name) is damaged and not shown: \(error.reason)")
            return nil
        }
    }

    // MARK: Pictures

    private static func pictures(of page: PageRun, every: Bool) -> [PageRun.Picture] {
        let ofEpochs = page.epochs.compactMap(\.genotype)
        let stride = max(1, (ofEpochs.count + pictureLimit - 1) / pictureLimit)
        // Counted from the newest one, which is always there.
        let chosen = ofEpochs.indices.filter { every && (ofEpochs.count - 1 - $0) % stride == 0 }.map { ofEpochs[$0] }
        let newest = [page.genotype, ofEpochs.last].compactMap { $0 }
        var seen: Set<String> = []
        return (newest + chosen).filter { seen.insert($0).inserted }.compactMap(picture)
    }

    /// None of a text that is no genotype: what is damaged is shown as text alone.
    private static func picture(of text: String) -> PageRun.Picture? {
        guard let genotype = try? Genotype(parsing: text) else { return nil }
        return PageRun.Picture(
            genotype: text,
            svg: genotype.kinds.map { .init("\($0)", CellPicture(genotype, kind: $0).svg) })
    }
}
