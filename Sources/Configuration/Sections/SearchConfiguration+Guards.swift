import Host
package import SearchSpace

extension SearchConfiguration {
    /// Checks what can be checked without the data.
    ///
    /// - Throws: `UserError` (configuration) for the first settings that do not fit each other.
    package func checkConsistency() throws {
        guard training.shards <= training.batchSize else {
            throw UserError(
                .configuration,
                "shards \(training.shards) is more than the \(training.batchSize) images of a batch: a shard takes one at "
                    + "least")
        }
        guard training.batchSize % training.shards == 0 else {
            throw UserError(
                .configuration,
                "batch_size \(training.batchSize) is not divisible by shards \(training.shards): every shard takes as many "
                    + "images")
        }
        let group = training.deviceShards
        guard group & (group - 1) == 0, training.shards % group == 0 else {
            throw UserError(
                .configuration,
                "device_shards \(group) is no power of two that divides shards \(training.shards): a group is a node of the "
                    + "tree in which shards are added")
        }
        guard cluster.pieceBytes % 4 == 0 else {
            throw UserError(
                .configuration, "piece_bytes \(cluster.pieceBytes) is not divisible by 4: a piece holds whole floats")
        }
        guard training.learningRateMin <= training.learningRate else {
            throw UserError(
                .configuration,
                "learning_rate_min \(training.learningRateMin) is above learning_rate \(training.learningRate)")
        }
        guard cluster.workerTimeoutSeconds > 2 * cluster.beatIntervalSeconds else {
            throw UserError(
                .configuration,
                "worker_timeout_s \(cluster.workerTimeoutSeconds) must be over twice beat_interval_s "
                    + "\(cluster.beatIntervalSeconds)")
        }
        try space.check(retrain.genotype, targetLayers: budget.targetLayers)
        try budget.checkConsistency()
        try checkMethod()
    }

    /// Checks what depends on the data.
    ///
    /// - Parameters:
    ///   - gradientImages: how many images give gradients to the weights.
    ///   - searchImages: how many alpha alone learns from; counts in a bilevel search.
    ///   - choosingImages: how many a choice among cells is made on; counts where there is one.
    /// - Throws: `UserError`: data as `checkSides` says, configuration where a batch is larger than a part, or a batch norm would see a single
    ///   value.
    package func check(
        gradientImages: Int, searchImages: Int = 0, choosingImages: Int = 0, image: ImageShape
    ) throws {
        try checkSides(of: image)
        guard candidates == nil || choosingImages > 0 else {
            throw UserError(
                .configuration,
                "choosing_portion \(choosingPortion) of the images is none, and cells are to be compared on them")
        }
        guard training.batchSize <= gradientImages else {
            throw UserError(
                .configuration,
                "batch_size \(training.batchSize) is more than the \(gradientImages) images that give gradients")
        }
        guard !method.isPolicy || policy.imagesPerStep <= searchImages else {
            throw UserError(
                .configuration,
                "children \(policy.children) of reward_images \(policy.rewardImages) are \(policy.imagesPerStep) images, and alpha learns from "
                    + "\(searchImages) (search_portion)")
        }
        guard !method.isBilevel || method.isPolicy || training.batchSize <= searchImages else {
            throw UserError(
                .configuration,
                "batch_size \(training.batchSize) is more than the \(searchImages) images that alpha learns from "
                    + "(search_portion)")
        }
        let perShard = training.batchSize / training.shards
        let lastValues = lastMap(of: image).area
        guard perShard * lastValues >= 2 else {
            throw UserError(
                .configuration,
                "\(perShard) image a shard leaves \(perShard * lastValues) value a channel after the reductions; batch norm needs 2: "
                    + "take fewer shards or a larger batch_size")
        }
        let used = recalibrationImages(of: gradientImages)
        let leftOver = 1 + (used - 1) % evaluation.shardImages
        guard leftOver * lastValues >= 2 else {
            throw UserError(
                .configuration,
                "recalibration_images \(evaluation.recalibrationImages) of \(gradientImages) images that give gradients are "
                    + "\(used), which leaves a last shard of \(leftOver) image")
        }
    }

    /// Checks that the network can halve the images as often as it does: the one that is built decides.
    ///
    /// - Throws: `UserError` (data).
    package func checkSides(of image: ImageShape) throws {
        let derived = plainDerivedPlan(image: image)
        let objection = derived == nil ? plan(image: image, classes: 2).sidesObjection : derived?.sidesObjection
        if let objection { throw UserError(.data, objection) }
    }

    /// Without auxiliary head; nil in a search.
    private func plainDerivedPlan(image: ImageShape) -> DerivedPlan? {
        var plain = self
        plain.retrain.auxiliary = false
        return plain.derivedPlan(image: image, classes: 2)
    }

    /// What the last cell writes, one channel of it: the smallest map that a batch norm sees.
    private func lastMap(of image: ImageShape) -> MapShape {
        let cells = plainDerivedPlan(image: image)?.cells ?? plan(image: image, classes: 2).cells
        return cells.last.map { MapShape(1, $0.outputHeight, $0.outputWidth) } ?? MapShape(1, image.height, image.width)
    }

    /// Images whose batch statistics an evaluation uses: as many as asked for, if there are as many.
    package func recalibrationImages(of gradientImages: Int) -> Int {
        min(evaluation.recalibrationImages, gradientImages)
    }

    /// The super-network of a search, with the space's candidates on every edge.
    package func plan(image: ImageShape, classes: Int) -> NetworkPlan {
        NetworkPlan(
            image: image, classes: classes, initChannels: space.initChannels, layers: space.layers,
            space: space.searchSpace)
    }
}
