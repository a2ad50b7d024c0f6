import Configuration
import Formats
import Host
import Reporting
import SearchSpace

/// `snas describe --space S`: what a search would choose from.
enum SpaceCommand {
    /// Flags that make `describe` speak of a space.
    static let flags = FlagGroup(
        "a search space",
        ["space.space", "space.operations", "space.nodes", "space.auxiliary_skip"].compactMap(Setting.named).map {
            Flag($0, standard: $0.standardValue)
        })

    static func describe(_ flags: CommandLineFlags) throws -> ExitCode {
        guard flags.values["latency_table"] == nil else {
            throw UserError(
                .usage, "--latency_table is for a genotype's network, and --space speaks of a super-network")
        }
        var builder = ConfigurationBuilder()
        for (name, value) in flags.values.sorted(by: { $0.key < $1.key }) where name != "classes" {
            try builder.apply(name: name, value: value, origin: .flag)
        }
        if let toggle = flags.toggles.first(where: { $0 != "json" }) {
            throw UserError(.usage, "--\(toggle) is for a genotype's network, and --space speaks of a super-network")
        }
        let configuration = try builder.finished().configuration
        let classes = try flags.number("classes", in: 2...1_000_000, standard: 10)
        let image = ImageShape(channels: 3, height: 32, width: 32)
        let description = SpaceDescription(configuration.plan(image: image, classes: classes))
        if flags.toggles.contains("json") {
            try StandardStreams.print(description.json.serialized(pretty: true))
        } else {
            for line in description.lines { try StandardStreams.print(line) }
        }
        return .done
    }
}
