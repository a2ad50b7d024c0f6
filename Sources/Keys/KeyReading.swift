import Host
import Messaging

/// Reads key files, and believes none that others could have changed or, where it is secret, read (`KeyRights`). Links are followed,
/// and both the link and what it leads to are judged. No sentence repeats what a file holds.
enum KeyReading {
    /// - Throws: `UserError`: noInput, noPermission or data.
    static func pair(_ path: String) throws -> CurveKeyPair {
        guard let pair = try read(path, isSecret: true).pair else {
            throw UserError(.data, "\(path) holds a public key; the secret one is wanted there")
        }
        return pair
    }

    /// - Throws: `UserError`: noInput, noPermission or data.
    static func publicKey(_ path: String) throws -> CurvePublicKey {
        let file = try read(path, isSecret: false)
        guard file.pair == nil else {
            throw UserError(
                .data,
                "\(path) holds a secret key; only a public one belongs there, and the secret one to its owner alone")
        }
        return file.publicKey
    }

    private static func read(_ path: String, isSecret: Bool) throws -> KeyFile {
        guard FileSystem.exists(path) else { throw UserError(.noInput, "there is no key file \(path)") }
        guard FileSystem.isRegularFile(path) else {
            let kind = FileSystem.isDirectory(path) ? "a folder" : "no file but a pipe or a device"
            throw UserError(.inputOutput, "cannot read \(path): it is \(kind), and a key's file is wanted there")
        }
        let judge = KeyRights.ofThisProcess
        if let objection = judge.objection(toOwner: try FileSystem.owner(ofName: path), of: path) {
            throw UserError(.noPermission, objection)
        }
        let (bytes, rights) = try FileSystem.readWithRights(path, limitBytes: KeyFile.limitBytes)
        if let objection = judge.objection(to: path, rights, isSecret: isSecret) {
            throw UserError(.noPermission, objection)
        }
        do { return try KeyFile(parsing: bytes) } catch {
            throw UserError(.data, "\(path) is no key file: \(error)")
        }
    }
}
