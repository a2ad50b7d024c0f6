import Host
import SearchSpace

/// Flags of the official SNAS code that are said otherwise here, so that its README's commands can be typed as they stand.
package enum OfficialFlags {
    /// Flags without a value.
    package static let toggles = ["resource_efficient", "log_penalty", "loss"]
    /// Flags with a value.
    package static let values = ["layer", "method"]

    /// The settings that they mean, by flag.
    ///
    /// `--layer` is argparse's prefix of `--layers`. `--resource_efficient` turns the official cost on: all three resources,
    /// linear, or in logarithms with `--log_penalty`. `--method` with the name of an estimator is the official code's: how the
    /// cost's gradient is estimated; with any other name it is `--search`, by its older spelling. `--loss`, without which the
    /// official code computes the cost and leaves it out, says nothing here: what is turned on applies.
    package static func translated(values: [String: String], toggles: Set<String>) -> [String: String] {
        var settings = values
        if let layers = settings.removeValue(forKey: "layer") { settings["layers"] = settings["layers"] ?? layers }
        if let method = settings.removeValue(forKey: "method") {
            let estimator = Spelling.name(method, among: CostMethod.allCases.map(\.rawValue))
            let meant = estimator != nil ? "resource_method" : "search"
            settings[meant] = settings[meant] ?? method
        }
        if toggles.contains("resource_efficient") {
            settings["resource"] = settings["resource"] ?? "mixed"
            settings["resource_form"] = settings["resource_form"] ?? "linear"
        }
        if toggles.contains("log_penalty") { settings["resource_form"] = "log" }
        return settings
    }
}
