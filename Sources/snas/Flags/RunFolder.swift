import Host

/// Where a new run is kept: the folder that `--run` names, or one that is not there yet.
enum RunFolder {
    static let flags = FlagGroup(
        "where it is kept",
        [
            .value(
                "run", "DIR",
                "the run's folder, not there yet or empty; without it one with the next free number in runs",
                .folders)
        ])

    /// - Parameter stem: without `--run` the folder is `stem-1`, or with the next number that is free.
    static func path(_ flags: CommandLineFlags, stem: String) -> String {
        flags.values["run"] ?? firstFree(stem)
    }

    private static func firstFree(_ stem: String) -> String {
        var number = 1
        while FileSystem.exists("\(stem)-\(number)") { number += 1 }
        return "\(stem)-\(number)"
    }
}
