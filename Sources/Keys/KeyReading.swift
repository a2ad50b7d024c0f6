import Host
import Messaging

/// Reads key files, and believes none that others could have changed or, where it is secret, read. No sentence repeats what a
/// file holds.
enum KeyReading {
    /// - Throws: `UserError`: noInput, noPermission or data.
    static func pair(_ path: String) throws -> CurveKeyPair {
        let (file, rights) = try read(path)
        guard !rights.canRead else {
            throw UserError(
                .noPermission,
                "others can read \(path) (mode \(rights.mode)), which holds a secret key: chmod 600 \(path), or make a new "
                    + "one if somebody may have read it")
        }
        guard let pair = file.pair else {
            throw UserError(.data, "\(path) holds a public key; the secret one is wanted there")
        }
        return pair
    }

    /// - Throws: `UserError`: noInput, noPermission or data.
    static func publicKey(_ path: String) throws -> CurvePublicKey {
        let file = try read(path).file
        guard file.pair == nil else {
            throw UserError(
                .data,
                "\(path) holds a secret key; only a public one belongs there, and the secret one to its owner alone")
        }
        return file.publicKey
    }

    private static func read(_ path: String) throws -> (file: KeyFile, rights: FileSystem.OthersRights) {
        guard FileSystem.exists(path) else { throw UserError(.noInput, "there is no key file \(path)") }
        let (bytes, rights) = try FileSystem.readWithRights(path, limitBytes: KeyFile.limitBytes)
        guard !rights.canWrite else {
            throw UserError(
                .noPermission,
                "others can change \(path) (mode \(rights.mode)), which says who is who: chmod go-w \(path)")
        }
        do {
            return (try KeyFile(parsing: bytes), rights)
        } catch { throw UserError(.data, "\(path) is no key file: \(error)") }
    }
}
