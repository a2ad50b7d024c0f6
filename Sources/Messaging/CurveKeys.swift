import CZeroMQ

/// A public key of CURVE: who somebody is. Not a secret; it may stand in logs and sentences.
package struct CurvePublicKey: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// Of a public or a secret key (Curve25519).
    package static let byteCount = 32
    /// 40 characters of Z85, the form of libzmq's own tools.
    package let description: String
    let bytes: [UInt8]

    /// What a dump shows: the text, not its bytes once more.
    package var customMirror: Mirror { Mirror(self, children: ["text": description]) }

    /// Nil for what is no key.
    package init?(_ text: String) {
        guard let bytes = CurveText.bytes(text) else { return nil }
        description = text
        self.bytes = bytes
    }

    init?(bytes: [UInt8]) {
        guard let text = CurveText.text(bytes) else { return nil }
        description = text
        self.bytes = bytes
    }
}

/// A secret key with its public one. Only the file that keeps the secret is ever given it: whatever prints a pair prints the
/// public key alone.
package struct CurveKeyPair: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// What others know the holder by.
    package let publicKey: CurvePublicKey
    let secretBytes: [UInt8]
    /// For `KeyFile` alone.
    let secretText: String

    /// With the public key alone, as everything that prints a pair.
    package var description: String { "key pair of \(publicKey)" }
    package var debugDescription: String { description }
    /// What a dump shows: by default that would be the secret, too.
    package var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }

    /// A new pair, from the kernel's randomness.
    ///
    /// - Throws: `MessagingError` where libzmq was built without CURVE.
    package static func generated() throws -> CurveKeyPair {
        var publicText = [CChar](repeating: 0, count: CurveText.characters + 1)
        var secretText = publicText
        guard zmq_curve_keypair(&publicText, &secretText) == 0,
            let pair = CurveKeyPair(secretText: CurveText.string(secretText))
        else { throw MessagingError("make a key pair") }
        return pair
    }

    /// Nil for what is no key. The public key follows from the secret one.
    init?(secretText: String) {
        guard let secret = CurveText.bytes(secretText) else { return nil }
        var publicText = [CChar](repeating: 0, count: CurveText.characters + 1)
        guard zmq_curve_public(&publicText, secretText) == 0,
            let publicKey = CurvePublicKey(CurveText.string(publicText))
        else { return nil }
        self.publicKey = publicKey
        self.secretText = secretText
        secretBytes = secret
    }
}

/// Z85 (RFC 32): 32 bytes as 40 printable characters.
enum CurveText {
    static let characters = 40

    static func bytes(_ text: String) -> [UInt8]? {
        guard text.utf8.count == characters, !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: CurvePublicKey.byteCount)
        return zmq_z85_decode(&bytes, text) == nil ? nil : bytes
    }

    static func text(_ bytes: [UInt8]) -> String? {
        guard bytes.count == CurvePublicKey.byteCount else { return nil }
        var text = [CChar](repeating: 0, count: characters + 1)
        return zmq_z85_encode(&text, bytes, bytes.count) == nil ? nil : string(text)
    }

    static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
