import Configuration
import Datasets
import Exchange
import Formats
import Host
import Keys
import Messaging
import RunStore
import SearchSpace
import TestSupport
import Testing
import Training

/// Files that a disk, a copy or a person damaged: each reader reads them or says what is wrong.
extension FuzzTests {
    /// A reader, with a file that it reads. Only errors made for people may come out of it.
    private struct Reader {
        let name: String
        let file: [UInt8]
        let read: ([UInt8]) throws -> Void
    }

    private static func readers() throws -> [Reader] {
        let configuration = SearchConfiguration()
        let text = String(decoding: configuration.canonicalText.utf8, as: UTF8.self)
        let tensors = SafetensorsFile(
            tensors: [
                .init(name: "a", shape: [2, 3], values: [1, 2, 3, 4, 5, 6]), .init(name: "b", shape: [], values: [7]),
            ], metadata: [JSONValue.Member("format", .string("pt"))])
        let json = #"{"a": [1, 2.5e3, -0, true, null], "b": {"c": "text \u00e9 \ud83d\ude00 \n"}, "d": [[[]]]}"#
        let yaml = "training:\n  epochs: 3\n  batch_size: 40\nspace: {layers: 5, init_channels: 4}\nrun: {seed: 7}\n"
        let genotype = try #require(KnownGenotypes.named("DARTS_V2")).text
        let set = ImageSet(
            name: "small", channels: 1, height: 4, width: 4, classes: 3,
            images: ImagePart(pixels: (0..<64).map { UInt8($0) }, labels: [0, 1, 2, 1]), mean: [0.5], deviation: [0.2],
            cropPadding: 1, flips: false)
        let pair = try CurveKeyPair.generated()
        let layout = WeightLayout.derivedNetwork(
            DerivedPlan(
                genotype: SearchSpace.darts(nodes: 1).uniform(.maxPool3x3),
                image: ImageShape(channels: 1, height: 4, width: 4), classes: 2, initChannels: 1, layers: 1))
        let weights = WeightFile.file(
            weights: .init(repeating: 1, count: layout.weightCount),
            statistics: .init(repeating: 1, count: layout.statisticCount), layout: layout)
        let digest = String(repeating: "0a", count: 16)
        let journal = (0..<3).map { "{\"step\":\($0),\"alpha\":\"\(digest)\",\"weights\":\"\(digest)\"}\n" }.joined()
        return [
            Reader(name: "JSON", file: Array(json.utf8)) { _ = try JSONValue.parse($0, source: "file") },
            Reader(name: "safetensors", file: tensors.serialized()) {
                _ = try SafetensorsFile.parse($0, source: "file")
            },
            Reader(name: "state dict", file: weights.serialized()) {
                if ForeignFile($0) == nil { _ = try WeightFile.read($0, layout: layout, source: "file") }
            },
            Reader(name: "YAML", file: Array(yaml.utf8)) {
                _ = try YAML.parse(String(decoding: $0, as: UTF8.self), source: "file")
            },
            Reader(name: "configuration", file: Array(text.utf8)) {
                _ = try SearchConfiguration(canonicalText: String(decoding: $0, as: UTF8.self))
            },
            Reader(name: "genotype", file: Array(genotype.utf8)) {
                _ = try Genotype(parsing: String(decoding: $0, as: UTF8.self))
            },
            Reader(name: "genotypes of all dialects", file: Array(try dialects().utf8)) {
                let document = try GenotypeDocument($0)
                for number in 1...min(document.count, 16) { _ = try document.picked("\(number)") }
            },
            Reader(name: "canonical data set", file: set.canonicalBytes()) {
                _ = try ImageSet(canonicalBytes: $0, source: "file")
            },
            Reader(name: "key", file: Array(KeyFile.secretText(pair, holder: "somebody").utf8)) {
                _ = try KeyFile(parsing: $0)
            },
            Reader(name: "journal", file: Array(journal.utf8)) { _ = try JournalledSteps($0, source: "file") },
            Reader(name: "gzip", file: gzip) { _ = try Gunzip.inflate($0, source: "file", limitBytes: 1 << 20) },
        ]
    }

    /// A log with one cell in every dialect, behind names, a time and a comment.
    private static func dialects() throws -> String {
        let cell = try #require(KnownGenotypes.named("DARTS_V2"))
        let lines = try GenotypeForm.allCases.map { form in
            let text =
                form == .nasBench201
                ? "|nor_conv_3x3~0|+|none~0|skip_connect~1|" : try form.text(of: cell).replacing("\n", with: " ")
            return "11/30 02:15:01 PM \(form.name) = \(text)  # \(form.name)"
        }
        return lines.joined(separator: "\r\n") + "\nBEST = snas\n"
    }

