import CSodium
import CXXHash

/// SHA-256 (libsodium), for what people compare: data sets, checkpoints, fingerprints.
package enum SHA256 {
    package static func digest(_ bytes: [UInt8]) -> [UInt8] {
        var stream = SHA256Stream()
        stream.update(bytes)
        return stream.finish()
    }
}

/// SHA-256 of bytes that come in parts.
package struct SHA256Stream {
    private var state = crypto_hash_sha256_state()

    package init() { crypto_hash_sha256_init(&state) }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
        crypto_hash_sha256_update(&state, start, UInt64(bytes.count))
    }

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
    package static func hash64(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { hash64($0) } }

    package static func hash64(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        snas_xxh3_64(bytes.baseAddress, bytes.count, seed)
    }

    package static func hash128(_ bytes: [UInt8]) -> Digest128 { bytes.withUnsafeBytes { hash128($0) } }

    /// Over the little-endian bytes of floats.
    package static func hash128(of floats: [Float]) -> Digest128 {
        #if _endian(little)
            floats.withUnsafeBytes { hash128($0) }
        #else
            hash128(LittleEndian.bytes(of: floats))
        #endif
    }

    package static func hash128(_ bytes: UnsafeRawBufferPointer) -> Digest128 {
        let hash = snas_xxh3_128(bytes.baseAddress, bytes.count)
        return Digest128(high: hash.high64, low: hash.low64)
    }
}

package struct Digest128: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init?(hexadecimal: String) {
        guard let bytes = Hexadecimal.bytes(hexadecimal), bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    package var hexadecimal: String {
        Hexadecimal.string(
            [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } })
    }
}

package enum Hexadecimal {
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
