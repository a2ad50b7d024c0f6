import Host
package import SearchSpace

extension SearchConfiguration {
    /// The derived network that a retraining trains; nil in a search.
    package func derivedPlan(image: ImageShape, classes: Int) -> DerivedPlan? {
        guard let genotype = retrain.genotype else { return nil }
        return DerivedPlan(
            genotype: genotype, image: image, classes: classes, initChannels: space.initChannels, layers: space.layers,
            form: genotype.form, hasAuxiliary: retrain.auxiliary,
            poolsHaveBatchNorm: retrain.poolBatchNorm)
    }
}

extension ResolvedConfiguration {
    /// The recipe is for images of 32 x 32. Where nobody asked for a part that does not fit smaller ones, that part gives way
    /// and the answer says so; where somebody did, it is refused.
    ///
    /// - Returns: the configuration to use, and a sentence for each change.
    /// - Throws: `UserError` (configuration).
    package func fitted(to image: ImageShape) throws -> (ResolvedConfiguration, notes: [String]) {
        var fitted = configuration
        var notes: [String] = []
        // A search has no auxiliary head.
        if fitted.retrain.genotype != nil {
            try fitted.fitAuxiliary(to: image, isAsked: isAsked("retrain.auxiliary"), &notes)
        }
        try fitted.fitCutout(to: image, isAsked: isAsked("data.cutout_length"), &notes)
        return (ResolvedConfiguration(configuration: fitted, origins: origins, files: files), notes)
    }

    private func isAsked(_ key: String) -> Bool { (origins[key] ?? .standard) != .standard }
}

extension SearchConfiguration {
    fileprivate mutating func fitAuxiliary(to image: ImageShape, isAsked: Bool, _ notes: inout [String]) throws {
        guard retrain.auxiliary else { return }
        var plain = self
        plain.retrain.auxiliary = false
        let imagesPerShard = training.batchSize / training.shards
        var reason: String?
        if retrain.genotype?.form == .stages {
            reason = "a network of NAS-Bench-201's has none"
        } else if let plan = plain.derivedPlan(image: image, classes: 2), !plan.auxiliaryFits {
            let cell = plan.auxiliaryCell
            reason =
                "the auxiliary head pools 2 x 2 values, cell \(cell.index) leaves \(cell.outputHeight) x \(cell.outputWidth)"
        } else if imagesPerShard < 2 {
            reason = "the auxiliary head's batch norm sees one value an image, and a shard has one image"
        }
        guard let reason else { return }
        guard !isAsked else { throw UserError(.configuration, "\(reason); leave --auxiliary out, or set it to false") }
        retrain.auxiliary = false
        notes.append("no auxiliary head: \(reason)")
    }

    /// 16 of 32 pixels are the papers': elsewhere at most half the shorter side, unless asked for.
    fileprivate mutating func fitCutout(to image: ImageShape, isAsked: Bool, _ notes: inout [String]) throws {
        let side = min(image.height, image.width)
        guard data.cutout, 2 * data.cutoutLength > side else { return }
        guard isAsked else {
            notes.append(
                "cutout_length \(side / 2) instead of \(data.cutoutLength): images are \(image.height) x \(image.width)"
            )
            return data.cutoutLength = max(2, side / 2)
        }
        guard data.cutoutLength / 2 < max(image.height, image.width) else {
            throw UserError(
                .configuration,
                "cutout_length \(data.cutoutLength) cuts everything out of every image of \(image.height) x \(image.width)"
            )
        }
    }
}
