import Host
import Testing

import Launching

@Suite("What ssh is told")
struct SSHCommandTests {
    @Test("The user's words come first, nobody is asked anything, and the host stands behind the end of options")
    func words() throws {
        let words = try SSHCommand("ssh -p 2222 -F 'my config'").words(
            to: WorkerHost("gpu01", port: 23), script: "true", [])
        #expect(Array(words.prefix(5)) == ["ssh", "-p", "2222", "-F", "my config"])
        #expect(words.contains("BatchMode=yes") && words.contains("ForwardAgent=no") && words.contains("ForwardX11=no"))
        #expect(!words.contains { $0.contains("StrictHostKeyChecking") })
        let end = try #require(words.firstIndex(of: "--"))
        #expect(words[end - 1] == "-T" && words[end + 1] == "gpu01" && words.count == end + 3)
    }

    @Test(
        "Whatever stands in script and arguments, the other side's shell runs it as it is", arguments: ["sh", "bash"])
    func remote(shell: String) throws {
        let script = "printf \"%s|\" 'it'\"'\"'s' \"a\\\\b\" \"$@\"\nif true; then echo \"done!\"; fi\n"
        let arguments = ["", "two words", "it's", "$HOME", "a\\b", "*", "-n"]
        let words = try SSHCommand().words(to: WorkerHost("h"), script: script, arguments)
        let output = try Pipe()
        let child = try ChildProcess(shell, ["-c", try #require(words.last)], output: output.writing)
        output.closeWriting()
        #expect(child.wait() == .exited(0))
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = readSome(output.reading, &bytes)
        #expect(
            String(decoding: bytes[..<count], as: UTF8.self)
                == "it's|a\\b||two words|it's|$HOME|a\\b|*|-n|done!\n")
    }

    @Test("A command with an open quote, or none, is refused")
    func refused() {
        for text in ["ssh 'x", "", "  ", "ssh \\"] {
            #expect(throws: UserError.self) { try SSHCommand(text) }
        }
    }
}
