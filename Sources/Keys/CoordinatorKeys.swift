import Host
package import Messaging

/// The coordinator's key folder (`--keys`): its own pair, and the public keys that may join.
///
///     secret.key        the coordinator's pair, mode 0600
///     allowed/NAME.key  a worker's public key each
///
/// The list is read anew for every connection, so that adding or removing a file counts from the next one on, without a
/// restart. Connections that stand are not cut. Keys that are handed over a descriptor are as they are for as long as it runs; those
/// that the process made for workers of its own come and go with them.
package struct CoordinatorKeys: Sendable {
    /// The coordinator's own.
    package let pair: CurveKeyPair
    private let list: List
    /// Who was on the list when it was read first.
    package let names: [String]

    private enum List {
        /// A folder with a public key's file for each worker.
        case folder(String)
        case handed([CurvePublicKey: String], place: String)
        case made(MadeKeys)
    }

    /// Where the list is, for sentences: a folder's path, or a descriptor.
    package var listPlace: String {
        switch list {
        case .folder(let path): path
        case .handed(_, let place): place
        case .made: "this process"
        }
    }

    /// Files of the list that are looked at; a folder with more lets nobody in.
    static let allowedLimit = 4096

    /// Reads everything once, so that what is wrong is said before the coordinator listens.
    ///
    /// - Throws: `UserError`: noInput for what is missing, noPermission for what others can read or change, data for what is
    ///   no key.
    package init(_ folder: String) throws {
        let allowedFolder = "\(folder)/\(KeyFile.allowedName)"
        list = .folder(allowedFolder)
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

    /// - Throws: as for a folder; data too where not one secret key is handed over.
    package init(_ source: KeySource) throws {
        switch source {
        case .folder(let folder): try self.init(folder)
        case .handed(let files, let place): try self.init(files, place: place)
        }
    }

    /// Of a coordinator that starts its workers itself; nobody is on the list yet.
    package init(_ keys: MadeKeys) {
        pair = keys.pair
        list = .made(keys)
        names = []
    }

    private init(_ files: [KeyFile], place: String) throws {
        let wanted =
            "a coordinator's are its own \(KeyFile.secretName) and each worker's public key, one behind the other"
        let (pair, others) = try KeySource.sorted(files, place: place, wanted: wanted, isCoordinator: true)
        guard !others.isEmpty else {
            throw UserError(.data, "no worker's key comes over \(place), so nobody could ever join: \(wanted)")
        }
        guard others.count <= Self.allowedLimit else {
            throw UserError(.data, "\(others.count) keys come over \(place), more than \(Self.allowedLimit)")
        }
        let named = others.enumerated().map { ($1.publicKey, $1.holder ?? "key \($0 + 1)") }
        self.pair = pair
        list = .handed(Dictionary(named, uniquingKeysWith: { first, _ in first }), place: place)
        names = named.map(\.1)
    }

    private static func hint(_ folder: String) -> String {
        let likely = "\(folder)/\(KeyGeneration.coordinatorFolder)"
        if FileSystem.exists("\(likely)/\(KeyFile.secretName)") { return "; did you mean --keys \(likely)?" }
        if FileSystem.exists("\(folder)/\(KeyFile.coordinatorName)") { return "; it is a worker's" }
        return "; snas keygen --out DIR makes one"
    }

    /// Whether the list is read anew for every connection.
    package var isListRead: Bool {
        if case .folder = list { true } else { false }
    }

    /// Whether a key may join, by what the folder holds now. Called from the authenticator's thread.
    package func verdict(_ key: CurvePublicKey) -> AdmissionVerdict {
        switch list {
        case .folder(let path): Self.verdict(key, path)
        case .handed(let names, _): names[key].map(AdmissionVerdict.admitted) ?? .unknown(remark: "")
        case .made(let keys): keys.name(of: key).map(AdmissionVerdict.admitted) ?? .unknown(remark: "")
        }
    }

    private static func verdict(_ key: CurvePublicKey, _ folder: String) -> AdmissionVerdict {
        do {
            var remark = ""
            for file in try Self.files(folder) {
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
        if let objection = KeyRights.ofThisProcess.objection(toFolder: folder, rights) {
            throw UserError(.noPermission, objection)
        }
        let names = try FileSystem.list(folder).filter { $0.hasSuffix(KeyFile.suffix) && !$0.hasPrefix(".") }
        guard names.count <= allowedLimit else {
            throw UserError(.data, "\(folder) holds \(names.count) keys, more than \(allowedLimit)")
        }
        return names.map { "\(folder)/\($0)" }
    }
}
