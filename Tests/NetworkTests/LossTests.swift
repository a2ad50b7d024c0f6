import Tensors
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The loss in kernels of plain loops, what is counted of logits, and tensors with two readers.
@Suite
struct LossTests {
    /// Logits of one irregular formula, and their labels.
    private struct Sample {
        let images: Int
        let classes: Int
        var logits: [Float]
        let labels: [Int32]

        init(images: Int, classes: Int, phase: Int = 1) {
            (self.images, self.classes) = (images, classes)
            logits = irregular(images * classes, phase: phase).map { Float(7 * $0) }
            labels = (0..<images).map { Int32((5 * $0 + 1) % classes) }
        }

        var targets: Tensor { get throws { try Tensor(labels: labels) } }

        func tensor(_ precision: Precision = .float) throws -> Tensor {
            try Tensor(logits, shape: [images, classes], precision: precision).leaf()
        }

        /// Loss and gradient as the formula says, image by image.
        func exact(smoothing: Double) -> (loss: Double, gradient: [Double]) {
            var (loss, gradient) = (0.0, [Double]())
            for image in 0..<images {
                let row = logits[image * classes..<(image + 1) * classes].map(Double.init)
                let largest = row.max() ?? 0
                let logTotal = largest + log(row.reduce(0) { $0 + exp($1 - largest) })
                for (place, logit) in row.enumerated() {
                    let target = smoothing / Double(classes) + (place == Int(labels[image]) ? 1 - smoothing : 0)
                    loss -= target * (logit - logTotal) / Double(images)
                    gradient.append((exp(logit - logTotal) - target) / Double(images))
                }
            }
            return (loss, gradient)
        }
    }

    private static let sizes = [(1, 2), (5, 10), (3, 100), (2, 1000)]

    @Test(
        "For 2 to 1000 classes, with smoothing and without, loss and gradient are the formula's to a rounding, and libtorch's in Double",
        arguments: [0, 0.1, 0.5])
    func formula(_ smoothing: Double) throws {
        for (images, classes) in Self.sizes {
            let sample = Sample(images: images, classes: classes)
            let (loss, gradient) = sample.exact(smoothing: smoothing)
            let own = try sample.tensor()
            let ours = try CellKernels.loss([(own, 1)], labels: try sample.targets, smoothing: smoothing)
            #expect(try Float(ours.scalar()) == Float(loss), "\(classes)")
            let slopes = try Gradients.of(ours, by: [own])[0]?.floats() ?? []
            #expect(distance(slopes, gradient.map { Float($0) }) < 1e-9, "\(classes)")
            let theirs = try sample.tensor(.double).crossEntropy(labels: try sample.targets, smoothing: smoothing)
            #expect(abs(try theirs.scalar() - loss) < 1e-12 * max(1, loss))
        }
    }

    @Test("An auxiliary head's loss counts its weight, in the loss and in its gradient")
    func auxiliary() throws {
        let (first, second) = (Sample(images: 4, classes: 10), Sample(images: 4, classes: 10, phase: 8))
        let (own, beside) = (try first.tensor(), try second.tensor())
        let loss = try CellKernels.loss([(own, 1), (beside, 0.4)], labels: try first.targets, smoothing: 0.1)
        let exact = [first, second].map { $0.exact(smoothing: 0.1) }
        #expect(try Float(loss.scalar()) == Float(exact[0].loss + 0.4 * exact[1].loss))
        let gradients = try Gradients.of(loss, by: [own, beside]).map { try $0?.floats() ?? [] }
        #expect(distance(gradients[0], exact[0].gradient.map { Float($0) }) < 1e-9)
        #expect(distance(gradients[1], exact[1].gradient.map { Float(0.4 * $0) }) < 1e-9)
    }

    /// Differences of Doubles over 2^-9: the curve is below 1e-6.
    @Test("Gradients are finite differences of the sum over the images")
    func finiteDifferences() throws {
        let sample = Sample(images: 3, classes: 7)
        let own = try sample.tensor()
        let loss = try CellKernels.loss([(own, 3)], labels: try sample.targets)
        let gradient = try Gradients.of(loss, by: [own])[0]?.floats() ?? []
        #expect(try abs(loss.scalar() - CellKernels.lossSum(own, labels: sample.targets)) < 1e-6)
        let slopes = try sample.logits.indices.map { place in
            func sum(_ step: Float) throws -> Double {
                var moved = sample
                moved.logits[place] += step
                return try CellKernels.lossSum(moved.tensor(), labels: sample.targets)
            }
            let width = Double(sample.logits[place] + 0x1p-10) - Double(sample.logits[place] - 0x1p-10)
            return Float((try sum(0x1p-10) - sum(-0x1p-10)) / width)
        }
        #expect(distance(gradient, slopes) < 1e-6)
    }

    /// Of two logits the loss is log(1 + e^d): both functions over all that a Float's differences can be.
    @Test("Exponential and logarithm are the C library's to 2e-15, from differences of 1e-30 to 1000")
    func functions() throws {
        for exponent in stride(from: -30.0, to: 3.01, by: 0.11) {
            let difference = Float(pow(10, exponent))
            for label in 0..<2 {
                let logits = try Tensor([difference, 0], shape: [1, 2])
                let ours = try CellKernels.lossSum(logits, labels: try Tensor(labels: [Int32(label)]))
                let exact = (label == 0 ? 0 : Double(difference)) + log1p(exp(-Double(difference)))
                #expect(abs(ours - exact) < 2e-15 * max(1, exact), "\(difference)")
            }
        }
        let many = try Tensor([Float](repeating: -3.25, count: 1000), shape: [1, 1000])
        #expect(try abs(CellKernels.lossSum(many, labels: Tensor(labels: [999])) - log(1000)) < 2e-15 * 7)
    }

