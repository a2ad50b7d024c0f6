import Exchange
import Testing

/// TensorBoard's event files, byte for byte as its own package writes them.
@Suite
struct EventFileTests {
    private static let seconds = 1_700_000_000.25

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func record(_ event: SummaryEvent) -> [UInt8] {
        EventRecord.bytes(event.bytes(unixSeconds: Self.seconds))
    }

    private func loss(_ step: Int) -> SummaryEvent {
        SummaryEvent(step: step, [.init("iter_train_loss", .scalar(2.25))])
    }

    @Test("The check of bytes is that of the tensorboard package, and 0xE3069283 of the digits 1 to 9 before its mask")
    func checks() {
        for (bytes, check) in GoldenEvents.maskedChecks { #expect(CRC32C.masked(bytes[...]) == check) }
        #expect(CRC32C.checksum(Array("123456789".utf8)[...]) == 0xE306_9283)
    }

    @Test("A file's first record, scalars with a zero among them, step 0 and a histogram are the package's own bytes")
    func golden() throws {
        #expect(
            hexadecimal(EventRecord.bytes(SummaryEvent.version(unixSeconds: Self.seconds))) == GoldenEvents.version)
        let scalars = SummaryEvent(
            step: 300,
            [
                .init("iter_train_loss", .scalar(0.1)), .init("nothing", .scalar(0)),
                .init("iter_learning_rate", .scalar(-2.5e-3)),
            ])
        #expect(hexadecimal(record(scalars)) == GoldenEvents.scalars)
        #expect(hexadecimal(record(loss(0))) == GoldenEvents.firstStep)
        let values = try #require(EventHistogram([0.25, 0.3, 0.5, 0.75], in: 0...1, buckets: 4))
        let spread = SummaryEvent(step: 7, [.init("normal_probabilities", .histogram(values))])
        #expect(hexadecimal(record(spread)) == GoldenEvents.histogram)
    }

    @Test("Values at the ends of a histogram's range count, of no values and of one that is not a number there is none")
    func ends() {
        #expect(EventHistogram([0, 1], in: 0...1, buckets: 32) != nil)
        #expect(EventHistogram([], in: 0...1, buckets: 4) == nil)
        #expect(EventHistogram([0.5, .nan], in: 0...1, buckets: 4) == nil)
    }

    @Test("A file is kept up to the first record that is not wanted, damaged or cut short at any byte")
    func kept() {
        let version = EventRecord.bytes(SummaryEvent.version(unixSeconds: Self.seconds))
        let records = [version] + (0..<6).map { record(loss($0)) }
        let file = records.reduce([], +)
        /// Where each record ends.
        let ends = records.indices.map { records[...$0].reduce(0) { $0 + $1.count } }
        #expect(EventRecord.lengthKept(of: file) { _, _ in true } == file.count)
        #expect(EventRecord.lengthKept(of: file) { step, tag in tag == nil || step < 4 } == ends[4])
        #expect(EventRecord.lengthKept(of: []) { _, _ in true } == 0)
        var tags: [String?] = []
        _ = EventRecord.lengthKept(of: file) { _, tag in
            tags.append(tag)
            return true
        }
        #expect(tags == [nil] + [String?](repeating: "iter_train_loss", count: 6))
        for length in 0...file.count {
            let whole = ends.last { $0 <= length } ?? 0
            #expect(EventRecord.lengthKept(of: Array(file[..<length])) { _, _ in true } == whole)
        }
        for place in file.indices {
            var damaged = file
            damaged[place] ^= 0x10
            let whole = ends.last { $0 <= place } ?? 0
            #expect(EventRecord.lengthKept(of: damaged) { _, _ in true } == whole, "byte \(place)")
        }
        // Right in its checks, and no event.
        #expect(
            EventRecord.lengthKept(of: version + EventRecord.bytes([0xFF, 0x07])) { _, _ in true } == version.count)
    }
}
