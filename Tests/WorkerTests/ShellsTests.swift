import Configuration
import Host
import Testing
import Worker

/// Both shells in one process over real sockets, without libtorch: milliseconds a run.
@Suite(.serialized)
struct ShellsTests {
    private func run(
        _ preparations: [FakePreparation], change: (inout ConfigurationBuilder) throws -> Void = { _ in }
    ) throws -> Cluster { try Cluster.run(preparations, change: change) }

    @Test("One fake worker or three, with the data fetched in pieces or at hand: the same fingerprint, all exit with 0")
    func sameBits() throws {
        let one = try run([FakePreparation()])
        #expect(one.coordinator == .code(0) && one.workers == [.code(0)])
        #expect(one.fingerprint.count == 64)
        let three = try run([FakePreparation(), FakePreparation(keepsData: true), FakePreparation()])
        #expect(three.coordinator == .code(0) && three.workers.allSatisfy { $0 == .code(0) })
        #expect(three.fingerprint == one.fingerprint)
        let small = try run([FakePreparation()]) {
            try $0.apply(name: "piece_bytes", value: "4096", origin: .flag)
        }
        #expect(small.fingerprint == one.fingerprint, "pieces of 4 KB carry the same bytes")
        let other = try run([FakePreparation()]) { try $0.apply(name: "seed", value: "3", origin: .flag) }
        #expect(other.fingerprint != one.fingerprint)
    }

    @Test("A worker whose computation breaks leaves with its reason, and another one finishes to the same bits")
    func broken() throws {
        let reference = try run([FakePreparation()])
        let gates = Gates()
        let both = try run([
            FakePreparation(breaksAfter: 3, queue: (.first, gates)), FakePreparation(queue: (.second, gates)),
        ])
        #expect(both.coordinator == .code(0))
        #expect(both.workers == [.code(ExitCode.data.rawValue), .code(0)])
        #expect(both.fingerprint == reference.fingerprint)
    }

    @Test(
        "Steps of two and of five rounds: the same bits by one worker and three, and where one breaks inside a step",
        arguments: ["false", "true"])
    func stepsOfRounds(unrolled: String) throws {
        func darts(_ builder: inout ConfigurationBuilder) throws {
            try builder.apply(name: "search", value: "darts", origin: .flag)
            try builder.apply(name: "unrolled", value: unrolled, origin: .flag)
        }
        let one = try run([FakePreparation()], change: darts)
        #expect(one.coordinator == .code(0) && one.fingerprint.count == 64)
        let three = try run([FakePreparation(), FakePreparation(), FakePreparation()], change: darts)
        #expect(three.coordinator == .code(0) && three.fingerprint == one.fingerprint)
        let gates = Gates()
        let both = try run(
            [FakePreparation(breaksAfter: 8, queue: (.first, gates)), FakePreparation(queue: (.second, gates))],
            change: darts)
        #expect(both.coordinator == .code(0) && both.fingerprint == one.fingerprint)
        let skipped = try run([FakePreparation(breaksNumbers: .init(step: 2))], change: darts)
        #expect(skipped.coordinator == .code(0) && skipped.log.contains("skipped"), "\(skipped.log)")
    }

