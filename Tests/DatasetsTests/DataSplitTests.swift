import Host
import Testing

import Datasets

/// The cut of the training images into gradients, held out and judges: exact counts, and what is refused.
@Suite
struct DataSplitTests {
    /// Labels in class order, so many images of each class.
    private func labels(_ sizes: [Int]) -> [UInt8] {
        sizes.enumerated().flatMap { [UInt8](repeating: UInt8($0.offset), count: $0.element) }
    }

    private func split(
        _ sizes: [Int], portion: Double, searchPortion: Double = 0, judgeShare: Double = 0, seed: UInt64 = 0
    ) throws -> DataSplit {
        try DataSplit(
            labels: labels(sizes), classes: sizes.count, portion: portion, searchPortion: searchPortion,
            judgeShare: judgeShare, seed: seed)
    }

    private func counts(_ part: [Int], _ sizes: [Int]) -> [Int] {
        let labels = labels(sizes)
        return sizes.indices.map { label in part.count { Int(labels[$0]) == label } }
    }

    @Test(
        "A portion of ten classes of 100 images is exact to the image",
        arguments: 1...99)
    func exactPortion(percent: Int) throws {
        let sizes = [Int](repeating: 100, count: 10)
        let split = try split(sizes, portion: Double(percent) / 100)
        #expect(split.gradient.count == 10 * percent && split.heldOut.count == 1000 - 10 * percent)
        #expect(counts(split.gradient, sizes).allSatisfy { $0 == percent })
        #expect(split.judge.isEmpty)
    }

    @Test(
        "The total is rounded once; the largest remainders get what is left, the lower class first among equals")
    func largestRemainder() throws {
        // 0.5 x 15 = 7.5, rounded to 8; wholes 1 + 2 + 3 = 6, remainders all a half: classes 0 and 1.
        #expect(counts(try split([3, 5, 7], portion: 0.5).gradient, [3, 5, 7]) == [2, 3, 3])
        // 0.3 x 30 = 9; shares 2.1, 3.0, 3.9.
        #expect(counts(try split([7, 10, 13], portion: 0.3).gradient, [7, 10, 13]) == [2, 3, 4])
        // 0.8 x 1,500 digits.
        let digits = try RecognisedDataset(at: "digits").loadTraining().images.labels
        let cut = try DataSplit(labels: digits, classes: 10, portion: 0.8, seed: 0)
        #expect(cut.gradient.count == 1200 && cut.heldOut.count == 300)
    }

    @Test(
        "Alpha's images are cut from what the weights' leave, and move none of those; a half and a half share everything",
        arguments: [(0.5, 0.5), (0.5, 0.3), (0.29, 0.57), (0.8, 0.1), (0.7, 0.3)])
    func searchPortion(portion: Double, searchPortion: Double) throws {
        let sizes = [17, 15, 100, 33]
        let cut = try split(sizes, portion: portion, searchPortion: searchPortion, judgeShare: 0.1)
        let without = try split(sizes, portion: portion, judgeShare: 0.1)
        #expect(cut.gradient == without.gradient && cut.judge == without.judge)
        #expect((cut.search + cut.heldOut).sorted() == without.heldOut)
        let rest = Double(165 - cut.judge.count)
        #expect(abs(Double(cut.search.count) - searchPortion * rest) <= 1)
        #expect(cut.heldOut.isEmpty == (portion + searchPortion == 1))
        #expect(cut.search == cut.search.sorted())
    }

    @Test("Judges are set aside first; the portion is a share of what they leave, and no other share moves them")
    func judges() throws {
        let sizes = [40, 60]
        let cut = try split(sizes, portion: 0.5, judgeShare: 0.25)
        #expect(counts(cut.judge, sizes) == [10, 15])
        // 0.5 x 75 = 37.5, rounded to 38: 15 and 22.5.
        #expect(counts(cut.gradient, sizes) == [15, 23] && counts(cut.heldOut, sizes) == [15, 22])
        #expect((cut.gradient + cut.heldOut + cut.judge).sorted() == Array(0..<100))
        for part in [cut.gradient, cut.heldOut, cut.judge] { #expect(part == part.sorted()) }
        #expect(try split(sizes, portion: 0.8, judgeShare: 0.25).judge == cut.judge)
        #expect(try split(sizes, portion: 1, judgeShare: 0.25).heldOut.isEmpty)
        #expect(try split(sizes, portion: 0.5, judgeShare: 0.25, seed: 1).judge != cut.judge)
    }

    @Test("One seed gives one split, another another")
    func keyed() throws {
        #expect(try split([50, 50], portion: 0.5) == split([50, 50], portion: 0.5))
        #expect(try split([50, 50], portion: 0.5) != split([50, 50], portion: 0.5, seed: 1))
        // The images themselves, for good.
        let cut = try split([6, 6], portion: 0.5, judgeShare: 0.34)
        #expect(cut.gradient == [2, 4, 7, 8] && cut.heldOut == [1, 3, 10, 11] && cut.judge == [0, 5, 6, 9])
    }

    @Test(
        "A class without an image in a part that was asked for is refused with its counts; an absent class is not"
    )
    func emptyParts() throws {
        func refusal(_ sizes: [Int], _ portion: Double, _ judgeShare: Double = 0) -> String? {
            do {
                _ = try split(sizes, portion: portion, judgeShare: judgeShare)
                return nil
            } catch { return "\(error)" }
        }
        #expect(refusal([100, 1], 0.5)?.contains("class 1 has 1 image, ") == true)
        #expect(refusal([100, 1], 0.5)?.contains("gradients 1, held out 0") == true)
        #expect(refusal([100, 2], 0.1)?.contains("class 1 has 2 images, ") == true)
        #expect(refusal([100, 2], 0.1)?.contains("gradients 0, held out 2") == true)
        #expect(refusal([100, 3], 0.5, 0.1)?.contains("gradients 2, held out 1, judges 0") == true)
        #expect(refusal([100, 1], 1) == nil && refusal([100, 2], 0.5) == nil && refusal([100, 4], 0.5, 0.25) == nil)
        #expect(refusal([100, 0, 3], 0.5) == nil)
        #expect(throws: UserError.self) { try split([1], portion: 0.5) }
    }
}
