import Configuration
import Formats
import Host
import Messaging
import SearchSpace
import Testing
import Wire

/// Every error of the lower floors ends a program with a sentence and a code of its own, though these floors know nothing of
/// programs.
@Suite
struct KnownFaultTests {
    private func fault(_ body: () throws -> Void) -> ProgramFault? {
        do { try body() } catch { return ProgramFault(error) }
        return nil
    }

    @Test("Endpoints, sockets, keys, formats, genotypes and frames: each kind of error has its exit code")
    func codes() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let router = try RouterSocket(try MessagingContext())
        let bound = try Endpoint(parsing: try router.bind(try Endpoint(parsing: "tcp://127.0.0.1:*")))
        let faults: [(code: ExitCode, part: String, fault: ProgramFault?)] = [
            (.usage, "is no endpoint", fault { _ = try Endpoint(parsing: "tcp:/1") }),
            (
                .cannotCreate, "Address already in use",
                fault { _ = try RouterSocket(try MessagingContext()).bind(bound) }
            ),
            (
                .cannotCreate, "192.0.2.1",
                fault {
                    _ = try RouterSocket(try MessagingContext()).bind(try Endpoint(parsing: "tcp://192.0.2.1:5577"))
                }
            ),
            (
                .cannotCreate, "nowhere",
                fault {
                    _ = try RouterSocket(try MessagingContext()).bind(
                        try Endpoint(parsing: "ipc://\(folder)/nowhere/s"))
                }
            ),
            (.data, "a key file is damaged", fault { _ = try KeyFile(parsing: [1, 2, 3]) }),
            (.data, "bad.json", fault { _ = try JSONValue.parse([], source: "bad.json") }),
            (.data, "", fault { _ = try Genotype(parsing: "Genotype()") }),
            (.protocolMismatch, "unreadable frame: short", fault { throw WireError("short") }),
        ]
        for (code, part, fault) in faults {
            let fault = try #require(fault, "\(part)")
            #expect(fault.exitCode == code && fault.sentence.contains(part), "\(fault)")
            #expect(!fault.sentence.contains("fault of this program"), "\(fault)")
        }
    }
}
