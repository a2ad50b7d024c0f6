import Configuration
import Datasets
import Formats
import Launching
import Testing
import Tools

@Suite("What a host's measurement means for a search")
struct HostReportTests {
    /// A host with 8 cores and 4 GiB, on which a step takes 100 ms, 64 images, and a step's bytes 10 ms.
    private func host(
        _ name: String = "h", slots: Int = 1, data: String? = nil, kind: String = "a", digest: String? = nil,
        peakBytes: Int = 1 << 30
    ) -> HostMeasurement {
        var host = WorkerHost(name)
        host.slots = slots
        host.data = data
        var measurement = HostMeasurement(host)
        for (name, value) in [
            ("host", "node"), ("cores", "8"), ("memory_kb", "\(4 << 20)"), ("program", "/opt/snas-worker"),
        ] {
            measurement.facts.take(name, value)
        }
        measurement.work = WorkFigures(
            threads: 2, imagesPerStep: 64, stepSeconds: 0.1, steps: 5, weightSets: 1, contributions: 1,
            peakBytes: peakBytes,
            kind: kind, dataDigest: digest, processor: "p", kernels: "avx2")
        measurement.exchange = .measured(seconds: 0.01, bytes: 1_000_000)
        measurement.clock = ClockComparison([.init(asked: 100, there: 100.5, answered: 101)])
        measurement.roundTrip = .milliseconds(2)
        return measurement
    }

    private func search(_ change: (inout SearchConfiguration) -> Void = { _ in }) throws -> AskedSearch {
        var configuration = SearchConfiguration()
        change(&configuration)
        return try AskedSearch(configuration, try RecognisedDataset(at: "digits").loadTraining())
    }

    private func findings(
        _ hosts: [HostMeasurement], _ search: AskedSearch
    ) -> (hosts: [Doctor.Finding], together: Doctor.Finding) {
        let needs = SearchNeeds(search, hosts)
        let reports = hosts.map { HostReport($0, needs).finding }
        return (reports, needs.together(hosts, reports))
    }

    private func figure(_ name: String, _ finding: Doctor.Finding) -> Double? {
        finding.figures.first { $0.key == name }?.value.number
    }

