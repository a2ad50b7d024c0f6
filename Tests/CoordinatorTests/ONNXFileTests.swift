import Configuration
import Coordinator
import Datasets
import Exchange
import Formats
import Host
import RunStore
import SearchSpace
import Testing

/// A retraining's folder as a file of ONNX.
@Suite
struct ONNXFileTests {
    /// The fields of a message by their numbers; nil unless the bytes are fields to their end.
    private func fields(_ bytes: ArraySlice<UInt8>) -> [UInt64: [ProtobufReader.Field]]? {
        var reader = ProtobufReader(bytes)
        var found: [UInt64: [ProtobufReader.Field]] = [:]
        while let (number, field) = reader.next() { found[number, default: []].append(field) }
        return reader.isAtEnd ? found : nil
    }

    private func messages(_ number: UInt64, _ fields: [UInt64: [ProtobufReader.Field]]) -> [ArraySlice<UInt8>] {
        (fields[number] ?? []).compactMap { if case .counted(let bytes) = $0 { bytes } else { nil } }
    }

    private func text(_ number: UInt64, in bytes: ArraySlice<UInt8>) -> String {
        String(decoding: ProtobufReader.first(number, in: bytes) ?? [], as: UTF8.self)
    }

    private func metadata(_ model: [UInt64: [ProtobufReader.Field]]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: messages(14, model).map { (text(1, in: $0), text(2, in: $0)) })
    }

    @Test(
        "The file has form 8, operator set 17, the network's graph and where it came from; once more it has the same bytes"
    )
    func file() throws {
        let run = try RetrainedFolder()
        let bytes = try ONNXFile(ofRun: run.path, weightsAt: nil).bytes
        #expect(try ONNXFile(ofRun: "\(run.path)/", weightsAt: nil).bytes == bytes)
        let model = try #require(fields(bytes[...]))
        #expect(model[1] == [.integer(8)] && text(2, in: bytes[...]) == "snas")
        let operators = try #require(messages(8, model).first.flatMap(fields))
        #expect(operators[2] == [.integer(17)])
        let told = metadata(model)
        let result = try RunResult(of: run.session.directory)
        #expect(told["genotype"] == result.genotype.text && told["fingerprint"] == result.fingerprint)
        #expect(told["run"] == "digits-retrain" && told["run_identity"] == "\(run.session.directory.identity)")
        #expect(told["seed"] == "5" && told["steps"] == "0" && told["data"] == "digits" && told["classes"] == "10")
        #expect(told["data_sha256"] == (try DataRecord(of: run.session.directory).digest))
        #expect(told["input"]?.contains("divided by 255") == true && told["snas_version"] == ProgramVersion.number)
        #expect(told.count == 11)
        // The auxiliary head is a training's: its weights stay behind.
        let graph = try #require(messages(7, model).first.flatMap(fields))
        let constants = messages(5, graph).map { text(8, in: $0) }
        #expect(constants.contains("cells.2._ops.1.op.1.weight") && constants.contains("stem.1.running_var"))
        #expect(!constants.contains { $0.hasPrefix("auxiliary_head") })
        let mean = try #require(messages(5, graph).first { text(8, in: $0) == "normalisation.mean" })
        let raw = Array(try #require(ProtobufReader.first(9, in: mean)))
        #expect(LittleEndian.floats(from: raw) == run.session.data.mean)
    }

    @Test("Other weights have their file's digest in the place of the run's fingerprint and steps, and other constants")
    func otherWeights() throws {
        let run = try RetrainedFolder()
        let plain = try ONNXFile(ofRun: run.path, weightsAt: nil).bytes
        let other = "\(run.folder)/other"
        var tensors = try SafetensorsFile.parse(try run.bytes("weights.safetensors"), source: "")
        tensors.tensors[0] = .init(
            name: tensors.tensors[0].name, shape: tensors.tensors[0].shape,
            values: tensors.tensors[0].values.map { $0 + 1 })
        try FileSystem.writeFile(other, tensors.serialized())
        let changed = try ONNXFile(ofRun: run.path, weightsAt: other).bytes
        let told = metadata(try #require(fields(changed[...])))
        #expect(told["weights_sha256"] == Hexadecimal.string(SHA256.digest(tensors.serialized())))
        #expect(told["fingerprint"] == nil && told["steps"] == nil)
        func graph(_ bytes: [UInt8]) -> ArraySlice<UInt8>? { ProtobufReader.first(7, in: bytes[...]) }
        #expect(graph(changed) != graph(plain) && graph(changed)?.count == graph(plain)?.count)
        try FileSystem.writeFile(other, Array(tensors.serialized().dropLast()))
        #expect { try ONNXFile(ofRun: run.path, weightsAt: other) } throws: {
            ($0 as? UserError)?.exitCode == .data && $0.userSentence.contains(other)
        }
    }

    @Test("What is no network to hand on is refused in a sentence: unfinished, a search, noise, damaged records")
    func refusals() throws {
        func expect(
            _ run: RetrainedFolder, code: ExitCode, saying parts: String..., source: SourceLocation = #_sourceLocation
        ) {
            #expect(sourceLocation: source) { try ONNXFile(ofRun: run.path, weightsAt: nil) } throws: { error in
                (error as? UserError)?.exitCode == code && parts.allSatisfy(error.userSentence.contains)
            }
        }
        let unfinished = try RetrainedFolder(isOver: false)
        expect(unfinished, code: .noInput, saying: "has not ended", "snas resume \(unfinished.path)")
        let noisy = try RetrainedFolder(SearchSpace.darts(nodes: 1).uniform(.noise))
        expect(noisy, code: .data, saying: noisy.path, "keeps 'noise'")
        let flat = try RetrainedFolder()
        try flat.change("network.json", "\"deviation\": [\n    0.", "\"deviation\": [\n    -0.")
        expect(flat, code: .data, saying: "network.json", "'deviation' is [-0.")
        let odd = try RetrainedFolder(NamedSpace.nasBench201.space(nodes: 4).uniform(.convolution1x1))
        try odd.change("network.json", "\"height\": 8", "\"height\": 6")
        expect(odd, code: .data, saying: odd.path, "images of 6 x 8 pixels")
        let nameless = try RetrainedFolder()
        try nameless.change("genotype.json", "fingerprint", "fingerprin")
        expect(nameless, code: .data, saying: "genotype.json does not hold a genotype and a fingerprint")
        let newer = try RetrainedFolder()
        try FileSystem.writeFile("\(newer.path)/format", Array("99\n".utf8))
        expect(newer, code: .protocolMismatch, saying: newer.path, "99")
        let rig = try SessionRig()
        #expect { try ONNXFile(ofRun: rig.path, weightsAt: nil) } throws: {
            ($0 as? UserError)?.exitCode == .usage
                && $0.userSentence.contains("train its cell with: snas retrain --genotype \(rig.path)")
        }
    }
}
