import Configuration
import Formats
import Host
import Reporting
import SearchSpace

/// `snas describe` and `snas draw`: what a genotype, or a space, is, without computing anything.
enum GenotypeCommands {
    static let describe = Command(
        CommandDescription(
            "describe", "tells what a cell or a search space is",
            forms: [
                "--genotype G [--pick P] [--layers L] [--init_channels C] [--classes K] [--imagenet | --image run|CxHxW] "
                    + "[--pool_batch_norm] [--latency_table F.json] [--json]",
                "--space S [--operations LIST] [--nodes N] [--layers L] [--init_channels C] [--json]",
            ],
            groups: [
                GenotypeFlags.group, SpaceCommand.flags,
                FlagGroup(
                    "the network",
                    [
                        .value("layers", "L", "cells: 1 to 100; without it the papers' number"),
                        .value(
                            "init_channels", "C",
                            "channels of the first cells: 1 to 1024; without it the papers' number"),
                        .value(
                            "classes", "K", "classes: 2 to 1000000; without it the run's, 10, or with --imagenet 1000"),
                        .value(
                            "image", "CxHxW", "channels, height and width of an image, or run: as the run's images are",
                            standard: "3x32x32", .words(["run"])),
                        .toggle("imagenet", "the network for images of 224 x 224"),
                        .toggle("pool_batch_norm", "a batch norm behind each pool, as SNAS has it"),
                        .value(
                            "latency_table", "F.json",
                            "tells how long a pass takes: a table that snas measure latency made", .files),
                        .toggle("json", "one JSON object"),
                    ]),
            ], examples: ["snas describe --genotype DARTS_V2", "snas describe --space nas_bench_201"]), runDescribe)

    static let draw = Command(
        CommandDescription(
            "draw", "draws a cell", forms: ["--genotype G [--pick P] --out DIR"],
            groups: [
                GenotypeFlags.group,
                FlagGroup("the pictures", [.value("out", "DIR", "folder for normal.svg and reduce.svg", .folders)]),
            ], examples: ["snas draw --genotype runs/digits-2-1 --out pictures"]), runDraw)

    private static func runDescribe(_ flags: CommandLineFlags) throws -> ExitCode {
        if let flag = SpaceCommand.flags.names.first(where: { flags.values[$0] != nil }) {
            guard flags.values["genotype"] == nil else {
                throw UserError(
                    .usage,
                    "--genotype and --\(flag) exclude each other: one is a cell, the other what a cell is chosen from")
            }
            return try SpaceCommand.describe(flags)
        }
        let genotype = try GenotypeFlags.genotype(flags, of: "describe")
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
            network, otherPools: try plan(poolsHaveBatchNorm: !hasNorms),
            latency: try flags.values["latency_table"].map { try LatencyFile.read($0).table.latency(of: network) })
        if flags.toggles.contains("json") {
            try StandardStreams.print(description.json.serialized(pretty: true))
        } else {
            for line in description.lines { try StandardStreams.print(line) }
        }
        return .done
    }

    private static func runDraw(_ flags: CommandLineFlags) throws -> ExitCode {
        let genotype = try GenotypeFlags.genotype(flags, of: "draw")
        guard let folder = flags.values["out"] else {
            throw UserError(.usage, "snas draw wants --out with a folder for normal.svg and reduce.svg")
        }
        try FileSystem.checkFolder(folder, for: "pictures need a folder")
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
}
