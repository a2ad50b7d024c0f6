/// Size of one image.
package struct ImageShape: Sendable, Hashable {
    /// 3 where images have colours, 1 where they are grey.
    package let channels: Int
    package let height: Int
    package let width: Int

    package init(channels: Int, height: Int, width: Int) {
        self.channels = channels
        self.height = height
        self.width = width
    }

    /// Values of one image.
    package var count: Int { channels * height * width }
}

/// One cell at its place in the network.
package struct CellPlan: Sendable, Hashable {
    /// Number among the cells, from 0.
    package let index: Int
    /// Number of its module in PyTorch's list `cells`, from 0. In a staged network residual blocks are counted, too.
    package let position: Int
    /// Decides how many inputs the cell has, whether it preprocesses them, and how its modules are named.
    package let skeleton: Skeleton
    /// A reduction halves the map on the edges from its inputs.
    package let kind: CellKind
    /// C: channels of every node.
    package let channels: Int
    /// Channels of input 0, the output of the cell before the previous one. A staged network's cells have one
    /// input, and this is its channels.
    package let inputChannels0: Int
    /// Channels of input 1, the output of the previous cell.
    package let inputChannels1: Int
    /// Whether the previous cell was a reduction, so that input 0 is twice as large and is reduced on its way in.
    package let reducesPrevious: Bool
    /// Height of input 1 in pixels, and of input 0 behind its preprocessing.
    package let inputHeight: Int
    /// Width of input 1 in pixels, and of input 0 behind its preprocessing.
    package let inputWidth: Int
    /// The number of its first edge among those of all the network's cells. Drop path and the operation
    /// `noise` number their draws by it.
    package let firstEdge: Int

    /// In a reduction half of the input's, rounded up.
    package var outputHeight: Int { kind == .reduce ? (inputHeight + 1) / 2 : inputHeight }
    /// Like the height: in a reduction half of the input's, rounded up.
    package var outputWidth: Int { kind == .reduce ? (inputWidth + 1) / 2 : inputWidth }
}

/// Channels, strides and sizes of every cell of a network: a stem, L cells as the space's skeleton stacks them, global average
/// pooling, one linear layer.
package struct NetworkPlan: Sendable, Hashable {
    /// One image as the network reads it.
    package let image: ImageShape
    /// Outputs of the classifier, 2 or more.
    package let classes: Int
    /// C: channels of cells before the first reduction or in the first stage; each later one doubles them.
    package let initChannels: Int
    /// L: how many cells.
    package let layers: Int
    /// What edges choose from, and the skeleton that stacks the cells.
    package let space: SearchSpace
    /// In the order in which they are computed.
    package let cells: [CellPlan]

    /// - Parameter layers: L; a number that the space's skeleton takes (`Skeleton.takes`).
    package init(image: ImageShape, classes: Int, initChannels: Int, layers: Int, space: SearchSpace) {
        precondition(classes > 1 && initChannels > 0 && layers > 0)
        self.image = image
        self.classes = classes
        self.initChannels = initChannels
        self.layers = layers
        self.space = space
        cells = space.skeleton.cells(
            layers, channels: initChannels,
            stem: MapShape(space.skeleton.stemChannels(initChannels), image.height, image.width)
        ) { CellSize(outputNodes: space.topology($0).outputNodes.count, edges: space.topology($0).edgeCount) }
    }

    /// Channels of the stem, which the first cell reads.
    package var stemChannels: Int { space.skeleton.stemChannels(initChannels) }

    /// Cells and, in a staged network, residual blocks, in the order in which they are computed.
    package var blocks: [NetworkBlock] { space.skeleton.blocks(of: cells) }

    /// Channels of the last cell's output.
    package var classifierInputs: Int {
        cells.last.map { $0.channels * space.topology($0.kind).outputNodes.count } ?? stemChannels
    }

    /// Edges of all cells, those left out included: drop path draws one mask for each of them and each image.
    package var edgesOfAllCells: Int { cells.reduce(0) { $0 + space.topology($1.kind).edgeCount } }
}
