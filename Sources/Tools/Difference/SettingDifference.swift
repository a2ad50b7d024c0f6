package import Configuration
import Formats
package import RunStore

/// A setting in which two runs differ.
package struct SettingDifference: Sendable, Equatable {
    /// `section.key`.
    package let key: String
    package let values: Both<String>
    /// Where each value came from; `-` where the folder does not say.
    package let origins: Both<String>
    /// The most that it can change of either run.
    package let bearing: Setting.Bearing

    /// In the table's order.
    package static func all(_ runs: Both<RunOrigin>) -> [SettingDifference] {
        all(runs.map(\.configuration), origins: runs.map(\.origins))
    }

    /// - Parameter origins: by `section.key`.
    package static func all(
        _ configurations: Both<SearchConfiguration>, origins: Both<[String: String]>
    ) -> [SettingDifference] {
        Setting.all.compactMap { setting in
            let values = configurations.map(setting.value)
            guard !values.areEqual else { return nil }
            let bearings = configurations.map(setting.bearing)
            return SettingDifference(
                key: setting.key, values: values, origins: origins.map { $0[setting.key] ?? "-" },
                bearing: max(bearings.first, bearings.second))
        }
    }

    /// Characters of a value in a table: a genotype is longer than a line.
    private static let columnsAtMost = 40

    /// Head and a row each, for a table.
    static func rows(_ differences: [SettingDifference]) -> [[String]] {
        guard !differences.isEmpty else { return [] }
        return [["", "setting", "first", "from", "second", "from", "can change"]]
            + differences.map { difference in
                let values = difference.values.map(cut)
                return [
                    "", difference.key, values.first, difference.origins.first, values.second,
                    difference.origins.second, difference.bearing.words,
                ]
            }
    }

    private static func cut(_ value: String) -> String {
        value.count <= columnsAtMost ? value : value.prefix(columnsAtMost - 3) + "..."
    }

    var json: JSONValue {
        .object([
            "key": .string(key), "values": values.json(JSONValue.string),
            "origins": origins.json { $0 == "-" ? .null : .string($0) }, "can_change": .string("\(bearing)"),
        ])
    }
}

extension Setting.Bearing {
    /// What a setting can change, for people.
    fileprivate var words: String {
        switch self {
        case .nothing: "no bit"
        case .results: "results, no step"
        case .steps: "the steps"
        }
    }
}
