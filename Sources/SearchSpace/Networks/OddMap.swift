/// Maps of odd sides that a network would have to halve and cannot.
///
/// What pads its input halves any map, and rounds up; so does a factorised reduction, whose second half reads zeros beyond the edge.
/// The two ways of NAS-Bench-201's residual block alone do not fit each other on odd sides: its convolution rounds up, its pool down.
extension DerivedPlan {
    /// The first that its blocks cannot halve; nil where the network takes its images.
    package var oddMap: MapShape? { NetworkBlock.oddMap(in: blocks) }

    /// Why it does not take its images, for people; nil where it does.
    package var sidesObjection: String? { NetworkBlock.sidesObjection(in: blocks, to: image) }
}

extension NetworkPlan {
    /// The first that its blocks cannot halve; nil where the network takes its images.
    package var oddMap: MapShape? { NetworkBlock.oddMap(in: blocks) }

    /// Why it does not take its images, for people; nil where it does.
    package var sidesObjection: String? { NetworkBlock.sidesObjection(in: blocks, to: image) }
}

extension NetworkBlock {
    fileprivate static func oddMap(in blocks: [NetworkBlock]) -> MapShape? {
        blocks.lazy.compactMap { block in
            guard case .residual(let residual) = block, residual.input.isOdd else { return nil }
            return residual.input
        }.first
    }

    /// Sides that are divisible by as many twos as there are residual blocks always fit.
    fileprivate static func sidesObjection(in blocks: [NetworkBlock], to image: ImageShape) -> String? {
        guard let odd = oddMap(in: blocks) else { return nil }
        let halvings = blocks.count { block in
            if case .residual = block { true } else { false }
        }
        return
            "images of \(image.height) x \(image.width) pixels: the network halves \(halvings) times in residual blocks, which cannot do it "
            + "to a map of \(odd.height) x \(odd.width); both sides must be divisible by \(1 << halvings)"
    }
}

extension MapShape {
    /// Whether a side is, so that the map has no half.
    package var isOdd: Bool { height % 2 != 0 || width % 2 != 0 }
}
