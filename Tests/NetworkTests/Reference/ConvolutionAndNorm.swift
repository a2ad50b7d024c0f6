/// A convolution without bias: its window, and where the window's first pixel lies.
struct Window {
    /// Along rows and along columns.
    typealias Pair = (rows: Int, columns: Int)

    let kernel: Pair
    let stride: Pair
    let padding: Pair
    let dilation: Int
    /// Pixels further down and right that the window begins (the second half of a factorised reduction).
    let shift: Int

    init(kernel: Int = 1, stride: Int = 1, padding: Int = 0, dilation: Int = 1, shift: Int = 0) {
        self.kernel = (kernel, kernel)
        self.stride = (stride, stride)
        self.padding = (padding, padding)
        self.dilation = dilation
        self.shift = shift
    }

    /// Padded so that a stride of 1 keeps the size.
    init(kernel: Pair, stride: Pair) {
        self.kernel = kernel
        self.stride = stride
        padding = (kernel.rows / 2, kernel.columns / 2)
        dilation = 1
        shift = 0
    }

    var taps: Int { kernel.rows * kernel.columns }
    var isPointwise: Bool { taps == 1 && stride == (1, 1) && shift == 0 }
}

extension Tape {
    /// - Parameter weight: outputs x inputs of a group x kernel x kernel. A group has as many inputs as that says.
    func convolved(_ input: Variable, _ weight: Parameter, _ window: Window) -> Variable {
        let (outputs, inputsPerGroup) = (weight.shape[0], weight.shape[1])
        let outputsPerGroup = outputs * inputsPerGroup / input.size.channels
        let size = outputSize(input.size, outputs, window)
        /// Every weight with every row that it sees: image, output, input, place of the weight, first places in both rows, count.
        func walk(_ visit: (_ weight: Int, _ here: Int, _ there: Int, _ count: Int) -> Void) {
            for image in 0..<size.images {
                for output in 0..<outputs {
                    for part in 0..<inputsPerGroup {
                        let source = output / outputsPerGroup * inputsPerGroup + part
                        let from = input.plane(image, source)
                        let to = (image * outputs + output) * size.pixels
                        let first = (output * inputsPerGroup + part) * window.taps
                        walkPlane(size, input.size, window) { tap, here, there, count in
                            visit(first + tap, to + here, from + there, count)
                        }
                    }
                }
            }
        }
        let (step, values, gradients) = (window.stride.columns, input.values.start, input.gradient.start)
        return append(size) { output in
            walk { place, here, there, count in
                let factor = weight.values[place]
                for x in 0..<count { output.start[here + x] += factor * values[there + x * step] }
            }
        } back: { _, gradient in
            walk { place, here, there, count in
                let factor = weight.values[place]
                var (sum, squares) = (0.0, 0.0)
                for x in 0..<count {
                    let onOutput = gradient.start[here + x]
                    let term = onOutput * values[there + x * step]
                    gradients[there + x * step] += factor * onOutput
                    sum += term
                    squares += term * term
                }
                weight.gradient[place] += sum
                weight.squaredTerms[place] += squares
            }
        }
    }

    private func outputSize(_ input: MapSize, _ outputs: Int, _ window: Window) -> MapSize {
        func side(_ side: Int, _ kernel: Int, _ stride: Int, _ padding: Int) -> Int {
            let reach = window.dilation * (kernel - 1) - 2 * padding
            return (side - reach + stride - 1) / stride
        }
        return MapSize(
            images: input.images, channels: outputs,
            height: side(input.height, window.kernel.rows, window.stride.rows, window.padding.rows),
            width: side(input.width, window.kernel.columns, window.stride.columns, window.padding.columns))
    }

