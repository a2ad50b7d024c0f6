/// Sizes of a reference value: images x channels x height x width.
struct MapSize: Equatable {
    let images: Int
    let channels: Int
    let height: Int
    let width: Int

    var pixels: Int { height * width }
    var count: Int { images * channels * pixels }
}

/// Doubles at a fixed address: the loops of the reference go through millions of them.
final class Doubles {
    let count: Int
    let start: UnsafeMutablePointer<Double>

    init(zeros count: Int) {
        self.count = count
        start = .allocate(capacity: max(1, count))
        start.initialize(repeating: 0, count: max(1, count))
    }

    deinit { start.deallocate() }

    subscript(place: Int) -> Double {
        get { start[place] }
        set { start[place] = newValue }
    }

    var array: [Double] { Array(UnsafeBufferPointer(start: start, count: count)) }
}

/// A weight of the reference. Its values are Floats, so that whoever is compared with the reference computes with the same.
final class Parameter {
    let name: String
    let shape: [Int]
    let values: Doubles
    let gradient: Doubles
    /// Of each entry, the sum of the squares of the terms that its gradient is the sum of. A gradient may be a small difference
    /// of large terms; what roundings leave behind goes by the terms.
    let squaredTerms: Doubles

    init(_ name: String, shape: [Int], _ values: [Float]) {
        self.name = name
        self.shape = shape
        self.values = Doubles(zeros: values.count)
        for (place, value) in values.enumerated() { self.values[place] = Double(value) }
        gradient = Doubles(zeros: values.count)
        squaredTerms = Doubles(zeros: values.count)
    }

    func add(_ term: Double, to place: Int) {
        gradient[place] += term
        squaredTerms[place] += term * term
    }
}

/// A value of the reference's graph and its gradient.
final class Variable {
    let size: MapSize
    let values: Doubles
    let gradient: Doubles
    fileprivate let back: () -> Void

    fileprivate init(_ size: MapSize, _ values: Doubles, _ gradient: Doubles, back: @escaping () -> Void) {
        self.size = size
        self.values = values
        self.gradient = gradient
        self.back = back
    }

    /// Where the plane of one image and channel begins.
    func plane(_ image: Int, _ channel: Int) -> Int { (image * size.channels + channel) * size.pixels }
}

/// What was computed, in order: going through it backwards gives every gradient (reverse accumulation).
final class Tape {
    private var variables: [Variable] = []

    var mark: Int { variables.count }

    /// Forgets what was computed since `mark`.
    func rewind(to mark: Int) { variables.removeSubrange(mark...) }

    func constant(_ size: MapSize, _ values: [Float]) -> Variable {
        precondition(values.count == size.count)
        let variable = append(size) { _ in
        } back: { _, _ in
        }
        for (place, value) in values.enumerated() { variable.values[place] = Double(value) }
        return variable
    }

    /// - Parameters:
    ///   - forward: fills in the values, which are zeros before.
    ///   - back: takes values and gradient, and adds to the gradients of what the values were made of.
    func append(
        _ size: MapSize, forward: (Doubles) -> Void, back: @escaping (_ values: Doubles, _ gradient: Doubles) -> Void
    ) -> Variable {
        let (values, gradient) = (Doubles(zeros: size.count), Doubles(zeros: size.count))
        forward(values)
        let variable = Variable(size, values, gradient) { back(values, gradient) }
        variables.append(variable)
        return variable
    }

    /// - Parameter loss: the last variable of all, a single number.
    func goBack(from loss: Variable) {
        precondition(loss.size.count == 1)
        loss.gradient[0] = 1
        for variable in variables.reversed() { variable.back() }
    }
}
