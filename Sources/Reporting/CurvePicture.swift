/// Lines over epochs (SVG): each curve on a panel of its own scale, one above the other.
package struct CurvePicture {
    package struct Curve {
        package let name: String
        /// By epoch; nil where there is none.
        package let values: [Double?]

        package init(name: String, values: [Double?]) {
            self.name = name
            self.values = values
        }
    }

    private static let panelHeight = 120
    private static let width = 640
    private static let left = 70

    package static func svg(_ curves: [Curve]) -> String {
        let height = curves.count * (panelHeight + 40) + 20
        var out =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
            + "font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">\n"
            + "<rect width=\"\(width)\" height=\"\(height)\" fill=\"white\"/>\n"
        for (number, curve) in curves.enumerated() { out += panel(curve, top: 30 + number * (panelHeight + 40)) }
        return out + "</svg>\n"
    }

    private static func panel(_ curve: Curve, top: Int) -> String {
        let known = curve.values.compactMap { $0 }.filter(\.isFinite)
        let low = known.min() ?? 0
        let high = max(known.max() ?? 1, low + 1e-9)
        let right = width - 20
        var points: [String] = []
        for (epoch, value) in curve.values.enumerated() {
            guard let value, value.isFinite else { continue }
            let x = Double(left) + Double(epoch) / Double(max(1, curve.values.count - 1)) * Double(right - left)
            let y = Double(top + panelHeight) - (value - low) / (high - low) * Double(panelHeight)
            points.append("\(Decimal.text(x, 1)),\(Decimal.text(y, 1))")
        }
        return """
            <text x="\(left)" y="\(top - 8)" font-weight="bold">\(curve.name)</text>
            <rect x="\(left)" y="\(top)" width="\(right - left)" height="\(panelHeight)" fill="none" stroke="#bbb"/>
            <text x="\(left - 6)" y="\(top + 10)" text-anchor="end">\(Decimal.text(high, 3))</text>
            <text x="\(left - 6)" y="\(top + panelHeight)" text-anchor="end">\(Decimal.text(low, 3))</text>
            <polyline points="\(points.joined(separator: " "))" fill="none" stroke="#1b5fa7" stroke-width="2"/>

            """
    }
}
