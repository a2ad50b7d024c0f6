import Formats
import Host

#if canImport(Glibc)
    import Glibc
#endif

HostInfo.keepFreedMemory()
do {
    exit(try Command.run(Array(CommandLine.arguments.dropFirst())).rawValue)
} catch let error as any UserFacingError {
    StandardStreams.note("snas: \(error.sentence)")
    exit(error.exitCode.rawValue)
} catch let error as FormatError {
    StandardStreams.note("snas: \(error)")
    exit(ExitCode.data.rawValue)
} catch {
    StandardStreams.note("snas: \(error)")
    exit(ExitCode.unexpected.rawValue)
}
