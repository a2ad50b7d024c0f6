import Host
import SearchSpace

/// What the cells choose from, and how large the super-network is.
extension Setting {
    static let space: [Setting] = [
        Setting(
            key: "space.space", help: "what the cells choose from",
            range: NamedSpace.allCases.map(\.rawValue).joined(separator: ", ") + ", or a YAML file of one's own",
            read: { configuration in
                switch configuration.space.cells.choice {
                case .named(let space): space.rawValue
                case .own(let space): space.word
                }
            },
            take: { configuration, text in
                let name = Spelling.name(text, among: NamedSpace.allCases.map(\.rawValue))
                if let named = name.flatMap({ NamedSpace(rawValue: $0) }) {
                    configuration.space.cells.choice = .named(named)
                } else if let own = SearchSpace(word: text) {
                    configuration.space.cells.choice = .own(own)
                } else {
                    return false
                }
                return true
            }),
        Setting(
            key: "space.operations", help: "the candidates that edges keep of the space's",
            range: "all, or some of " + Operation.allCases.map(\.name).joined(separator: ","),
            read: { $0.space.cells.operations.map { $0.map(\.name).joined(separator: ",") } ?? "all" },
            take: { configuration, text in
                if text.lowercased() == "all" {
                    configuration.space.cells.operations = nil
                    return true
                }
                let known = Operation.allCases.map(\.name)
                let operations = Spelling.items(text).map { item in
                    Spelling.name(item, among: known).flatMap { Operation(name: $0) }
                }
                guard !operations.contains(nil), Set(operations).count == operations.count else { return false }
                configuration.space.cells.operations = operations.compactMap { $0 }
                return true
            }, null: "all", form: .list),
        .whole("space.nodes", \.space.cells.nodes, 1...SearchSpace.nodeLimit, "intermediate nodes of a cell"),
        .truth(
            "space.auxiliary_skip", \.space.cells.auxiliarySkip,
            "a skip beside every mixed operation of the super-network, always there and no candidate"),
        .whole("space.init_channels", \.space.initChannels, 1...1024, "channels of the first cells"),
        .whole(
            "space.layers", \.space.layers, 1...100, "cells; the papers' reductions are those at a third and two thirds"
        ),
    ]
}
