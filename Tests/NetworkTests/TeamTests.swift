import Tensors
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The threads that compute parts together: who computes what, and what becomes of a failure.
@Suite
struct TeamTests {
    /// Written by tasks, an entry each: no two parts have the same.
    private final class Record: @unchecked Sendable {
        private let entries: UnsafeMutableBufferPointer<Int>

        init(_ count: Int) {
            entries = .allocate(capacity: count)
            entries.initialize(repeating: 0)
        }

        deinit { entries.deallocate() }

        func add(_ value: Int, to part: Int) { entries[part] += value }

        var values: [Int] { Array(entries) }
    }

    /// On a thread of its own: a test's tasks may go from thread to thread, and a team belongs to one.
    private func onOneThread(_ body: () throws -> Void) throws {
        defer { #expect(throws: Never.self) { try TorchRuntime.useThreads(1) } }
        try body()
    }

    @Test(
        "Every part is computed once, by one of the threads, be there more parts than threads or more threads than parts",
        arguments: [1, 2, 3, 5, 16])
    func everyPartOnce(threads: Int) throws {
        try onOneThread {
            try TorchRuntime.useThreads(threads)
            for parts in [0, 1, 2, 3, 7, 64] {
                for round in 0..<50 {
                    let (computed, by) = (Record(parts), Record(parts))
                    try TorchRuntime.run(parts: parts) { part, thread in
                        computed.add(1, to: part)
                        by.add(thread, to: part)
                        return true
                    }
                    #expect(computed.values.allSatisfy { $0 == 1 })
                    #expect(by.values.allSatisfy { (0..<threads).contains($0) })
                    // Threads that have fallen asleep come back.
                    if round % 10 == 0 { usleep(200) }
                }
            }
        }
    }

    @Test("A part that fails is named, the first one if there are several; the others run, and so does the next task")
    func failure() throws {
        for threads in [1, 2, 5] {
            try onOneThread {
                try TorchRuntime.useThreads(threads)
                for _ in 0..<20 {
                    let computed = Record(9)
                    let error = #expect(throws: TorchError.self) {
                        try TorchRuntime.run(parts: 9) { part, _ in
                            computed.add(1, to: part)
                            return part != 4 && part != 7
                        }
                    }
                    #expect(error?.reason == "part 4 failed")
                    #expect(computed.values.allSatisfy { $0 == 1 })
                    try TorchRuntime.run(parts: 9) { part, _ in
                        computed.add(1, to: part)
                        return true
                    }
                    #expect(computed.values.allSatisfy { $0 == 2 })
                }
            }
        }
    }

    @Test("A task that asks for another one, and a team of no threads or of thousands, are refused")
    func refusals() throws {
        try onOneThread {
            try TorchRuntime.useThreads(2)
            for threads in [0, -1, 257, 1 << 40] {
                let error = #expect(throws: TorchError.self) { try TorchRuntime.useThreads(threads) }
                #expect(error?.reason == "a team has from 1 to 256 threads")
            }
            #expect(throws: TorchError.self) { try TorchRuntime.run(parts: 1 << 16) { _, _ in true } }
            let nested = Record(1)
            try TorchRuntime.run(parts: 1) { _, _ in
                if (try? TorchRuntime.run(parts: 2) { _, _ in true }) == nil { nested.add(1, to: 0) }
                return true
            }
            #expect(nested.values == [1])
        }
    }
}
