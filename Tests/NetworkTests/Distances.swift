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
