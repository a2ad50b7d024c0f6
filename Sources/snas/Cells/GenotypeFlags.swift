import Configuration
import Host
import SearchSpace

/// The flags of commands that take a cell, and what they name.
enum GenotypeFlags {
    static let group = FlagGroup(
        "a cell",
        [
            .value(
                "genotype", "G",
                "a file that holds genotypes (a log, genotypes.py, JSON), a run's folder, a text Genotype(...) or a known name",
                .files),
            .value(
                "pick", "P",
                "which genotype of a file with several: its name, or its number from 1; without it the last"),
        ])

    /// Nil where none is given.
    ///
    /// - Throws: `UserError`, also for a choice among genotypes without any.
    static func given(_ flags: CommandLineFlags) throws -> GivenGenotype? {
        guard let argument = flags.values["genotype"] else {
            guard flags.values["pick"] == nil else {
                throw UserError(.usage, "--pick goes with --genotype and a file that holds several")
            }
            return nil
        }
        return try GivenGenotype(argument, pick: flags.values["pick"])
    }

    /// - Throws: `UserError`, also where none is given.
    static func needed(_ flags: CommandLineFlags, of command: String) throws -> GivenGenotype {
        guard let given = try given(flags) else {
            throw UserError(
                .usage, "snas \(command) wants --genotype with a file, a text Genotype(...) or a known name")
        }
        tell(given)
        return given
    }

    /// What another flag names, of a file with several the last.
    ///
    /// - Throws: `UserError`.
    static func genotype(_ argument: String) throws -> Genotype {
        let given = try GivenGenotype(argument)
        tell(given)
        return given.genotype
    }

    private static func tell(_ given: GivenGenotype) {
        if let note = given.note { StandardStreams.note(note) }
    }

    /// - Throws: `UserError`, also where none is given.
    static func genotype(_ flags: CommandLineFlags, of command: String) throws -> Genotype {
        try needed(flags, of: command).genotype
    }
}
