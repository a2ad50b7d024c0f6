import Host
import Worker

#if canImport(Glibc)
    import Glibc
#endif

/// Without the C libraries' last words: a compute thread may still be inside libtorch, which those would take down under it.
func end(_ code: Int32) -> Never {
    fflush(nil)
    _exit(code)
}

do {
    try ProgramStart.prepare()
    let code = try WorkerCommand.run(Array(CommandLine.arguments.dropFirst()))
    try StandardStreams.checkOutput()
    end(code.rawValue)
} catch {
    end(WorkerCommand.fail(error).rawValue)
}
