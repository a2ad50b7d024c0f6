/// Size of one image.
package struct ImageShape: Sendable, Hashable {
    package let channels: Int
    package let height: Int
    package let width: Int

    package init(channels: Int, height: Int, width: Int) {
        self.channels = channels
        self.height = height
        self.width = width
    }

    package var count: Int { channels * height * width }
}

/// One cell at its place in the network.
package struct CellPlan: Sendable, Hashable {
    package let index: Int
    /// Of its module among all blocks.
    package let position: Int
    package let skeleton: Skeleton
    package let kind: CellKind
    /// C: channels of every node.
    package let channels: Int
    /// Channels of the output of the cell before the previous one, and of the previous one.
    package let inputChannels0: Int
    package let inputChannels1: Int
    /// Whether the previous cell was a reduction, so that input 0 is twice as large and is reduced on its way in.
    package let reducesPrevious: Bool
    /// Size of input 1.
    package let inputHeight: Int
    package let inputWidth: Int
    /// The number of its first edge among those of all the network's cells, of which each edge has one mask of drop path an image.
    package let firstEdge: Int

    package var outputHeight: Int { kind == .reduce ? (inputHeight + 1) / 2 : inputHeight }
    package var outputWidth: Int { kind == .reduce ? (inputWidth + 1) / 2 : inputWidth }
}

/// Channels, strides and sizes of every cell of a network: a stem, L cells as the space's skeleton stacks them, global average
/// pooling, one linear layer.
package struct NetworkPlan: Sendable, Hashable {
    package let image: ImageShape
    package let classes: Int
    package let initChannels: Int
    package let layers: Int
    package let space: SearchSpace
    package let cells: [CellPlan]

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

    package var stemChannels: Int { space.skeleton.stemChannels(initChannels) }

    package var blocks: [NetworkBlock] { space.skeleton.blocks(of: cells) }

    /// Channels of the last cell's output.
    package var classifierInputs: Int {
        cells.last.map { $0.channels * space.topology($0.kind).outputNodes.count } ?? stemChannels
    }

    /// Of each of which drop path has a mask for each image.
    package var edgesOfAllCells: Int { cells.reduce(0) { $0 + space.topology($1.kind).edgeCount } }
}
