import Coordinator
import Formats
import Host
import Messaging

/// `snas doctor`: looks at this machine before a run of days.
enum DoctorCommand {
    static func run(_ words: [String]) throws -> ExitCode {
        let flags = try CommandLineFlags(
            parsing: words, declared: ["bind": .value, "keys": .value, "data": .value, "runs": .value, "json": .toggle])
        if let word = flags.positional.first { throw UserError(.usage, "'\(word)' is not expected") }
        let text = flags.values["bind"] ?? Door.standardEndpoint
        let endpoint: Endpoint
        do { endpoint = try Endpoint(parsing: text) } catch { throw UserError(.usage, "\(error)") }
        let doctor = Doctor(folder: flags.values["runs"] ?? ".")
        var findings = doctor.machine() + [doctor.port(endpoint), doctor.worker()]
        if let folder = flags.values["keys"] { findings.append(doctor.keys(at: folder)) }
        if let location = flags.values["data"] { findings.append(doctor.data(at: location)) }
        print(findings, asJSON: flags.toggles.contains("json"))
        return findings.contains { $0.verdict == .bad } ? .unavailable : .done
    }

    private static func print(_ findings: [Doctor.Finding], asJSON: Bool) {
        guard asJSON else {
            for finding in findings {
                StandardStreams.print("\(finding.verdict.rawValue): \(finding.subject): \(finding.text)")
            }
            return
        }
        let list = findings.map { finding in
            JSONValue.object([
                "subject": .string(finding.subject), "verdict": .string(finding.verdict.rawValue),
                "text": .string(finding.text),
            ])
        }
        StandardStreams.print(JSONValue.object([.init("findings", .array(list))]).serialized(pretty: true))
    }
}
