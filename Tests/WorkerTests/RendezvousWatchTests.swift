import Host
import Messaging
import RunStore
import Testing
import Wire
import Worker

/// What a worker believes of a rendezvous file while it looks for its coordinator.
@Suite
struct RendezvousWatchTests {
    private static let run = RunIdentity(high: 1, low: 2)

    /// A file's watch, looked by at seconds that are due.
    private final class Looked {
        private let folder: String
        private var watch: RendezvousWatch
        private var now: Duration = .zero
        var path: String { "\(folder)/here" }

        init(check: @escaping @Sendable (Endpoint) throws -> Void = { _ in }) throws {
            folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
            watch = RendezvousWatch(path: "\(folder)/here", check: check)
        }

        deinit { try? FileSystem.removeTree(folder) }

        func write(
            _ address: String, generation: UInt64, _ standing: RendezvousFile.Standing = .listening,
            run: RunIdentity = RendezvousWatchTests.run
        ) throws {
            try RendezvousFile(standing: standing, run: run, generation: generation, addresses: [address])
                .write(to: path)
        }

        func look(isDue: Bool = true) throws -> RendezvousWatch.Finding {
            if isDue { now += RendezvousWatch.interval }
            return try watch.look(at: now)
        }

        func welcomed(generation: UInt64) { watch.welcomed(to: RendezvousWatchTests.run, generation: generation) }
    }

    private func addresses(_ text: String) throws -> RendezvousWatch.Finding {
        .addresses([try Endpoint(toDial: text)])
    }

    @Test("It waits for the file, tells an address once, looks once a second, and finds the next coordinator's")
    func moved() throws {
        let looked = try Looked()
        #expect(try looked.look() == .nothing)
        try looked.write("tcp://a:1", generation: 1)
        #expect(try looked.look(isDue: false) == .nothing)
        #expect(try looked.look() == addresses("tcp://a:1"))
        #expect(try looked.look() == .nothing)
        try looked.write("tcp://b:2", generation: 2)
        #expect(try looked.look() == addresses("tcp://b:2"))
        try FileSystem.removeTree(looked.path)
        #expect(try looked.look() == .nothing)
    }

    @Test(
        "An older generation than one that was seen, in the file or as a coordinator, is not believed; another run is")
    func older() throws {
        let looked = try Looked()
        try looked.write("tcp://b:2", generation: 2)
        #expect(try looked.look() == addresses("tcp://b:2"))
        for standing in RendezvousFile.Standing.allCases {
            try looked.write("tcp://a:1", generation: 1, standing)
            #expect(try looked.look() == .nothing)
        }
        looked.welcomed(generation: 5)
        try looked.write("tcp://c:3", generation: 4)
        #expect(try looked.look() == .nothing)
        try looked.write("tcp://d:4", generation: 5)
        #expect(try looked.look() == addresses("tcp://d:4"))
        try looked.write("tcp://e:5", generation: 1, run: RunIdentity(high: 7, low: 7))
        #expect(try looked.look() == addresses("tcp://e:5"))
    }

    @Test("A run that is over or has failed ends the waiting; one that was stopped does not, and is known as such")
    func ended() throws {
        let looked = try Looked()
        try looked.write("tcp://a:1", generation: 1)
        #expect(try looked.look() == addresses("tcp://a:1"))
        try looked.write("tcp://a:1", generation: 1, .stopped)
        #expect(try looked.look() == .nothing)
        try looked.write("tcp://a:1", generation: 1, .over)
        #expect(try looked.look() == .ended(reason: "run \(Self.run) is over, says \(looked.path)"))
        try looked.write("tcp://a:1", generation: 2, .failed)
        guard case .ended(let reason) = try looked.look() else { return #expect(Bool(false), "it goes on waiting") }
        #expect(reason.contains("ended with a fault"))
    }

    @Test("An address that may not or cannot be dialled is told, and those from before hold on")
    func refused() throws {
        let looked = try Looked { endpoint in
            guard endpoint.isLocal else { throw UserError(.noPermission, "\(endpoint) wants keys") }
        }
        func code() -> ExitCode? {
            do { _ = try looked.look() } catch { return (error as? any UserFacingError)?.exitCode }
            return nil
        }
        try looked.write("tcp://127.0.0.1:1", generation: 1)
        #expect(try looked.look() == addresses("tcp://127.0.0.1:1"))
        try looked.write("tcp://a:1", generation: 2)
        #expect(code() == .noPermission)
        try looked.write("tcp://*:1", generation: 2)
        #expect(code() == .data)
        try FileSystem.writeFile(looked.path, Array("garbage\n".utf8))
        #expect(code() == .data)
        try looked.write("tcp://127.0.0.1:1", generation: 1)
        #expect(try looked.look() == .nothing)
    }
}
