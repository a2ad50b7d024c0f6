import CSodium
import CXXHash

/// SHA-256 (libsodium), for what people compare: data sets, checkpoints, fingerprints.
package enum SHA256 {
    /// 32 bytes, of the bytes in one piece.
    package static func digest(_ bytes: [UInt8]) -> [UInt8] {
        var stream = SHA256Stream()
        stream.update(bytes)
        return stream.finish()
    }
}

/// SHA-256 of bytes that come in parts.
package struct SHA256Stream {
    private var state = crypto_hash_sha256_state()

    /// Of no bytes yet.
    package init() { crypto_hash_sha256_init(&state) }

    /// The digest depends on the bytes in their order, not on how they were cut.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
        crypto_hash_sha256_update(&state, start, UInt64(bytes.count))
    }

    /// Appends the bytes; the digest depends on their order, not on how they were cut.
    package mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// 32 bytes. The stream is spent.
    package mutating func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        crypto_hash_sha256_final(&state, &digest)
        return digest
    }
}

/// XXH3 (libxxhash), for what only programs compare: frames, weights, contributions.
package enum XXH3 {
    /// 64 bits, with seed 0.
    package static func hash64(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { hash64($0) } }

    /// 64 bits. With a hash as the seed the result depends on both pieces: frames join header and body so.
    package static func hash64(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        snas_xxh3_64(bytes.baseAddress, bytes.count, seed)
    }

    /// 128 bits, with seed 0.
    package static func hash128(_ bytes: [UInt8]) -> Digest128 { bytes.withUnsafeBytes { hash128($0) } }

    /// Over the little-endian bytes of floats.
    package static func hash128(of floats: [Float]) -> Digest128 {
        #if _endian(little)
            floats.withUnsafeBytes { hash128($0) }
        #else
            hash128(LittleEndian.bytes(of: floats))
        #endif
    }

    /// 128 bits, with seed 0, without a copy of the bytes.
    package static func hash128(_ bytes: UnsafeRawBufferPointer) -> Digest128 {
        let hash = snas_xxh3_128(bytes.baseAddress, bytes.count)
        return Digest128(high: hash.high64, low: hash.low64)
    }
}

/// A hash by which programs tell contents apart; no guard against one who forges them.
package struct Digest128: Sendable, Hashable {
    /// The upper half: the first 16 of the hexadecimal digits.
    package let high: UInt64
    /// The lower half.
    package let low: UInt64

    /// From the two words that a message carries.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads what `hexadecimal` writes, in either case of letters; nil for anything else.
    package init?(hexadecimal: String) {
        guard let bytes = Hexadecimal.bytes(hexadecimal), bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// 32 digits in lower case, `high` first.
    package var hexadecimal: String {
        Hexadecimal.string(
            [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } })
    }
}

/// Bytes as text, two digits each.
package enum Hexadecimal {
    /// In lower case, without a prefix.
    package static func string(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for anything but pairs of hexadecimal digits.
    package static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for position in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[position..<position + 2], as: UTF8.self)
            guard pair.first?.isHexDigit == true, let byte = UInt8(pair, radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}

/// Floats as they lie on the wire and in files.
package enum LittleEndian {
    /// Four bytes a float, its bits as they are, not-a-number and negative zero too.
    package static func bytes(of floats: [Float]) -> [UInt8] {
        var floats = floats
        reorder(&floats)
        return floats.withUnsafeBytes { Array($0) }
    }

    /// Nil unless the bytes are whole floats.
    package static func floats(from bytes: [UInt8]) -> [Float]? {
        guard bytes.count % 4 == 0 else { return nil }
        var floats = [Float](unsafeUninitializedCapacity: bytes.count / 4) { floats, count in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(floats).copyMemory(from: $0) }
            count = bytes.count / 4
        }
        reorder(&floats)
        return floats
    }

    /// Between this machine's order of bytes and that of wire and files, both ways; nothing to do where they are one.
    package static func reorder(_ floats: inout [Float]) {
        #if !_endian(little)
            for position in floats.indices {
                floats[position] = Float(bitPattern: floats[position].bitPattern.byteSwapped)
            }
        #endif
    }
}
