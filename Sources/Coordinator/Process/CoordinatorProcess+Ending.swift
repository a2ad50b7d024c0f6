import Formats
import Host
import Reporting
import RunStore

/// How a coordinator ends: with its run's results, or early.
extension CoordinatorProcess {
    /// Says what came of it, when nothing is left to be written and the workers have left.
    ///
    /// - Throws: `UserError` where the run is at fault, or results cannot be written or said.
    func conclude() throws -> ExitCode {
        reporter.endProgress()
        publish(atEnd: true)
        status.write(
            instance, reporter.live, nil, earlyEnding == nil ? .finished : .stopped, notes: reporter.newest)
        sayDrops(atEnd: true)
        if let earlyEnding {
            session.directory.lease?.release()
            let code = earlyEnding.exitCode
            if case .fault(let error) = earlyEnding {
                reporter.record(
                    LogLine(.failed, error.sentence, level: .error, ["exit_code": .integer(Int(code.rawValue))]))
                throw error
            }
            reporter.say(
                LogLine(
                    .stopped, "\(earlyEnding.sentence) after step \(session.step); \(session.howToGoOn)",
                    ["exit_code": .integer(Int(code.rawValue))]))
            return code
        }
        let results = try results()
        if let warning = rendezvous?.tell(.over) { reporter.say(warning) }
        session.directory.lease?.release()
        if printsResults { try print(results) }
        return .done
    }

    /// All files are whole by now, and the run can say its results again.
    private func print(_ results: RunResults) throws {
        do throws(UserError) {
            for line in results.lines { try StandardStreams.print(line) }
        } catch {
            let remedy =
                results.event == nil ? session.howToGoOn : ResultLines.remedy(session.directory.path)
            throw UserError(error.exitCode, "\(error.sentence); \(remedy)")
        }
    }

    private func results() throws -> RunResults {
        do {
            let results = session.finish()
            if case .over(let ending)? = results.event { try ResultFiles(session.directory).write(ending) }
            for file in results.files { try FileSystem.writeAtomically(file.path, file.bytes) }
            // Who prints nothing is told in one sentence where it lies, and hears of all together at the end.
            for note in results.notes { reporter.say(printsResults ? note : note.inFull) }
            return results
        } catch let error as SystemError {
            throw UserError(
                error.exitCode,
                "the run is over, but its results cannot be written: \(error.sentence); when they can be, \(session.howToGoOn)"
            )
        }
    }
}
