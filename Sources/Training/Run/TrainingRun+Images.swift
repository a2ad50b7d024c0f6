package import Configuration
package import Datasets
import Host
import SearchSpace

extension TrainingRun {
    /// A run from its start on these images, as its coordinator makes it and as it is computed again.
    ///
    /// - Throws: `UserError` (configuration) where the settings do not fit the images.
    package init(_ configuration: SearchConfiguration, on set: ImageSet) throws {
        let shape = ImageShape(channels: set.channels, height: set.height, width: set.width)
        try configuration.checkSides(of: shape)
        let split = try DataSplit(set, configuration)
        try configuration.check(
            gradientImages: split.gradient.count, searchImages: split.search.count,
            choosingImages: split.choosing.count, image: shape)
        try self.init(
            configuration, image: shape, classes: set.classes, gradientImages: split.gradient.count,
            searchImages: split.search.count, choosingImages: split.choosing.count, heldOutImages: split.heldOut.count)
    }
}
