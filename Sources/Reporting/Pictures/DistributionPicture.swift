#if canImport(Glibc)
    import Glibc
#endif

/// How values are distributed (SVG): a histogram over a logarithmic axis, and below it a line for each value that stands out, at
/// its place, with the share of values below it.
package struct DistributionPicture {
    /// Decides the colour: found by a search, or what it is compared with.
    package enum Kind: Sendable { case found, rival }

    /// A value that stands out: it has a line at its place, and its name and value as words.
    package struct Mark {
        let name: String
        let value: Double
        let kind: Kind

        /// Marks whose value is not positive and finite are left out of the picture.
        package init(_ name: String, _ value: Double, _ kind: Kind) {
            self.name = name
            self.value = value
            self.kind = kind
        }
    }

    private let title: String
    /// Ascending, positive and finite.
    private let values: [Double]
    private let marks: [Mark]

    private static let width = 640
    private static let left = 30
    private static let right = width - 30
    private static let top = 40
    private static let chartHeight = 180
    private static let rowHeight = 18
    private static let binCount = 60

    /// - Parameters:
    ///   - values: what is not positive and finite is left out.
    package init(title: String, values: [Double], marks: [Mark]) {
        self.title = title
        self.values = values.filter { $0 > 0 && $0.isFinite }.sorted()
        self.marks = marks.filter { $0.value > 0 && $0.value.isFinite }.sorted { $0.value < $1.value }
    }

    /// A whole document; without a value it holds the title alone.
    package var svg: String {
        let axis = Self.top + Self.chartHeight
        let height = axis + 40 + marks.count * Self.rowHeight
        var out = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.width)" height="\(height)" \
            font-family="Helvetica, Arial, sans-serif" font-size="12">
            <rect width="\(Self.width)" height="\(height)" fill="white"/>
            <text x="\(Self.left)" y="22" font-weight="bold">\(SVGText.escaped(title))</text>

            """
        guard let first = values.first, let last = values.last else { return out + "</svg>\n" }
        let low = min(first, marks.first?.value ?? first)
        let scale = Scale(low: low, high: max(last, marks.last?.value ?? last, low * 1.001))
        out += bars(scale, axis: axis) + ticks(scale, axis: axis)
        // Words last: they stand above the lines that cross them.
        let rows = marks.enumerated().map { (mark: $1, y: axis + 40 + $0 * Self.rowHeight) }
        for row in rows { out += line(row.mark, scale, y: row.y) }
        for row in rows { out += words(row.mark, scale, y: row.y) }
        return out + "</svg>\n"
    }

    /// From values to places, by their logarithm: a few values may be much larger than the others.
    private struct Scale {
        let low: Double
        let high: Double

        /// From 0 to 1.
        func share(_ value: Double) -> Double { log(value / low) / log(high / low) }

        func x(_ value: Double) -> Double { Double(left) + share(value) * Double(right - left) }
    }

    private func bars(_ scale: Scale, axis: Int) -> String {
        var counts = [Int](repeating: 0, count: Self.binCount)
        for value in values { counts[min(Self.binCount - 1, Int(scale.share(value) * Double(Self.binCount)))] += 1 }
        let most = counts.max() ?? 1
        let step = Double(Self.right - Self.left) / Double(Self.binCount)
        return counts.enumerated().filter { $0.element > 0 }.map { bin, count in
            let height = Double(Self.chartHeight) * Double(count) / Double(most)
            return "<rect x=\"\(Decimal.text(Double(Self.left) + Double(bin) * step, 1))\" "
                + "y=\"\(Decimal.text(Double(axis) - height, 1))\" width=\"\(Decimal.text(step - 1, 1))\" "
                + "height=\"\(Decimal.text(height, 1))\" fill=\"#b8cce4\"/>\n"
        }.joined()
    }

    private func ticks(_ scale: Scale, axis: Int) -> String {
        var out =
            "<path d=\"M \(Self.left) \(axis) H \(Self.right)\" stroke=\"#888\" fill=\"none\"/>\n"
        let places = [
            ("lowest", values[0]), ("median", values[values.count / 2]), ("highest", values[values.count - 1]),
        ]
        for (name, value) in places {
            let anchor = name == "lowest" ? "start" : name == "highest" ? "end" : "middle"
            out +=
                "<text x=\"\(Decimal.text(scale.x(value), 1))\" y=\"\(axis + 16)\" text-anchor=\"\(anchor)\" fill=\"#555\">"
                + "\(name) \(Decimal.text(value, 4))</text>\n"
        }
        return out
    }

    private static func colour(_ mark: Mark) -> String { mark.kind == .found ? "#c46a00" : "#1d7a4c" }

    private func line(_ mark: Mark, _ scale: Scale, y: Int) -> String {
        "<path d=\"M \(Decimal.text(scale.x(mark.value), 1)) \(Self.top) V \(y - 4)\" stroke=\"\(Self.colour(mark))\" "
            + "stroke-width=\"1\" fill=\"none\"/>\n"
    }

    private func words(_ mark: Mark, _ scale: Scale, y: Int) -> String {
        let x = scale.x(mark.value)
        let isLeft = x < Double(Self.width) / 2
        let below = Double(values.count { $0 < mark.value }) / Double(values.count)
        return "<text x=\"\(Decimal.text(x + (isLeft ? 5 : -5), 1))\" y=\"\(y)\" "
            + "text-anchor=\"\(isLeft ? "start" : "end")\" fill=\"\(Self.colour(mark))\" stroke=\"white\" "
            + "stroke-width=\"4\" paint-order=\"stroke\">\(SVGText.escaped(mark.name)): \(Decimal.text(mark.value, 4)), "
            + "\(Decimal.text(100 * below, 1)) % are lower</text>\n"
    }
}
