import Configuration
import Coordinator
import Host

/// `snas launch`: a search with its coordinator here and its workers on other hosts, begun and ended by one command.
enum LaunchCommand {
    static let command = Command(
        CommandDescription(
            "launch", "searches a cell with workers that it starts on other hosts",
            forms: ["--hosts FILE|LIST [--config F] [--data D] [--run DIR] [--start_or_resume] [settings]"],
            details: [
                "Starts a worker on each host by ssh, with your configuration, keys and known hosts, and starts it again where it "
                    + "fails; a host that cannot be reached does not stop the others. All traffic is encrypted with keys that are "
                    + "made for this run. A host file may be changed while the search runs. Their output lies in the run's folder, "
                    + "under workers."
            ],
            groups: [LaunchedRun.flags, LaunchedRun.bindFlag] + FlagGroup.newRun
                + [RunStart.flags, PageFlags.flags]
                + FlagGroup.searchSettings + [
                    .officialFlags
                ],
            examples: [
                "snas launch --hosts gpu01,gpu02 --config my.yaml --data /data/cifar10",
                "snas launch --hosts hosts.txt --config my.yaml --run runs/first --start_or_resume",
            ]), run)

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        guard try !RandomCommand.isWanted(flags) else {
            throw UserError(.usage, "--search random needs no workers: draw the cell with snas local")
        }
        try LaunchedRun.hosts(flags)
        let signals = try SignalPipe(StopSignals.watched)
        return try SearchCommand.start(flags).run { session in
            let pages = try PageFlags.pages(flags)
            return try LaunchedRun(flags).run(signals: signals, pages: pages, session: session)
        }
    }
}
