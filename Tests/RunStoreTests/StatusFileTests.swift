import Formats
import Host
import RunStore
import SearchProtocol
import Testing
import Wire

@Suite
struct StatusFileTests {
    private static func coordinator(_ directory: RunDirectory) -> CoordinatorInstance {
        CoordinatorInstance(
            settings: ProtocolSettings(), run: directory.identity, generation: directory.generation,
            welcome: Welcome(
                configuration: "", dataDigest: [1], data: Blob(ByteView([1]), pieceBytes: 4096).reference,
                layoutDigest: Digest128(high: 1, low: 1), pieceBytes: 4096))
    }

    @Test("The status says of everything that was dropped how often, results that are not finite included")
    func dropped() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let directory = try RunDirectory.create("\(folder)/run")
        var instance = Self.coordinator(directory)
        _ = instance.handle(.leaseKept, at: .zero)
        _ = instance.handle(.receivedUnreadable(from: Peer([7]), reason: "noise"), at: .zero)
        let file = StatusFile(directory, .init(weightBytes: 4, contributionBytes: 8))
        let text = file.text(instance, nil, nil, notes: [])
        let dropped = try #require(try JSONValue.parse(Array(text.utf8), source: "status")["dropped"])
        #expect(dropped["unreadable"] == .integer(1) && dropped["not_finite"] == .integer(0))
        guard case .object(let members) = dropped else { return #expect(Bool(false)) }
        #expect(members.count == Mirror(reflecting: instance.drops).children.count, "one for each that is counted")
    }
}
