import Configuration
import Host
import Network
import Tensors

/// `snas-worker --bench NAME`: what `snas bench`, `snas measure latency` and `snas doctor --hosts` start.
enum BenchProgram {
    /// - Throws: `UserFacingError`.
    static func run(_ name: String, _ flags: CommandLineFlags) throws -> ExitCode {
        switch name {
        case "latency":
            try LatencyBench(
                threads: try WorkerCommand.threads(flags), path: try path(flags), software: WorkerCommand.software
            ).run()
        case "work": try work(flags).print()
        case "step": try step(flags).run().print(asJSON: flags.toggles.contains("json"))
        default: throw UserError(.usage, "--bench is '\(name)'; it takes step, work, latency or wire")
        }
        return .done
    }

    private static func path(_ flags: CommandLineFlags, device: String = "cpu") throws -> CellPath {
        try WorkerCommand.cellPath(flags.values["kernels"] ?? "auto", device: device)
    }

    private static func step(_ flags: CommandLineFlags) throws -> StepBench {
        if flags.toggles.contains("ends_with_input") { try StarterWatch.begin() }
        guard let settings = flags.values["settings"], let text = flags.values["steps"] else {
            throw UserError(.usage, "--bench step wants --settings and --steps")
        }
        guard let steps = Spelling.whole(text), (1...StepBench.stepsAtMost).contains(steps) else {
            throw UserError(.usage, "--steps is '\(text)'; it takes 1 to \(StepBench.stepsAtMost)")
        }
        return StepBench(
            of: try SearchConfiguration(settingsArgument: settings), threads: try WorkerCommand.threads(flags),
            steps: steps, path: try path(flags))
    }

    private static func work(_ flags: CommandLineFlags) throws -> WorkBench {
        if flags.toggles.contains("ends_with_input") { try StarterWatch.begin() }
        guard let settings = flags.values["settings"], let image = flags.values["image"],
            let classes = flags.values["classes"]
        else { throw UserError(.usage, "--bench work wants --settings, --image and --classes") }
        let device = flags.values["device"].map { Spelling.trimmed($0).lowercased() } ?? "cpu"
        return try WorkBench(
            settings: settings, image: image, classes: classes, threads: try WorkerCommand.threads(flags),
            device: device, path: try path(flags, device: device), dataFolder: flags.values["data"])
    }
}
