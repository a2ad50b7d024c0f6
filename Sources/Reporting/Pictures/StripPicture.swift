/// Values from 0 to 1 by group (SVG): a row for each group, a dot for each value, a bar over the interval of their mean and a mark at
/// the mean itself; a dashed line at one half, which is luck.
package struct StripPicture {
    /// A row.
    package struct Group {
        let name: String
        let values: [Double]
        let interval: ClosedRange<Double>?

        /// - Parameters:
        ///   - values: from 0 to 1.
        ///   - interval: of their mean; nil where one value tells of none.
        package init(_ name: String, _ values: [Double], interval: ClosedRange<Double>?) {
            self.name = name
            self.values = values
            self.interval = interval
        }

        var mean: Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
    }

    private let title: String
    private let axis: String
    private let groups: [Group]

    private static let width = 720
    private static let left = 190
    private static let right = width - 40
    private static let top = 44
    private static let rowHeight = 34

    /// - Parameter axis: what the values are, in words.
    package init(title: String, axis: String, groups: [Group]) {
        self.title = title
        self.axis = axis
        self.groups = groups
    }

    /// A whole document.
    package var svg: String {
        let bottom = Self.top + groups.count * Self.rowHeight
        var out = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.width)" height="\(bottom + 48)" \
            font-family="Helvetica, Arial, sans-serif" font-size="12">
            <rect width="\(Self.width)" height="\(bottom + 48)" fill="white"/>
            <text x="16" y="24" font-weight="bold">\(SVGText.escaped(title))</text>

            """
        for tick in 0...4 {
            let (share, x) = (Double(tick) / 4, Self.x(Double(tick) / 4))
            let dashes = tick == 2 ? " stroke-dasharray=\"4 3\"" : ""
            out +=
                "<path d=\"M \(x) \(Self.top) V \(bottom)\" stroke=\"\(tick == 2 ? "#888" : "#ddd")\"\(dashes) fill=\"none\"/>\n"
                + "<text x=\"\(x)\" y=\"\(bottom + 16)\" text-anchor=\"middle\" fill=\"#555\">\(Decimal.text(share, 2))</text>\n"
        }
        out +=
            "<text x=\"\(Self.x(0.5))\" y=\"\(bottom + 36)\" text-anchor=\"middle\">\(SVGText.escaped(axis))</text>\n"
        for (number, group) in groups.enumerated() { out += row(group, y: Self.top + number * Self.rowHeight + 17) }
        return out + "</svg>\n"
    }

    private func row(_ group: Group, y: Int) -> String {
        var out =
            "<text x=\"\(Self.left - 12)\" y=\"\(y + 4)\" text-anchor=\"end\">\(SVGText.escaped(group.name))</text>\n"
        if let interval = group.interval {
            let (low, high) = (Self.x(interval.lowerBound), Self.x(interval.upperBound))
            out +=
                "<path d=\"M \(low) \(y) H \(high)\" stroke=\"#c46a00\" stroke-width=\"7\" stroke-opacity=\"0.35\"/>\n"
        }
        for value in group.values {
            out += "<circle cx=\"\(Self.x(value))\" cy=\"\(y)\" r=\"3.5\" fill=\"#1f4e8c\" fill-opacity=\"0.55\"/>\n"
        }
        if let mean = group.mean {
            let x = Self.x(mean)
            out += "<path d=\"M \(x) \(y - 9) V \(y + 9)\" stroke=\"#c46a00\" stroke-width=\"2.5\"/>\n"
        }
        return out
    }

    private static func x(_ share: Double) -> String {
        Decimal.text(Double(left) + max(0, min(1, share)) * Double(right - left), 1)
    }
}
