import Host
import Reporting

#if canImport(Glibc)
    import Glibc
#endif

HostInfo.keepFreedMemory()
do {
    try ProgramStart.prepare()
    let code = try Command.run(try LogStream.takeCommonFlags(from: Array(CommandLine.arguments.dropFirst())))
    try StandardStreams.checkOutput()
    exit(code)
} catch {
    exit(LogStream.snas.fail(error).rawValue)
}
