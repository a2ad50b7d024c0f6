import Configuration
import Formats
import Host
import SearchSpace
import Testing

/// Tables of latency as files and as settings, and what is said of bad ones.
@Suite
struct LatencyTableTests {
    private static let image = ImageShape(channels: 3, height: 32, width: 32)

    private static func plan(_ space: SearchSpace = .darts(), channels: Int = 12, layers: Int = 6) -> NetworkPlan {
        NetworkPlan(image: image, classes: 10, initChannels: channels, layers: layers, space: space)
    }

    /// Edges that keep something take 1000 ns, whatever it is.
    private static func file(_ plan: NetworkPlan = plan()) -> LatencyFile {
        LatencyFile(
            network: LatencyTable.MeasuredNetwork(plan),
            conditions: LatencyFile.Conditions(
                images: 1, threads: 2, repeats: 50, scale: 1.05, kernels: "avx2", device: "cpu", host: "h",
                processor: "p: q", versions: "snas 1", date: "2026-11-30T05:30:00.000Z"),
            fixed: MeasuredTime(median: 200_000, spread: 17),
            entries: plan.measuredEntries.map {
                ($0, MeasuredTime(median: $0.operation == .none ? 0 : 1000, spread: 3))
            })
    }

    private final class Folder {
        let path: String
        init() throws { path = try FileSystem.createTemporaryDirectory(prefix: "snas-test-") }
        deinit { try? FileSystem.removeTree(path) }

        func write(_ text: String) throws -> String {
            try FileSystem.writeFile("\(path)/t.json", Array(text.utf8))
            return "\(path)/t.json"
        }
    }

    private func resolved(_ settings: [(String, String)]) throws -> ResolvedConfiguration {
        var builder = ConfigurationBuilder()
        for (name, value) in settings { try builder.apply(name: name, value: value, origin: .flag) }
        return try builder.finished()
    }

    private func refusal(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch { return (error as? UserError).map { "\($0.exitCode): \($0.sentence)" } ?? "\(error)" }
    }

    @Test("A table is read as it was written, under its bytes' SHA-256, and its one word gives the same table again")
    func word() throws {
        let folder = try Folder()
        let file = Self.file()
        let read = try LatencyFile.read(try folder.write(file.text))
        #expect(read.file == file && read.text == file.text && read.table == file.table)
        #expect(read.table.digest == Hexadecimal.string(SHA256.digest(Array(file.text.utf8))))
        #expect(read.table.costs.costs.count == 40 && read.table.threads == 2)
        #expect(LatencyTable(word: read.table.word) == read.table)
        #expect(!read.table.word.contains { $0 == " " || $0 == "=" || $0 == "#" })
        // Another space or line end is another file, whose numbers are the same.
        let other = try LatencyFile.read(try folder.write(file.text + "\n")).table
        #expect(other.digest != read.table.digest && other.costs == read.table.costs)
        for cut in stride(from: 0, to: read.table.word.count, by: 7) {
            _ = LatencyTable(word: String(read.table.word.prefix(cut)))
        }
        #expect(LatencyTable(word: read.table.word.replacing(",1000", with: ",-1")) == nil)
        #expect(LatencyTable(word: read.table.word + ";" + (read.table.word.split(separator: ":").last ?? "")) == nil)
    }

    @Test(
        "The configuration keeps what the file said, in text, over the wire and in its YAML, whatever becomes of the file"
    )
    func kept() throws {
        let folder = try Folder()
        let text = Self.file().text
        let path = try folder.write(text)
        let size = [("target_channels", "12"), ("target_layers", "6")]
        let given = try resolved(size + [("latency_table", path), ("target_latency", "0.3ms")])
        #expect(given.files == [LatencyFile.keptName: text])
        #expect(given.configuration.budget.targetLatency == 300_000)
        _ = try folder.write("gone")
        let again = try SearchConfiguration(canonicalText: given.configuration.canonicalText)
        #expect(again == given.configuration && again.budget.latencyTable?.costs.fixed == 200_000)
        var builder = ConfigurationBuilder()
        try builder.apply(text: given.yaml, source: "run")
        #expect(try builder.finished().configuration == given.configuration)
        let digest = Hexadecimal.string(SHA256.digest(Array(text.utf8)))
        #expect(given.configuration.canonicalText.contains("budget.latency_table = latency:\(digest):darts:"))
        // A later none takes the table back, and its copy.
        let none = try resolved([("latency_table", "none")])
        let nothing = try resolved([])
        #expect(none.files.isEmpty && none.configuration == nothing.configuration)
    }

