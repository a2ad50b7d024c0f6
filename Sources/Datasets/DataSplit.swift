package import Host
import Randomness

/// Which training images do what: those that give the weights' gradients, those that alpha of a bilevel search learns from, those
/// that the best of several cells is chosen on, those held out for the search's curves, and those that no search and no training ever
/// reads, kept to judge what was found.
///
/// Every part has its share of every class, and the split is keyed by a seed of its own, so that all runs of a series look at
/// the same images.
package struct DataSplit: Sendable, Equatable {
    /// Images of the weights' gradients. All parts are indices into the part of the data set that was cut, ascending.
    package let gradient: [Int]
    /// Images that alpha of a bilevel search learns from; empty in other searches.
    package let search: [Int]
    /// Images that a choice among cells reads at the end of a search, and nothing else does; empty where there is no choice.
    package let choosing: [Int]
    /// Images that evaluations of a run read; no gradient is taken from them. Of a test part, all.
    package let heldOut: [Int]
    /// Images that no search and no training of a run reads.
    package let judge: [Int]

    /// Cuts off the judges' part first; the portions are shares of what is left.
    ///
    /// The totals are rounded, and the classes share them by largest remainder (Hamilton's method), so that no class's rounding
    /// adds up: 0.29 of ten classes of 100 images are 290, not 280.
    ///
    /// - Parameters:
    ///   - labels: one an image, below `classes`.
    ///   - portion: share that gives gradients of what the judges leave, 0 to 1.
    ///   - searchPortion: share for alpha of a bilevel search, of the same.
    ///   - choosingPortion: share for a choice among cells, of the same; all three together at most 1.
    ///   - judgeShare: share of all images, 0 to below 1.
    /// - Throws: `UserError` (configuration) where a class of the data gets no image in a part that was asked for.
    package init(
        labels: [UInt8], classes: Int, portion: Double, searchPortion: Double = 0, choosingPortion: Double = 0,
        judgeShare: Double = 0, seed: UInt64
    ) throws(UserError) {
        let (bound, given) = (1 / Double(Self.unit), portion + searchPortion)
        precondition(given + choosingPortion <= 1 + bound)
        var members = [[Int]](repeating: [], count: classes)
        for (image, label) in labels.enumerated() { members[Int(label)].append(image) }
        let sizes = members.map(\.count)
        let judges = Self.apportion(judgeShare, of: sizes)
        let rest = zip(sizes, judges).map { $0 - $1 }
        let givers = Self.apportion(portion, of: rest)
        let left = zip(rest, givers).map { $0 - $1 }
        // Of what the givers leave, so that the parts fit each other in every class, however each was rounded.
        let searchers = Self.apportion(portion < 1 ? min(1, searchPortion / (1 - portion)) : 0, of: left)
        let unsearched = zip(left, searchers).map { $0 - $1 }
        let choosers = Self.apportion(given < 1 ? min(1, choosingPortion / (1 - given)) : 0, of: unsearched)
        let holdsOut = given + choosingPortion < 1 - bound
        var gradient: [Int] = []
        var search: [Int] = []
        var choosing: [Int] = []
        var heldOut: [Int] = []
        var judge: [Int] = []
        for label in 0..<classes where sizes[label] > 0 {
            let counts = [
                Part(name: "gradients", isWanted: portion > 0, count: givers[label]),
                Part(name: "search", isWanted: searchPortion > 0, count: searchers[label]),
                Part(name: "choosing", isWanted: choosingPortion > 0, count: choosers[label]),
                Part(name: "held out", isWanted: holdsOut, count: unsearched[label] - choosers[label]),
                Part(name: "judges", isWanted: judgeShare > 0, count: judges[label]),
            ]
            try Self.check(counts, label: label, images: sizes[label])
            let stream = RandomStream(seed: seed, purpose: .split, minor: UInt32(label))
            // The judges' part is the end of the order, so that no other share moves it.
            let order = Permutation.shuffled(sizes[label], stream: stream).map { members[label][$0] }
            let searchEnd = givers[label] + searchers[label]
            gradient += order[..<givers[label]]
            let choosingEnd = searchEnd + choosers[label]
            search += order[givers[label]..<searchEnd]
            choosing += order[searchEnd..<choosingEnd]
            heldOut += order[choosingEnd..<rest[label]]
            judge += order[rest[label]...]
        }
        self.gradient = gradient.sorted()
        self.search = search.sorted()
        self.choosing = choosing.sorted()
        self.heldOut = heldOut.sorted()
        self.judge = judge.sorted()
    }

    /// A share is counted in whole billionths, and all that follows in integers. A share is written as a decimal, which a Double
    /// seldom holds exactly (0.29 x 100 is 28.999999999999996): cut off as it stands it would lose an image now and then.
    private static let unit = 1_000_000_000

    /// How many images of each class make up the share of all: the whole part of each class's own share, and one more for those
    /// with the largest remainders, the lower class first where they are equal.
    private static func apportion(_ share: Double, of sizes: [Int]) -> [Int] {
        precondition((0...1).contains(share))
        let billionths = Int((share * Double(unit)).rounded())
        let total = (billionths * sizes.reduce(0, +) + unit / 2) / unit
        var counts = sizes.map { billionths * $0 / unit }
        let remainders = sizes.map { billionths * $0 % unit }
        let order = sizes.indices.sorted { (remainders[$1], $0) < (remainders[$0], $1) }
        for label in order.prefix(total - counts.reduce(0, +)) { counts[label] += 1 }
        return counts
    }

    private struct Part {
        let name: String
        let isWanted: Bool
        let count: Int
    }

    private static func check(_ parts: [Part], label: Int, images: Int) throws(UserError) {
        guard parts.contains(where: { $0.isWanted && $0.count == 0 }) else { return }
        let counts = parts.filter(\.isWanted).map { "\($0.name) \($0.count)" }.joined(separator: ", ")
        throw UserError(
            .configuration,
            "class \(label) has \(images) image\(images == 1 ? "" : "s"), which train_portion, search_portion, choosing_portion and judge_share cut into "
                + "\(counts): every part needs one of every class; change the shares, or leave the class out of the data"
        )
    }
}
