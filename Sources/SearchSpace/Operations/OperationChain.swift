/// What an operation computes, layer after layer. Said once: its weights and their names, its costs, its operators and the
/// kernels' places all follow from it.
package struct OperationChain: Sendable, Hashable {
    /// What one layer computes. The shapes of its weights follow from it and from the channels that it reads.
    package enum Step: Sendable, Hashable {
        case relu
        case convolution(Convolution)
        /// Two pointwise convolutions of stride 2 side by side, to the first and the second part of the outputs. The second sees
        /// its input one pixel further down and right, so that together they read more than every fourth pixel.
        case halves(outputs: Int)
        /// 3x3, padding 1, which a mean does not count.
        case pool(Pool, stride: Int)
        /// Means of 2 x 2 without padding, two apart.
        case halvingMean
        case batchNorm
        case identity
        /// Standard normal numbers in the place of the input, of which a stride leaves every other pixel.
        case noise(stride: Int)
    }

    /// Without bias, padded so that a stride of 1 keeps the size.
    package struct Convolution: Sendable, Hashable {
        /// Channels that it writes.
        package let outputs: Int
        /// Rows of the kernel; odd, so that the same padding on both sides keeps the size.
        package let kernelHeight: Int
        /// Columns of the kernel; odd as well.
        package let kernelWidth: Int
        /// 1 or 2. It differs from `strideColumns` in `conv_7x1_1x7` alone, whose two convolutions halve a side each.
        package let strideRows: Int
        /// 1 or 2.
        package let strideColumns: Int
        /// Pixels from one entry of the kernel to the next: 1, or 2 in the dilated convolutions.
        package let dilation: Int
        /// 1, or as many as there are input channels, which makes the convolution a depthwise one.
        package let groups: Int

        /// A square kernel with the same stride in both directions.
        package init(outputs: Int, kernel: Int, stride: Int = 1, dilation: Int = 1, groups: Int = 1) {
            self.init(
                outputs: outputs, kernel: (kernel, kernel), stride: (stride, stride), dilation: dilation, groups: groups
            )
        }

        /// - Parameters:
        ///   - kernel: rows and columns.
        ///   - stride: the same.
        package init(
            outputs: Int, kernel: (Int, Int), stride: (Int, Int), dilation: Int = 1, groups: Int = 1
        ) {
            self.outputs = outputs
            (kernelHeight, kernelWidth) = kernel
            (strideRows, strideColumns) = stride
            self.dilation = dilation
            self.groups = groups
        }
    }

    /// What a pool makes of each window: its largest value or its mean.
    package enum Pool: Sendable, Hashable {
        case maximum
        case average
    }

    /// A step and the name that its module has in PyTorch's, within the operation's own; empty where it is the operation.
    package struct Layer: Sendable, Hashable {
        /// Such as `op.1`. Of `halves` it is what the names of two convolutions start with (`conv_1` and `conv_2`).
        package let name: String
        package let step: Step

        /// The module's whole name.
        package func name(in operation: String) -> String { name.isEmpty ? operation : "\(operation).\(name)" }
    }

    /// In the order in which they are computed, each on what the one before it writes.
    package let layers: [Layer]

    private init(_ layers: [Layer]) { self.layers = layers }

    /// PyTorch's `Sequential`, whose modules are called by their numbers.
    ///
    /// - Parameter container: the attribute that holds it; empty where the operation is the `Sequential`.
    package static func sequential(_ container: String, _ steps: [Step]) -> OperationChain {
        OperationChain(
            steps.enumerated().map { number, step in
                Layer(name: container.isEmpty ? "\(number)" : "\(container).\(number)", step: step)
            })
    }

    /// A skip of stride 1: it gives its input on and has no weights.
    package static let identity = OperationChain([Layer(name: "", step: .identity)])

    /// The operation `noise`: of its input it takes nothing but the shape, as the stride leaves it (RobustDARTS' S4).
    package static func noise(stride: Int) -> OperationChain {
        OperationChain([Layer(name: "", step: .noise(stride: stride))])
    }

    /// ReLU, convolution, batch norm (DARTS `ReLUConvBN`).
    package static func reluConvBN(outputs: Int, kernel: Int = 1, stride: Int = 1) -> OperationChain {
        sequential(
            "op", [.relu, .convolution(Convolution(outputs: outputs, kernel: kernel, stride: stride)), .batchNorm])
    }

    /// What halves a map without a pool (DARTS `FactorizedReduce`).
    package static func factorizedReduce(outputs: Int) -> OperationChain {
        OperationChain([
            Layer(name: "relu", step: .relu), Layer(name: "conv", step: .halves(outputs: outputs)),
            Layer(name: "bn", step: .batchNorm),
        ])
    }

    // MARK: What follows from it

    /// Its modules on an input of this shape, in the order of PyTorch's modules; those that have neither weights nor costs are not
    /// listed.
    package func layers(named operation: String, of input: MapShape) -> [NetworkLayer] {
        var stack = LayerStack(input)
        for layer in layers { stack.append(layer.name(in: operation), layer.step) }
        return stack.layers
    }

    /// Names of its convolutions within the operation's module, in the order in which they are computed.
    package var convolutionNames: [String] {
        layers.flatMap { layer in
            switch layer.step {
            case .convolution: [layer.name]
            case .halves: LayerStack.halfNames(layer.name)
            case .relu, .pool, .halvingMean, .batchNorm, .identity, .noise: [String]()
            }
        }
    }

    /// Names of its batch norms within the operation's module, in the order in which they are computed.
    package var batchNormNames: [String] { layers.filter { $0.step == .batchNorm }.map(\.name) }

    /// Whether it is nothing but its input.
    package var isIdentity: Bool { self == .identity }
}
