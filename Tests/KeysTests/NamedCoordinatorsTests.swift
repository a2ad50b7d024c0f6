import Host
import Keys
import Testing

/// Where whoever dials is told the coordinator: a flag, or the environment.
struct NamedCoordinatorsTests {
    private static let groups = [FlagGroup("where", [.value("connect", "ENDPOINT", "where it is")])]

    private func texts(_ words: [String], _ variable: String?) throws -> [String]? {
        let flags = try CommandLineFlags(parsing: words, of: Self.groups)
        return try NamedCoordinators.given(by: flags) { $0 == "SNAS_COORDINATOR" ? variable : nil }?.texts
    }

    @Test("The variable stands for the flag that is left out, the flag goes before it, and an empty variable is none")
    func order() throws {
        #expect(try texts([], nil) == nil)
        #expect(try texts([], "") == nil)
        #expect(try texts([], "tcp://a:1, tcp://b:2") == ["tcp://a:1", "tcp://b:2"])
        #expect(try texts(["--connect", "ipc://c"], "tcp://a:1") == ["ipc://c"])
    }

    @Test(
        "A list in which nothing stands, and a word in the environment that is no endpoint, are told by where they came from"
    )
    func mistakes() throws {
        func sentence(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error.userSentence) \((error as? UserError)?.exitCode == .usage)" }
            return "taken"
        }
        #expect(sentence { _ = try texts(["--connect", ","], nil) }.hasPrefix("--connect names no coordinator"))
        #expect(sentence { _ = try texts(["--connect", ""], nil) }.hasPrefix("--connect is empty"))
        #expect(
            sentence { _ = try texts([], ",,") }.hasPrefix("the environment's SNAS_COORDINATOR names no coordinator"))
        let flags = try CommandLineFlags(parsing: [], of: Self.groups)
        let named = try #require(try NamedCoordinators.given(by: flags) { _ in "head" })
        #expect(
            sentence { _ = try named.explaining { throw UserError(.usage, "'head' is no endpoint") } }
                == "the environment's SNAS_COORDINATOR: 'head' is no endpoint true")
    }
}
