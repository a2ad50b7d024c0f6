import Host
import Reporting

#if canImport(Glibc)
    import Glibc
#endif

HostInfo.keepFreedMemory()
do {
    exit(try Command.run(try LogStream.takeFormat(from: Array(CommandLine.arguments.dropFirst()))).rawValue)
} catch {
    exit(LogStream.snas.fail(error).rawValue)
}
