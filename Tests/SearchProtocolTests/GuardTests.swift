import SearchProtocol
import Testing

/// The simulation is believed because it notices when any one guard is taken away.
@Suite
struct GuardTests {
    /// Seeds that are tried before a guard counts as unnoticed.
    private static let seeds = 3000
    #if DEBUG
        private static let harshSeeds = 50
    #else
        private static let harshSeeds = 500
    #endif

    @Test("Without any one of its guards the protocol fails in the simulation", arguments: Guard.allCases)
    func mutation(guardOff: Guard) {
        for seed in 0..<UInt64(Self.seeds) {
            let world = SimulatedWorld(seed: seed, climate: Climate(harsh: seed), without: guardOff)
            world.run()
            if world.violation != nil { return }
        }
        Issue.record("nobody notices that \(guardOff) is off")
    }

    @Test("With all of its guards it holds in that climate too")
    func harsh() {
        for seed in 0..<UInt64(Self.harshSeeds) {
            let world = SimulatedWorld(seed: seed, climate: Climate(harsh: seed))
            world.run()
            #expect(world.violation == nil, "seed \(seed): \(world.violation ?? "")")
        }
    }
}
