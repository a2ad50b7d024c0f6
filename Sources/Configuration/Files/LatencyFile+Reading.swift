import Formats
import Host
import SearchSpace

extension LatencyFile {
    /// Reads a table as it was written; of what is wrong it says where.
    ///
    /// - Returns: it, and the file's text, by whose digest a run names it.
    /// - Throws: `UserError`: noInput for a file that is missing, data for one that is no table.
    package static func read(_ path: String) throws -> (file: LatencyFile, text: String, table: LatencyTable) {
        let bytes = try FileSystem.readFile(path, limitBytes: limitBytes)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw UserError(.data, "latency table \(path) is not UTF-8 text")
        }
        let value: JSONValue
        do { value = try JSONValue.parse(bytes, source: "latency table \(path)") } catch {
            throw UserError(.data, error.description)
        }
        let file = try Reader(path: path).file(value)
        let table = LatencyTable(
            digest: Hexadecimal.string(SHA256.digest(bytes)), network: file.network, images: file.conditions.images,
            threads: file.conditions.threads, costs: file.costs)
        return (file, text, table)
    }

    private struct Reader {
        let path: String

        func fail(_ reason: String) -> UserError { UserError(.data, "latency table \(path): \(reason)") }

        func file(_ value: JSONValue) throws -> LatencyFile {
            guard value["kind"]?.text == LatencyFile.kind else {
                throw fail(
                    "it is none: 'kind' should be '\(LatencyFile.kind)', as snas measure latency --out writes it")
            }
            guard value["format"]?.integer == LatencyFile.format else {
                throw fail("'format' is \(shown(value["format"])); this snas reads \(LatencyFile.format)")
            }
            let image = value["image"]?.elements?.compactMap(\.integer) ?? []
            guard image.count == 3, image.allSatisfy(LatencyFile.counts.contains) else {
                throw fail("'image' is \(shown(value["image"])); it takes channels, height and width")
            }
            let network = LatencyTable.MeasuredNetwork(
                space: try name(value, "space"), graph: try text(value, "graph"),
                channels: try count(value, "channels"),
                layers: try count(value, "layers"),
                image: ImageShape(channels: image[0], height: image[1], width: image[2]),
                classes: try count(value, "classes"))
            guard let scale = value["scale"]?.number, scale > 0 else {
                throw fail("'scale' is \(shown(value["scale"])); it takes a number above 0")
            }
            let conditions = Conditions(
                images: try count(value, "batch"), threads: try count(value, "threads"),
                repeats: try count(value, "repeats"), scale: scale, kernels: try text(value, "kernels"),
                device: try text(value, "device"), host: try text(value, "host"),
                processor: try text(value, "processor"), versions: try text(value, "versions"),
                date: try text(value, "date"))
            return LatencyFile(
                network: network, conditions: conditions,
                fixed: try time(value["fixed"], of: "the fixed part", smallest: LatencyFile.wholeNetwork.lowerBound),
                entries: try entries(value))
        }

        private func entries(_ value: JSONValue) throws -> [(entry: MeasuredCosts.Entry, time: MeasuredTime)] {
            guard let elements = value["entries"]?.elements else { throw fail("'entries' is missing") }
            var seen: Set<MeasuredCosts.Entry> = []
            return try elements.enumerated().map { number, element in
                let place = "entry \(number + 1)"
                guard let operation = element["operation"]?.text.flatMap({ Operation(name: $0) }) else {
                    throw fail("\(place): 'operation' is \(shown(element["operation"])), which is none")
                }
                let entry = MeasuredCosts.Entry(
                    operation,
                    at: OperationPlace(
                        channels: try count(element, "channels", place), height: try count(element, "height", place),
                        width: try count(element, "width", place), stride: try count(element, "stride", place)))
                guard seen.insert(entry).inserted else {
                    throw fail("\(place): \(operation.name) at \(entry.place.words) stands twice")
                }
                let time = try time(element, of: "\(place), \(operation.name) at \(entry.place.words)", smallest: 0)
                guard operation != .none || time.median == 0 else {
                    throw fail("\(place): none takes \(time.median) nanoseconds; it computes nothing and takes 0")
                }
                return (entry, time)
            }
        }

        private func time(_ value: JSONValue?, of what: String, smallest: Int) throws -> MeasuredTime {
            func nanoseconds(_ key: String, _ smallest: Int) throws -> Int {
                let given = value?[key]
                guard let number = given?.number?.rounded(), (Double(smallest)...1e15).contains(number) else {
                    throw fail(
                        "\(what): '\(key)' is \(shown(given)); it takes nanoseconds, \(smallest) or more")
                }
                return Int(number)
            }
            return MeasuredTime(median: try nanoseconds("median_ns", smallest), spread: try nanoseconds("spread_ns", 0))
        }

        private func count(_ value: JSONValue, _ key: String, _ place: String = "") throws -> Int {
            guard let number = value[key]?.integer, LatencyFile.counts.contains(number) else {
                throw fail(
                    "\(place.isEmpty ? "" : "\(place): ")'\(key)' is \(shown(value[key])); it takes a whole number from 1 on"
                )
            }
            return number
        }

        private func text(_ value: JSONValue, _ key: String) throws -> String {
            guard let text = value[key]?.text, text.count <= 256, key != "graph" || SearchSpace.isGraph(text) else {
                throw fail("'\(key)' is \(shown(value[key])); it takes a text")
            }
            return text
        }

        private func name(_ value: JSONValue, _ key: String) throws -> String {
            guard let text = value[key]?.text, SearchSpace.isName(text) else {
                throw fail("'\(key)' is \(shown(value[key])); it takes the name of a search space")
            }
            return text
        }

        private func shown(_ value: JSONValue?) -> String {
            value.map { String($0.serialized().prefix(60)) } ?? "missing"
        }
    }
}