    @Test("Not-a-number and infinities come out as libtorch has them, in loss and gradient, and stay with their image")
    func notFinite() throws {
        for (value, place) in [
            (Float.nan, 0), (.nan, 3), (.infinity, 2), (.infinity, 6), (-.infinity, 1), (-.infinity, 6),
        ] {
            for smoothing in [0, 0.1] {
                var sample = Sample(images: 2, classes: 5)
                sample.logits[place] = value
                let results = try [Precision.float, .double].map { precision in
                    let own = try sample.tensor(precision)
                    let loss =
                        precision == .float
                        ? try CellKernels.loss([(own, 1)], labels: try sample.targets, smoothing: smoothing)
                        : smoothing == 0
                            ? try own.crossEntropy(labels: try sample.targets)
                            : try own.crossEntropy(labels: try sample.targets, smoothing: smoothing)
                    let gradient = try Gradients.of(loss, by: [own])[0]?.floats() ?? []
                    return [Float(try loss.scalar())] + gradient
                }
                let name = "\(value) at \(place), smoothing \(smoothing)"
                #expect(results[0].map(\.isNaN) == results[1].map(\.isNaN), "\(name)")
                #expect(results[0].map(\.isInfinite) == results[1].map(\.isInfinite), "\(name)")
                for (mine, theirs) in zip(results[0], results[1]) where theirs.isFinite {
                    #expect(abs(mine - theirs) < 1e-6, "\(name)")
                }
            }
        }
    }

    @Test("A label that is no class, or one too few, is refused; nothing is left behind")
    func refused() throws {
        let logits = try Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
        let handles = TorchRuntime.liveHandles
        for (labels, words) in [
            ([0, 3], "label 3 of 3 classes"), ([-1, 0], "label -1 of 3 classes"), ([0], "1 labels of 2 images"),
        ] {
            let targets = try Tensor(labels: labels.map { Int32($0) })
            let errors = [
                #expect(throws: TorchError.self) { try CellKernels.loss([(logits, 1)], labels: targets) },
                #expect(throws: TorchError.self) { try CellKernels.lossSum(logits, labels: targets) },
                #expect(throws: TorchError.self) { try logits.hits(labels: targets) },
                #expect(throws: TorchError.self) { try logits.hits(labels: targets, amongTop: 2) },
            ]
            for error in errors { #expect(error.map { "\($0)".contains(words) } == true) }
        }
        let doubles = try Tensor([1, 2], shape: [1, 2], precision: .double)
        #expect(throws: TorchError.self) { try CellKernels.loss([(doubles, 1)], labels: try Tensor(labels: [0])) }
        #expect(throws: TorchError.self) { try logits.predictions(imageCount: 3) }
        #expect(TorchRuntime.liveHandles == handles + 1)
    }

    // MARK: Counts

    @Test("Of equal logits the first is predicted; the first that is not a number before all; infinities as they are")
    func ties() throws {
        let rows: [[Float]] = [
            [1, 3, 3, 0], [2, 2, 2, 2], [-1, -1, -2, -1], [0, .nan, 9, .nan], [.infinity, 1, .infinity, 0],
            [-.infinity, -.infinity, -.infinity, -.infinity], [.nan, 1, 2, 3],
        ]
        for precision in [Precision.float, .double] {
            let logits = try Tensor(rows.flatMap { $0 }, shape: [rows.count, 4], precision: precision)
            #expect(try logits.predictions(imageCount: 7) == [1, 0, 0, 1, 0, 0, 0])
            func hits(_ label: Int32, _ count: Int? = nil) throws -> Int {
                let labels = try Tensor(labels: [Int32](repeating: label, count: 7))
                return try count.map { try logits.hits(labels: labels, amongTop: $0) } ?? logits.hits(labels: labels)
            }
            #expect(try [hits(0), hits(1), hits(2), hits(3)] == [5, 2, 0, 0])
            // A label's own logit must be finite. Row by row as many stand before label 1: 0, 1, 1, -, 2, -, 2.
            #expect(try [hits(1, 2), hits(1, 3)] == [3, 5])
            // Before label 3: 3, 3, 2, -, 3, -, 0. One that is not a number stands before none.
            #expect(try [hits(3, 3), hits(3, 4)] == [2, 5])
        }
    }

    @Test("Counts and predictions are a sort's, over logits of few levels")
    func counts() throws {
        let (images, classes) = (40, 13)
        let values = irregular(images * classes, phase: 3).map { Float(($0 * 4).rounded()) }
        let logits = try Tensor(values, shape: [images, classes])
        let orders = (0..<images).map { image in
            let row = Array(values[image * classes..<(image + 1) * classes])
            return row.indices.sorted { (row[$0], $1) > (row[$1], $0) }
        }
        #expect(try logits.predictions(imageCount: images) == orders.map { Int32($0[0]) })
        for shift in 0..<classes {
            let labels = (0..<images).map { ($0 + shift) % classes }
            let targets = try Tensor(labels: labels.map { Int32($0) })
            let places = zip(orders, labels).map { order, label in order.firstIndex(of: label) ?? classes }
            #expect(try logits.hits(labels: targets) == places.count { $0 == 0 })
            for count in [1, 2, 5, 12] {
                #expect(try logits.hits(labels: targets, amongTop: count) == places.count { $0 < count })
            }
        }
    }
}
