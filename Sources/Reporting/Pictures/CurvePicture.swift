/// Lines over epochs (SVG): panels one above the other, each with a scale of its own that its curves share.
package struct CurvePicture {
    /// One line of a panel. Several stand in the legend by their names.
    package struct Curve {
        /// In the legend.
        package let name: String
        /// By epoch; nil where there is none.
        package let values: [Double?]

        /// The last value stands at the right edge, so curves of one panel have as many each.
        package init(name: String, values: [Double?]) {
            self.name = name
            self.values = values
        }
    }

    /// A frame with its title and the smallest and largest value of its curves beside it.
    package struct Panel {
        /// Above the frame.
        package let title: String
        /// They take five colours in turn. Where there is one, it has no legend.
        package let curves: [Curve]

        package init(_ title: String, _ curves: [Curve]) {
            self.title = title
            self.curves = curves
        }

        /// One curve, named by the title.
        package init(_ title: String, _ values: [Double?]) {
            self.init(title, [Curve(name: title, values: values)])
        }

        var values: [Double] { curves.flatMap(\.values).compactMap { $0 }.filter(\.isFinite) }
        /// A legend is worth a line where there is more than one curve.
        var legendHeight: Int { curves.count > 1 ? 18 : 0 }
        var height: Int { CurvePicture.panelHeight + 40 + legendHeight }
    }

    private static let panelHeight = 120
    private static let width = 640
    private static let left = 70
    private static let right = width - 20
    private static let colours = ["#1b5fa7", "#c46a00", "#1d7a4c", "#8a2d6b", "#444444"]

    /// A whole document, as high as its panels need.
    package static func svg(_ panels: [Panel]) -> String {
        let height = panels.reduce(20) { $0 + $1.height }
        var out =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
            + "font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">\n"
            + "<rect width=\"\(width)\" height=\"\(height)\" fill=\"white\"/>\n"
        var top = 30
        for panel in panels {
            out += picture(panel, top: top)
            top += panel.height
        }
        return out + "</svg>\n"
    }

    private static func picture(_ panel: Panel, top: Int) -> String {
        let low = panel.values.min() ?? 0
        let high = max(panel.values.max() ?? 1, low + 1e-9)
        var out = """
            <text x="\(left)" y="\(top - 8)" font-weight="bold">\(SVGText.escaped(panel.title))</text>

            """
        let frame = top + panel.legendHeight
        out += """
            <rect x="\(left)" y="\(frame)" width="\(right - left)" height="\(panelHeight)" fill="none" stroke="#bbb"/>
            <text x="\(left - 6)" y="\(frame + 10)" text-anchor="end">\(Decimal.text(high, 3))</text>
            <text x="\(left - 6)" y="\(frame + panelHeight)" text-anchor="end">\(Decimal.text(low, 3))</text>

            """
        for (number, curve) in panel.curves.enumerated() {
            let colour = colours[number % colours.count]
            if panel.curves.count > 1 {
                let x = left + number * (right - left) / panel.curves.count
                out += "<text x=\"\(x)\" y=\"\(top + 8)\" fill=\"\(colour)\">\(SVGText.escaped(curve.name))</text>\n"
            }
            let points = points(curve, top: frame, low: low, high: high)
            out += "<polyline points=\"\(points)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"/>\n"
        }
        return out
    }

    private static func points(_ curve: Curve, top: Int, low: Double, high: Double) -> String {
        var points: [String] = []
        for (epoch, value) in curve.values.enumerated() {
            guard let value, value.isFinite else { continue }
            let x = Double(left) + Double(epoch) / Double(max(1, curve.values.count - 1)) * Double(right - left)
            let y = Double(top + panelHeight) - (value - low) / (high - low) * Double(panelHeight)
            points.append("\(Decimal.text(x, 1)),\(Decimal.text(y, 1))")
        }
        return points.joined(separator: " ")
    }
}
