import Configuration
import Formats
import Host
import Reporting
import SearchSpace

/// `snas describe` and `snas draw`: what a genotype, or a space, is, without computing anything.
enum GenotypeCommands {
    static func describe(_ words: [String]) throws -> ExitCode {
        let flags = try CommandLineFlags(
            parsing: words,
            declared: [
                "genotype": .value, "layers": .value, "init_channels": .value, "classes": .value, "image": .value,
                "imagenet": .toggle,
                "pool_batch_norm": .toggle, "json": .toggle, "space": .value, "operations": .value, "nodes": .value,
                "auxiliary_skip": .truth,
            ])
        try flags.refuseOtherWords()
        if let flag = SpaceCommand.flags.first(where: { flags.values[$0] != nil }) {
            guard flags.values["genotype"] == nil else {
                throw UserError(
                    .usage,
                    "--genotype and --\(flag) exclude each other: one is a cell, the other what a cell is chosen from")
            }
            return try SpaceCommand.describe(flags)
        }
        let genotype = try genotype(flags, of: "describe")
        let isImageNet = flags.toggles.contains("imagenet")
        let isStaged = genotype.form == .stages
        guard !isStaged || !isImageNet else {
            throw UserError(.usage, "--imagenet: a cell of NAS-Bench-201 has no ImageNet form")
        }
        let published = genotype.form.skeleton.published
        let layers = try flags.number("layers", in: 1...100, standard: isImageNet ? 14 : published.layers)
        guard !isStaged || Skeleton.stages.takes(layers: layers) else {
            throw UserError(
                .usage,
                "--layers is '\(layers)'; cells of NAS-Bench-201 stand in \(Skeleton.stageCount) stages of as many each"
            )
        }
        let described = try DescribedImage(flags, isImageNet: isImageNet)
        func plan(poolsHaveBatchNorm: Bool) throws -> DerivedPlan {
            DerivedPlan(
                genotype: genotype, image: described.shape, classes: described.classes,
                initChannels: try flags.number(
                    "init_channels", in: 1...1024, standard: isImageNet ? 48 : published.channels),
                layers: layers, form: isImageNet ? .imageNet : genotype.form,
                poolsHaveBatchNorm: poolsHaveBatchNorm)
        }
        let hasNorms = flags.toggles.contains("pool_batch_norm")
        let network = try plan(poolsHaveBatchNorm: hasNorms)
        try described.check(network)
        let description = NetworkDescription(
            network, otherPools: try plan(poolsHaveBatchNorm: !hasNorms))
        if flags.toggles.contains("json") {
            try StandardStreams.print(description.json.serialized(pretty: true))
        } else {
            for line in description.lines { try StandardStreams.print(line) }
        }
        return .done
    }

    static func draw(_ words: [String]) throws -> ExitCode {
        let flags = try CommandLineFlags(parsing: words, declared: ["genotype": .value, "out": .value])
        try flags.refuseOtherWords()
        let genotype = try genotype(flags, of: "draw")
        guard let folder = flags.values["out"] else {
            throw UserError(.usage, "snas draw wants --out with a folder for normal.svg and reduce.svg")
        }
        try FileSystem.createDirectory(folder)
        // All pictures before the first word: output that cannot be written costs none of them.
        let pictures = try genotype.kinds.map { kind in
            let path = "\(folder)/\(kind).svg"
            try FileSystem.writeAtomically(path, Array(CellPicture(genotype, kind: kind).svg.utf8))
            return path
        }
        for path in pictures { try StandardStreams.print(path) }
        return .done
    }

    private static func genotype(_ flags: CommandLineFlags, of command: String) throws -> Genotype {
        guard let argument = flags.values["genotype"] else {
            throw UserError(
                .usage, "snas \(command) wants --genotype with a file, a text Genotype(...) or a known name")
        }
        return try Genotype(argument: argument)
    }
}
