import Host

/// A secret word that whoever reads pages from another machine has to know: a file of one line that others cannot read.
package enum AccessToken {
    /// Fewer characters can be guessed.
    static let shortest = 16
    private static let limitBytes = 4096

    /// - Returns: its bytes, without what surrounds them.
    /// - Throws: `UserError`: noInput or inputOutput for what cannot be read, noPermission where others can read or change it, data
    ///   for what is no word.
    package static func read(_ path: String) throws -> [UInt8] {
        guard FileSystem.exists(path) else { throw UserError(.noInput, "there is no token file \(path)") }
        guard FileSystem.isRegularFile(path) else {
            throw UserError(.inputOutput, "cannot read \(path): a file is wanted there")
        }
        let (bytes, rights) = try FileSystem.readWithRights(path, limitBytes: limitBytes)
        if let objection = KeyRights.ofThisProcess.objection(to: path, rights, isSecret: true, secret: "a token") {
            throw UserError(.noPermission, objection)
        }
        let word = Spelling.trimmed(String(decoding: bytes, as: UTF8.self))
        guard word.utf8.count >= shortest, word.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw UserError(
                .data,
                "\(path) holds no token: one word of at least \(shortest) characters without spaces, as openssl rand -hex 32 makes"
            )
        }
        return Array(word.utf8)
    }
}
