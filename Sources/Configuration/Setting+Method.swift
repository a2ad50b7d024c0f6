import Host
import SearchSpace

/// Whose search it is, and which images alpha learns from.
extension Setting {
    static let method: [Setting] = [
        .choice("method.search", \.method.search, "whose search it is"),
        .choice(
            "method.level", \.method.level, "whether alpha learns from the weights' batches or from images of its own"),
        .truth(
            "method.unrolled", \.method.unrolled, "alpha of a bilevel search looks a step of the weights ahead"),
    ]

    static let searchPortion = Setting(
        key: "data.search_portion",
        help:
            "share of the training images that alpha of a bilevel search learns from, auto: all that train_portion leaves",
        range: "auto, or 0.0 to 0.99", read: { $0.data.searchPortion.map { "\($0)" } ?? "auto" },
        take: { configuration, text in
            guard text.lowercased() != "auto" else {
                configuration.data.searchPortion = nil
                return true
            }
            guard let value = Spelling.real(text), (0...0.99).contains(value) else { return false }
            configuration.data.searchPortion = value
            return true
        }, null: "auto")
}
