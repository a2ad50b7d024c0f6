/// Images of one part of a data set: raw bytes, images x channels x height x width, and a label each.
package struct ImagePart: Sendable, Equatable {
    package let pixels: [UInt8]
    package let labels: [UInt8]

    package init(pixels: [UInt8], labels: [UInt8]) {
        self.pixels = pixels
        self.labels = labels
    }

    package var count: Int { labels.count }
}

/// One part of a data set as coordinator and workers hold it: the training part in a search and a retraining, the test part,
/// another file that those never open, in an evaluation.
package struct ImageSet: Sendable, Equatable {
    package enum Part: String, Sendable, CaseIterable {
        case training
        case test
    }

    package let name: String
    package let channels: Int
    package let height: Int
    package let width: Int
    package let classes: Int
    package let part: Part
    package let images: ImagePart
    /// Per channel, of pixels divided by 255; always the training part's.
    package let mean: [Float]
    package let deviation: [Float]
    /// The augmentation that belongs to this data set.
    package let cropPadding: Int
    package let flips: Bool

    package init(
        name: String, channels: Int, height: Int, width: Int, classes: Int, part: Part = .training,
        images: ImagePart, mean: [Float], deviation: [Float], cropPadding: Int, flips: Bool
    ) {
        precondition(images.pixels.count == images.count * channels * height * width)
        precondition(mean.count == channels && deviation.count == channels)
        self.name = name
        self.channels = channels
        self.height = height
        self.width = width
        self.classes = classes
        self.part = part
        self.images = images
        self.mean = mean
        self.deviation = deviation
        self.cropPadding = cropPadding
        self.flips = flips
    }

    package var pixelsPerImage: Int { channels * height * width }
}

/// Mean and deviation per channel of pixels divided by 255.
package struct Normalisation: Sendable, Equatable {
    package let mean: [Float]
    package let deviation: [Float]

    package init(mean: [Float], deviation: [Float]) {
        self.mean = mean
        self.deviation = deviation
    }

    /// Counted over all images in integers, so that no order of summing can be seen. A channel without any variation gets
    /// deviation 1.
    package init(of part: ImagePart, channels: Int) {
        var mean: [Float] = []
        var deviation: [Float] = []
        let area = part.count == 0 ? 0 : part.pixels.count / part.count / channels
        for channel in 0..<channels {
            var sum = 0
            var squares = 0
            for image in 0..<part.count {
                let start = (image * channels + channel) * area
                for position in start..<start + area {
                    let value = Int(part.pixels[position])
                    sum += value
                    squares += value * value
                }
            }
            let count = Double(max(1, part.count * area))
            let average = Double(sum) / count
            let variance = Double(squares) / count - average * average
            mean.append(Float(average / 255))
            deviation.append(variance > 0 ? Float(variance.squareRoot() / 255) : 1)
        }
        self.init(mean: mean, deviation: deviation)
    }
}
