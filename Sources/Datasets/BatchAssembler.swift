package import Randomness

/// Normalised images for the network.
package struct ImageBatch: Sendable, Equatable {
    /// Images x channels x height x width.
    package let pixels: [Float]
    /// One an image, from 0.
    package let labels: [Int32]

    /// Images of the batch.
    package var count: Int { labels.count }
}

/// Random crops, flips and cutout of one shard of one step, keyed by (seed, step, stream, shard, position).
package struct Augmentation: Sendable, Equatable {
    /// Pixels added on each side before the crop.
    package let padding: Int
    /// Whether half of the images, drawn by the key, are mirrored left to right.
    package let flips: Bool
    /// Side of the square that is cut out; 0 cuts nothing.
    package let cutoutLength: Int
    /// The run's.
    package let seed: UInt64
    /// The step that draws; rounds of one step over one stream see the same crops and flips.
    package let step: UInt64
    /// Which stream the images are of: each has draws of its own.
    package let images: ImageStream
    /// Number of the shard within the batch.
    package let shard: UInt32

    /// Stores the key and the sizes; nothing is drawn before an image is assembled.
    package init(
        padding: Int, flips: Bool, cutoutLength: Int = 0, seed: UInt64, step: UInt64, images: ImageStream = .gradient,
        shard: UInt32
    ) {
        self.padding = padding
        self.flips = flips
        self.cutoutLength = cutoutLength
        self.seed = seed
        self.step = step
        self.images = images
        self.shard = shard
    }

    private func stream(_ purpose: Purpose) -> RandomStream {
        RandomStream(seed: seed, purpose: purpose, major: step, images: images, minor: shard)
    }

    /// What is done to the image at `position` of the shard.
    func draw(_ position: Int) -> (rowShift: Int, columnShift: Int, flips: Bool) {
        let crop = stream(.crop)
        let side = UInt32(2 * padding + 1)
        let flip = stream(.flip)
        return (
            Int(crop.below(side, UInt64(2 * position))) - padding,
            Int(crop.below(side, UInt64(2 * position + 1))) - padding,
            flips && flip.below(2, UInt64(position)) == 1
        )
    }

    /// Rows and columns that are cut out of the image at `position` (T. DeVries, G. Taylor, *Improved Regularization of
    /// Convolutional Neural Networks with Cutout*, 2017): the centre is uniform over the image, what lies outside is clipped,
    /// so that a square at a border is smaller. Nil cuts nothing. An odd length is one shorter, as in DARTS.
    func cutout(_ position: Int, height: Int, width: Int) -> (rows: Range<Int>, columns: Range<Int>)? {
        guard cutoutLength > 1 else { return nil }
        let stream = stream(.cutout)
        func side(_ side: Int, _ index: Int) -> Range<Int> {
            let centre = Int(stream.below(UInt32(side), UInt64(index)))
            return max(0, centre - cutoutLength / 2)..<min(side, centre + cutoutLength / 2)
        }
        return (side(height, 2 * position), side(width, 2 * position + 1))
    }
}

/// From raw bytes to what the network reads.
package enum BatchAssembler {
    /// Cuts images out of a set, augments and normalises them.
    ///
    /// Padding is zero in raw pixels, before normalisation, as torchvision's crop on images is; what is cut out is zero after it,
    /// the training images' mean.
    package static func assemble(_ set: ImageSet, indices: [Int], augmentation: Augmentation? = nil) -> ImageBatch {
        let tables = (0..<set.channels).map { channel in
            (0..<256).map { (Float($0) / 255 - set.mean[channel]) / set.deviation[channel] }
        }
        var pixels = [Float](repeating: 0, count: indices.count * set.pixelsPerImage)
        set.images.pixels.withUnsafeBufferPointer { source in
            pixels.withUnsafeMutableBufferPointer { target in
                for (position, index) in indices.enumerated() {
                    let change = augmentation?.draw(position) ?? (0, 0, false)
                    let hole = augmentation?.cutout(position, height: set.height, width: set.width)
                    for channel in 0..<set.channels {
                        let end = (position * set.channels + channel) * set.height * set.width
                        plane(
                            source, from: (index * set.channels + channel) * set.height * set.width, target,
                            to: end, set, change, tables[channel])
                        for row in hole?.rows ?? 0..<0 {
                            for column in hole?.columns ?? 0..<0 { target[end + row * set.width + column] = 0 }
                        }
                    }
                }
            }
        }
        return ImageBatch(pixels: pixels, labels: indices.map { Int32(set.images.labels[$0]) })
    }

    private static func plane(
        _ source: UnsafeBufferPointer<UInt8>, from start: Int, _ target: UnsafeMutableBufferPointer<Float>, to end: Int,
        _ set: ImageSet, _ change: (rowShift: Int, columnShift: Int, flips: Bool), _ table: [Float]
    ) {
        for row in 0..<set.height {
            let sourceRow = row + change.rowShift
            for column in 0..<set.width {
                let seen = change.flips ? set.width - 1 - column : column
                let sourceColumn = seen + change.columnShift
                let isInside =
                    sourceRow >= 0 && sourceRow < set.height && sourceColumn >= 0 && sourceColumn < set.width
                let raw = isInside ? source[start + sourceRow * set.width + sourceColumn] : 0
                target[end + row * set.width + column] = table[Int(raw)]
            }
        }
    }
}
