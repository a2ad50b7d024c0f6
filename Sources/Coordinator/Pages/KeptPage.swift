import Host
import Synchronization

/// The page of a run's folder, made anew when somebody asks and the last one is some seconds old: a crowd that asks for it costs no
/// more than one caller.
final class KeptPage: Sendable {
    private let make: @Sendable (_ folder: String) throws -> [UInt8]
    private let kept = Mutex<(folder: String, bytes: [UInt8], at: Duration)?>(nil)

    /// What a page shows moves by itself once it is there.
    private static let age: Duration = .seconds(5)

    init(_ make: @escaping @Sendable (_ folder: String) throws -> [UInt8]) { self.make = make }

    /// - Throws: what making it throws.
    func page(of folder: String) throws -> [UInt8] {
        let now = Clock.monotonic()
        let newest = kept.withLock { $0 }
        if let newest, newest.folder == folder, now - newest.at < Self.age { return newest.bytes }
        let bytes = try make(folder)
        kept.withLock { $0 = (folder, bytes, Clock.monotonic()) }
        return bytes
    }
}
