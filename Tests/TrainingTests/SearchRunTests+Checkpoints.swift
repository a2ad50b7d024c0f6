import Configuration
import Estimation
import Formats
import Optimization
import Randomness
import SearchSpace
import Testing
import Training
import Wire

/// A search's checkpoints: what goes on from them, and which are refused.
extension SearchRunTests {
    @Test("A run that goes on from a checkpoint of any moment ends in the same state, each report told once")
    func resumes() throws {
        var reference = MadeUpSearch()
        let whole = reference.finish()
        let rounds = 3 * (3 + 2 * 10)
        for stop in 1..<rounds {
            var first = MadeUpSearch()
            var reports: [RunReport] = []
            for _ in 0..<stop { reports += first.advance() ?? [] }
            let files = first.run.state.checkpointFiles(runIdentity: "r", configuration: "c")
            var second = MadeUpSearch()
            var state = second.run.state
            try state.restore(tensors: files[0].bytes, counters: files[1].bytes, source: "checkpoint")
            #expect(state == first.run.state)
            second.run.resume(from: state)
            reports += second.finish()
            #expect(second.run.state == reference.run.state, "stopped after round \(stop)")
            #expect(reports == whole, "stopped after round \(stop)")
        }
    }

    @Test("A checkpoint of what is not finite is never made: it is this program's own fault, and the process ends")
    func notFinite() async {
        await #expect(processExitsWith: .failure) {
            var state = MadeUpSearch().run.state
            state.velocity[3] = .infinity
            _ = state.checkpointFiles(runIdentity: "r", configuration: "c")
        }
        let state = MadeUpSearch().run.state
        #expect(state.isFinite)
        let spoilers: [(inout RunState) -> Void] = [
            { $0.weights[1] = .nan }, { $0.velocity[1] = -.infinity }, { $0.statistics[1] = .infinity },
            { $0.alpha.entries[1] = .nan }, { $0.alpha.entries[113] = .infinity },
            { $0.searched.firstMoments[1] = .nan }, { $0.searched.secondMoments[1] = .infinity },
            { $0.searched.targetMultiplier = .nan },
        ]
        for (place, spoil) in spoilers.enumerated() {
            var spoilt = state
            spoil(&spoilt)
            #expect(!spoilt.isFinite, "\(place)")
        }
    }

    @Test(
        "A checkpoint that says of a value that it is not finite is refused by the tensor's name, whatever its digests say"
    )
    func notFiniteRead() throws {
        let files = MadeUpSearch().run.state.checkpointFiles(runIdentity: "r", configuration: "c")
        let file = try SafetensorsFile.parse(files[0].bytes, source: "c")
        for (place, tensor) in file.tensors.enumerated() {
            var forged = file
            var values = tensor.values
            values[values.count - 1] = place % 2 == 0 ? .nan : .infinity
            forged.tensors[place] = .init(name: tensor.name, shape: tensor.shape, values: values)
            let bytes = forged.serialized()
            let counters = String(decoding: files[1].bytes, as: UTF8.self).replacing(
                Hexadecimal.string(SHA256.digest(files[0].bytes)), with: Hexadecimal.string(SHA256.digest(bytes)))
            var state = MadeUpSearch().run.state
            do {
                try state.restore(tensors: bytes, counters: Array(counters.utf8), source: "checkpoint")
                Issue.record("\(tensor.name) was taken")
            } catch { #expect(error.reason == "tensor '\(tensor.name)' holds what is not finite") }
        }
        #expect(file.tensors.count == 7)
    }

    @Test("A checkpoint with one changed byte, another network's or another format is refused")
    func damaged() throws {
        var search = MadeUpSearch()
        _ = search.advance()
        let files = search.run.state.checkpointFiles(runIdentity: "r", configuration: "c")
        let fresh = MadeUpSearch().run.state
        func expectRefusal(_ tensors: [UInt8], _ counters: [UInt8], _ state: RunState, saying part: String) {
            var state = state
            do {
                try state.restore(tensors: tensors, counters: counters, source: "checkpoint")
                Issue.record("a damaged checkpoint was taken")
            } catch { #expect(error.reason.contains(part), "\(error)") }
        }
        var flipped = files[0].bytes
        flipped[flipped.count - 9] ^= 4
        expectRefusal(flipped, files[1].bytes, fresh, saying: "damaged")
        let text = String(decoding: files[1].bytes, as: UTF8.self)
        expectRefusal(
            files[0].bytes, Array(text.replacing("\"format\": 1", with: "\"format\": 2").utf8), fresh,
            saying: "format 1")
        expectRefusal(
            files[0].bytes, Array(text.replacing("\"step\": 1", with: "\"step\": -1").utf8), fresh, saying: "step")
        let larger = MadeUpSearch { $0.space.initChannels = 8 }.run.state
        expectRefusal(files[0].bytes, files[1].bytes, larger, saying: "'weights' has 72638 values")
    }
}
