import Formats
import Host
import Keys
import Messaging
import Tools

/// `snas doctor`: looks at this machine before a run of days.
enum DoctorCommand {
    static let command = Command(
        CommandDescription(
            "doctor", "looks at a machine before a run of days",
            forms: [
                "[--bind ENDPOINT] [--connect ENDPOINT | --rendezvous FILE] [--keys DIR | --insecure] [--data D] [--runs DIR] [--json]",
                "--hosts FILE|LIST [--config F] [--data D] [--json] [settings]",
            ],
            details: [
                "Ends with 69 where a run would fail here.",
                "With --hosts it looks at this machine and at each host that snas launch with the same flags would start workers on: "
                    + "program, cores, memory, clock, whether a worker there reaches this machine, MB/s and round trip, a few steps "
                    + "of the search and the memory that they take, and which share of a step would be transfer. Nothing is left "
                    + "there. One host that could have no worker makes it 69, though the others would search without it.",
            ],
            groups: [
                FlagGroup(
                    "what is looked at",
                    [
                        .value(
                            "bind", "ENDPOINT",
                            "whether a coordinator can listen there; with --hosts tcp://*:* without it",
                            standard: ListeningPort.standardEndpoint),
                        .value("advertise", "ADDRESS", "with --hosts: host or host:port where hosts dial"),
                        .value("connect", "ENDPOINT", "whether a worker here reaches the coordinator there"),
                        AskedRendezvous.flag,
                        .value("data", "D", "a data set", .folders),
                        .value("runs", "DIR", "where runs are to lie", standard: ".", .folders),
                        .value(
                            "device", "DEVICE", "what a worker's device computes, beside the processor",
                            .words(["cpu", "cuda:0"])),
                        .toggle("json", "one JSON object"),
                    ]), AskedCoordinator.flags,
                LaunchedRun.flags,
            ] + searchFlags,
            examples: [
                "snas doctor --data /data/cifar10", "snas doctor --connect tcp://10.0.0.1:5577 --keys gpu01",
                "snas doctor --hosts hosts.txt --config my.yaml --data /data/cifar10",
            ]),
        run)

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        let doctor = Doctor(folder: flags.values["runs"] ?? ".")
        var findings = doctor.machine() + [doctor.temporaryFolder()]
        guard flags.values["hosts"] == nil else {
            return try tell(try findings + hostFindings(flags, doctor), flags)
        }
        try refuseWithoutHosts(flags)
        let source = try KeySource.given(by: flags)
        let coordinators = try NamedCoordinators.given(by: flags)
        if let coordinators {
            for text in coordinators.texts {
                findings.append(Self.link(text, of: coordinators, source, flags, doctor))
            }
        } else if flags.toggles.contains("insecure"), flags.values["rendezvous"] == nil {
            throw UserError(.usage, "--insecure goes with --connect or --rendezvous")
        }
        if let path = flags.values["rendezvous"] { findings += Self.links(toldBy: path, source, flags, doctor) }
        // A worker's machine listens nowhere.
        if (coordinators == nil && flags.values["rendezvous"] == nil) || flags.values["bind"] != nil {
            let text = flags.values["bind"] ?? ListeningPort.standardEndpoint
            findings.append(doctor.port(try Endpoint(parsing: text)))
        }
        findings.append(doctor.worker())
        findings.append(doctor.device(flags.values["device"]))
        if let source { findings.append(doctor.keys(source)) }
        if let location = flags.values["data"] { findings.append(doctor.data(at: location)) }
        return try tell(findings, flags)
    }

    private static func tell(_ findings: [Doctor.Finding], _ flags: CommandLineFlags) throws -> ExitCode {
        try print(findings, asJSON: flags.toggles.contains("json"))
        return findings.contains { $0.verdict == .bad } ? .unavailable : .done
    }

    /// Each of the addresses that a rendezvous file tells.
    private static func links(
        toldBy path: String, _ source: KeySource?, _ flags: CommandLineFlags, _ doctor: Doctor
    ) -> [Doctor.Finding] {
        do {
            return try AskedRendezvous.addresses(in: path).map { text in
                let asked = try AskedCoordinator(text, source, isInsecure: flags.toggles.contains("insecure"))
                return doctor.link(asked.endpoint, keys: asked.keys)
            }
        } catch { return [Doctor.Finding("coordinator", .bad, error.userSentence)] }
    }

    /// What stands in the environment stops no examination, and neither does a flag.
    private static func link(
        _ text: String, of coordinators: NamedCoordinators, _ source: KeySource?, _ flags: CommandLineFlags,
        _ doctor: Doctor
    ) -> Doctor.Finding {
        do {
            let asked = try coordinators.explaining {
                try AskedCoordinator(text, source, isInsecure: flags.toggles.contains("insecure"))
            }
            return doctor.link(asked.endpoint, keys: asked.keys)
        } catch { return Doctor.Finding("coordinator", .bad, error.userSentence) }
    }

    private static func print(_ findings: [Doctor.Finding], asJSON: Bool) throws {
        guard asJSON else {
            for finding in findings {
                try StandardStreams.print("\(finding.verdict.rawValue): \(finding.subject): \(finding.text)")
            }
            return
        }
        let list = findings.map { finding in
            JSONValue.object(
                [
                    .init("subject", .string(finding.subject)), .init("verdict", .string(finding.verdict.rawValue)),
                    .init("text", .string(finding.text)),
                ] + finding.figures)
        }
        try StandardStreams.print(JSONValue.object([.init("findings", .array(list))]).serialized(pretty: true))
    }
}
