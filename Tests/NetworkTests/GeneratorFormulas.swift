import SearchSpace

#if canImport(Glibc)
    import Glibc
#endif

// What the generators in Python make weights, images and tables of, here once more: their files hold results only.

func formula(_ count: Int, _ phase: Double) -> [Double] {
    (0..<count).map { sin(Double($0) * 0.7 + phase * 1.3) * cos(Double($0) * 0.31 + phase * 0.17) }
}

/// Each entry of a layout by its number, scaled by its fan-in where it has one.
func formulaWeights(_ layout: WeightLayout) -> [Float] {
    layout.entries.enumerated().flatMap { number, entry in
        let scale = entry.shape.count == 1 ? 1 : (Double(entry.count) / Double(entry.shape[0])).squareRoot()
        return formula(entry.count, Double(number)).map { Float($0 / scale) }
    }
}
