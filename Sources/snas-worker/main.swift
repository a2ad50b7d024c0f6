import Host
import Worker

#if canImport(Glibc)
    import Glibc
#endif

do {
    exit(try WorkerCommand.run(Array(CommandLine.arguments.dropFirst())).rawValue)
} catch let error as any UserFacingError {
    StandardStreams.note("snas-worker: \(error.sentence)")
    exit(error.exitCode.rawValue)
} catch {
    StandardStreams.note("snas-worker: \(error)")
    exit(ExitCode.unexpected.rawValue)
}
