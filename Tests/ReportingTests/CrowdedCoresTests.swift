import Formats
import Host
import Reporting
import Testing

/// A word about more threads than there are cores.
struct CrowdedCoresTests {
    private let cores = CoreCount(online: 2, allowed: 2, quota: nil, slurm: nil)

    @Test("Two hundred workers on two cores get a warning with both numbers; as many threads as cores get none")
    func words() throws {
        let line = try #require(CrowdedCores.line(200, "workers", threads: 1, on: cores))
        #expect(
            line.level == .warning
                && line.text.contains("200 workers of 1 thread share 2 cores (all that the machine has)"))
        #expect(
            CrowdedCores.line(1, "workers", threads: 64, on: cores)?.text.contains(": 64 threads share 2 cores") == true
        )
        #expect(CrowdedCores.line(2, "workers", threads: 2, on: cores) != nil)
        for (count, threads) in [(1, 1), (2, 1), (1, 2)] {
            #expect(CrowdedCores.line(count, "workers", threads: threads, on: cores) == nil)
        }
    }
}
