import Configuration
import Datasets
import Formats
import Host
import Launching
import Reporting
import Tools

/// `snas doctor --hosts`: looks at this machine and at the hosts on which `snas launch` would start workers.
extension DoctorCommand {
    static let searchFlags = [FlagGroup.configuration] + FlagGroup.searchSettings + [.officialFlags]

    /// - Throws: `UserError` (usage) for what means something with `--hosts` alone.
    static func refuseWithoutHosts(_ flags: CommandLineFlags) throws {
        let name = flags.has("advertise") ? "advertise" : ([LaunchedRun.flags] + searchFlags).firstGiven(in: flags)
        if let name {
            throw UserError(.usage, "--\(name) goes with --hosts, which says on which hosts a search would be launched")
        }
    }

    /// - Throws: `UserError`, before anything is looked at, where a launch with these flags would be refused; temporary where a signal asks to
    ///   stop.
    static func hostFindings(_ flags: CommandLineFlags, _ doctor: Doctor) throws -> [Doctor.Finding] {
        for name in ["connect"] + AskedCoordinator.flags.names where flags.has(name) {
            throw UserError(
                .usage,
                "--\(name) is of no use with --hosts: keys are made for each host, and the coordinator is this command")
        }
        guard !flags.toggles.contains("copy") else {
            throw UserError(
                .usage, "--copy: nothing is left on hosts that are only looked at, so nothing is copied there")
        }
        let resolved = try ResolvedConfiguration(ofSearch: flags)
        guard resolved.configuration.retrain.genotype == nil else {
            throw UserError(.usage, "retrain.genotype is set: hosts are looked at for a search, which finds one")
        }
        let location = flags.values["data"] ?? "digits"
        let images = try RecognisedDataset(at: location).loadTraining(
            compactsLabels: resolved.configuration.data.labels == .compact)
        let search = try AskedSearch(resolved.configuration, images)
        let signals = try SignalPipe(StopSignals.watched)
        let launched = try LaunchedRun(flags)
        let plan = launched.plan(workerWords: ["--quiet"], logFolder: "", isShown: false)
        let data = flags.values["data"].map { [doctor.data(at: $0)] } ?? []
        return data
            + (try HostsDoctor(search, plan, signals: signals).findings(launched.hosts.list.hosts, launched.router))
    }
}
