import Host

/// One function of many things on several threads. Who computes which changes nothing: results come in the things' order.
package enum ThreadedMap {
    /// - Parameters:
    ///   - threads: 1 or more; thread t of T takes things t, t + T, and so on.
    ///   - body: called from several threads at once.
    /// - Throws: what `body` throws for one of them, once all threads have ended.
    package static func map<Item: Sendable, Value: Sendable>(
        _ items: [Item], threads: Int, _ body: @escaping @Sendable (Item) throws -> Value
    ) throws -> [Value] {
        let finished = WorkQueue<Result<[(place: Int, value: Value)], any Error>>()
        let pool = try (0..<min(threads, items.count)).map { first in
            try NativeThread(name: "study \(first)") {
                finished.append([
                    Result {
                        try stride(from: first, to: items.count, by: threads).map { ($0, try body(items[$0])) }
                    }
                ])
            }
        }
        for thread in pool { thread.join() }
        var values: [(place: Int, value: Value)] = []
        for part in finished.takeAll() { values += try part.get() }
        precondition(values.count == items.count)
        return values.sorted { $0.place < $1.place }.map(\.value)
    }
}
