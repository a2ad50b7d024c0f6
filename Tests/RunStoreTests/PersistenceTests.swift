import Formats
import Host
import RunStore
import SearchProtocol
import Testing
import Wire

#if canImport(Glibc)
    import Glibc
#endif

/// The thread that does what the protocol's persistence asks for, and the document that says how a run stands.
@Suite
struct PersistenceTests {
    /// One action after the other, as the protocol gives them.
    private func outcomes(_ actions: [FileAction], in run: RunDirectory) throws -> [FileThread.Outcome] {
        let files = try FileThread(of: run)
        return actions.compactMap {
            files.perform($0)
            return files.waitForOutcome()
        }
    }

    @Test("Actions are done in order below the run's folder: a checkpoint appears whole, lines follow each other")
    func actions() throws {
        let folder = try RunFolder()
        let run = try RunDirectory.create(folder.path)
        let done = try outcomes(
            [
                .createDirectory("checkpoints/.tmp-step-1"), .write("checkpoints/.tmp-step-1/state", [1, 2]),
                .sync("checkpoints/.tmp-step-1/state"), .syncDirectory("checkpoints/.tmp-step-1"),
                .rename(from: "checkpoints/.tmp-step-1", to: "checkpoints/step-1"), .syncDirectory("checkpoints"),
                .append("journal.jsonl", Array("a\n".utf8)), .sync("journal.jsonl"),
                .append("journal.jsonl", Array("b\n".utf8)), .sync("journal.jsonl"),
            ], in: run)
        #expect(done == [FileThread.Outcome](repeating: .done, count: 10))
        #expect(try run.readCheckpoint("step-1", file: "state") == [1, 2] && folder.text("journal.jsonl") == "a\nb\n")
        #expect(try outcomes([.removeTree("checkpoints/step-1")], in: run) == [.done])
        #expect(try run.checkpoints() == [])
    }

    @Test("What fails is told with its reason, and nothing is written for a generation that was replaced")
    func failures() throws {
        let folder = try RunFolder()
        let run = try RunDirectory.create(folder.path)
        let failed = try outcomes([.rename(from: "nothing", to: "something"), .write("a", [1])], in: run)
        guard case .failed(let reason) = failed[0] else { return #expect(Bool(false), "\(failed)") }
        #expect(reason.contains("nothing") && failed[1] == .done)
        try folder.write("generations/0000000002", "")
        #expect(
            try outcomes([.write("b", [1])], in: run) == [.failed(reason: "a newer generation has taken the run")])
        #expect(!folder.exists("b"))
    }

    @Test("An outcome wakes whoever polls, and is taken once")
    func waking() throws {
        let folder = try RunFolder()
        let run = try RunDirectory.create(folder.path)
        let files = try FileThread(of: run)
        files.perform(.write("a", [1]))
        var poll = pollfd(fd: files.fileDescriptor, events: Int16(POLLIN), revents: 0)
        #expect(Glibc.poll(&poll, 1, 10_000) == 1)
        #expect(files.takeOutcomes() == [.done] && files.takeOutcomes() == [])
    }

    @Test("The status says who coordinates which generation, what a step moves, and how the run ended")
    func status() throws {
        let folder = try RunFolder()
        let run = try RunDirectory.create(folder.path)
        let instance = CoordinatorInstance(
            settings: ProtocolSettings(), run: run.identity, generation: run.generation,
            welcome: Welcome(
                configuration: "", dataDigest: [1], data: Blob(ByteView([1]), pieceBytes: 4096).reference,
                layoutDigest: Digest128(high: 1, low: 1), pieceBytes: 4096))
        var status = StatusFile(run, .init(weightBytes: 40, contributionBytes: 48))
        status.persisted("step 3")
        status.write(instance, nil, nil, notes: ["a line"])
        func document() throws -> JSONValue {
            try JSONValue.parse(Array(folder.text(RunStatus.fileName).utf8), source: "status")
        }
        var value = try document()
        #expect(value["state"]?.text == "running" && value["run"]?.text == run.identity.description)
        #expect(value["generation"]?.integer == 1 && value["pid"]?.integer == Int(HostInfo.processIdentifier()))
        #expect(value["transfer"]?["weight_bytes"]?.integer == 40 && value["notes"]?.elements == [.string("a line")])
        #expect(value["checkpoint"] == .null && value["workers"]?.elements == [])
        // Within two seconds nothing is written again, unless the run is over.
        status.persisted(RunDirectory.checkpointName(step: 3))
        status.write(instance, nil, nil, notes: [])
        #expect(try document() == value)
        status.write(instance, nil, nil, .stopped, notes: [])
        value = try document()
        #expect(value["state"]?.text == "stopped" && value["checkpoint"]?["name"]?.text == "step-0000000003")
        let text = status.text(instance, nil, nil, notes: [])
        #expect(!text.contains("\n") && text.contains("\"state\":\"running\""))
    }
}
