import Formats
import Reporting
import SearchProtocol
import SearchSpace
import Testing

import Coordinator

struct NoteLinesTests {
    private static let layout = WeightLayout.superNetwork(
        NetworkPlan(
            image: ImageShape(channels: 1, height: 8, width: 8), classes: 10, initChannels: 4, layers: 3,
            space: .darts(nodes: 4)))

    private static func field(_ name: String, of line: LogLine) -> JSONValue? {
        line.fields.first { $0.key == name }?.value
    }

    @Test("What a worker computed that is not finite is told by worker, step, shard and tensor, in words and in fields")
    func notFinite() throws {
        let tensor = try #require(Self.layout.entries.dropFirst(3).first)
        let note = CoordinatorNote.notFinite(
            "gpu03/41", step: 9, shard: 2, attempt: 1, .payload(entry: tensor.offset + 5))
        let line = note.line(Self.layout)
        #expect(line.event == .notFinite && line.level == .warning)
        #expect(Self.field("worker", of: line) == .string("gpu03/41") && Self.field("shard", of: line) == .integer(2))
        #expect(Self.field("step", of: line) == .integer(9))
        #expect(Self.field("place", of: line)?.text == "the gradient of tensor \(tensor.name), entry 5")
        #expect(line.sentence.contains("\(tensor.name), entry 5; it is computed once more"))
    }

    @Test("A late worker is told with phase, time, usual time and bytes; without a usual time that is null")
    func late() {
        var late = LateWorker(
            worker: "gpu03/41", phase: .sending, elapsed: .milliseconds(4500), usual: .milliseconds(1500),
            bytesSoFar: 70, shardsOpen: 2)
        let line = CoordinatorNote.workerLate(late).line(Self.layout)
        #expect(
            line.sentence
                == "worker gpu03/41 is late: it has sent nothing of its payload for 4.5 s, where 1.5 s is usual, 70 bytes so "
                + "far; its 2 open shards also go to whoever is idle")
        #expect(Self.field("phase", of: line) == .string("sending"))
        #expect(Self.field("elapsed_s", of: line) == .number(4.5) && Self.field("usual_s", of: line) == .number(1.5))
        late.usual = nil
        #expect(Self.field("usual_s", of: CoordinatorNote.workerLate(late).line(Self.layout)) == .null)
    }
}
