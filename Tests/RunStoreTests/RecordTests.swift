import Configuration
import Datasets
import Formats
import Host
import RunStore
import SearchProtocol
import SearchSpace
import Testing
import Wire

/// What a run's folder says of how the run began, and what it leaves: written and read again.
@Suite
struct RecordTests {
    private func resolved(_ settings: [(String, String)] = []) throws -> ResolvedConfiguration {
        var builder = ConfigurationBuilder()
        for (name, value) in settings { try builder.apply(name: name, value: value, origin: .flag) }
        return try builder.finished()
    }

    private func folder(_ settings: [(String, String)] = []) throws -> (RunFolder, RunDirectory) {
        let folder = try RunFolder()
        let run = try RunDirectory.create(folder.path)
        try RunRecord.write(
            try resolved(settings), data: try RecognisedDataset(at: "digits").loadTraining(), dataLocation: "digits",
            to: run)
        return (folder, run)
    }

    @Test("A run's record gives configuration and data again, and believes neither where a digest differs")
    func record() throws {
        let (folder, run) = try folder([("seed", "9")])
        let record = try RunRecord(of: run)
        #expect(try record.configuration == resolved([("seed", "9")]).configuration && record.data.name == "digits")
        #expect(try DataRecord(of: run).location == "digits")
        try folder.write("configuration.txt", folder.text("configuration.txt") + "\n")
        #expect { try RunRecord.configuration(of: run) } throws: { $0.userSentence.contains("is damaged") }
        let (other, otherRun) = try self.folder()
        let digest = try DataRecord(of: otherRun).digest
        try other.write("data.json", other.text("data.json").replacing(digest, with: String(repeating: "0", count: 64)))
        #expect { try RunRecord(of: otherRun) } throws: { $0.userSentence.contains("the run began with 0000") }
    }

    @Test(
        "A run keeps the measured table that it was given, and goes on with its numbers, whatever becomes of both files"
    )
    func measuredTable() throws {
        let plan = NetworkPlan(
            image: ImageShape(channels: 1, height: 8, width: 8), classes: 10, initChannels: 4, layers: 3,
            space: .darts())
        let file = LatencyFile(
            network: LatencyTable.MeasuredNetwork(plan),
            conditions: LatencyFile.Conditions(
                images: 1, threads: 1, repeats: 5, scale: 1, kernels: "avx2", device: "cpu", host: "h", processor: "p",
                versions: "v", date: "d"), fixed: MeasuredTime(median: 9000, spread: 1),
            entries: plan.measuredEntries.map {
                ($0, MeasuredTime(median: $0.operation == .none ? 0 : 3, spread: 1))
            })
        let table = try FileSystem.createTemporaryDirectory(prefix: "snas-test-") + "/given.json"
        defer { try? FileSystem.removeTree(FileSystem.parent(of: table)) }
        try FileSystem.writeFile(table, Array(file.text.utf8))
        let (folder, run) = try folder([
            ("target_channels", "4"), ("target_layers", "3"), ("target_latency", "9100ns"), ("latency_table", table),
        ])
        #expect(folder.text("latency.json") == file.text)
        #expect(folder.text("configuration.txt").contains("latency:\(file.table.digest):darts:"))
        try FileSystem.writeFile(table, Array("other".utf8))
        try folder.write("latency.json", "other")
        let again = try RunRecord(of: run).configuration.budget
        #expect(again.latencyTable == file.table && again.targetLatency == 9100)
    }

