package import Configuration
package import Datasets
package import Host

extension DataSplit {
    /// The split of a run, as coordinator and workers both make it. A test part gives no gradients: all of it is evaluated.
    ///
    /// - Throws: `UserError` (configuration) where a class gets no image in a part that was asked for.
    package init(_ set: ImageSet, _ configuration: SearchConfiguration) throws(UserError) {
        let data = configuration.data
        let isTest = set.part == .test
        try self.init(
            labels: set.images.labels, classes: set.classes, portion: isTest ? 0 : data.trainPortion,
            searchPortion: isTest ? 0 : configuration.searchPortion,
            choosingPortion: isTest ? 0 : configuration.choosingPortion, judgeShare: isTest ? 0 : data.judgeShare,
            seed: UInt64(data.splitSeed))
    }
}

extension ImageOrders {
    /// The order in which a run's evaluations go through images, as coordinator and workers both make it.
    package static func evaluation(
        of indices: [Int], in set: ImageSet, _ configuration: SearchConfiguration
    ) -> [Int] {
        evaluation(
            of: indices, labels: set.images.labels, classes: set.classes, seed: UInt64(configuration.data.splitSeed))
    }
}
