/// A candidate operation of an edge (SNAS, Xie et al. 2019, section 2.1; the space of DARTS), in the papers' order: the raw
/// value is its column in an alpha table.
package enum Operation: UInt8, CaseIterable, Sendable, Hashable {
    /// Output zero; takes part fully and may win an edge.
    case none
    /// 3x3 maximum, padding 1, then batch norm.
    case maxPool3x3
    /// 3x3 mean, padding 1 and not counted, then batch norm.
    case avgPool3x3
    /// Identity; at stride 2 a factorised reduction.
    case skipConnect
    /// Twice: ReLU, depthwise k x k, pointwise, batch norm; the stride is the first depthwise's.
    case sepConv3x3
    case sepConv5x5
    /// ReLU, depthwise k x k of dilation 2, pointwise, batch norm.
    case dilConv3x3
    case dilConv5x5

    package static let count = 8

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
        }
    }

    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    package var index: Int { Int(rawValue) }
}

/// The two kinds of cell; each has one alpha table, shared by all its cells.
package enum CellKind: UInt8, CaseIterable, Sendable, Hashable {
    case normal
    case reduce
}
