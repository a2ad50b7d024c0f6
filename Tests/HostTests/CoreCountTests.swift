import Host
import Testing

/// How many cores a process may keep busy, from what the kernel and the batch system say of it.
struct CoreCountTests {
    @Test("The smallest of machine, affinity mask, quota and Slurm's word counts, and is named")
    func smallest() {
        func count(_ allowed: Int, _ quota: Double?, _ slurm: String?) -> CoreCount {
            CoreCount(
                online: 64, allowed: allowed, quota: quota.map { CoreQuota(cores: $0, group: "/pod") }, slurm: slurm)
        }
        #expect(count(64, nil, nil) == count(64, 100, "64") && count(64, nil, nil).origin == .machine)
        #expect(count(16, 32, nil).count == 16 && count(16, 32, nil).origin == .affinity(machineHas: 64))
        #expect(count(16, 4, "8").count == 4)
        #expect("\(count(16, 4, "8"))" == "the quota of 4 cores of the cgroup /pod")
        #expect(count(16, 32, "8").count == 8 && "\(count(16, 32, "8"))" == "SLURM_CPUS_PER_TASK")
        #expect("\(count(16, nil, nil))" == "this process's affinity mask, of 64 that the machine has")
    }

    @Test("A share of a core counts as one, and what Slurm says that is no number counts nothing")
    func shares() {
        func count(_ cores: Double, _ slurm: String? = nil) -> Int {
            CoreCount(online: 8, allowed: 8, quota: CoreQuota(cores: cores, group: "/"), slurm: slurm).count
        }
        #expect([0.1, 1, 1.5, 2, 2.01, 7.5, 1e12].map { count($0) } == [1, 1, 2, 2, 3, 8, 8])
        for text in ["", "0", "-2", "two", "2(x3)"] { #expect(count(4, text) == 4, "\(text)") }
        #expect(
            [1, 2, 0.5, 1.25, 1.05].map { "\(CoreQuota(cores: $0, group: "/"))" }
                == ["1 core", "2 cores", "0.5 cores", "1.25 cores", "1.05 cores"])
    }

    @Test("This process: never more than its affinity mask has, and never none")
    func own() throws {
        let status = String(decoding: try FileSystem.readFile("/proc/self/status", limitBytes: 1 << 16), as: UTF8.self)
        let mask = try #require(status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") })
        let bits = mask.split(separator: "\t").last?.reduce(0) {
            $0 + (Int(String($1), radix: 16)?.nonzeroBitCount ?? 0)
        }
        let count = CoreCount.ofThisProcess().count
        #expect(count >= 1 && count <= (bits ?? 0) && count == HostInfo.coreCount())
    }

    // MARK: Control groups, as trees of files

    private func quota(_ files: [String: String]) throws -> CoreQuota? {
        let root = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(root) }
        for (path, text) in files {
            try FileSystem.createDirectory(FileSystem.parent(of: "\(root)\(path)"))
            try FileSystem.writeFile("\(root)\(path)", Array((text + "\n").utf8))
        }
        return CoreQuota.ofThisProcess(root: root)
    }

    private static let second = "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"

    @Test("Version 2: the group's own quota, or that of a group above it where that is less")
    func versionTwo() throws {
        func found(_ own: String, above: String, top: String? = nil) throws -> CoreQuota? {
            var files = [
                "/proc/self/cgroup": "0::/kube.slice/pod.scope", "/proc/self/mountinfo": Self.second,
                "/sys/fs/cgroup/kube.slice/pod.scope/cpu.max": own, "/sys/fs/cgroup/kube.slice/cpu.max": above,
            ]
            files["/sys/fs/cgroup/cpu.max"] = top
            return try quota(files)
        }
        #expect(
            try found("150000 100000", above: "max 100000") == CoreQuota(cores: 1.5, group: "/kube.slice/pod.scope"))
        #expect(try found("max 100000", above: "400000 100000") == CoreQuota(cores: 4, group: "/kube.slice"))
        #expect(
            try found("800000 100000", above: "400000 100000", top: "300000 100000") == CoreQuota(cores: 3, group: "/"))
        #expect(try found("max 100000", above: "max 100000") == nil)
        for damaged in ["", "max", "x y", "-1 100000", "100000 0", "100000"] {
            #expect(try found(damaged, above: "max 100000") == nil, "\(damaged)")
        }
    }

    @Test("Inside a container the mount begins with its own group, whatever path the kernel tells")
    func container() throws {
        for (told, first) in [
            ("/", "/"), ("/docker/abc", "/docker/abc"), ("/../../elsewhere", "/"), ("/docker/abcdef", "/docker/abc"),
        ] {
            let found = try quota([
                "/proc/self/cgroup": "0::\(told)",
                "/proc/self/mountinfo": Self.second.split(separator: " / ", maxSplits: 1).joined(
                    separator: " \(first) "),
                "/sys/fs/cgroup/cpu.max": "200000 100000",
            ])
            #expect(found == CoreQuota(cores: 2, group: "/"), "\(told)")
        }
        let below = try quota([
            "/proc/self/cgroup": "0::/docker/abc/job",
            "/proc/self/mountinfo": Self.second.split(separator: " / ", maxSplits: 1).joined(
                separator: " /docker/abc "),
            "/sys/fs/cgroup/job/cpu.max": "100000 100000",
        ])
        #expect(below == CoreQuota(cores: 1, group: "/job"))
    }

    @Test("Version 1: quota by period of the hierarchy that shares out time, wherever it is mounted; -1 is none")
    func versionOne() throws {
        func found(_ microseconds: String) throws -> CoreQuota? {
            try quota([
                "/proc/self/cgroup": "4:memory:/job\n2:cpu,cpuacct:/job\n1:cpuset:/\n0::/",
                "/proc/self/mountinfo":
                    "30 25 0:26 / /cg/all\\040times rw - cgroup cgroup rw,cpu,cpuacct\n31 25 0:27 / /cg/sets rw - cgroup none rw,cpuset",
                "/cg/all times/job/cpu.cfs_quota_us": microseconds, "/cg/all times/job/cpu.cfs_period_us": "50000",
                "/cg/sets/job/cpu.cfs_quota_us": "1", "/cg/sets/job/cpu.cfs_period_us": "50000",
            ])
        }
        #expect(try found("75000") == CoreQuota(cores: 1.5, group: "/job"))
        #expect(try found("-1") == nil)
        #expect(try quota([:]) == nil, "nothing is mounted")
    }

    @Test(
        "Cores are parted among processes without a rest, and each has one: 5 among 2 are 3 and 2, 2 among 3 are 1, 1 and 1"
    )
    func parted() {
        func parted(_ cores: Int, _ processes: Int) -> [Int] {
            CoreCount(online: cores, allowed: cores, quota: nil, slurm: nil).parted(among: processes)
        }
        #expect(parted(5, 2) == [3, 2] && parted(2, 3) == [1, 1, 1] && parted(64, 2) == [32, 32])
        for cores in 1...70 {
            for processes in 1...cores { #expect(parted(cores, processes).reduce(0, +) == cores) }
        }
    }
}
