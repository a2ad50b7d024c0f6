/// The two kinds of cell; each has one alpha table, shared by all its cells.
package enum CellKind: UInt8, CaseIterable, Sendable, Hashable {
    case normal
    case reduce
}
