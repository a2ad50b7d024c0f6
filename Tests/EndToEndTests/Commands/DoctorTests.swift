import Formats
import Host
import Keys
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// `snas doctor`: what it finds, and that it finds it.
@Suite
struct DoctorTests {
    private func findings(_ words: [String], name: String, under wrapper: [String] = []) throws -> (
        ExitCode?, [String: (verdict: String, text: String)]
    ) {
        let programs = try Programs()
        let outcome = try programs.run("snas", ["doctor", "--json"] + words, name: name, under: wrapper)
        let list = try #require(
            try JSONValue.parse(Array(outcome.output.utf8), source: name)["findings"]?.elements, "\(outcome.notes)")
        var found: [String: (verdict: String, text: String)] = [:]
        for finding in list {
            found[try #require(finding["subject"]?.text)] = (
                try #require(finding["verdict"]?.text), try #require(finding["text"]?.text)
            )
        }
        guard case .exited(let code) = outcome.status else { return (nil, found) }
        return (ExitCode(rawValue: code), found)
    }

    @Test("A machine on which a run could start: the worker's versions, the data's digest, room and limits in numbers")
    func fine() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let (code, found) = try findings(
            ["--bind", "ipc://\(folder)/socket", "--data", "digits", "--runs", folder], name: "fine")
        #expect(code == .done, "\(found)")
        #expect(found["snas-worker"]?.text.contains("libtorch") == true && found["snas-worker"]?.verdict == "ok")
        #expect(found["data"]?.text.contains("1500 training images") == true)
        #expect(found["disk"]?.text.contains("8 MB written and synced in ") == true)
        #expect(try FileSystem.list(folder).allSatisfy { !$0.hasPrefix(".snas-doctor") }, "it leaves nothing behind")
    }

    @Test(
        "Devices: a plain look says what libtorch has of CUDA or why not; one that is named shows what it computes, or ends in 69"
    )
    func devices() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let words = ["--bind", "ipc://\(folder)/socket", "--runs", folder]
        let (code, found) = try findings(words, name: "devices")
        #expect(code == .done && found["device"]?.verdict == "ok", "\(found)")
        let text = found["device"]?.text ?? ""
        #expect(text.contains(/no CUDA device found: .*workers compute on the processor|cuda:0 .*, \d+ MB/), "\(text)")
        // The processor by libtorch's operators, a group at once, is a device too.
        let (same, tried) = try findings(words + ["--device", "cpu"], name: "tried")
        #expect(same == .done && tried["device"]?.text.contains("the same bits twice") == true, "\(tried)")
        let (other, missing) = try findings(words + ["--device", "cuda:127"], name: "missing")
        #expect(other == .unavailable && missing["device"]?.verdict == "failure", "\(missing)")
        #expect(missing["device"]?.text.contains("no CUDA device 'cuda:127' found: ") == true, "\(missing)")
        let worker = try Programs().run("snas-worker", ["--connect", "ipc:///nowhere", "--device", "cuda:127"])
        #expect(worker.status == .exited(ExitCode.unavailable.rawValue), "\(worker.notes)")
        #expect(worker.notes.contains("no CUDA device 'cuda:127' found: "), "\(worker.notes)")
        let threads = try Programs().run(
            "snas-worker", ["--connect", "ipc:///nowhere", "--device", "cuda:0", "--threads", "2"])
        #expect(threads.status != .exited(0), "\(threads.notes)")
    }

    @Test("A coordinator that the environment names and that may not be asked is a finding, and ends no examination")
    func environment() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        for (value, part) in [("tcp://10.0.0.1:5577", "without --keys"), ("nonsense", "nonsense")] {
            let (code, found) = try findings(
                ["--runs", folder], name: "environment", under: ["/usr/bin/env", "SNAS_COORDINATOR=\(value)"])
            #expect(code == .unavailable && found["snas-worker"]?.verdict == "ok", "\(found)")
            let text = found["coordinator"]?.text ?? ""
            #expect(text.contains("SNAS_COORDINATOR") && text.contains(part), "\(found)")
        }
    }

    @Test("A process that is bound to one core counts one core, however many the machine has")
    func oneCore() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        // One that this process may run on: on some machines number 0 is not.
        let status = String(decoding: try FileSystem.readFile("/proc/self/status", limitBytes: 1 << 16), as: UTF8.self)
        let allowed = try #require(status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") })
        let core = String(allowed.drop { !$0.isNumber }.prefix { $0.isNumber })
        let (_, found) = try findings(
            ["--bind", "ipc://\(folder)/socket", "--runs", folder], name: "bound",
            under: ["taskset", "-c", core])
        #expect(found["processor"]?.text.hasPrefix("1 cores, ") == true, "\(String(describing: found["processor"]))")
    }

    @Test(
        "A process whose cgroup has a quota of half a core counts one core, and says which cgroup; Slurm's word counts too"
    )
    func quota() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let words = ["--bind", "ipc://\(folder)/socket", "--runs", folder]
        func processor(_ name: String, under wrapper: [String]) throws -> String {
            try findings(words, name: name, under: wrapper).1["processor"]?.text ?? "not looked at"
        }
        let slurm = try processor("slurm", under: ["env", "SLURM_CPUS_PER_TASK=1"])
        #expect(slurm.hasPrefix("1 cores, "), "\(slurm)")
        let name = "snas-test-\(HostInfo.processIdentifier())"
        let group = "/sys/fs/cgroup/cpu/\(name)"
        guard geteuid() == 0, FileSystem.exists("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), mkdir(group, 0o755) == 0 else {
            return StandardStreams.note(
                "SKIPPED: a real quota: no cgroup of the kernel's first version can be made here")
        }
        defer { rmdir(group) }
        let script = "echo 50000 > \(group)/cpu.cfs_quota_us && echo $$ > \(group)/tasks && exec \"$@\""
        let limited = try processor("limited", under: ["sh", "-c", script, "sh"])
        #expect(
            limited.hasPrefix("1 cores, ") && limited.contains("the quota of 0.5 cores of the cgroup /\(name)"),
            "\(limited)")
    }

    @Test("The link to a live coordinator: round trip, MB/s in either direction, and what share of a step they come to")
    func link() throws {
        let programs = try Programs()
        let coordinator = try programs.start(
            "snas",
            ["coordinator", "--bind", "tcp://127.0.0.1:*", "--run", "\(programs.folder)/run"] + Programs.endless(),
            name: "coordinator")
        let endpoint = "tcp://127.0.0.1:\(try programs.port(in: "coordinator.err"))"
        let worker = try programs.start("snas-worker", ["--connect", endpoint, "--threads", "1"], name: "worker")
        defer {
            for child in [worker, coordinator] {
                child.send(signal: SIGKILL)
                _ = child.wait()
            }
        }
        #expect(programs.wait(for: "\"ms_per_step\"", lines: 1, in: "run/status.json"))
        let (code, found) = try findings(["--connect", endpoint, "--runs", programs.folder], name: "link")
        #expect(code == .done && found["port"] == nil, "a worker's machine listens nowhere: \(found)")
        let text = try #require(found["coordinator"]?.text)
        let numbers = text.split { !($0.isNumber || $0 == ".") }.compactMap { Double($0) }.filter { $0 > 0 }
        #expect(
            text.hasPrefix("round trip ") && text.contains(" MB/s from \(endpoint), ") && numbers.count >= 6, "\(text)")
        #expect(text.contains(" % of a step of ") && found["coordinator"]?.verdict != "failure", "\(text)")
        #expect(programs.text("coordinator.err").contains("unknown") == false)
        let (none, missing) = try findings(
            ["--connect", "ipc://\(programs.folder)/nobody", "--runs", programs.folder], name: "nobody")
        #expect(none == .unavailable && missing["coordinator"]?.verdict == "failure")
    }

    @Test("A port in use, no folder for runs and data that is none are failures, and the exit code says so")
    func bad() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let (code, found) = try findings(
            ["--bind", "tcp://192.0.2.1:5577", "--data", folder, "--runs", "\(folder)/nowhere"], name: "bad")
        #expect(code == .unavailable)
        for subject in ["port", "disk", "data"] {
            #expect(found[subject]?.verdict == "failure", "\(subject): \(found[subject]?.text ?? "not looked at")")
        }
    }

    @Test("Key folders of either side are looked at: fine ones with their public key, open ones as failures")
    func keys() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let made = try KeyGeneration.make(in: "\(folder)/keys", workers: ["gpu01"])
        let place = ["--bind", "ipc://\(folder)/socket", "--runs", folder, "--keys"]
        for side in made {
            let found = try findings(place + [side.folder], name: side.holder).1["keys"]
            #expect(
                found?.verdict == "ok" && found?.text.contains("\(side.key)") == true, "\(String(describing: found))")
            chmod("\(side.folder)/secret.key", 0o644)
            let (code, open) = try findings(place + [side.folder], name: side.holder)
            #expect(code == .unavailable && open["keys"]?.text.contains("0644") == true)
        }
    }
}
