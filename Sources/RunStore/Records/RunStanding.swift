package import Configuration
package import Datasets
import Formats
import Host

/// How far the run in a folder is that a command asks for again.
package enum RunStanding: Sendable, Equatable {
    /// Nothing was begun, or a crash came before its record was complete.
    case new
    case begun
    /// All results stand.
    case finished

    /// - Parameters:
    ///   - configuration: what the command says now.
    ///   - remedy: what the user may do about a run that is another one, after "choose another folder".
    /// - Throws: `UserError`: configuration for a run with other settings, data for one on other images.
    package init(
        of path: String, asked configuration: SearchConfiguration, data: ImageSet, remedy: String
    ) throws {
        guard RunDirectory.isThere(path) else {
            self = .new
            return
        }
        let run = try RunDirectory.toRead(path)
        guard RunRecord.isThere(in: run) else {
            self = .new
            return
        }
        let before = try RunRecord.configuration(of: run).canonicalText.split(separator: "\n")
        let now = try RunRecord.asked(configuration, of: run).canonicalText.split(separator: "\n")
        if let (old, new) = zip(before, now).first(where: { $0 != $1 }) {
            throw UserError(.configuration, "'\(path)' was begun with \(old), now it is \(new): \(remedy)")
        }
        let digest = Hexadecimal.string(data.digest())
        let known = try DataRecord(of: run).digest
        guard known == digest else {
            throw UserError(
                .data, "'\(path)' was begun on other data, of digest \(known), than this of \(digest): \(remedy)")
        }
        self = run.isFinished ? .finished : .begun
    }
}