    @Test("A host in order: its figures, and transfer as a share of a step that all hosts part by their speed")
    func fine() throws {
        let (alone, together) = findings([host()], try search())
        #expect(alone[0].verdict == .fine && alone[0].subject == "h", "\(alone[0].text)")
        #expect(figure("bytes_per_second", alone[0]) == 1e8 && figure("images_per_second", alone[0]) == 640)
        #expect(abs((figure("transfer_share", alone[0]) ?? 0) - 10.0 / 110) < 1e-12)
        for part in ["8 cores", "4096 MB available", "100.0 MB/s", "9 %", "round trip 2.00 ms", "give or take 0.500"] {
            #expect(alone[0].text.contains(part), "\(alone[0].text)")
        }
        #expect(
            together.verdict == .fine && together.text.hasPrefix("1 workers on 1 of 1 hosts, 2 threads"),
            "\(together.text)")
        // Two workers move their bytes one after the other, and compute twice as fast.
        let (both, _) = findings([host("a", slots: 2), host("b"), host("c")], try search())
        #expect(figure("transfer_ms_per_step", both[0]) == 20 && figure("compute_ms_per_step", both[0]) == 25)
        #expect(figure("transfer_ms_per_step", both[1]) == 10)
    }

    @Test("Beyond half of a step, and a clock that surely differs by more than 2 s, are warnings")
    func doubtful() throws {
        var slow = host()
        slow.exchange = .measured(seconds: 0.11, bytes: 1_000_000)
        #expect(findings([slow], try search()).hosts[0].verdict == .doubtful)
        slow.exchange = .measured(seconds: 0.1, bytes: 1_000_000)
        #expect(findings([slow], try search()).hosts[0].verdict == .fine)
        var late = host()
        late.clock = ClockComparison([.init(asked: 100, there: 103.6, answered: 101)])
        #expect(findings([late], try search()).hosts[0].verdict == .doubtful)
        late.clock = ClockComparison([.init(asked: 100, there: 97.6, answered: 101)])
        #expect(findings([late], try search()).hosts[0].verdict == .doubtful)
        late.clock = ClockComparison([.init(asked: 100, there: 102.9, answered: 101)])
        #expect(findings([late], try search()).hosts[0].verdict == .fine, "2.4 s, give or take 0.5")
    }

    @Test("Memory that does not suffice is a failure: of all workers there, with the data set that each is sent")
    func memory() throws {
        let asked = try search()
        #expect(findings([host(peakBytes: 4 << 30)], asked).hosts[0].verdict == .bad, "the digits come on top of it")
        let local = host(data: "/data", digest: asked.dataDigest, peakBytes: 4 << 30)
        #expect(findings([local], asked).hosts[0].verdict == .doubtful, "its own copy is in the peak")
        #expect(findings([host(slots: 3)], asked).hosts[0].verdict == .doubtful, "a long run needs some more")
        #expect(findings([host(slots: 2)], asked).hosts[0].verdict == .fine)
        let crowded = findings([host(slots: 4)], asked).hosts[0]
        #expect(
            crowded.verdict == .bad && crowded.text.hasPrefix("4096 MB are needed there and 4096 MB are available"),
            "\(crowded.text)")
    }

    @Test("Another data set, no data set, no way through and no work are failures, each in its words")
    func bad() throws {
        let asked = try search()
        var missing = host(data: "/data")
        missing.facts.take("data", "missing")
        missing.work = nil
        missing.exchange = nil
        missing.failure = "the sky fell"
        var shut = host("shut")
        shut.exchange = .failed("no coordinator answered at tcp://192.0.2.1:9")
        let other = host("other", data: "/data", digest: "00ff")
        let (found, together) = findings([missing, shut, other], asked)
        #expect(found.allSatisfy { $0.verdict == .bad })
        #expect(found[0].text.hasPrefix("there is no folder /data that can be read; /opt"), "\(found[0].text)")
        #expect(found[1].text.contains("did not get through: no coordinator answered at tcp://192.0.2.1:9"))
        #expect(found[2].text.contains("the data set in /data is another one, 00ff"))
        #expect(together.verdict == .bad && together.text == "no host could have a worker")
        #expect(figure("needed_bytes", found[0]) == nil && figure("cores", found[0]) == 8)
    }

    @Test("Hosts of the rarer kind would be refused, unless the search allows it")
    func kinds() throws {
        let hosts = [host("a", kind: "x"), host("b", kind: "y"), host("c", kind: "y")]
        let strict = findings(hosts, try search())
        #expect(strict.hosts.map(\.verdict) == [.bad, .fine, .fine])
        #expect(strict.together.text.hasPrefix("2 workers on 2 of 3 hosts"), "\(strict.together.text)")
        let mixed = findings(hosts, try search { $0.cluster.allowMixedKinds = true })
        #expect(mixed.hosts.map(\.verdict) == [.doubtful, .fine, .fine])
        #expect(mixed.together.text.hasPrefix("3 workers on 3 of 3 hosts"))
    }

    @Test("Too few workers for min_workers is a failure, more threads than the shards have parts a warning")
    func together() throws {
        let hosts = (0..<5).map { host("h\($0)") }
        #expect(findings(hosts, try search { $0.cluster.minWorkers = 6 }).together.verdict == .bad)
        let crowded = findings(hosts, try search { $0.training.shardParts = 1 }).together
        #expect(
            crowded.verdict == .doubtful && crowded.text.contains("10 threads") && crowded.text.contains("8 shards"),
            "\(crowded.text)")
        #expect(crowded.text.contains("keep 8 of 10 threads busy") && crowded.text.contains("shard_parts 2"))
        #expect(findings(hosts, try search { $0.training.shards = 16 }).together.verdict == .fine)
        #expect(findings(hosts, try search()).together.verdict == .fine, "eight parts each")
    }
}
