import Network
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Euclidean distance, in the reference's norm; infinite where the counts differ.
func distance(_ ours: some Collection<Float>, _ reference: some Collection<Float>) -> Double {
    guard ours.count == reference.count else { return .infinity }
    var (difference, norm) = (0.0, 0.0)
    for (mine, theirs) in zip(ours, reference) {
        difference += (Double(mine) - Double(theirs)) * (Double(mine) - Double(theirs))
        norm += Double(theirs) * Double(theirs)
    }
    return (difference / max(norm, 1e-30)).squareRoot()
}

/// Values of one irregular formula.
func irregular(_ count: Int, phase: Int) -> [Double] {
    (0..<count).map { sin(Double($0) * 0.7371 + Double(phase) * 1.3) * cos(Double($0) * 0.3137 + Double(phase) * 0.17) }
}

/// One shard through the kernels, through the operators in Double, and through the operators in Float.
struct ThreeWays {
    let ours: TrainingPass
    let exact: TrainingPass
    let operators: TrainingPass

    /// A part of the kernels' pass is as near to Double as 1e-4 of its norm, or as the operators in Float come, where a few
    /// ReLUs flip.
    func expectNear(_ name: String, _ part: (TrainingPass) -> ArraySlice<Float>) {
        let (mine, theirs) = (distance(part(ours), part(exact)), distance(part(operators), part(exact)))
        #expect(mine < max(1e-4, 2 * theirs), "\(name): \(mine), the operators \(theirs)")
    }
}
