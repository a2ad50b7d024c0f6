/// A curve in one line of text: eight heights of block characters, from its lowest value to its highest.
package enum TextCurve {
    private static let blocks = Array("▁▂▃▄▅▆▇█")

    /// - Parameters:
    ///   - values: by epoch; nil where there is none, which is a gap.
    ///   - columns: characters at most; of more values each character shows the mean of its share.
    /// - Returns: nothing where there is no value.
    package static func text(_ values: [Double?], columns: Int) -> String {
        let means = thinned(values.map { $0.flatMap { $0.isFinite ? $0 : nil } }, to: max(1, columns))
        let known = means.compactMap { $0 }
        guard let low = known.min(), let high = known.max() else { return "" }
        return String(
            means.map { value in
                guard let value else { return " " }
                let share = high > low ? (value - low) / (high - low) : 0.5
                return blocks[min(blocks.count - 1, Int(share * Double(blocks.count)))]
            })
    }

    private static func thinned(_ values: [Double?], to columns: Int) -> [Double?] {
        guard values.count > columns else { return values }
        return (0..<columns).map { column in
            let part = values[column * values.count / columns..<(column + 1) * values.count / columns].compactMap { $0 }
            return part.isEmpty ? nil : part.reduce(0, +) / Double(part.count)
        }
    }
}
