import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Each in a process of its own, whose standard streams it may change.
@Suite
struct StandardStreamsTests {
    @Test(
        "A result that a full device, a closed stream or a pipe without a reader does not take is an error with exit code 74"
    )
    func lost() async {
        await #expect(processExitsWith: .success) {
            try ProgramStart.prepare()
            func refusal(_ descriptor: Int32) -> UserError? {
                dup2(descriptor, STDOUT_FILENO)
                do { try StandardStreams.print("a result") } catch { return error }
                return nil
            }
            var ends: [Int32] = [0, 0]
            pipe(&ends)
            close(ends[0])
            let cases = [
                (open("/dev/full", O_WRONLY), "No space left on device"), (ends[1], "Broken pipe"),
                (open("/dev/null", O_RDONLY), "it is closed"),
            ]
            for (descriptor, reason) in cases {
                guard refusal(descriptor) == UserError(.inputOutput, "cannot write standard output: \(reason)") else {
                    exit(1)
                }
            }
            exit(refusal(open("/dev/null", O_WRONLY)) == nil ? 0 : 2)
        }
    }

    @Test("Standard streams that are closed are taken up: the next file that is opened is none of them")
    func closed() async {
        await #expect(processExitsWith: .success) {
            for stream in 0...2 as ClosedRange<Int32> { close(stream) }
            try ProgramStart.prepare()
            guard open("/dev/null", O_RDONLY) > STDERR_FILENO else { exit(1) }
            var byte: UInt8 = 0
            exit(read(STDIN_FILENO, &byte, 1) == 0 && write(STDERR_FILENO, &byte, 1) < 0 ? 0 : 2)
        }
    }

    @Test("A pipe that somebody made non-blocking gets all 300,000 bytes of the results, however slowly it is read")
    func nonBlocking() async {
        await #expect(processExitsWith: .success) {
            // A program that waits for ever is ended, and the test fails.
            alarm(120)
            var ends: [Int32] = [0, 0]
            pipe(&ends)
            _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
            dup2(ends[1], STDOUT_FILENO)
            close(ends[1])
            let counted = WorkQueue<Int>()
            let source = ends[0]
            let reader = try NativeThread(name: "reader") {
                var chunk = [UInt8](repeating: 0, count: 1000)
                var total = 0
                var count = read(source, &chunk, chunk.count)
                while count > 0 {
                    total += count
                    count = read(source, &chunk, chunk.count)
                }
                counted.append([total])
            }
            for _ in 0..<3 { try StandardStreams.print(String(repeating: "x", count: 99_999)) }
            close(STDOUT_FILENO)
            reader.join()
            exit(counted.takeAll() == [300_000] ? 0 : 1)
        }
    }

    @Test("Notes that nobody reads, or that a full device does not take, are lost, and the program goes on")
    func unread() async {
        await #expect(processExitsWith: .success) {
            // A program that waits for ever is ended, and the test fails.
            alarm(120)
            var ends: [Int32] = [0, 0]
            pipe(&ends)
            _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
            dup2(ends[1], STDERR_FILENO)
            // Far more than a pipe holds.
            for _ in 0..<1000 { StandardStreams.note(String(repeating: "x", count: 1000)) }
            // Whoever begins to read hears of what is said from then on.
            var chunk = [UInt8](repeating: 0, count: 1 << 20)
            guard read(ends[0], &chunk, chunk.count) > 0 else { exit(1) }
            StandardStreams.note("later")
            let count = read(ends[0], &chunk, chunk.count)
            guard String(decoding: chunk.prefix(max(0, count)), as: UTF8.self).hasSuffix("later\n") else { exit(2) }
            dup2(open("/dev/full", O_WRONLY), STDERR_FILENO)
            StandardStreams.note("lost")
            exit(0)
        }
    }

    @Test(
        "A place for output that is not there or is no folder cannot be created; the same of an input is a missing input"
    )
    func places() {
        for number in [ENOENT, ENOTDIR] {
            #expect(SystemError("write", "a/b", errorNumber: number).exitCode == .cannotCreate)
            #expect(SystemError("create", "a/b", errorNumber: number).exitCode == .cannotCreate)
            #expect(SystemError("read", "a/b", errorNumber: number).exitCode == .noInput)
        }
        #expect(SystemError("write", "a", errorNumber: ENOSPC).exitCode == .inputOutput)
    }
}
