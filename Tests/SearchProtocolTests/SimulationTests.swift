import Testing

import SearchProtocol

/// The protocol under a network that misbehaves. A failing seed is printed and repeats itself.
@Suite
struct SimulationTests {
    @Test("In good weather any number of workers gives the bits of a single process", arguments: [1, 2, 3, 5, 8])
    func calm(workers: Int) {
        for seed in 0..<10 {
            var cluster = SimulatedCluster(seed: UInt64(seed), workers: workers, weather: .init())
            cluster.run(limit: .seconds(600))
            #expect(cluster.isDone, "seed \(seed)")
            #expect(cluster.weights == SimulatedCluster.reference(), "seed \(seed)")
        }
    }

    @Test("Delayed, reordered, doubled and lost messages and vanishing workers change no bit, and the run gets done")
    func storm() {
        let reference = SimulatedCluster.reference()
        var vanished = 0
        for seed in 0..<100 {
            let weather = SimulatedCluster.Weather(
                loss: 0.05, doubling: 0.1, slowest: .milliseconds(200), vanishing: 0.4)
            var cluster = SimulatedCluster(seed: UInt64(1000 + seed), workers: 1 + seed % 4, weather: weather)
            cluster.run(limit: .seconds(900))
            #expect(cluster.isDone, "seed \(seed): step \(cluster.step) at \(cluster.now)")
            #expect(cluster.weights == reference, "seed \(seed)")
            vanished += cluster.vanished
        }
        #expect(vanished > 20, "the storm blew: \(vanished) workers vanished")
    }
}
