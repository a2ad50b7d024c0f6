/// The network that is built from a genotype and trained by itself: channels, strides and sizes of every cell.
///
/// The **CIFAR form** is the search's: a stem of 3 C, L cells with reductions at L/3 and 2L/3 where the channels double, global
/// average pooling, one linear layer. The **ImageNet form** has a stem of three convolutions of stride 2 (C/2, C, C channels;
/// 224 -> 28), of which the first two make the input of the cell before the first, so that the first cell follows a reduction.
/// Cells, classifier and reductions are the same. The **staged form** is NAS-Bench-201's (`Skeleton.stages`), with a stem of C.
package struct DerivedPlan: Sendable, Hashable {
    /// Which stem the network has and how its cells are stacked, as `DerivedPlan` tells.
    package enum Form: String, Sendable, Hashable {
        case cifar
        case imageNet
        case stages

        /// The CIFAR and the ImageNet form stack cells alike.
        package var skeleton: Skeleton { self == .stages ? .stages : .reductions }
    }

    /// What every cell of a kind keeps.
    package let genotype: Genotype
    /// One image as the network reads it.
    package let image: ImageShape
    /// Outputs of the classifier, 2 or more.
    package let classes: Int
    /// C: channels of cells before the first reduction or in the first stage; each later one doubles them.
    package let initChannels: Int
    /// L: how many cells.
    package let cellCount: Int
    /// Decides the stem and the skeleton; it must have as many inputs to a cell as the genotype.
    package let form: Form
    /// A second classifier after cell 2L/3, used in training only.
    package let hasAuxiliary: Bool
    /// SNAS keeps a batch norm in its pools when it trains the derived network, DARTS does not. With it a few weights more.
    package let poolsHaveBatchNorm: Bool
    /// In the order in which they are computed.
    package let cells: [CellPlan]

    /// - Parameters:
    ///   - layers: L, the number of cells.
    ///   - hasAuxiliary: needs `auxiliaryFits`.
    package init(
        genotype: Genotype, image: ImageShape, classes: Int, initChannels: Int, layers: Int, form: Form = .cifar,
        hasAuxiliary: Bool = false, poolsHaveBatchNorm: Bool = false
    ) {
        precondition(classes > 1 && initChannels > 0 && layers > 0)
        precondition(genotype.inputs == form.skeleton.inputs)
        self.genotype = genotype
        self.image = image
        self.classes = classes
        self.initChannels = initChannels
        self.cellCount = layers
        self.form = form
        self.hasAuxiliary = hasAuxiliary
        self.poolsHaveBatchNorm = poolsHaveBatchNorm
        let halvings = form == .imageNet ? 3 : 0
        let stem = MapShape(
            form == .imageNet ? initChannels : form.skeleton.stemChannels(initChannels),
            Self.halved(image.height, times: halvings), Self.halved(image.width, times: halvings))
        cells = form.skeleton.cells(
            layers, channels: initChannels, stem: stem, followsReduction: form == .imageNet
        ) { CellSize(outputNodes: genotype.concat($0).count, edges: genotype[$0].count) }
        precondition(!hasAuxiliary || auxiliaryFits, "an auxiliary head needs a map of 2 x 2 or more")
    }

    /// Edges of the genotype's cells over the whole network: drop path draws one mask for each of them and each image.
    package var edgesOfAllCells: Int { cells.reduce(0) { $0 + genotype[$1.kind].count } }

    /// Channels of a cell's output.
    package func outputChannels(_ cell: CellPlan) -> Int { genotype.concat(cell.kind).count * cell.channels }

    /// Channels of the stem's last layer, which the first cell reads.
    package var stemChannels: Int {
        form == .imageNet ? initChannels : form.skeleton.stemChannels(initChannels)
    }

    /// Cells and, in a staged network, residual blocks, in the order in which they are computed.
    package var blocks: [NetworkBlock] { form.skeleton.blocks(of: cells) }

    /// Channels of the last cell's output.
    package var classifierInputs: Int { cells.last.map(outputChannels) ?? stemChannels }

    // MARK: The auxiliary head

    /// The cell whose output the auxiliary head reads.
    package var auxiliaryCell: CellPlan { cells[2 * cellCount / 3] }

    /// Whether the auxiliary head's pool can make 2 x 2 of that output; a staged network has none.
    package var auxiliaryFits: Bool {
        form != .stages && auxiliaryCell.outputHeight > 1 && auxiliaryCell.outputWidth > 1
    }

    /// Kernel and stride of the auxiliary head's mean, which makes two of `side`: 5 and 3 of 8, as published for CIFAR, 5 and
    /// 2 of 7, as published for ImageNet, and about half the side of others, so that every pixel is read.
    package static func auxiliaryPool(side: Int) -> (kernel: Int, stride: Int) {
        let kernel = min(side - 1, (side + 3) / 2)
        return (kernel, side - kernel)
    }

    private static func halved(_ side: Int, times: Int) -> Int {
        (0..<times).reduce(side) { side, _ in (side + 1) / 2 }
    }
}

extension Genotype {
    /// The network that its cells are made for, at the size of CIFAR's images.
    package var form: DerivedPlan.Form { inputs == 1 ? .stages : .cifar }
}
