import Coordinator
import Host
import Messaging
import Testing

/// What workers are told to dial.
@Suite
struct EndpointFromAnywhereTests {
    @Test("A socket's relative path is told from the root, so that it is dialled from any folder; nothing else changes")
    func paths() throws {
        let here = try FileSystem.absolutePath(".")
        for text in ["ipc://snas", "ipc://./snas"] {
            #expect(try Endpoint(parsing: text).fromAnywhere.description == "ipc://\(here)/snas")
        }
        let long = "ipc://" + String(repeating: "x", count: Endpoint.pathBytes)
        for text in ["ipc:///tmp/snas", "ipc://@snas", "tcp://head:5577", "tcp://127.0.0.1:1", long] {
            #expect(try Endpoint(parsing: text).fromAnywhere.description == text)
        }
    }
}
