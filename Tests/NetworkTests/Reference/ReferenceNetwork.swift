import SearchSpace

/// A network in Double whose weights were chosen so that no ReLU and no max-pool of it is near a tie.
///
/// Rounding chooses a branch only where a value lies within its own error of a tie, and one flipped ReLU changes gradients by
/// far more than all roundings together. So the network is made from its input on: whatever a ReLU or a max-pool will see is
/// looked at, and channels that come too near get other weights, until the margin holds everywhere. A difference to the
/// reference is then rounding, or an error.
class ReferenceNetwork {
    /// 512 roundings of values of size 1; the longest path through three cells has less than 300.
    static let margin = 512 * 0x1p-24

    let tape = Tape()
    let layout: WeightLayout
    private(set) var parameters: [String: Parameter] = [:]
    private var numbers: WeylSequence
    /// By batch norm: mean and unbiased variance, and the root of the mean square, by channel.
    private(set) var statistics: [String: (mean: [Double], variance: [Double], meanSquare: [Double])] = [:]
    /// Of the whole pass.
    fileprivate(set) var loss = 0.0

    init(_ layout: WeightLayout, start: Int) {
        self.layout = layout
        numbers = WeylSequence(start)
        for entry in layout.entries {
            parameters[entry.name] = Parameter(entry.name, shape: entry.shape, firstValues(entry))
        }
    }

    /// Of about the size that keeps activations at 1; scales of batch norms between 0.4 and 1.6, a quarter of them negative.
    private func firstValues(_ entry: WeightEntry) -> [Float] {
        (0..<entry.count).map { _ in value(entry.role, fanIn: entry.fanIn) }
    }

    private func value(_ role: WeightRole, fanIn: Int) -> Float {
        switch role {
        case .batchNormScale:
            let scale = numbers.next(0.4...1.6)
            return numbers.next(0...1) < 0.25 ? -scale : scale
        case .batchNormShift: return numbers.next(-0.5...0.5)
        default:
            let bound = (3 / Double(fanIn)).squareRoot()
            return numbers.next(-bound...bound)
        }
    }

    func randoms(_ count: Int, _ bounds: ClosedRange<Double>) -> [Float] {
        (0..<count).map { _ in numbers.next(bounds) }
    }

    // MARK: What it gives

    /// In the layout's order.
    var weights: [Float] { layout.entries.flatMap { parameter($0.name).values.array.map { Float($0) } } }

    func parameter(_ name: String) -> Parameter {
        guard let parameter = parameters[name] else { preconditionFailure("no weight '\(name)' in the layout") }
        return parameter
    }

    /// The end of a pass: every gradient.
    func goBack(from total: Variable) {
        loss = total.values[0]
        tape.goBack(from: total)
    }

    // MARK: Ties

    /// Builds a value, and as long as channels of it are near a tie, gives them other weights and builds it again.
    ///
    /// - Parameters:
    ///   - rows: of a channel of the value, a convolution's weights and its row there.
    ///   - pools: whether a max-pool may follow.
    func settled(
        rows: (_ channel: Int) -> (Parameter, Int), pools: Bool = true, _ build: () -> Variable
    ) -> Variable {
        for _ in 0..<1_000 {
            let mark = tape.mark
            let variable = build()
            let tied = variable.tiedChannels(margin: Self.margin, pools: pools)
            if tied.isEmpty { return variable }
            tape.rewind(to: mark)
            for channel in tied.sorted() {
                let (parameter, row) = rows(channel)
                redraw(parameter, row: row)
            }
        }
        preconditionFailure("no weights keep this network away from ties")
    }

    func redraw(_ parameter: Parameter, row: Int) {
        let each = parameter.values.count / parameter.shape[0]
        let bound = (3 / Double(each)).squareRoot()
        for place in row * each..<(row + 1) * each { parameter.values[place] = Double(numbers.next(-bound...bound)) }
    }

    func settled(by weight: Parameter, _ build: () -> Variable) -> Variable {
        settled(rows: { (weight, $0) }, build)
    }

    // MARK: Blocks

    func norm(_ input: Variable, _ name: String) -> Variable {
        let (output, mean, variance, meanSquare) = tape.batchNormalised(
            input, scale: parameters[name + ".weight"], shift: parameters[name + ".bias"])
        statistics[name] = (mean, variance, meanSquare)
        return output
    }

    func stem(_ images: Variable) -> Variable {
        let weight = parameter("stem.0.weight")
        return settled(by: weight) { norm(tape.convolved(images, weight, Window(kernel: 3, padding: 1)), "stem.1") }
    }

    /// ReLU, pointwise convolution, batch norm: settled, for it becomes a node.
    func reluConvNorm(_ input: Variable, _ name: String) -> Variable {
        let (active, weight) = (tape.relu(input), parameter(name + ".op.1.weight"))
        return settled(by: weight) { norm(tape.convolved(active, weight, Window()), name + ".op.2") }
    }

    /// A cell's first two nodes, both inputs at its own channels and size; or the only one, as it is.
    func inputs(of cell: CellPlan, _ before: Variable, _ previous: Variable) -> [Variable] {
        guard cell.skeleton.inputs == 2 else { return [previous] }
        let name = cell.name
        let second = { self.reluConvNorm(previous, name + ".preprocess1") }
        guard cell.reducesPrevious else { return [reluConvNorm(before, name + ".preprocess0"), second()] }
        let tail = factorizedReduce(before, name + ".preprocess0")
        return [settled(rows: tail.rows, tail.build), second()]
    }

