package import SearchSpace

/// A cell as a picture (SVG).
///
/// Nodes stand as boxes on a staircase from the upper left to the lower right, in order; a box has a row for every live edge
/// that ends in it, with the operation's name. A line leaves its source downwards and enters its row from the left. Below a
/// box there are no others, and beside a row there are none to its left, so no line crosses a box and no two names meet.
/// Edges that keep `none` are not drawn; nodes that nothing reaches are grey and dashed.
package struct CellPicture {
    static let boxWidth = 170
    static let rowHeight = 24
    static let headHeight = 28
    static let step = 60
    static let margin = 24
    static let plainColour = "#444444"

    struct Row: Equatable {
        let source: Int
        let label: String
        let colour: String
    }

    struct Box: Equatable {
        let name: String
        let isDead: Bool
        let isEnd: Bool
        let rows: [Row]
        let x: Int
        let y: Int

        var height: Int { CellPicture.headHeight + rows.count * CellPicture.rowHeight }
    }

    let boxes: [Box]
    private let title: String

    /// Places the boxes of the cell of one kind: inputs first, then nodes, the output last.
    package init(_ genotype: Genotype, kind: CellKind) {
        let choices = genotype[kind]
        let dead = genotype.deadNodes(of: kind)
        let nodes = Set(choices.map(\.to)).sorted()
        let inputs = genotype.inputs
        let output = (nodes.last ?? inputs - 1) + 1
        let concat = genotype.concat(kind)
        var boxes: [Box] = []
        var y = Self.margin + 30
        func add(_ name: String, isDead: Bool, isEnd: Bool, _ rows: [Row]) {
            let x = Self.margin + boxes.count * (Self.boxWidth + Self.step) * 2 / 3
            let box = Box(name: name, isDead: isDead, isEnd: isEnd, rows: rows, x: x, y: y)
            boxes.append(box)
            y += box.height + 18
        }
        if inputs == 2 { add("c_{k-2}", isDead: false, isEnd: true, []) }
        add("c_{k-1}", isDead: false, isEnd: true, [])
        for node in nodes {
            let rows = choices.filter { $0.to == node && $0.operation != .none }
                .map { Row(source: $0.from, label: $0.operation.name, colour: $0.operation.colour) }
            add("node \(node - inputs)", isDead: dead.contains(node), isEnd: false, rows)
        }
        add(
            "c_{k}", isDead: false, isEnd: true,
            concat.map { Row(source: $0, label: inputs == 1 ? "output" : "concat", colour: Self.plainColour) })
        precondition(boxes.count == output + 1)
        self.boxes = boxes
        title = inputs == 1 ? "cell" : kind == .normal ? "normal cell" : "reduction cell"
    }

    /// A whole document, with a white background.
    package var svg: String {
        let width = (boxes.last?.x ?? 0) + Self.boxWidth + Self.margin
        let height = (boxes.last.map { $0.y + $0.height } ?? 0) + Self.margin
        var out = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
            font-family="Helvetica, Arial, sans-serif" font-size="13">
            <rect width="\(width)" height="\(height)" fill="white"/>
            <text x="\(Self.margin)" y="\(Self.margin + 8)" font-size="17" font-weight="bold">\(title)</text>

            """
        out += lines()
        for box in boxes { out += picture(of: box) }
        return out + "</svg>\n"
    }

    /// One line a row, each in its own lane below its source.
    private func lines() -> String {
        var lanes = [Int](repeating: 0, count: boxes.count)
        var out = ""
        // The farthest target takes the leftmost lane, so that lines of one source do not cross each other.
        for target in boxes.reversed() {
            for (number, row) in target.rows.enumerated().reversed() {
                let source = boxes[row.source]
                let x = source.x + 16 + lanes[row.source] * 11
                lanes[row.source] += 1
                let y = target.y + Self.headHeight + number * Self.rowHeight + Self.rowHeight / 2
                let colour = source.isDead ? "#bbbbbb" : row.colour
                out +=
                    "<path d=\"M \(x) \(source.y + source.height) V \(y - 6) q 0 6 6 6 H \(target.x - 5)\" fill=\"none\" "
                    + "stroke=\"\(colour)\" stroke-width=\"2\"\(source.isDead ? " stroke-dasharray=\"4 3\"" : "")/>\n"
                out += "<path d=\"M \(target.x - 8) \(y - 4) l 8 4 l -8 4 z\" fill=\"\(colour)\"/>\n"
            }
        }
        return out
    }

    private func picture(of box: Box) -> String {
        let fill = box.isDead ? "#f2f2f2" : box.isEnd ? "#e3f1e1" : "#e4eefb"
        let stroke = box.isDead ? "#999999" : "#345"
        var out =
            "<rect x=\"\(box.x)\" y=\"\(box.y)\" width=\"\(Self.boxWidth)\" height=\"\(box.height)\" rx=\"6\" "
            + "fill=\"\(fill)\" stroke=\"\(stroke)\"\(box.isDead ? " stroke-dasharray=\"5 4\"" : "")/>\n"
        out +=
            "<text x=\"\(box.x + 12)\" y=\"\(box.y + 19)\" font-weight=\"bold\" fill=\"\(stroke)\">"
            + "\(box.name)\(box.isDead ? " (no input)" : "")</text>\n"
        for (number, row) in box.rows.enumerated() {
            let y = box.y + Self.headHeight + number * Self.rowHeight + 16
            out += "<text x=\"\(box.x + 12)\" y=\"\(y)\" fill=\"\(row.colour)\">\(row.label)</text>\n"
        }
        return out
    }
}

extension Operation {
    /// By what the operation does: its first layer that is neither ReLU nor norm.
    fileprivate var colour: String {
        let steps = chain(channels: 2, stride: 1, in: .derivedNetwork(poolsHaveBatchNorm: false))?.layers.map(\.step)
        for step in steps ?? [] {
            switch step {
            case .identity: return "#7a5c00"
            case .pool, .halvingMean: return "#8a2d6b"
            case .convolution(let convolution) where convolution.groups > 1:
                return convolution.dilation > 1 ? "#1d7a4c" : "#1b5fa7"
            case .convolution, .halves: return "#a04a1b"
            case .relu, .batchNorm, .noise: continue
            }
        }
        return CellPicture.plainColour
    }
}
