/// Maps of odd sides that a network would have to halve.
///
/// What pads its input halves any map, and rounds up. The two halves of a factorised reduction do not fit each other on odd sides,
/// nor do the two ways of a residual block.
extension DerivedPlan {
    /// The first that its layers cannot halve; nil where the network takes its images. Kept edges decide: without a skip on it a
    /// last reduction halves odd maps, too.
    package var oddMap: MapShape? {
        blocks.lazy.compactMap { block in
            switch block {
            case .cell(let cell): self.layers(of: cell).first { $0.isHalfReduction && $0.input.isOdd }?.input
            case .residual(let block): block.input.isOdd ? block.input : nil
            }
        }.first
    }

    /// Why it does not take its images, for people; nil where it does.
    package var sidesObjection: String? {
        oddMap.map { Skeleton.objection(to: image, halvings: Skeleton.halvings(in: blocks), odd: $0) }
    }
}

extension NetworkPlan {
    /// The first that a reduction or a residual block reads; nil where the network takes its images. Every candidate has to halve it.
    package var oddMap: MapShape? {
        blocks.lazy.compactMap { block in
            let input =
                switch block {
                case .cell(let cell): MapShape(cell.channels, cell.inputHeight, cell.inputWidth)
                case .residual(let block): block.input
                }
            return block.halves && input.isOdd ? input : nil
        }.first
    }

    /// Why it does not take its images, for people; nil where it does.
    package var sidesObjection: String? {
        oddMap.map { Skeleton.objection(to: image, halvings: Skeleton.halvings(in: blocks), odd: $0) }
    }
}

extension Skeleton {
    /// How many times a network halves a map: sides that are divisible by as many twos always fit.
    fileprivate static func halvings(in blocks: [NetworkBlock]) -> Int { blocks.count(where: \.halves) }

    fileprivate static func objection(to image: ImageShape, halvings: Int, odd: MapShape) -> String {
        "images of \(image.height) x \(image.width) pixels: the network halves \(halvings) times, which it cannot do to a map of "
            + "\(odd.height) x \(odd.width); both sides must be divisible by \(1 << halvings)"
    }
}

extension NetworkBlock {
    fileprivate var halves: Bool {
        switch self {
        case .cell(let cell): cell.kind == .reduce
        case .residual: true
        }
    }
}

extension MapShape {
    /// Whether a side is, so that the map has no half.
    package var isOdd: Bool { height % 2 != 0 || width % 2 != 0 }
}

extension NetworkLayer {
    /// A pointwise convolution that skips pixels: one of the two of a factorised reduction.
    fileprivate var isHalfReduction: Bool {
        guard case .convolution(1, 1, _) = kind else { return false }
        return output.height < input.height || output.width < input.width
    }
}
