import Coordinator
import Host
import Messaging
import Reporting
import RunStore
import Testing
import Wire

/// What a coordinator tells of itself, and whose file it leaves alone.
@Suite
struct RendezvousTests {
    private static let addresses = ["tcp://10.0.0.1:5577", "tcp://10.1.0.1:5577"]

    private func withRun(_ body: (_ directory: RunDirectory, _ file: String) throws -> Void) throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let directory = try RunDirectory.create("\(folder)/run")
        defer { directory.lease?.release() }
        try body(directory, "\(folder)/here")
    }

    private func rendezvous(_ directory: RunDirectory, _ path: String) throws -> Rendezvous {
        try Rendezvous(path: path, of: directory, at: Self.addresses.map { try Endpoint(parsing: $0) })
    }

    private func told(
        _ standing: RendezvousFile.Standing, by directory: RunDirectory, after generations: UInt64 = 0
    ) -> RendezvousFile {
        RendezvousFile(
            standing: standing, run: directory.identity, generation: directory.generation + generations,
            addresses: Self.addresses)
    }

    @Test("It tells its run, generation and addresses, then how the run stands; a file that is gone stays gone")
    func told() throws {
        try withRun { directory, path in
            let own = try rendezvous(directory, path)
            #expect(try own.begin() == nil)
            #expect(try RendezvousFile.read(path) == told(.listening, by: directory))
            for standing in [RendezvousFile.Standing.stopped, .failed, .over] {
                #expect(own.tell(standing) == nil)
                #expect(try RendezvousFile.read(path) == told(standing, by: directory))
            }
            try FileSystem.removeTree(path)
            #expect(own.tell(.over) == nil)
            #expect(!FileSystem.exists(path))
        }
    }

    @Test("The file of a newer coordinator, or of another run, is not touched at the end, and a newer one's not taken")
    func others() throws {
        try withRun { directory, path in
            let own = try rendezvous(directory, path)
            _ = try own.begin()
            let newer = told(.listening, by: directory, after: 1)
            try newer.write(to: path)
            #expect(own.tell(.stopped) == nil)
            #expect(try RendezvousFile.read(path) == newer)
            #expect { try own.begin() } throws: { error in
                (error as? UserError)?.exitCode == .cannotCreate && error.userSentence.contains("generation 2")
            }
            let other = RendezvousFile(
                standing: .listening, run: RunIdentity(high: 1, low: 2), generation: 9, addresses: ["tcp://b:1"])
            try other.write(to: path)
            #expect(own.tell(.over) == nil)
            #expect(try RendezvousFile.read(path) == other)
            // A run that is begun where another was is led to, and it is told whose workers come.
            #expect(try own.begin() == "\(other.run)")
            #expect(try RendezvousFile.read(path) == told(.listening, by: directory))
        }
    }

    @Test("A file of another kind is left as it is; an empty one is written")
    func ofAnotherKind() throws {
        try withRun { directory, path in
            try FileSystem.writeFile(path, Array("space:\n  layers: 3\n".utf8))
            let own = try rendezvous(directory, path)
            #expect { try own.begin() } throws: { error in
                (error as? UserError)?.exitCode == .cannotCreate && error.userSentence.contains("it is left as it is")
            }
            #expect(try FileSystem.readFile(path, limitBytes: 100).count == 19)
            try FileSystem.writeFile(path, [])
            #expect(try own.begin() == nil)
            #expect(try RendezvousFile.read(path) == told(.listening, by: directory))
        }
    }

    @Test("Where the end cannot be told, a warning says so")
    func warned() throws {
        try withRun { directory, path in
            let own = try rendezvous(directory, path)
            _ = try own.begin()
            try FileSystem.writeFile(path, Array("garbage".utf8))
            let warning = own.tell(.over)
            #expect(
                warning?.level == .warning && warning?.sentence.contains("does not tell that the run is over") == true)
            #expect(throws: UserError.self) { try Rendezvous(path: path, of: directory, at: []) }
        }
    }

    @Test("An advertised address stands for all that the machine has; a socket's path is told from the root")
    func addresses() throws {
        let dialable = try ["tcp://10.0.0.1:5577", "tcp://10.1.0.1:5577"].map { try Endpoint(parsing: $0) }
        let advertised = try AdvertisedAddress(parsing: "gate:80")
        func told(_ advertised: AdvertisedAddress?, _ dialable: [Endpoint], _ port: Int?) -> [String] {
            ToldAddresses.resolved(advertised: advertised, dialable: dialable, port: port).map(\.description)
        }
        #expect(told(nil, dialable, 5577) == ["tcp://10.0.0.1:5577", "tcp://10.1.0.1:5577"])
        #expect(told(advertised, dialable, 5577) == ["tcp://gate:80"])
        #expect(try told(AdvertisedAddress(parsing: "gate"), [], 5577) == ["tcp://gate:5577"])
        let here = try FileSystem.absolutePath(".")
        #expect(try told(nil, [Endpoint(parsing: "ipc://socket")], nil) == ["ipc://\(here)/socket"])
    }
}