    /// What can be built again with other weights in one channel: everything before its last convolution stays.
    struct Tail {
        let build: () -> Variable
        let rows: (_ channel: Int) -> (Parameter, Int)
    }

    func factorizedReduce(_ input: Variable, _ name: String) -> Tail {
        let active = tape.relu(input)
        let (first, second) = (parameter(name + ".conv_1.weight"), parameter(name + ".conv_2.weight"))
        return Tail {
            let halves = [(first, 0), (second, 1)].filter { $0.0.shape[0] > 0 }.map { weight, shift in
                self.tape.convolved(active, weight, Window(stride: 2, shift: shift))
            }
            return self.norm(self.tape.concatenated(halves), name + ".bn")
        } rows: { channel in
            channel < first.shape[0] ? (first, channel) : (second, channel - first.shape[0])
        }
    }

    /// ReLU, depthwise and pointwise convolution, batch norm.
    private func block(
        _ input: Variable, _ name: String, at position: Int, kernel: Int, stride: Int, dilation: Int
    ) -> Tail {
        let depthwise = tape.convolved(
            tape.relu(input), parameter("\(name).op.\(position).weight"),
            Window(kernel: kernel, stride: stride, padding: dilation * (kernel - 1) / 2, dilation: dilation))
        let weight = parameter("\(name).op.\(position + 1).weight")
        return Tail {
            self.norm(self.tape.convolved(depthwise, weight, Window()), "\(name).op.\(position + 2)")
        } rows: {
            (weight, $0)
        }
    }

    /// ReLU, a convolution of all channels to all, batch norm.
    private func dense(_ input: Variable, _ name: String, kernel: Int, stride: Int) -> Tail {
        let (active, weight) = (tape.relu(input), parameter(name + ".op.1.weight"))
        return Tail {
            let window = Window(kernel: kernel, stride: stride, padding: kernel / 2)
            return self.norm(self.tape.convolved(active, weight, window), name + ".op.2")
        } rows: {
            (weight, $0)
        }
    }

    /// ReLU, a convolution of a row of 7, one of a column of 7, batch norm.
    private func rowThenColumn(_ input: Variable, _ name: String, stride: Int) -> Tail {
        let between = tape.convolved(
            tape.relu(input), parameter(name + ".1.weight"), Window(kernel: (1, 7), stride: (1, stride)))
        let weight = parameter(name + ".2.weight")
        return Tail {
            let window = Window(kernel: (7, 1), stride: (stride, 1))
            return self.norm(self.tape.convolved(between, weight, window), name + ".3")
        } rows: {
            (weight, $0)
        }
    }

    /// Between two stages of NAS-Bench-201's networks.
    func residual(_ block: ResidualBlock, _ input: Variable) -> Variable {
        let first = dense(input, block.name + ".conv_a", kernel: 3, stride: 2)
        let second = dense(settled(rows: first.rows, first.build), block.name + ".conv_b", kernel: 3, stride: 1)
        let shortcut = tape.convolved(
            tape.windowMeans(input, kernel: 2, stride: 2), parameter(block.name + ".downsample.1.weight"), Window())
        return settledNode([shortcut], [(second, { $0 })])
    }

    /// What the classifier's mean is taken of: behind a staged network's last cell a batch norm and ReLU.
    func features(_ output: Variable, _ skeleton: Skeleton) -> Variable {
        guard skeleton.hasTailNorm else { return output }
        let shift = parameter("lastact.0.bias")
        return tape.relu(settled(rows: { (shift, $0) }, pools: false) { norm(output, "lastact.0") })
    }

    /// An operation with weights up to its last convolution; nil for all others.
    func tail(of operation: Operation, _ input: Variable, _ name: String, stride: Int) -> Tail? {
        func separable(_ kernel: Int) -> Tail {
            let first = block(input, name, at: 1, kernel: kernel, stride: stride, dilation: 1)
            return block(
                settled(rows: first.rows, first.build), name, at: 5, kernel: kernel, stride: 1, dilation: 1)
        }
        switch operation {
        case .sepConv3x3: return separable(3)
        case .sepConv5x5: return separable(5)
        case .sepConv7x7: return separable(7)
        case .conv7x1And1x7: return rowThenColumn(input, name, stride: stride)
        case .dilConv3x3: return block(input, name, at: 1, kernel: 3, stride: stride, dilation: 2)
        case .dilConv5x5: return block(input, name, at: 1, kernel: 5, stride: stride, dilation: 2)
        case .convolution1x1: return dense(input, name, kernel: 1, stride: stride)
        case .convolution3x3: return dense(input, name, kernel: 3, stride: stride)
        case .skipConnect where stride == 2: return factorizedReduce(input, name)
        default: return nil
        }
    }

    /// A node as a sum, of which what can be built again is built again. Where an edge is dropped for an image, other weights of
    /// that edge change nothing there: which of the tails gets them is drawn.
    func settledNode(_ fixed: [Variable], _ tails: [(tail: Tail, finish: (Variable) -> Variable)]) -> Variable {
        settled(rows: { channel in tails[self.below(tails.count)].tail.rows(channel) }) {
            tape.sum(fixed + tails.map { $0.finish($0.tail.build()) })
        }
    }

    /// A number below `count`.
    func below(_ count: Int) -> Int { min(count - 1, Int(numbers.next(0...1) * Float(count))) }

    /// Global mean and classifier.
    func logits(_ features: Variable, _ name: String) -> Variable {
        tape.linear(
            tape.globalMean(features), weight: parameter(name + ".weight"), bias: parameter(name + ".bias"))
    }
}
