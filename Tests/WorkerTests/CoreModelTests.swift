import Testing
import Worker

/// The model of a machine with more cores against closed forms.
struct CoreModelTests {
    private func model(
        shared: Double = 0, unshared: Double = 0, meeting: Double = 0, shards: Int = 8, parts: Int = 8,
        rounds: Int = 1, addition: Double = 0, optimisers: Double = 0, memory: Double = 0
    ) -> CoreModel {
        CoreModel(
            shard: CoreModel.Shard(shared: shared, unshared: unshared, meeting: meeting), shards: shards, parts: parts,
            rounds: rounds, images: 64 * rounds, addition: addition, optimisers: optimisers, memory: memory)
    }

    private func close(_ left: Double, _ right: Double) -> Bool { abs(left - right) < 1e-9 * max(1, abs(right)) }

    @Test(
        "Where all is shared, cores that divide shards and parts are all as good as the first, and further ones are idle"
    )
    func shared() {
        let model = model(shared: 1)
        for cores in [1, 2, 4, 8, 16, 32, 64] {
            let row = model.row(cores: cores)
            #expect(close(row.imagesPerSecond, 8 * Double(cores)) && close(row.efficiency, 1) && row.limit == nil)
        }
        let more = model.row(cores: 128)
        #expect(close(more.imagesPerSecond, 512) && close(more.efficiency, 0.5) && more.limit == .idle)
        // Of three shards left to 5 threads one has a thread alone: rows of 1 + 1, of which the last has two idle ones for a half.
        #expect(close(model.seconds(cores: 5), 2))
    }

    @Test("Where nothing is shared, as many cores as shards are of use, and the others wait for the unshared part")
    func unshared() {
        let model = model(unshared: 1)
        #expect(close(model.row(cores: 8).imagesPerSecond, 64) && model.row(cores: 8).limit == nil)
        let row = model.row(cores: 64)
        #expect(close(row.imagesPerSecond, 64) && close(row.efficiency, 1.0 / 8) && row.limit == .unshared)
        #expect(close(model.losses(cores: 64)[.unshared] ?? 0, 56))
    }

    @Test("A shard is Amdahl's: shared over its threads, unshared as it is, and a meeting for each doubling")
    func shard() {
        let shard = CoreModel.Shard(shared: 8, unshared: 2, meeting: 0.5)
        #expect(close(shard.seconds(threads: 1, parts: 8), 10))
        #expect(close(shard.seconds(threads: 2, parts: 8), 6.5) && close(shard.seconds(threads: 8, parts: 8), 4.5))
        #expect(close(shard.seconds(threads: 3, parts: 8), 3 + 2 + 0.75), "three parts at most, halfway from 2 to 4")
        #expect(close(shard.seconds(threads: 16, parts: 8), 1 + 2 + 2), "no part for the other eight")
    }

    @Test("The coordinator adds the shards of the last row one by one, then steps, and all cores but one wait")
    func coordinator() {
        let model = model(shared: 1, rounds: 2, addition: 0.25, optimisers: 0.5)
        #expect(close(model.seconds(cores: 1), 2 * 8 + 2 * 0.25 + 0.5))
        #expect(close(model.seconds(cores: 8), 2 + 2 * 7 * 0.25 + 0.5))
        #expect(model.row(cores: 64).limit == .coordinator)
        #expect(close(model.losses(cores: 8)[.coordinator] ?? 0, 7 * 4))
    }

    @Test("Memory limits where cores compute faster than it is read; seconds lost and used are all that the cores have")
    func memory() {
        let model = model(shared: 1, unshared: 0.25, meeting: 0.125, addition: 0.125, optimisers: 0.5, memory: 40)
        #expect(model.row(cores: 2).limit == .memory)
        for cores in [1, 2, 3, 5, 8, 13, 64, 100] {
            let lost = model.losses(cores: cores).values.reduce(0, +)
            let coordinator = model.losses(cores: 1)[.coordinator] ?? -1
            #expect(coordinator == 0)
            let own = model.seconds(cores: cores) * Double(cores) - lost
            // The work itself, and the one core that adds and steps.
            let adding = own - 8 * 1.25
            #expect(adding > 0.5 - 1e-9 && adding < 0.5 + 7 * 0.125 + 1e-9, "\(cores): \(adding)")
        }
    }

    @Test("What was measured gives its parts back: three from three numbers of threads, two from two, one from one")
    func fit() {
        let truth = CoreModel.Shard(shared: 8, unshared: 2, meeting: 0.5)
        func measured(_ counts: [Int]) -> [(threads: Int, seconds: Double)] {
            counts.map { ($0, truth.seconds(threads: $0, parts: 8)) }
        }
        let all = CoreModel.Shard(fitting: measured([1, 2, 4, 8]), parts: 8)
        #expect(close(all.shared, 8) && close(all.unshared, 2) && close(all.meeting, 0.5))
        let two = CoreModel.Shard(fitting: measured([1, 2]), parts: 8)
        #expect(close(two.shared, 7) && close(two.unshared, 3) && two.meeting == 0)
        let one = CoreModel.Shard(fitting: measured([1]), parts: 8)
        #expect(one.shared == 0 && close(one.unshared, 10) && one.meeting == 0)
    }

    @Test(
        "Threads that make a shard slower share nothing, and ones that do more than their number leave nothing unshared"
    )
    func oddMeasurements() {
        let slower = CoreModel.Shard(fitting: [(1, 1), (2, 1.5)], parts: 8)
        #expect(slower.shared == 0 && close(slower.unshared, 1.25))
        let faster = CoreModel.Shard(fitting: [(1, 1), (2, 0.4)], parts: 8)
        #expect(faster.unshared == 0 && faster.shared > 0.9 && faster.meeting == 0)
    }
}
