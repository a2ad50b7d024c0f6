import Host
import RunStore

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

    /// Makes it. Where another process takes the number that is free at this moment, the next one is.
    ///
    /// - Throws: `UserError` (cannotCreate) where `--run` names what is there already.
    static func make(_ flags: CommandLineFlags, stem: String) throws -> RunDirectory {
        if let path = flags.values["run"] { return try RunDirectory.create(path) }
        for _ in 1..<triesForNumber {
            let path = firstFree(stem)
            do { return try RunDirectory.create(path) } catch let error as UserError
                where error.exitCode == .cannotCreate && FileSystem.exists(path)
            { continue }
        }
        return try RunDirectory.create(firstFree(stem))
    }

    private static let triesForNumber = 100

    private static func firstFree(_ stem: String) -> String {
        var number = 1
        while FileSystem.exists("\(stem)-\(number)") { number += 1 }
        return "\(stem)-\(number)"
    }
}
