/// Images of one part of a data set: raw bytes, images x channels x height x width, and a label each.
package struct ImagePart: Sendable, Equatable {
    /// Row by row, each 0 to 255.
    package let pixels: [UInt8]
    /// From 0, in the images' order.
    package let labels: [UInt8]

    /// Precondition: as many pixels for every image.
    package init(pixels: [UInt8], labels: [UInt8]) {
        self.pixels = pixels
        self.labels = labels
    }

    package var count: Int { labels.count }
}

/// One part of a data set as coordinator and workers hold it: the training part in a search and a retraining, the test part,
/// another file that those never open, in an evaluation.
package struct ImageSet: Sendable, Equatable {
    /// The word stands in the canonical form, so the two parts never have one digest.
    package enum Part: String, Sendable, CaseIterable {
        case training
        case test
    }

    /// For people and records, as "CIFAR-10".
    package let name: String
    /// 1 or 3 in the formats that are known.
    package let channels: Int
    /// In pixels.
    package let height: Int
    /// In pixels; which sides fit, the network that is built says.
    package let width: Int
    /// Every label is below it; a class may have no image.
    package let classes: Int
    /// Which of the data set's parts the images are.
    package let part: Part
    /// In the files' order, of which the split's indices speak.
    package let images: ImagePart
    /// Per channel, of pixels divided by 255; always the training part's.
    package let mean: [Float]
    /// Standard deviation per channel, of pixels divided by 255; never 0, always the training part's.
    package let deviation: [Float]
    /// The augmentation that belongs to this data set.
    package let cropPadding: Int
    /// Whether images may be mirrored left to right: CIFAR's may, those of digits and of IDX files may not.
    package let flips: Bool
    /// Of labels that were renumbered: the files' label of each class, ascending. Nil where the files' labels are the classes.
    package let fileLabels: [UInt8]?

    /// Precondition: pixels for every image, constants for every channel.
    package init(
        name: String, channels: Int, height: Int, width: Int, classes: Int, part: Part = .training,
        images: ImagePart, mean: [Float], deviation: [Float], cropPadding: Int, flips: Bool,
        fileLabels: [UInt8]? = nil
    ) {
        precondition(fileLabels.map { $0.count == classes } ?? true)
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
        self.fileLabels = fileLabels
    }

    /// Bytes of one image, all channels.
    package var pixelsPerImage: Int { channels * height * width }
}

/// Mean and deviation per channel of pixels divided by 255.
package struct Normalisation: Sendable, Equatable {
    /// One a channel.
    package let mean: [Float]
    /// One a channel, positive.
    package let deviation: [Float]

    /// From constants that are known, as CIFAR-10's.
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
