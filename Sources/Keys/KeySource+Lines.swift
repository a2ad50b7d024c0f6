import Host
import Messaging

extension KeySource {
    /// The line behind keys that come over a pipe which stays open.
    package static let endOfKeys = "end of keys"
    /// How long they may take.
    private static let patience: Duration = .seconds(60)

    /// Reads keys from standard input, up to the line `endOfKeys` and not a byte further: what comes behind it is for somebody else.
    ///
    /// - Throws: `UserError`: noInput where the line does not come, data for what is no keys.
    package static func handedInLines() throws -> KeySource {
        let place = "standard input"
        let bytes: [UInt8]
        do {
            bytes = try InheritedDescriptor.readLines(
                0, upTo: endOfKeys, limitBytes: limitBytes, patience: patience)
        } catch {
            throw UserError(.noInput, "no keys come over \(place) (--launched): \(error.userSentence)")
        }
        do { return .handed(try KeyFile.all(parsing: bytes), place: place) } catch {
            throw UserError(.data, "what comes over \(place) is not key files, one behind the other: \(error)")
        }
    }
}