    @Test(
        "Skips that take both cells over are told once a cell, with the epoch to go back to, whose checkpoint is kept")
    func takeover() throws {
        // 18 steps an epoch; skips win from the second on. A fake derived network is right as often in any epoch.
        let run = try run([FakePreparation(skipsWinFrom: 18)]) { builder in
            for (name, value) in [
                ("epochs", "6"), ("max_steps", "0"), ("arch_learning_rate", "0.2"), ("keep_epochs", "0"),
                ("networks", "derived"),
            ] { try builder.apply(name: name, value: value, origin: .flag) }
        }
        #expect(run.coordinator == .code(0))
        // A busy machine's log has warnings of late workers too.
        let warnings = run.log.split(separator: "\n").filter { $0.contains("warning: epoch ") }
        #expect(warnings.count == 2, "\(run.log)")
        for (warning, cell) in zip(warnings, ["normal", "reduction"]) {
            #expect(
                warning.contains("warning: epoch 2: skip_connect holds 14 of the 14 live edges of the \(cell) cell"))
            #expect(warning.contains("the best epoch before it is 1 (derived"))
            #expect(warning.contains("--from_epoch 1,") && warning.contains("--max_steps 18 "))
        }
        // Epoch 1 is the best sound one; the others are the last three of any kind, and the best of equals is the last.
        let epochs = run.checkpoints.compactMap { $0.split(separator: "-epoch-").dropFirst().first.flatMap { Int($0) } }
        #expect(epochs.first == 1 && epochs.last == 6 && epochs.count <= 4, "\(run.checkpoints)")
    }

    @Test("A shard that is not a number once is computed again; the log names worker, shard and tensor, no bit changes")
    func brokenOnce() throws {
        let reference = try run([FakePreparation()])
        let run = try run([FakePreparation(breaksNumbers: .init(step: 2, times: 1))])
        #expect(run.coordinator == .code(0) && run.fingerprint == reference.fingerprint)
        let line = run.log.split(separator: "\n").first { $0.contains("not finite") }
        #expect(line?.contains("step 2, shard 1") == true && line?.contains("tensor stem.0.weight, entry 7") == true)
        #expect(!run.log.contains("skipped"))
    }

    @Test("A shard that stays not a number skips the step, whoever computes it; the run goes on to the same bits")
    func brokenStep() throws {
        let one = try run([FakePreparation(breaksNumbers: .init(step: 2))])
        #expect(one.coordinator == .code(0) && one.log.contains("step 2 skipped"))
        let both = try run([
            FakePreparation(breaksNumbers: .init(step: 2)), FakePreparation(breaksNumbers: .init(step: 2)),
        ])
        #expect(both.coordinator == .code(0) && both.fingerprint == one.fingerprint)
        let whole = try run([FakePreparation()])
        #expect(one.fingerprint != whole.fingerprint)
    }

    @Test("Steps that are skipped in a row end the run with 65 and the number of them")
    func brokenForGood() throws {
        let run = try run([FakePreparation(breaksNumbers: .init(step: 2, isForGood: true))]) {
            try $0.apply(name: "skip_limit", value: "3", origin: .flag)
        }
        guard case .failed(let sentence) = run.coordinator else { return #expect(Bool(false), "\(run.coordinator)") }
        #expect(sentence.contains("3 steps in a row, the last of them 4"))
        #expect(run.workers == [.code(0)], "the worker is told that it is over")
    }

    @Test(
        "A worker whose payload has another length is put out with both numbers; another one finishes to the same bits")
    func wrongShape() throws {
        let reference = try run([FakePreparation()])
        let gates = Gates()
        let both = try run([
            FakePreparation(extraFloats: 3, queue: (.first, gates)), FakePreparation(queue: (.second, gates)),
        ])
        #expect(both.coordinator == .code(0) && both.fingerprint == reference.fingerprint)
        #expect(both.workers == [.code(ExitCode.protocolMismatch.rawValue), .code(0)])
        #expect(both.log.contains(" are due"))
    }

    @Test("An audit finds the one of three that computes other bits, and puts it out before a bit of it counts")
    func audit() throws {
        let reference = try run([FakePreparation()])
        let gates = Gates()
        let three = try run([
            FakePreparation(lies: true, queue: (.first, gates)), FakePreparation(),
            FakePreparation(queue: (.second, gates)),
        ]) { try $0.apply(name: "audit_share", value: "1", origin: .flag) }
        #expect(three.coordinator == .code(0) && three.fingerprint == reference.fingerprint, "\(three.log)")
        #expect(three.workers == [.code(ExitCode.protocolMismatch.rawValue), .code(0), .code(0)])
        #expect(three.log.contains("computed other bits than two others"))
    }

    @Test("Too few workers for the limit: a checkpoint, and an end that can be resumed")
    func tooFew() throws {
        let run = try run([FakePreparation()]) {
            try $0.apply(name: "min_workers", value: "2", origin: .flag)
            try $0.apply(name: "wait_limit_s", value: "0.5", origin: .flag)
        }
        #expect(run.coordinator == .code(ExitCode.temporary.rawValue))
        #expect(run.log.contains("waiting for workers") && run.log.contains("gave up waiting"))
        #expect(run.checkpoints.count == 1)
    }

    @Test("A machine of another kind is refused, unless mixed kinds are allowed")
    func kinds() throws {
        func pair() -> [FakePreparation] {
            let gates = Gates()
            return [
                FakePreparation(queue: (.first, gates)), FakePreparation(probe: 7, queue: (.second, gates)),
            ]
        }
        let refused = try run(pair())
        #expect(refused.coordinator == .code(0))
        #expect(refused.workers == [.code(0), .code(ExitCode.protocolMismatch.rawValue)])
        let allowed = try run([FakePreparation(), FakePreparation(probe: 7)]) {
            try $0.apply(name: "allow_mixed_kinds", value: "true", origin: .flag)
        }
        #expect(allowed.workers == [.code(0), .code(0)])
    }
}
