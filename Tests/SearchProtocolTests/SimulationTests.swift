import Testing

import SearchProtocol

/// The protocol under everything that can go wrong. A failing seed is printed and repeats itself.
@Suite
struct SimulationTests {
    #if DEBUG
        /// Debug builds crawl, under a sanitizer above all: a share of it looks at the memory as well.
        private static let seeds = 400
    #else
        private static let seeds = 10_000
    #endif

    @Test(
        "In good weather any number of workers gives the bits of a single process, whatever rounds a method's steps have",
        arguments: [1, 2, 3, 5, 8], SimulatedSearch.Method.allCases)
    func calm(workers: Int, method: SimulatedSearch.Method) {
        for seed in 0..<10 {
            var climate = Climate()
            climate.workers = workers
            climate.method = method
            let world = SimulatedWorld(seed: UInt64(seed), climate: climate)
            world.run()
            #expect(world.violation == nil && world.ending == .finished, "seed \(seed): \(world.violation ?? "")")
        }
    }

    @Test(
        "Ten thousand seeds of every method's rounds under loss, delay, reordering, doubling, cuts, pauses, kills, power loss, full disks, lies and NaN: every invariant holds after every event, and the run gets done",
        arguments: 0..<8)
    func storm(part: Int) {
        var counts: [String: Int] = [:]
        for seed in stride(from: part, to: Self.seeds, by: 8) {
            let world = SimulatedWorld(seed: UInt64(seed))
            world.run()
            let isRight = world.ending == .finished || world.climate.drifts
            #expect(
                world.violation == nil && isRight,
                "seed \(seed): \(world.violation ?? "ended \(world.ending, default: "")")")
            counts.merge(world.counts) { $0 + $1 }
            counts["events", default: 0] += world.events
        }
        guard Self.seeds >= 10_000 else { return }
        for (name, least) in [
            ("a takeover", 200), ("a takeover was refused", 50), ("an old generation ended", 20),
            ("a step was skipped", 100), ("a step was entered", 10_000 / 8), ("a round of parts", 10_000 / 8),
            ("a write failed", 20),
            ("a coordinator could not look", 100),
            ("a flipped bit was noticed", 100),
            ("a liar was put out", 20), ("a payload was corrupt", 20), ("a worker was late", 100),
            ("a finite shard was computed as infinite", 50), ("a group was computed at once", 10_000 / 8),
        ] {
            #expect(counts[name, default: 0] >= least, "the storm blew: \(counts)")
        }
    }
}