    @Test(
        "A target is a time with its unit",
        arguments: [
            ("5ms", 5_000_000, "5ms"), ("800us", 800_000, "800us"), ("0.0005s", 500_000, "500us"),
            ("1234567ns", 1_234_567, "1234567ns"), ("none", nil, "none"),
        ] as [(String, Int?, String)])
    func units(text: String, nanoseconds: Int?, written: String) throws {
        let folder = try Folder()
        let path = try folder.write(Self.file().text)
        let configuration = try resolved([("target_latency", text), ("latency_table", path)]).configuration
        #expect(configuration.budget.targetLatency == nanoseconds)
        let setting = try #require(Setting.named("target_latency"))
        #expect(setting.value(in: configuration) == written)
    }

    @Test(
        "What is no time, or has no unit, is refused",
        arguments: ["5", "ms", "-5ms", "0ns", "5min", "5 fortnights", ""])
    func noUnit(text: String) {
        let said = refusal { _ = try resolved([("target_latency", text)]) }
        #expect(
            said == "usage: --target_latency is '\(text)'; it takes none, or a time with its unit like 5ms, 800us, "
                + "0.005s or 5000000ns")
    }

    @Test("Latency without a table is refused, with how one is made")
    func withoutTable() {
        for (name, value) in [("target_latency", "5ms"), ("resource", "latency")] {
            let said = refusal { _ = try resolved([(name, value)]) }
            #expect(
                said
                    == "configuration: \(name) \(value): nothing says how long operations take; snas measure latency --out "
                    + "F.json measures it, and --latency_table F.json gives it")
        }
    }

    /// A change to a good table's text, and what is said of the result.
    struct BadFile: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let old: String
        let new: String
        let said: String

        init(_ name: String, _ old: String, _ new: String, _ said: String) {
            (testDescription, self.old, self.new, self.said) = (name, old, new, said)
        }
    }

    @Test(
        "A file that is no table is refused with what stands where",
        arguments: [
            BadFile("no JSON", "{", "[", "of JSON"),
            BadFile(
                "other JSON", "snas latency table", "something", "it is none: 'kind' should be 'snas latency table'"),
            BadFile("another format", "\"format\": 1", "\"format\": 2", "'format' is 2; this snas reads 1"),
            BadFile(
                "negative", "\"median_ns\": 1000", "\"median_ns\": -1000",
                "entry 2, max_pool_3x3 at 12 channels, 32 x 32, stride 1: 'median_ns' is -1000; it takes nanoseconds, 0 or more"
            ),
            BadFile("no number", "\"median_ns\": 1000", "\"median_ns\": \"fast\"", "'median_ns' is \"fast\"; it takes"),
            BadFile("null", "\"median_ns\": 1000", "\"median_ns\": null", "'median_ns' is null; it takes"),
            BadFile("without a fixed part", "\"fixed\"", "\"broken\"", "the fixed part: 'median_ns' is missing"),
            BadFile(
                "faster than any machine", "\"median_ns\": 200000", "\"median_ns\": 200",
                "the fixed part: 'median_ns' is 200; it takes nanoseconds, 1001 or more"),
            BadFile("no operation", "sep_conv_5x5", "sep_conv_9x9", "'operation' is \"sep_conv_9x9\", which is none"),
            BadFile(
                "twice", "avg_pool_3x3", "max_pool_3x3",
                "entry 3: max_pool_3x3 at 12 channels, 32 x 32, stride 1 stands twice"),
            BadFile("none that takes time", "\"median_ns\": 0", "\"median_ns\": 5", "none takes 5 nanoseconds"),
            BadFile(
                "no sides", "\"image\": [", "\"image\": [ 4,",
                "'image' is [4,3,32,32]; it takes channels, height and width"),
        ])
    func badFiles(bad: BadFile) throws {
        let folder = try Folder()
        let text = Self.file().text
        let place = try #require(text.firstRange(of: bad.old))
        let path = try folder.write(text[..<place.lowerBound] + bad.new + text[place.upperBound...])
        let said = refusal { _ = try resolved([("latency_table", path)]) }
        #expect(said.hasPrefix("data: ") && said.contains(path) && said.contains(bad.said), "\(said)")
    }

    @Test("A table of another network is refused with the difference, one with holes with the first of them")
    func otherNetworks() throws {
        let table = Self.file().table
        #expect(refusal { try table.check(fits: Self.plan()) } == "")
        func said(_ plan: NetworkPlan) -> String { refusal { try table.check(fits: plan) } }
        let others: [(NetworkPlan, String)] = [
            (
                Self.plan(NamedSpace.nasBench201.space(nodes: 4), channels: 16, layers: 6),
                "with space darts, and this one has nas_bench_201"
            ),
            (Self.plan(.darts(nodes: 3)), "with nodes reductions-4, and this one has reductions-3"),
            (Self.plan(channels: 16), "with target_channels 12, and this one has 16"),
            (Self.plan(layers: 8), "with target_layers 6, and this one has 8"),
            (
                NetworkPlan(
                    image: ImageShape(channels: 1, height: 28, width: 28), classes: 10, initChannels: 12, layers: 6,
                    space: .darts()), "with images of 3x32x32, and this one has 1x28x28"
            ),
            (
                NetworkPlan(image: Self.image, classes: 100, initChannels: 12, layers: 6, space: .darts()),
                "with classes 10, and this one has 100"
            ),
        ]
        for (plan, words) in others {
            #expect(
                said(plan).hasPrefix("configuration: latency_table is of another network") && said(plan).contains(words)
            )
        }
        let whole = Self.file()
        let lacking = LatencyFile(
            network: whole.network, conditions: whole.conditions, fixed: whole.fixed,
            entries: whole.entries.filter { $0.entry.operation != .skipConnect })
        #expect(
            refusal { try lacking.table.check(fits: Self.plan()) }
                == "data: latency_table has holes: it lacks skip_connect at 12 channels, 32 x 32, stride 1 and 4 more")
    }

    @Test("A target that no network reaches is refused with what is possible")
    func impossible() throws {
        var budget = SearchConfiguration.Budget()
        (budget.targetChannels, budget.targetLayers, budget.latencyTable) = (12, 6, Self.file().table)
        func said(_ nanoseconds: Int) -> String {
            budget.targetLatency = nanoseconds
            return refusal { _ = try budget.size(of: Self.plan()) }
        }
        // Six cells of fourteen edges of a microsecond each.
        let possible = "possible are 200us (every edge none) to 284us of latency"
        #expect(
            said(199_999).contains("target_latency 199.999us is below the fastest network at 12 channels and 6 cells"))
        #expect(said(199_999).contains(possible) && said(284_001).contains(possible))
        #expect(said(284_001).contains("above the slowest") && said(200_000).isEmpty && said(284_000).isEmpty)
    }

    @Test("A published cell's network has its sum too; another network than the measured one has none")
    func described() throws {
        let genotype = try #require(KnownGenotypes.named("DARTS_V2"))
        func said(channels: Int = 12, layers: Int = 6) throws -> Int {
            try Self.file().table.latency(
                of: DerivedPlan(
                    genotype: genotype, image: Self.image, classes: 10, initChannels: channels, layers: layers))
        }
        #expect(try said() == 200_000 + 6 * 8 * 1000)
        #expect(refusal { _ = try said(layers: 7) }.contains("configuration: latency_table is of another network"))
        #expect(refusal { _ = try said(channels: 36) }.contains("this one has 36, 6, 3x32x32"))
    }
}
