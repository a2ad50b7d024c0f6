import Configuration
import Host

/// A method of the papers as `snas compare` runs it: what it sets otherwise than the comparison's own search, which is SNAS'.
package enum ComparedMethod: String, Sendable, CaseIterable {
    case snas
    /// DARTS' first order.
    case darts
    /// DARTS' second order.
    case dartsSecondOrder = "darts_second_order"
    case gdas
    case dsnas
    case enas

    /// For people.
    package var name: String { rawValue.replacing("_", with: " ") }

    /// Reads names with commas between them, each at most once; `random`, which every comparison has, may be among them.
    ///
    /// - Throws: `UserError` (usage) for another name.
    package static func list(_ text: String) throws -> [ComparedMethod] {
        let known = allCases.map(\.rawValue) + ["random"]
        let names = Spelling.items(text)
        let found = names.compactMap { Spelling.name($0, among: known) }
        guard found.count == names.count, Set(found).count == found.count, !found.isEmpty else {
            throw UserError(
                .usage, "--search is '\(text)'; it takes some of \(known.joined(separator: ",")), each once")
        }
        return found.compactMap(ComparedMethod.init)
    }

    /// Images of the choice among ENAS' candidates.
    private static let choosingPortion = 0.1

    /// What is set beyond the comparison's own settings. The share of the images that learn stays the same: where alpha learns from
    /// images of its own, they are half of them. Alpha's optimiser stays the same too, but for the decay of a policy, which has none;
    /// GDAS has its own temperatures.
    ///
    /// - Parameter trainPortion: the comparison's own: of the images that are not judges, those that learn.
    /// - Throws: `UserError` (configuration) where they are too few to be parted.
    package func settings(trainPortion: Double) throws -> [(key: String, value: String)] {
        let half = (trainPortion * 5000).rounded() / 10_000
        let own = ("data.train_portion", "\(half)")
        let searchPortion = ("data.search_portion", "\(half)")
        let noDecay = ("architecture.arch_weight_decay", "0.0")
        let search = ("method.search", search.rawValue)
        switch self {
        case .snas: return [search]
        case .darts: return [search, own, searchPortion]
        case .dartsSecondOrder: return [search, ("method.unrolled", "true"), own, searchPortion]
        case .gdas:
            return [search, own, searchPortion, ("temperature.temp", "10.0"), ("temperature.temp_min", "0.1")]
        case .dsnas: return [search, noDecay]
        case .enas:
            let rest = ((half - Self.choosingPortion) * 10_000).rounded() / 10_000
            guard rest > 0 else {
                throw UserError(
                    .configuration,
                    "train_portion \(trainPortion) leaves enas no images: half of it trains, a tenth of all chooses, the rest rewards"
                )
            }
            return [
                search, own, ("data.search_portion", "\(rest)"), ("data.choosing_portion", "\(Self.choosingPortion)"),
                noDecay, ("architecture.arch_beta1", "0.0"),
            ]
        }
    }

    private var search: SearchConfiguration.Method.Search {
        switch self {
        case .snas: .snas
        case .darts, .dartsSecondOrder: .darts
        case .gdas: .gdas
        case .dsnas: .dsnas
        case .enas: .enas
        }
    }

    /// Flags of settings that other methods read and this one does not.
    package var unreadFlags: [String] {
        var configuration = SearchConfiguration()
        configuration.method.search = search
        return configuration.unread.compactMap { Setting.named($0.key)?.flag }
    }

    /// Which network a search of the method trains, and shows before a cell is taken: the mixture, or a drawn child.
    var searchedNetwork: EvaluatedNetwork {
        switch self {
        case .snas, .darts, .dartsSecondOrder, .gdas: .soft
        case .dsnas, .enas: .hard
        }
    }
}
