import CSodium

/// Bytes as text of the 64 characters that RFC 4648 lists first (libsodium), padded.
package enum Base64 {
    /// Four characters for every three bytes.
    package static func string(_ bytes: [UInt8]) -> String {
        let variant = Int32(sodium_base64_VARIANT_ORIGINAL)
        // With the zero that ends a C string.
        var text = [CChar](repeating: 0, count: sodium_base64_encoded_len(bytes.count, variant))
        sodium_bin2base64(&text, text.count, bytes, bytes.count, variant)
        return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
