import Formats
import Host
import Reporting

#if canImport(Glibc)
    import Glibc
#endif

func fail(_ sentence: String, _ code: ExitCode) -> Never {
    LogStream.snas.fail(sentence, code)
    exit(code.rawValue)
}

HostInfo.keepFreedMemory()
do {
    exit(try Command.run(try LogStream.takeFormat(from: Array(CommandLine.arguments.dropFirst()))).rawValue)
} catch let error as any UserFacingError {
    fail(error.sentence, error.exitCode)
} catch let error as FormatError {
    fail("\(error)", .data)
} catch {
    fail("\(error)", .unexpected)
}
