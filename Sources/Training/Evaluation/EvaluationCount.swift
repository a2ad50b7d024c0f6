package import Wire

/// What an evaluation of a derived network counts.
///
/// It comes as the payload of a round: the confusion matrix, row-major label by prediction, then the images whose label is
/// among the five largest logits. All are whole numbers below 2^24, so Float sums them exactly in any order.
package struct EvaluationCount: Sendable, Equatable {
    /// Rows of the confusion matrix, and as many columns.
    package let classes: Int
    /// Row-major, label by prediction.
    package let confusion: [Int]
    /// Images whose label is among the five largest logits.
    package let topFiveHits: Int
    /// Mean cross-entropy over the images, without smoothing.
    package let loss: Double

    /// Floats in a shard's payload.
    package static func payloadCount(classes: Int) -> Int { classes * classes + 1 }

    /// A shard's payload.
    /// - Parameter predictions: one for each label.
    package static func payload(
        of predictions: [Int32], _ labels: [Int32], topFiveHits: Int, classes: Int
    ) -> [Float] {
        var payload = [Float](repeating: 0, count: payloadCount(classes: classes))
        for (label, prediction) in zip(labels, predictions) { payload[Int(label) * classes + Int(prediction)] += 1 }
        payload[classes * classes] = Float(topFiveHits)
        return payload
    }

    /// - Parameters:
    ///   - total: the payloads' sum.
    ///   - reports: one a shard, with summed losses.
    package init(classes: Int, total: [Float], reports: [ShardReport]) {
        precondition(total.count == Self.payloadCount(classes: classes))
        self.classes = classes
        confusion = total.dropLast().map { Int($0) }
        topFiveHits = total.last.map { Int($0) } ?? 0
        let images = reports.reduce(0) { $0 + $1.imageCount }
        loss = reports.reduce(0.0) { $0 + Double($1.loss) } / Double(max(1, images))
    }

    /// Images that were counted.
    package var images: Int { confusion.reduce(0, +) }

    /// Images whose prediction is their label: the confusion matrix' diagonal.
    package var hits: Int { (0..<classes).reduce(0) { $0 + confusion[$1 * classes + $1] } }

    /// What papers call the accuracy.
    package var topOne: Share { Share(hits: hits, images: images) }

    package var topFive: Share { Share(hits: topFiveHits, images: images) }

    /// Predictions of the images that have this label.
    package func row(_ label: Int) -> ArraySlice<Int> { confusion[label * classes..<(label + 1) * classes] }

    /// Of the images that have this label alone.
    package func accuracy(of label: Int) -> Share {
        Share(hits: confusion[label * classes + label], images: row(label).reduce(0, +))
    }

    /// A share of independent images.
    package struct Share: Sendable, Equatable {
        /// Images that count as right.
        package let hits: Int
        package let images: Int

        /// From 0 to 1; not a number where there are no images.
        package var value: Double { images == 0 ? .nan : Double(hits) / Double(images) }

        /// Of a binomial share: sqrt(p (1 - p) / n). It speaks of the test images alone, not of other seeds.
        package var standardError: Double {
            images == 0 ? .nan : (value * (1 - value) / Double(images)).squareRoot()
        }
    }
}
