import Host

/// What a trained network takes: images of this shape and of so many classes, normalised with the constants of its training
/// images.
package struct ImageForm: Sendable, Equatable {
    /// Of the data set that it was trained on.
    package let name: String
    /// Of an image: 3 for CIFAR, 1 for IDX files and digits.
    package let channels: Int
    /// In pixels.
    package let height: Int
    /// In pixels.
    package let width: Int
    /// Labels are below it.
    package let classes: Int
    /// Mean, one a channel, of pixels divided by 255.
    package let mean: [Float]
    /// Standard deviation, one a channel, of pixels divided by 255.
    package let deviation: [Float]
    /// Of labels that were renumbered: the training files' label of each class, ascending. Nil where they are the classes.
    package let fileLabels: [UInt8]?

    /// From a run's record of what its network takes.
    package init(
        name: String, channels: Int, height: Int, width: Int, classes: Int, mean: [Float], deviation: [Float],
        fileLabels: [UInt8]? = nil
    ) {
        self.name = name
        self.channels = channels
        self.height = height
        self.width = width
        self.classes = classes
        self.mean = mean
        self.deviation = deviation
        self.fileLabels = fileLabels
    }

    /// For the record of a network that is to be trained on this set.
    package init(of set: ImageSet) {
        self.init(
            name: set.name, channels: set.channels, height: set.height, width: set.width, classes: set.classes,
            mean: set.mean, deviation: set.deviation, fileLabels: set.fileLabels)
    }
}
