import Formats
import Host
import Keys
import Messaging
import Reporting
import RunStore
import Tensors
import Wire

/// What `snas-worker` is, takes, and says of itself.
enum WorkerAbout {
    static let description = CommandDescription(
        "", "computes for a coordinator: shards of a search or a retraining",
        forms: [
            "--connect ENDPOINT[,ENDPOINT...] [--keys DIR | --insecure] [FLAGS]",
            "--rendezvous FILE [--keys DIR | --insecure] [FLAGS]", "version | completion SHELL | man",
        ],
        details: [
            "A worker needs an address and, for another machine, keys: configuration, data set and weights come from the coordinator. "
                + "It may be started before the coordinator, and ended at any time."
        ],
        groups: [coordinator, computation, FlagGroup("faults", [chaos]), internals],
        examples: ["snas-worker --connect tcp://10.0.0.1:5577 --keys gpu01"])

    static let program = ProgramDescription(
        "snas-worker", "computes for a coordinator of snas", commands: [description], common: LogStream.commonFlags)

    private static let coordinator = FlagGroup(
        "the coordinator",
        [
            .value(
                "connect", "ENDPOINT,...",
                "where it is; of several the next is dialled when one does not answer or refuses; without it what "
                    + "\(NamedCoordinators.variable) in the environment says"),
            .value(
                "rendezvous", "FILE",
                "on a shared file system: tells where it is, before --connect, and where it is after a resume", .files),
            .value("connect_timeout_s", "S", "seconds that it dials: 0.1 to 86400", standard: "60"),
        ] + KeySource.flags(of: "a worker", insecure: "an address of another machine"))

    private static let computation = FlagGroup(
        "the computation",
        [
            .value("threads", "T", "1 to 1024; without it a thread for each processor, and one for a device"),
            .value("device", "DEVICE", "cpu, or cuda:0", standard: "cpu", .words(["cpu", "cuda:0"])),
            .value(
                "kernels", "K", "by whose code cells are computed: \(kernels.joined(separator: ", "))",
                standard: "auto",
                .words(kernels)),
            .toggle(
                "grouped",
                "computes training.device_shards shards as one batch, as on a device; with --kernels operators"),
            .value("data", "DIR", "a local copy of the data set", .folders),
            .value("cache", "DIR", "keeps a data set that came over the wire", .folders),
        ])

    private static let kernels = ["auto", "avx512", "avx2", "portable", "operators"]

    private static let chaos = Flag.value(
        "chaos", "FAULTS",
        "faults that it does to itself, as drop=0.01,duplicate=0.01,delay=0.05,delay_ms=100,kill=0.001,seed=1")

    /// What other programs of this project start a worker with.
    private static let internals = FlagGroup(
        "for programs of this project",
        [
            .toggle("ends_with_input", "ends when its standard input does"),
            .toggle("launched", "reads keys and, later, when to leave from its standard input"),
            .toggle("versions", "one line of libraries and kernels"),
            .toggle("devices", "one line of devices; with --device also what it computes"),
            .toggle("trainings", "trains cells that it is told"),
            .value("one_shot", "RUN", "looks at cells with a search's weights instead"),
            .value("bench", "NAME", "step, work, latency or wire"), .value("steps", "N", "of the bench"),
            .value("settings", "TEXT", "of the bench"), .value("image", "CxHxW", "of the bench"),
            .value("classes", "N", "of the bench"), .toggle("json", "one JSON object of the bench"),
            .value("gradients", "RUN", "studies estimators of alpha's gradient on this search"),
            .value("alpha", "WHICH", "of the study: run or uniform"), .value("draws", "N", "of the study"),
            .value("images", "N", "of the study"),
            .value("trace", "RUN", "writes one shard of a step of this run as tensors"),
            .value("recompute", "RUN", "computes a step of this run again, beside another one's"),
            .value("against", "RUN", "the other run"),
            .value("step", "T", "of the trace"), .value("round", "R", "of the trace"),
            .value("shard", "S", "of the trace"), .value("out", "F", "of the trace"),
            .toggle("allow_mixed_kinds", "traces on a machine that computes otherwise than the run's"),
        ], isHidden: true)

    /// Characters in a line of the help page.
    private static let pageColumns = 100

    /// What is asked of the program itself; nil where it is to work.
    ///
    /// - Throws: `UserError`.
    static func answer(_ words: [String]) throws -> ExitCode? {
        guard let lines = try lines(words) else { return nil }
        for line in lines { try StandardStreams.print(line) }
        return .done
    }

    private static func lines(_ words: [String]) throws -> [String]? {
        switch (ProgramDescription.question(in: words), words.first) {
        case (.help?, _), (nil, "help"):
            HelpPage(program, columns: Terminal.pageColumns(atMost: pageColumns)).page(of: description)
        case (.version?, _), (nil, "version"): version.lines
        case (nil, "completion"):
            try Completion(of: words.dropFirst().first, program: program.name).script(for: program)
        case (nil, "man"): ManualPage(program).lines
        default: nil
        }
    }

    private static var devices: String {
        let survey = CUDASurvey.now()
        return survey.objection.map { "no CUDA device found: \($0)" }
            ?? survey.devices.indices.map { ComputeDevice.cuda($0).fullName }.joined(separator: "; ")
    }

    private static var version: VersionPage {
        VersionPage(
            program: program.name, numbers: [("wire", Int(WireLimits.version)), ("run format", RunFormat.current)],
            libraries: [("libtorch", TorchRuntime.fullVersion), ("libzmq", MessagingContext.version)]
                + LibraryVersions.all,
            kernels: CellKernels.name, devices: devices)
    }
}
