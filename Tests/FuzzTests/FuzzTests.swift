import TestSupport
import Testing

/// Whatever comes from outside is read by code that cannot trap. One after the other, so that a crash names its seed.
@Suite(.serialized)
struct FuzzTests {
    #if DEBUG
        /// Debug builds crawl.
        static let share = 50
    #else
        static let share = 1
    #endif

    /// Runs a body for every seed; a crash names the seed, and so does an expectation that it finds broken.
    static func forEachSeed(_ count: Int, _ what: String, _ body: (inout Mutator) throws -> Void) rethrows {
        defer { CrashNote.set(nil) }
        for seed in CrashNote.seeds(max(1, count / share)) {
            CrashNote.set(what, seed: seed)
            var mutator = Mutator(seed: seed)
            try body(&mutator)
        }
    }
}
