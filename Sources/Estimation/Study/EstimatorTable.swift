/// What a study of estimators found.
package struct EstimatorTable: Sendable, Equatable {
    /// Of one-hot children under softmax(alpha), exactly.
    package let loss: ChildExpectation
    /// The same of the share of images that a child has right.
    package let accuracy: ChildExpectation
    /// One an estimator.
    package let rows: [Row]

    /// One estimator. Lengths are relative to the exact gradient's, variances to its square.
    package struct Row: Sendable, Equatable {
        package let estimator: AlphaEstimator
        /// 0 where nothing is drawn.
        package let draws: Int
        /// Of these draws.
        package let drawn: DrawnGradients
        /// |mean - exact|, with the mean over all children in the draws' place; nil where the draw is more than a child.
        package let exactBias: Double?
        /// Variance over all children; nil where the draw is more than a child.
        package let exactVariance: Double?
        /// Cosine of the draws' mean with the exact gradient.
        package let cosineOfMean: Double
        /// Distance of the draws' mean from DSNAS' exact one.
        package let distanceFromDSNAS: Double
        /// Of a draw, for each image.
        package let multiplyAdds: Double

        init(
            _ estimator: AlphaEstimator, _ drawn: DrawnGradients, draws: Int, exact: (mean: [Double], spread: Double)?,
            loss: [Double], dsnas: [Double], multiplyAdds: Double
        ) {
            self.estimator = estimator
            self.drawn = drawn
            self.draws = draws
            self.multiplyAdds = multiplyAdds
            let squaredLength = DrawnGradients.dot(loss, loss)
            exactBias = exact.map { (DrawnGradients.squaredDistance($0.mean, loss) / squaredLength).squareRoot() }
            exactVariance = exact.map { $0.spread / squaredLength }
            cosineOfMean = DrawnGradients.cosine(drawn.mean, loss)
            distanceFromDSNAS = (DrawnGradients.squaredDistance(drawn.mean, dsnas) / squaredLength).squareRoot()
        }

        /// Variance of the mean over as many draws as cost a given number of multiply-adds.
        package func variance(atCost multiplyAdds: Double) -> Double {
            drawn.variance * self.multiplyAdds / multiplyAdds
        }
    }

    /// The length of the exact gradient of the loss.
    package var gradientLength: Double { DrawnGradients.dot(loss.gradient, loss.gradient).squareRoot() }

    /// The length of the exact gradient of the accuracy.
    package var accuracyGradientLength: Double {
        DrawnGradients.dot(accuracy.gradient, accuracy.gradient).squareRoot()
    }

    /// Between the directions in which the expected loss falls and the expected accuracy rises.
    package var cosineOfLossAndAccuracy: Double { -DrawnGradients.cosine(loss.gradient, accuracy.gradient) }

    /// Of a draw through all operations, for each image: what variances at equal cost are told for.
    package var costOfRelaxedDraw: Double { rows.map(\.multiplyAdds).max() ?? 0 }
}
