import Formats
import Host
import Testing

/// Searches whose shards belong together in groups, for devices.
@Suite
struct DeviceGroupTests {
    private static let settings = [
        "--init_channels", "4", "--layers", "3", "--nodes", "2", "--batch_size", "32", "--shards", "8", "--epochs", "2",
        "--max_steps", "6", "--train_portion", "0.1", "--recalibration_images", "128", "--warmup", "0",
        "--arch_learning_rate", "0.05", "--networks", "derived",
    ]

    private struct Search {
        let fingerprint: String?
        let notes: String
        /// Of each step, as the run wrote them.
        let losses: [Double]
    }

    /// - Parameter worker: what each worker is told besides.
    private func search(_ settings: [String], workers: Int = 1, worker words: [String]) throws -> Search {
        let programs = try Programs()
        let endpoint = "ipc://\(programs.folder)/socket"
        let coordinator = try programs.start(
            "snas",
            ["coordinator", "--bind", endpoint, "--run", "\(programs.folder)/run", "--min_workers", "\(workers)"]
                + Self.settings + settings, name: "coordinator")
        let started = try (0..<workers).map { number in
            try programs.start("snas-worker", ["--connect", endpoint] + words, name: "worker \(number)")
        }
        let outcome = programs.finish(coordinator, name: "coordinator", within: 120)
        for (number, worker) in started.enumerated() {
            #expect(worker.wait() == .exited(0), "\(programs.text("worker \(number).err"))")
        }
        let metrics = programs.text("run/metrics.jsonl").split(separator: "\n")
        let losses = try metrics.compactMap {
            try JSONValue.parse(Array(String($0).utf8), source: "metrics")
        }.filter { $0["kind"]?.text == "step" }.compactMap { $0["loss"]?.number }
        return Search(fingerprint: outcome.fingerprint, notes: outcome.notes, losses: losses)
    }

    @Test(
        "On processors a group is its shards: the fingerprint is that of a run without groups, by any workers and threads"
    )
    func processors() throws {
        let alone = try search([], worker: ["--threads", "1"])
        #expect(alone.fingerprint != nil, "\(alone.notes)")
        let groups = ["--device_shards", "4"]
        #expect(try search(groups, worker: ["--threads", "2"]).fingerprint == alone.fingerprint)
        #expect(try search(groups, workers: 2, worker: ["--threads", "1"]).fingerprint == alone.fingerprint)
        #expect(
            try search(["--device_shards", "8"], workers: 2, worker: ["--threads", "1"]).fingerprint
                == alone.fingerprint)
    }

    @Test(
        "A search by groups as a device computes them goes as the one by shards, but for rounding, whoever computes which group",
        arguments: [[], ["--search", "gdas"]])
    func grouped(method: [String]) throws {
        let operators = ["--kernels", "operators", "--threads", "1"]
        let settings = ["--device_shards", "4"] + method
        let alone = try search(settings, worker: operators)
        let grouped = try search(settings, worker: operators + ["--grouped"])
        #expect(alone.losses.count == 6 && grouped.losses.count == 6, "\(alone.notes)\(grouped.notes)")
        for (one, other) in zip(alone.losses, grouped.losses) { #expect(abs(one - other) < 1e-4 * one) }
        #expect(grouped.fingerprint != nil && grouped.fingerprint != alone.fingerprint)
        let both = try search(settings, workers: 2, worker: operators + ["--grouped"])
        #expect(both.fingerprint == grouped.fingerprint)
    }

    @Test("What does not fit is refused in a sentence: groups that are no nodes of the tree, groups by kernels")
    func refusals() throws {
        let programs = try Programs()
        for size in ["3", "16"] {
            let outcome = try programs.run("snas", ["local", "--device_shards", size] + Self.settings)
            #expect(outcome.status == .exited(ExitCode.configuration.rawValue))
            #expect(outcome.notes.contains("device_shards \(size) is no power of two that divides shards 8"))
        }
        let outcome = try programs.run("snas-worker", ["--connect", "ipc:///nowhere", "--grouped"])
        #expect(outcome.status == .exited(ExitCode.usage.rawValue) && outcome.notes.contains("--kernels operators"))
    }
}