    /// `printf 'snas snas snas snas' | gzip -n`.
    private static let gzip: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x2B, 0xCE, 0x4B, 0x2C, 0x56, 0x28, 0x46, 0x21,
        0x00, 0xBF, 0x0F, 0xFF, 0x6F, 0x13, 0x00, 0x00, 0x00,
    ]

    @Test("Damaged JSON, safetensors, YAML, gzip, configurations, genotypes, data sets and keys are read or refused")
    func parsers() throws {
        let readers = try Self.readers()
        for reader in readers { try reader.read(reader.file) }
        var refused: [String: Int] = [:]
        Self.forEachSeed(400, "files") { mutator in
            for reader in readers {
                let other = mutator.pick(readers)
                for _ in 0..<30 {
                    let bytes = mutator.damaged(reader.file, other: other.file)
                    do { try reader.read(bytes) } catch { refused[reader.name, default: 0] += 1 }
                }
            }
        }
        for reader in readers { #expect(refused[reader.name, default: 0] > 0, "\(reader.name)") }
    }

    @Test("Files as a user gives them, damaged, are read or refused in words made for people")
    func places() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-fuzz-")
        defer { try? FileSystem.removeTree(folder) }
        let record = (0..<10).flatMap { label in [UInt8(label)] + [UInt8](repeating: 9, count: 3072) }
        let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0, 8] + [UInt8](repeating: 3, count: 256)
        let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 2, 0]
        let yaml = Array("training:\n  epochs: 3\nspace:\n  layers: 5\n".utf8)
        let mild = try #require(KnownGenotypes.named("SNAS_mild")).text
        let genotype = Array("{\"genotype\": \"\(mild)\"}".utf8)
        try FileSystem.createDirectory("\(folder)/cifar")
        for number in 1...5 { try FileSystem.writeFile("\(folder)/cifar/data_batch_\(number).bin", record) }
        try FileSystem.createDirectory("\(folder)/idx")
        try FileSystem.createDirectory("\(folder)/keys", mode: 0o700)
        let made = try KeyGeneration.make(in: "\(folder)/keys", workers: ["gpu01"])
        let coordinator = try #require(made.first).folder
        let places: [(path: String, bytes: [UInt8], read: () throws -> Void)] = [
            ("cifar/data_batch_2.bin", record, { _ = try RecognisedDataset(at: "\(folder)/cifar").loadTraining() }),
            ("idx/train-images-idx3-ubyte", images, { _ = try RecognisedDataset(at: "\(folder)/idx").loadTraining() }),
            ("idx/train-labels-idx1-ubyte", labels, { _ = try RecognisedDataset(at: "\(folder)/idx").loadTraining() }),
            (
                "c.yaml", yaml,
                {
                    var builder = ConfigurationBuilder()
                    try builder.apply(file: "\(folder)/c.yaml")
                    _ = try builder.finished()
                }
            ),
            ("g.json", genotype, { _ = try Genotype(argument: "\(folder)/g.json") }),
            ("log.txt", Array(try Self.dialects().utf8), { _ = try GivenGenotype("\(folder)/log.txt", pick: "best") }),
            (
                String(coordinator.dropFirst(folder.utf8.count + 1)) + "/secret.key",
                try FileSystem.readFile("\(coordinator)/secret.key", limitBytes: 4096),
                { _ = try CoordinatorKeys(coordinator) }
            ),
            (
                String(coordinator.dropFirst(folder.utf8.count + 1)) + "/allowed/gpu01.key",
                try FileSystem.readFile("\(coordinator)/allowed/gpu01.key", limitBytes: 4096),
                { _ = try CoordinatorKeys(coordinator) }
            ),
        ]
        for place in places { try FileSystem.writeFile("\(folder)/\(place.path)", place.bytes) }
        for place in places { try place.read() }
        try Self.forEachSeed(150, "files that a user gives") { mutator in
            for place in places {
                try FileSystem.writeFile(
                    "\(folder)/\(place.path)", mutator.damaged(place.bytes, other: mutator.pick(places).bytes))
                do { try place.read() } catch {
                    let isForPeople = error is any UserFacingError || error is FormatError
                    #expect(isForPeople, "seed \(mutator.seed), \(place.path): \(error)")
                }
                try FileSystem.writeFile("\(folder)/\(place.path)", place.bytes)
            }
        }
    }

    @Test("A damaged checkpoint is never believed: not its tensors, not its counters, not one under a right digest")
    func checkpoints() throws {
        var builder = ConfigurationBuilder()
        for (name, value) in [("init_channels", "1"), ("layers", "3"), ("batch_size", "8"), ("shards", "2")] {
            try builder.apply(name: name, value: value, origin: .flag)
        }
        let configuration = try builder.finished().configuration
        let plan = configuration.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 3)
        let whole = RunState(configuration, layout: .superNetwork(plan), plan.space.shape)
        let files = whole.checkpointFiles(runIdentity: "run", configuration: configuration.canonicalText)
        let (tensors, counters) = (files[0].bytes, files[1].bytes)
        var believed = 0
        Self.forEachSeed(400, "checkpoints") { mutator in
            let isTensors = mutator.isChosen(outOf: 2)
            let damaged = mutator.damaged(isTensors ? tensors : counters, other: isTensors ? counters : tensors)
            var text = counters
            if isTensors {
                // A liar's checkpoint: the digest fits.
                let old = Array(Hexadecimal.string(SHA256.digest(tensors)).utf8)
                let new = Array(Hexadecimal.string(SHA256.digest(damaged)).utf8)
                if let place = text.firstRange(of: old) { text.replaceSubrange(place, with: new) }
            }
            var state = whole
            do {
                try state.restore(
                    tensors: isTensors ? damaged : tensors, counters: isTensors ? text : damaged, source: "checkpoint")
                believed += 1
                if state.fingerprint != whole.fingerprint { Issue.record("seed \(mutator.seed): other weights") }
            } catch {}
        }
        #expect(believed < 200, "names and white space may change, numbers of counters too")
    }
}
