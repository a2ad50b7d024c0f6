/// The records that an event file is made of (TensorFlow's record format): the payload's length in eight bytes, their masked check,
/// the payload, its masked check; all little-endian.
package enum EventRecord {
    private static let lengthBytes = 8
    private static let checkBytes = 4
    /// What a record has besides its payload.
    package static let extraBytes = lengthBytes + 2 * checkBytes

    /// A payload as a record.
    package static func bytes(_ payload: [UInt8]) -> [UInt8] {
        let length = little(UInt64(payload.count))
        return length + little(CRC32C.masked(length[...])) + payload + little(CRC32C.masked(payload[...]))
    }

    /// How many bytes a file keeps where its records stay up to the first that is not wanted: a record that is damaged or cut short,
    /// or that holds no event, is never wanted, and neither is what comes after it.
    ///
    /// - Parameter isWanted: told an event's step and its first tag; nil of the file's first event.
    package static func lengthKept(of file: [UInt8], where isWanted: (_ step: Int, _ tag: String?) -> Bool) -> Int {
        var place = 0
        while let payload = payload(at: place, of: file), let event = SummaryEvent.place(of: payload),
            isWanted(event.step, event.tag)
        {
            place += payload.count + extraBytes
        }
        return place
    }

    /// Nil where no whole record stands there.
    private static func payload(at place: Int, of file: [UInt8]) -> ArraySlice<UInt8>? {
        let head = place + lengthBytes
        guard head + checkBytes <= file.count else { return nil }
        let length = file[place..<head]
        guard word(file[head..<head + checkBytes]) == UInt64(CRC32C.masked(length)),
            let count = Int(exactly: word(length)),
            count <= file.count - place - extraBytes
        else { return nil }
        let start = head + checkBytes
        let payload = file[start..<start + count]
        guard word(file[start + count..<start + count + checkBytes]) == UInt64(CRC32C.masked(payload)) else {
            return nil
        }
        return payload
    }

    private static func little<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
        withUnsafeBytes(of: word.littleEndian) { Array($0) }
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
