import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// How many cores this process may keep busy, and what says so: the machine's are often shared out. The smallest number counts.
package struct CoreCount: Sendable, Equatable, CustomStringConvertible {
    /// Where the number comes from.
    package enum Origin: Sendable, Equatable {
        case machine
        /// Of this process, as `taskset`, Slurm and containers set it.
        case affinity(machineHas: Int)
        /// Of time, as containers have it: a share of a core counts as one, for it would lie idle else.
        case quota(CoreQuota)
        case slurm
    }

    /// At least 1.
    package let count: Int
    package let origin: Origin

    /// Slurm's word for what a task was given, where it binds tasks to no cores.
    package static let slurmVariable = "SLURM_CPUS_PER_TASK"

    /// As they are now: a quota may be changed while a process runs.
    package static func ofThisProcess() -> CoreCount {
        let online = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        return CoreCount(
            online: online, allowed: allowed() ?? online, quota: CoreQuota.ofThisProcess(),
            slurm: HostInfo.environment(slurmVariable))
    }

    /// - Parameters:
    ///   - online: the machine's.
    ///   - allowed: in this process's affinity mask.
    ///   - quota: nil where there is none.
    ///   - slurm: the variable's text; what is no number from 1 on says nothing.
    package init(online: Int, allowed: Int, quota: CoreQuota?, slurm: String?) {
        var smallest = (count: max(1, online), origin: Origin.machine)
        func consider(_ count: Int?, _ origin: @autoclosure () -> Origin) {
            guard let count, count >= 1, count < smallest.count else { return }
            smallest = (count, origin())
        }
        consider(allowed, .affinity(machineHas: online))
        if let quota { consider(max(1, quota.wholeCores), .quota(quota)) }
        consider(slurm.flatMap { Int($0) }, .slurm)
        (count, origin) = smallest
    }

    /// Among so many processes: none is left over, and each process has one at least.
    package func parted(among processes: Int) -> [Int] {
        (0..<processes).map { max(1, count / processes + ($0 < count % processes ? 1 : 0)) }
    }

    /// The origin in words.
    package var description: String {
        switch origin {
        case .machine: "all that the machine has"
        case .affinity(let machine): "this process's affinity mask, of \(machine) that the machine has"
        case .quota(let quota): "the quota of \(quota) of the cgroup \(quota.group)"
        case .slurm: Self.slurmVariable
        }
    }

    /// Nil where the kernel does not say. The mask of a large machine is longer than the C library's own.
    private static func allowed() -> Int? {
        var bytes = MemoryLayout<cpu_set_t>.size
        while bytes <= 1 << 16 {
            var words = [UInt64](repeating: 0, count: bytes / 8)
            let answer = words.withUnsafeMutableBytes { buffer in
                sched_getaffinity(0, buffer.count, buffer.baseAddress?.assumingMemoryBound(to: cpu_set_t.self))
            }
            if answer == 0 { return max(1, words.reduce(0) { $0 + $1.nonzeroBitCount }) }
            guard errno == EINVAL else { return nil }
            bytes *= 2
        }
        return nil
    }
}
