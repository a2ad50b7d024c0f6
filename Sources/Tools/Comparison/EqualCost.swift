package import Configuration
package import Datasets

/// How many epochs of a method's search cost as much as another search.
package enum EqualCost {
    /// More than any search that costs the same has.
    private static let epochsAtMost = 100_000
    /// How often a method is searched with other epochs until its searches cost what they should.
    package static let attemptsAtMost = 5
    /// How far searches' mean count may lie from what it should cost.
    private static let tolerance = 0.03

    /// Multiply-adds of a whole search, counted before it is run: children as if drawn uniformly, evaluations among them.
    ///
    /// - Throws: `UserError` where the images cannot be cut as the search wants them.
    package static func multiplyAdds(_ search: SearchConfiguration, on data: ImageSet) throws -> Double {
        try SearchWork(search, on: data).multiplyAdds
    }

    /// The most epochs that cost no more; one at least.
    ///
    /// - Throws: `UserError` where the images cannot be cut as the search wants them.
    package static func epochs(
        of search: SearchConfiguration, costing multiplyAdds: Double, on data: ImageSet
    ) throws -> Int {
        func fits(_ epochs: Int) throws -> Bool {
            var longer = search
            longer.training.epochs = epochs
            return try Self.multiplyAdds(longer, on: data) <= multiplyAdds
        }
        var (low, high) = (1, 2)
        while high < epochsAtMost, try fits(high) { (low, high) = (high, 2 * high) }
        while high - low > 1 {
            let middle = (low + high) / 2
            if try fits(middle) { low = middle } else { high = middle }
        }
        return low
    }

    /// By what searches that were run have cost.
    ///
    /// - Parameters:
    ///   - epochs: that they had.
    ///   - counted: multiply-adds of one, in the mean.
    /// - Returns: how many they should have had; nil where the count is within 3 % of `multiplyAdds`, or no number of whole epochs comes
    ///   nearer.
    package static func epochs(_ epochs: Int, counted: Double, costing multiplyAdds: Double) -> Int? {
        guard abs(counted / multiplyAdds - 1) > tolerance else { return nil }
        let better = max(1, Int((Double(epochs) * multiplyAdds / counted).rounded()))
        return better == epochs ? nil : better
    }
}
