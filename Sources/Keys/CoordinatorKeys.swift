import Host
package import Messaging

/// The coordinator's key folder (`--keys`): its own pair, and the public keys that may join.
///
///     secret.key        the coordinator's pair, mode 0600
///     allowed/NAME.key  a worker's public key each
///
/// The list is read anew for every connection, so that adding or removing a file counts from the next one on, without a
/// restart. Connections that stand are not cut.
package struct CoordinatorKeys: Sendable {
    /// The coordinator's own.
    package let pair: CurveKeyPair
    /// Path of the list: a folder with a public key's file for each worker.
    package let allowedFolder: String
    /// Who was on the list when the folder was read first.
    package let names: [String]

    /// Files of the list that are looked at; a folder with more lets nobody in.
    static let allowedLimit = 4096

    /// Reads everything once, so that what is wrong is said before the coordinator listens.
    ///
    /// - Throws: `UserError`: noInput for what is missing, noPermission for what others can read or change, data for what is
    ///   no key.
    package init(_ folder: String) throws {
        allowedFolder = "\(folder)/\(KeyFile.allowedName)"
        let secret = "\(folder)/\(KeyFile.secretName)"
        guard FileSystem.isDirectory(allowedFolder) else {
            let hint = Self.hint(folder)
            throw UserError(
                .noInput, "\(folder) is no key folder of a coordinator: there is no folder \(allowedFolder)\(hint)")
        }
        pair = try KeyReading.pair(secret)
        let files = try Self.files(allowedFolder)
        for file in files { _ = try KeyReading.publicKey(file) }
        names = files.map(Self.name)
    }

    private static func hint(_ folder: String) -> String {
        let likely = "\(folder)/\(KeyGeneration.coordinatorFolder)"
        if FileSystem.exists("\(likely)/\(KeyFile.secretName)") { return "; did you mean --keys \(likely)?" }
        if FileSystem.exists("\(folder)/\(KeyFile.coordinatorName)") { return "; it is a worker's" }
        return "; snas keygen --out DIR makes one"
    }

    /// Whether a key may join, by what the folder holds now. Called from the authenticator's thread.
    package func verdict(_ key: CurvePublicKey) -> AdmissionVerdict {
        do {
            var remark = ""
            for file in try Self.files(allowedFolder) {
                do {
                    if try KeyReading.publicKey(file) == key { return .admitted(name: Self.name(file)) }
                } catch let error as any UserFacingError { remark = error.sentence }
            }
            return .unknown(remark: remark)
        } catch { return .undecided(reason: error.userSentence) }
    }

    private static func name(_ file: String) -> String {
        String((file.split(separator: "/").last ?? "").dropLast(KeyFile.suffix.count))
    }

    private static func files(_ folder: String) throws -> [String] {
        let rights = try FileSystem.othersRights(folder)
        guard !rights.canWrite else {
            throw UserError(
                .noPermission,
                "others can change \(folder) (mode \(rights.mode)), and so let in whom they like: chmod go-w \(folder)")
        }
        let names = try FileSystem.list(folder).filter { $0.hasSuffix(KeyFile.suffix) && !$0.hasPrefix(".") }
        guard names.count <= allowedLimit else {
            throw UserError(.data, "\(folder) holds \(names.count) keys, more than \(allowedLimit)")
        }
        return names.map { "\(folder)/\($0)" }
    }
}
