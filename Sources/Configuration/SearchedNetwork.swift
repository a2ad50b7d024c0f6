package import Formats
import Host

/// The network in which a search saw the cell that it found: a cell is good in a network, and much of what a search has found is
/// lost in one of another depth (the manual, "What a search buys").
package struct SearchedNetwork: Sendable, Equatable {
    let channels: Int
    let layers: Int

    /// Of a search with these settings.
    package init(_ space: SearchConfiguration.Space) {
        (channels, layers) = (space.initChannels, space.layers)
    }

    /// By the `genotype.json` that a search has left.
    ///
    /// - Parameter argument: what a person gave for a genotype (`Genotype.init(argument:)`).
    /// - Returns: nil where it does not say: a known name, a text, a cell that nobody searched, an earlier version's run.
    package init?(ofGenotype argument: String) {
        let file = FileSystem.isDirectory(argument) ? "\(argument)/genotype.json" : argument
        guard FileSystem.exists(file), let bytes = try? FileSystem.readFile(file, limitBytes: Self.limitBytes),
            let document = try? JSONValue.parse(bytes, source: file), let said = document["provenance"]?[Self.name],
            let channels = said["channels"]?.integer, let layers = said["layers"]?.integer
        else { return nil }
        (self.channels, self.layers) = (channels, layers)
    }

    private static let limitBytes = 1 << 20
    private static let name = "searched_in"

    /// What `genotype.json` says of it.
    package var provenance: JSONValue.Member {
        .init(Self.name, .object(["channels": .integer(channels), "layers": .integer(layers)]))
    }

    /// What a person should know who trains the cell in another network; nil in the same one.
    ///
    /// - Parameter space: the training's.
    package func note(trainedIn space: SearchConfiguration.Space) -> String? {
        let trained = SearchedNetwork(space)
        guard trained != self else { return nil }
        return
            "the cell was searched in \(layers) cells of \(channels) channels and is trained in \(trained.layers) of "
            + "\(trained.channels): a found cell is worth most in the network that it was searched in"
    }
}
