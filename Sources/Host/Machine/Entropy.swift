#if canImport(Glibc)
    import Glibc
#endif

/// Randomness that no result depends on.
package enum Entropy {
    /// From the kernel; for identities, never for a draw.
    package static func word() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