    private func walkPlane(
        _ output: MapSize, _ input: MapSize, _ window: Window,
        _ visit: (_ tap: Int, _ here: Int, _ there: Int, _ count: Int) -> Void
    ) {
        /// Output places along a side whose input lies in the image.
        func inside(_ offset: Int, _ outputs: Int, _ inputs: Int, _ stride: Int) -> Range<Int> {
            let first = (max(0, -offset) + stride - 1) / stride
            let last = min(outputs, (inputs - offset + stride - 1) / stride)
            return first..<max(first, last)
        }
        // A pointwise convolution sees a plane as one row.
        if window.isPointwise { return visit(0, 0, 0, output.pixels) }
        for tap in 0..<window.taps {
            let down = tap / window.kernel.columns * window.dilation - window.padding.rows + window.shift
            let right = tap % window.kernel.columns * window.dilation - window.padding.columns + window.shift
            let columns = inside(right, output.width, input.width, window.stride.columns)
            for row in inside(down, output.height, input.height, window.stride.rows) {
                visit(
                    tap, row * output.width + columns.lowerBound,
                    (row * window.stride.rows + down) * input.width + columns.lowerBound * window.stride.columns
                        + right,
                    columns.count)
            }
        }
    }

    /// PyTorch's default.
    private static var epsilon: Double { 1e-5 }

    /// Batch norm with the batch's own statistics (Ioffe and Szegedy, ICML 2015).
    ///
    /// - Returns: beside the output, by channel, mean and unbiased variance, and the root of the mean square: what rounding leaves
    ///   of mean and variance goes by that.
    func batchNormalised(
        _ input: Variable, scale: Parameter?, shift: Parameter?
    ) -> (Variable, mean: [Double], variance: [Double], meanSquare: [Double]) {
        let size = input.size
        let count = Double(size.images * size.pixels)
        func sum(_ channel: Int, _ value: (Int) -> Double) -> Double {
            var total = 0.0
            for image in 0..<size.images {
                let first = input.plane(image, channel)
                for place in first..<first + size.pixels { total += value(place) }
            }
            return total
        }
        let mean = (0..<size.channels).map { sum($0) { input.values[$0] } / count }
        let squares = (0..<size.channels).map { c in
            sum(c) { (input.values[$0] - mean[c]) * (input.values[$0] - mean[c]) }
        }
        let inverse = squares.map { 1 / ($0 / count + Self.epsilon).squareRoot() }
        let normalised = Doubles(zeros: size.count)
        func channel(_ place: Int) -> Int { place / size.pixels % size.channels }
        let output = append(size) { values in
            for place in 0..<values.count {
                let c = channel(place)
                normalised[place] = (input.values[place] - mean[c]) * inverse[c]
                values[place] = normalised[place] * (scale?.values[c] ?? 1) + (shift?.values[c] ?? 0)
            }
        } back: { _, gradient in
            for c in 0..<size.channels {
                let onAll = sum(c) { gradient[$0] } / count
                let along = sum(c) { gradient[$0] * normalised[$0] } / count
                let factor = (scale?.values[c] ?? 1) * inverse[c]
                for image in 0..<size.images {
                    let first = input.plane(image, c)
                    for place in first..<first + size.pixels {
                        input.gradient[place] += factor * (gradient[place] - onAll - normalised[place] * along)
                        scale?.add(gradient[place] * normalised[place], to: c)
                        shift?.add(gradient[place], to: c)
                    }
                }
            }
        }
        return (
            output, mean, squares.map { $0 / (count - 1) }, zip(squares, mean).map { $0 / count + $1 * $1 }
        )
    }

    /// - Parameter input: images x inputs, as a map of one pixel.
    func linear(_ input: Variable, weight: Parameter, bias: Parameter) -> Variable {
        let (classes, inputs) = (weight.shape[0], weight.shape[1])
        return append(input.size.with(channels: classes)) { values in
            for place in 0..<values.count {
                let (image, output) = (place / classes, place % classes)
                values[place] = bias.values[output]
                for i in 0..<inputs {
                    values[place] += weight.values[output * inputs + i] * input.values[image * inputs + i]
                }
            }
        } back: { values, gradient in
            for place in 0..<values.count {
                let (image, output) = (place / classes, place % classes)
                bias.add(gradient[place], to: output)
                for i in 0..<inputs {
                    weight.add(gradient[place] * input.values[image * inputs + i], to: output * inputs + i)
                    input.gradient[image * inputs + i] += gradient[place] * weight.values[output * inputs + i]
                }
            }
        }
    }
}
