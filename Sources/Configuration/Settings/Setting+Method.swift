import Host
import SearchSpace

/// Whose search it is, which images alpha learns from, and how the cell is taken.
extension Setting {
    static let method: [Setting] = [
        .choice("method.search", \.method.search, "whose search it is"),
        .choice(
            "method.level", \.method.level, "whether alpha learns from the weights' batches or from images of its own"),
        .truth(
            "method.unrolled", \.method.unrolled, "alpha of a bilevel search looks a step of the weights ahead"),
        Setting(
            key: "method.derive", help: "how the cell is taken, auto: as the method's paper takes it",
            range: "auto, argmax, top2 or best_of_K, K from 1 to \(SearchConfiguration.Derive.candidatesAtMost)",
            read: { $0.method.derive.text },
            take: { configuration, text in
                guard let derive = SearchConfiguration.Derive(text) else { return false }
                configuration.method.derive = derive
                return true
            }, null: "auto"),
    ]

    static let policy: [Setting] = [
        .choice("policy.reward", \.policy.reward, "what a child is rewarded for"),
        .whole("policy.children", \.policy.children, 1...256, "children that a step of alpha judges"),
        .whole("policy.reward_images", \.policy.rewardImages, 2...4096, "images that each child is judged on"),
        .choice("policy.baseline", \.policy.baseline, "what a child's reward is compared with"),
        .real(
            "policy.baseline_decay", \.policy.baselineDecay, 0...0.9999, "share of the moving average that a step keeps"
        ),
        .real("policy.entropy", \.policy.entropy, 0...100, "paid for each nat of alpha's entropy"),
    ]

    static let searchPortion = portion(
        "data.search_portion", \.data.searchPortion,
        "share of the training images that alpha of a bilevel search learns from, auto: all that others leave")

    static let choosingPortion = portion(
        "data.choosing_portion", \.data.choosingPortion,
        "share of the training images that the best of several cells is chosen on, auto: 0.1 where one is")

    /// Nil is `auto`.
    private static func portion(_ key: String, _ field: Field<Double?>, _ help: String) -> Setting {
        Setting(
            key: key, help: help, range: "auto, or 0.0 to 0.99",
            read: { $0[keyPath: field].map { "\($0)" } ?? "auto" },
            take: { configuration, text in
                guard text.lowercased() != "auto" else {
                    configuration[keyPath: field] = nil
                    return true
                }
                guard let value = Spelling.real(text), (0...0.99).contains(value) else { return false }
                configuration[keyPath: field] = value
                return true
            }, null: "auto")
    }
}
