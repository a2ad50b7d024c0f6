import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What a program says when it ends by an error.
@Suite
struct ProgramFaultTests {
    private struct Unforeseen: Error { let number = 7 }

    @Test(
        "An error made for people keeps sentence and code; any other one is told as the program's fault, with all it holds"
    )
    func faults() {
        let known = ProgramFault(UserError(.data, "a file is damaged"))
        #expect(known.sentence == "a file is damaged" && known.exitCode == .data)
        let unknown = ProgramFault(Unforeseen())
        #expect(unknown.exitCode == .internalFault && unknown.exitCode.rawValue == 70)
        #expect(unknown.sentence.hasPrefix("a fault of this program") && unknown.sentence.contains("number: 7"))
        #expect(unknown.sentence.contains("Unforeseen"))
    }

    @Test("A place that is not there is missing input to whoever reads, and what cannot be made to whoever writes")
    func missingPlaces() {
        for operation in ["read", "list", "look at"] {
            for number in [ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP] {
                #expect(SystemError(operation, "/none/x", errorNumber: number).exitCode == .noInput, "\(operation)")
            }
        }
        for operation in ["write", "create", "create a folder in", "rename", "sync"] {
            for number in [ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP] {
                #expect(SystemError(operation, "/x", errorNumber: number).exitCode == .cannotCreate, "\(operation)")
            }
        }
    }

    @Test("A child's own code is passed on; one that is no code of ours becomes a fault and is told")
    func children() {
        let own = ProgramFault(endOfChild: "the worker ended", code: 66)
        #expect(own.exitCode == .noInput && own.sentence == "the worker ended")
        for code: Int32 in [1, 2, 127] {
            let other = ProgramFault(endOfChild: "the worker ended", code: code)
            #expect(other.exitCode == .internalFault && other.sentence.contains("exit code \(code)"))
        }
        #expect(!ExitCode.allCases.contains { [1, 2].contains($0.rawValue) }, "every code says something")
    }
}