    @Test("What a person types next trains on the run's own images and classes, wherever they lie")
    func nextCommand() throws {
        let (plain, run) = try folder()
        #expect(NextCommand.retrain(run) == "snas retrain --genotype \(plain.path)")
        let (folder, other) = try folder([("labels", "compact")])
        let record = folder.text("data.json").replacing("\"digits\"", with: "\"/my data/cifar\"")
        try folder.write("data.json", record)
        #expect(
            NextCommand.retrain(other)
                == "snas retrain --genotype \(folder.path) --data '/my data/cifar' --labels compact")
    }

    @Test(
        "A run of format 2 goes on: the setting that it lacks has the value that says what it did, and it has this format then"
    )
    func formatTwo() throws {
        let (folder, run) = try folder()
        let data = try DataRecord(of: run)
        run.lease?.release()
        for name in ["data.json", "configuration.sha256", "lease.json"] {
            try FileSystem.removeTree("\(folder.path)/\(name)")
        }
        let kept = folder.lines("configuration.txt").filter { !$0.hasPrefix("data.labels") }
        try folder.write("configuration.txt", kept.joined(separator: "\n") + "\n")
        try folder.write("data.txt", "\(data.location)\n\(data.digest)\n")
        try folder.write("format", "2\n")
        let (opened, record) = try RunDirectory.open(folder.path) { try RunRecord(of: $0) }
        #expect(record.configuration == (try resolved([]).configuration) && record.configuration.data.labels == .asIs)
        #expect(folder.text("format") == "2\n")
        try record.keep(in: opened)
        #expect(folder.text("format") == "\(RunFormat.current)\n" && folder.text("data.json").contains(data.digest))
        #expect(try DataRecord(of: opened).digest == data.digest)
    }

    @Test("A run of fewer settings is read as what it did, and not continued, with the reason in one sentence")
    func earlierSettings() throws {
        let (folder, run) = try folder([("batch_size", "32")])
        let kept = folder.lines("configuration.txt").filter {
            !$0.hasPrefix("architecture.warmup") && !$0.hasPrefix("method.")
        }
        try folder.write("configuration.txt", kept.joined(separator: "\n") + "\n")
        try FileSystem.removeTree("\(folder.path)/configuration.sha256")
        let read = try RunRecord.configuration(of: run)
        #expect(read.training.batchSize == 32 && read.warmupEpochs == 0 && read.method.search == .snas)
        #expect { try RunRecord(of: run) } throws: { error in
            error.userSentence.contains(
                "was begun by an earlier snas, which did not know method.search and 3 more settings")
                && error.userSentence.contains("begins anew with --config")
        }
        try folder.write("configuration.txt", (kept + ["method.other = 1"]).joined(separator: "\n") + "\n")
        #expect { try RunRecord.configuration(of: run) } throws: {
            $0.userSentence.contains("setting 'method.other = 1' is not known to this version")
        }
    }

    @Test("A run of format 3 with a size target is read, and not continued; one without goes on")
    func sizeHeldOtherwise() throws {
        let (folder, run) = try folder([("target_params", "2.8M")])
        #expect(try RunRecord(of: run).configuration.budget.targetParameters == 2_800_000)
        try folder.write("format", "3\n")
        #expect(try RunRecord.configuration(of: run).budget.targetParameters == 2_800_000)
        #expect { try RunRecord(of: run) } throws: { error in
            error.userSentence.contains(
                "was begun by an earlier snas, which held the size that it asks for by other means: this one cannot go on"
            )
                && error.userSentence.contains("begins anew with --config")
        }
        let (other, without) = try self.folder()
        try other.write("format", "3\n")
        #expect(try !RunRecord(of: without).configuration.budget.asksForSize)
    }

    @Test("The kinds of machine are kept; another one's coordinator is refused unless kinds may mix")
    func machineKinds() throws {
        let folder = try RunFolder()
        let run = try RunDirectory.create(folder.path)
        #expect(try MachineKindRecord.read(run) == nil)
        let kind = MachineKind(probe: Digest128(high: 1, low: 2), mathTable: Digest128(high: 3, low: 4))
        try MachineKindRecord.write(kind, run)
        #expect(try MachineKindRecord.read(run) == kind)
        try folder.write("kind.json", #"{"probe": "12"}"#)
        #expect { try MachineKindRecord.read(run) } throws: { $0.userSentence.contains("does not hold two digests") }
        try MachineKindRecord.claimCoordinator(run, allowMixedKinds: false)
        try MachineKindRecord.claimCoordinator(run, allowMixedKinds: false)
        try folder.write("coordinator_kind.json", #"{"math_table": "00", "processor": "another"}"#)
        #expect { try MachineKindRecord.claimCoordinator(run, allowMixedKinds: false) } throws: {
            $0.userSentence.contains("the run began on another with 00: other bits would come out")
        }
        try MachineKindRecord.claimCoordinator(run, allowMixedKinds: true)
    }

    @Test("A network's record gives the images' form again, and refuses what is no network's")
    func network() throws {
        let folder = try RunFolder()
        let run = try RunDirectory.create(folder.path)
        let form = ImageForm(
            name: "a set", channels: 2, height: 8, width: 12, classes: 5, mean: [0.5, 0.25], deviation: [1, 2])
        let plan = DerivedPlan(
            genotype: SearchSpace.darts(nodes: 1).uniform(.skipConnect),
            image: ImageShape(channels: 2, height: 8, width: 12), classes: 5, initChannels: 4, layers: 3)
        try NetworkRecord.write(plan, form, to: run)
        #expect(try NetworkRecord.form(of: run) == form)
        for (from, to, sentence) in [
            (#""classes": 5"#, #""classes": 500"#, "'classes' is missing or out of 2...256"),
            ("0.25", "null", "'mean' wants a number for each of 2 channels"), ("{", "[", "network.json"),
        ] {
            let whole = folder.text("network.json")
            try folder.write(
                "network.json", whole.split(separator: from, omittingEmptySubsequences: false).joined(separator: to))
            #expect { try NetworkRecord.form(of: run) } throws: { $0.userSentence.contains(sentence) }
            try folder.write("network.json", whole)
        }
    }

    @Test("Alpha is read again as the cell is derived from it: the mean where there is one")
    func alphas() throws {
        let folder = try RunFolder()
        let run = try RunDirectory.create(folder.path)
        let shape = NamedSpace.s1.space(nodes: 4).shape
        let alpha = EdgeTable(shape, (0..<shape.count).map(Float.init))
        let mean = alpha.map { $0 / 2 }
        try ResultFiles(run).alphas(alpha)
        #expect(try ResultFiles(run).derivedAlpha(shape) == alpha)
        try ResultFiles(run).alphas(alpha, mean: mean)
        #expect(try ResultFiles(run).derivedAlpha(shape) == mean)
        #expect { try ResultFiles(run).derivedAlpha(SearchSpace.darts().shape) } throws: {
            $0.userSentence.contains("has no alpha of this run's space")
        }
    }

    @Test("What a finished run leaves: the cell for people and programs, pictures, alpha, and the weights last")
    func results() throws {
        let folder = try RunFolder()
        let run = try RunDirectory.create(folder.path)
        let space = SearchSpace.darts(nodes: 1)
        let plan = NetworkPlan(
            image: ImageShape(channels: 1, height: 8, width: 8), classes: 10, initChannels: 2, layers: 3, space: space)
        let layout = WeightLayout.superNetwork(plan)
        let cell = space.uniform(.sepConv3x3)
        try ResultFiles(run).write(
            RunEnding(
                genotype: cell, provenance: [.init("seed", .integer(4))],
                architecture: .init(alpha: .oneHot(cell, in: space), mean: nil),
                weights: [Float](repeating: 1, count: layout.weightCount),
                statistics: [Float](repeating: 2, count: layout.statisticCount), layout: layout))
        #expect(run.isFinished && folder.text("genotype.txt") == cell.text + "\n")
        let value = try JSONValue.parse(Array(folder.text("genotype.json").utf8), source: "genotype.json")
        #expect(value["genotype"]?.text == cell.text && value["provenance"]?["seed"]?.integer == 4)
        #expect(value["reduce"]?.elements?.first?["operation"]?.text == "sep_conv_3x3")
        for name in ["normal.svg", "reduce.svg", "curves.svg"] {
            #expect(folder.text(name).hasPrefix("<svg"), "\(name)")
        }
    }
}
