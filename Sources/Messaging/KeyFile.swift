/// A key's file, in the form that CZMQ's and pyzmq's certificates have, so that theirs can be used here and ours there:
///
///     # a comment
///     metadata
///         name = "gpu01"
///     curve
///         public-key = "40 characters of Z85"
///         secret-key = "40 characters of Z85"      (in a secret file only)
///
/// Errors name lines and never repeat what stands there: it may be a secret with a slip in it.
package struct KeyFile: Sendable {
    /// The holder's; in a secret file the one that belongs to the secret key.
    package let publicKey: CurvePublicKey
    /// In a secret file only.
    package let pair: CurveKeyPair?
    /// What the file calls the key's holder; nil where it does not.
    package let holder: String?

    /// Far more than a key's file has.
    package static let limitBytes = 4096

    // MARK: Names, the same on both sides

    /// The holder's own pair, readable by its owner alone.
    package static let secretName = "secret.key"
    /// The coordinator's public key, in a worker's folder.
    package static let coordinatorName = "coordinator.key"
    /// The folder of the public keys that may join, in the coordinator's folder.
    package static let allowedName = "allowed"
    /// How the names of key files end; others in a folder of keys are passed over.
    package static let suffix = ".key"

    // MARK: Reading

    /// - Throws: `KeyFileError`.
    package init(parsing bytes: [UInt8]) throws(KeyFileError) {
        guard bytes.count <= Self.limitBytes else {
            throw KeyFileError("it is no text of at most \(Self.limitBytes) bytes")
        }
        try self.init(try Self.lines(bytes)[...])
    }

    /// Key files one behind the other, as `cat` makes them. Each begins with its line `metadata`, or `curve` where it has none.
    ///
    /// - Throws: `KeyFileError`, with the line counted from the beginning of all.
    package static func all(parsing bytes: [UInt8]) throws(KeyFileError) -> [KeyFile] {
        let lines = try lines(bytes)
        var starts: [Int] = []
        var isInCurve = true
        for (index, line) in lines.enumerated() {
            let word = trimmed(line)
            if word == "metadata" || (word == "curve" && isInCurve) { starts.append(index) }
            if word == "metadata" || word == "curve" { isInCurve = word == "curve" }
        }
        guard !starts.isEmpty else { throw KeyFileError("it has no line that reads curve") }
        var files: [KeyFile] = []
        for (start, end) in zip([0] + starts.dropFirst(), starts.dropFirst() + [lines.count]) {
            files.append(try KeyFile(lines[start..<end]))
        }
        return files
    }

    private static func lines(_ bytes: [UInt8]) throws(KeyFileError) -> [Substring] {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw KeyFileError("it is no text of at most \(limitBytes) bytes")
        }
        return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    }

    private init(_ lines: ArraySlice<Substring>) throws(KeyFileError) {
        var values: [Substring: (line: Int, text: String)] = [:]
        for (index, whole) in zip(lines.indices, lines) {
            let line = Self.trimmed(whole)
            guard !line.isEmpty, !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { continue }
            let name = Self.trimmed(line[..<equals])
            let value = Self.trimmed(line[line.index(after: equals)...])
            guard value.count >= 2, value.first == "\"", value.last == "\"" else {
                throw KeyFileError("line \(index + 1) should read name = \"value\"")
            }
            guard values.updateValue((index + 1, String(value.dropFirst().dropLast())), forKey: name) == nil else {
                throw KeyFileError("line \(index + 1) gives a value that an earlier line gave")
            }
        }
        holder = values["name"]?.text
        guard let publicValue = values["public-key"] else { throw KeyFileError("it has no public-key") }
        guard let publicKey = CurvePublicKey(publicValue.text) else {
            throw KeyFileError("line \(publicValue.line) should hold a key, which is 40 characters of Z85")
        }
        self.publicKey = publicKey
        guard let secretValue = values["secret-key"] else {
            pair = nil
            return
        }
        guard let pair = CurveKeyPair(secretText: secretValue.text) else {
            throw KeyFileError("line \(secretValue.line) should hold a key, which is 40 characters of Z85")
        }
        guard pair.publicKey == publicKey else { throw KeyFileError("its secret key and its public key are no pair") }
        self.pair = pair
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }

    // MARK: Writing

    /// - Parameter holder: who the key belongs to, without quotes.
    package static func publicText(_ key: CurvePublicKey, holder: String) -> String {
        """
        # snas: the public key of \(holder). It may be shown to anybody.
        metadata
            name = "\(holder)"
        curve
            public-key = "\(key)"

        """
    }

    /// - Parameter holder: who the pair belongs to, without quotes.
    package static func secretText(_ pair: CurveKeyPair, holder: String) -> String {
        """
        # snas: the secret key of \(holder). Whoever has it is \(holder): keep this file to its owner (mode 0600).
        metadata
            name = "\(holder)"
        curve
            public-key = "\(pair.publicKey)"
            secret-key = "\(pair.secretText)"

        """
    }
}

/// What is wrong with a key's file.
package struct KeyFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, as the end of a sentence about the file; it holds nothing of what stands there.
    package let description: String

    init(_ description: String) { self.description = description }
}
