import Estimation
import Host
import Network
import Randomness
import SearchSpace
import Tensors

/// A derived network whose evaluation passes are timed, with weights of no meaning and the statistics of its own images: what a
/// batch norm divides by decides whether numbers stay normal ones, and others take longer.
struct TimedNetwork: Sendable {
    let plan: DerivedPlan
    private let network: DerivedNetwork
    private let weights: NetworkWeights
    private let statistics: [Float]
    private let pixels: [Float]
    private let imageCount: Int

    /// A batch norm wants more than one value.
    private static let statisticImages = 8
    private static let seed: UInt64 = 1

    init(_ plan: DerivedPlan, imageCount: Int, path: CellPath) throws {
        self.plan = plan
        self.imageCount = imageCount
        let layout = WeightLayout.derivedNetwork(plan)
        network = DerivedNetwork(plan: plan, layout: layout, path: path)
        weights = try network.load(weights: InitialValues.weights(layout, seed: Self.seed))
        let stream = RandomStream(seed: Self.seed, purpose: .split, minor: 999)
        let count = max(imageCount, Self.statisticImages)
        let drawn = (0..<UInt64(count * plan.image.count)).map { Float(stream.normal($0)) }
        pixels = Array(drawn.prefix(imageCount * plan.image.count))
        statistics = try network.statisticsPass(weights, pixels: drawn, imageCount: count, noise: Self.noise)
    }

    private static var noise: PassNoise { PassNoise(.evaluationNoise, seed: seed, step: 0, shard: 0) }

    /// Nanoseconds of each part of one pass on the calling thread (`DerivedNetwork.passTimes`).
    func pass() throws -> [Int] {
        try network.passTimes(
            weights, statistics: statistics, pixels: pixels, imageCount: imageCount, noise: Self.noise, now: Self.now)
    }

    private static func now() -> Int {
        let parts = Clock.monotonic().components
        return Int(parts.seconds) * 1_000_000_000 + Int(parts.attoseconds / 1_000_000_000)
    }
}

extension TimedNetwork {
    /// Passes of all networks in turns, so that whatever else the machine does meets all alike; each network's pass that counts
    /// follows one that warms it. Every turn begins with another network.
    ///
    /// - Parameter threads: as many passes are computed at once as a worker with so many threads computes.
    /// - Returns: of each network, of each turn, the times of its parts.
    static func turns(_ networks: [TimedNetwork], count: Int, threads: Int) throws -> [[[Int]]] {
        precondition(!networks.isEmpty && count > 0 && threads > 0)
        // What the others compute keeps memory and caches as busy as a worker's other threads do; nobody reads it.
        let others = try (1..<threads).map { number in
            let end = WorkQueue<Int>()
            let thread = try NativeThread(name: "latency \(number)") {
                TorchRuntime.holdToOneThread()
                var place = number
                while end.takeAll().isEmpty, (try? networks[place % networks.count].pass()) != nil { place += 1 }
            }
            return (end: end, thread: thread)
        }
        defer {
            for other in others {
                other.end.append([0])
                other.thread.join()
            }
        }
        TorchRuntime.holdToOneThread()
        var times = [[[Int]]](repeating: [], count: networks.count)
        for turn in 0..<count {
            for step in networks.indices {
                let place = (turn + step) % networks.count
                _ = try networks[place].pass()
                times[place].append(try networks[place].pass())
            }
        }
        return times
    }
}
