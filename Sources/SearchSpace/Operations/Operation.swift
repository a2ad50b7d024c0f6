/// An operation of an edge. The raw value is the name that every genotype of the field uses.
///
/// What it computes is its chain of layers (`chain`), what an edge chooses from is the search space's affair.
package enum Operation: String, Sendable, Hashable, CaseIterable {
    /// Output zero; takes part fully and may win an edge.
    case none
    /// 3x3 maximum, padding 1; then batch norm in SNAS, none in DARTS' derived networks.
    case maxPool3x3 = "max_pool_3x3"
    /// 3x3 mean, padding 1 and not counted; batch norm as above.
    case avgPool3x3 = "avg_pool_3x3"
    /// Identity; at stride 2 a factorised reduction.
    case skipConnect = "skip_connect"
    /// Twice: ReLU, depthwise k x k, pointwise, batch norm; the stride is the first depthwise's.
    case sepConv3x3 = "sep_conv_3x3"
    case sepConv5x5 = "sep_conv_5x5"
    /// ReLU, depthwise k x k of dilation 2, pointwise, batch norm.
    case dilConv3x3 = "dil_conv_3x3"
    case dilConv5x5 = "dil_conv_5x5"
    case sepConv7x7 = "sep_conv_7x7"
    /// ReLU, full convolution of one row of 7, full convolution of one column of 7, batch norm.
    case conv7x1And1x7 = "conv_7x1_1x7"
    /// ReLU, full convolution of k x k, batch norm (NAS-Bench-201).
    case convolution1x1 = "nor_conv_1x1"
    case convolution3x3 = "nor_conv_3x3"
    /// Standard normal numbers, other ones in every pass, whatever the input is (RobustDARTS' S4).
    case noise

    /// As genotypes, settings and files write it, such as `sep_conv_3x3`.
    package var name: String { rawValue }

    /// - Returns: nil for a name that no operation has.
    package init?(name: String) { self.init(rawValue: name) }

    /// Whether its output depends on its input.
    package var readsInput: Bool { self != .none && self != .noise }

    /// Whether it is one of the two 3x3 pools, which in the papers' mixed operation have a batch norm behind them.
    package var isPool: Bool { self == .maxPool3x3 || self == .avgPool3x3 }
}
