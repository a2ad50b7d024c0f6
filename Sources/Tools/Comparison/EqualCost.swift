package import Configuration
package import Datasets

/// How many epochs of a method's search cost as much as another search.
package enum EqualCost {
    /// More than any search that costs the same has.
    private static let epochsAtMost = 100_000

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
}
