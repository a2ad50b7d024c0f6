import Host
import Worker

#if canImport(Glibc)
    import Glibc
#endif

// Without the clean-up of libraries: told to stop, a worker ends while its threads still compute with them.
do {
    _exit(try WorkerCommand.run(Array(CommandLine.arguments.dropFirst())).rawValue)
} catch let error as any UserFacingError {
    StandardStreams.note("snas-worker: \(error.sentence)")
    _exit(error.exitCode.rawValue)
} catch {
    StandardStreams.note("snas-worker: \(error)")
    _exit(ExitCode.unexpected.rawValue)
}
