/// An operation of an edge. The first eight are the candidates of a search (SNAS, Xie et al. 2019, section 2.1; the space of
/// DARTS), in the papers' order: the raw value is their column in an alpha table. The others occur in cells that were
/// published before, and only derived networks know them.
package enum Operation: UInt8, Sendable, Hashable {
    /// Output zero; takes part fully and may win an edge.
    case none
    /// 3x3 maximum, padding 1; then batch norm in SNAS, none in DARTS' derived networks.
    case maxPool3x3
    /// 3x3 mean, padding 1 and not counted; batch norm as above.
    case avgPool3x3
    /// Identity; at stride 2 a factorised reduction.
    case skipConnect
    /// Twice: ReLU, depthwise k x k, pointwise, batch norm; the stride is the first depthwise's.
    case sepConv3x3
    case sepConv5x5
    /// ReLU, depthwise k x k of dilation 2, pointwise, batch norm.
    case dilConv3x3
    case dilConv5x5
    case sepConv7x7
    /// ReLU, full convolution of one row of 7, full convolution of one column of 7, batch norm.
    case conv7x1And1x7

    /// How many candidates there are: the width of an alpha table.
    package static let count = 8

    /// What an edge of a search chooses from, in the order of an alpha table's columns.
    package static let candidates: [Operation] = [
        .none, .maxPool3x3, .avgPool3x3, .skipConnect, .sepConv3x3, .sepConv5x5, .dilConv3x3, .dilConv5x5,
    ]

    /// Everything that a genotype may name.
    package static let known: [Operation] = candidates + [.sepConv7x7, .conv7x1And1x7]

    /// The name that every genotype of the field uses.
    package var name: String {
        switch self {
        case .none: "none"
        case .maxPool3x3: "max_pool_3x3"
        case .avgPool3x3: "avg_pool_3x3"
        case .skipConnect: "skip_connect"
        case .sepConv3x3: "sep_conv_3x3"
        case .sepConv5x5: "sep_conv_5x5"
        case .dilConv3x3: "dil_conv_3x3"
        case .dilConv5x5: "dil_conv_5x5"
        case .sepConv7x7: "sep_conv_7x7"
        case .conv7x1And1x7: "conv_7x1_1x7"
        }
    }

    package init?(name: String) {
        guard let found = Self.known.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    package var index: Int { Int(rawValue) }

    package var isCandidate: Bool { index < Self.count }

    package var isPool: Bool { self == .maxPool3x3 || self == .avgPool3x3 }
}

/// The two kinds of cell; each has one alpha table, shared by all its cells.
package enum CellKind: UInt8, CaseIterable, Sendable, Hashable {
    case normal
    case reduce
}
