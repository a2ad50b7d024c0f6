import CZlib

/// Unpacks `.gz` (zlib).
package enum Gunzip {
    /// By the two bytes that every gzip file begins with; nothing else is looked at.
    package static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// The members of the file one after the other, of which most files have one (RFC 1952, section 2.2).
    ///
    /// - Parameter limitBytes: most that may come out of all of them; a file that holds more is refused, not cut.
    /// - Throws: `FormatError` for a truncated or damaged file, one in which anything else stands behind a member, or one that
    ///   unpacks to more than the limit.
    package static func inflate(_ bytes: [UInt8], source: String, limitBytes: Int) throws(FormatError) -> [UInt8] {
        var stream = z_stream()
        let windowAndGzip: Int32 = 15 + 16
        guard
            inflateInit2_(&stream, windowAndGzip, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { throw FormatError(source: source, reason: "zlib does not start") }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        var status = Z_OK
        guard bytes.count <= Int(UInt32.max) else { throw FormatError(source: source, reason: "over 4 GB") }
        var outcome: FormatError?
        input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            while status == Z_OK {
                let produced = chunk.withUnsafeMutableBufferPointer { chunk -> Int in
                    stream.next_out = chunk.baseAddress
                    stream.avail_out = UInt32(chunk.count)
                    status = CZlib.inflate(&stream, Z_NO_FLUSH)
                    return chunk.count - Int(stream.avail_out)
                }
                output += chunk[..<produced]
                if output.count > limitBytes {
                    outcome = FormatError(source: source, reason: "unpacks to more than \(limitBytes) bytes")
                    return
                }
                if status == Z_STREAM_END, stream.avail_in > 0 { status = inflateReset(&stream) }
                if status == Z_BUF_ERROR || (produced == 0 && stream.avail_in == 0 && status == Z_OK) { break }
            }
        }
        if let outcome { throw outcome }
        guard status == Z_STREAM_END else {
            throw FormatError(
                source: source, reason: "truncated or damaged gzip file (\(output.count) bytes came out of it)")
        }
        return output
    }
}
