import CTorch

/// Gradients as values: `backward()` and `.grad`, which write into tensors that threads share, are never used.
package enum Gradients {
    /// d scalar / d inputs as a function: nothing is written into any tensor, so threads may share the weights. Nil for an
    /// input that the scalar does not depend on.
    package static func of(_ scalar: Tensor, by inputs: [Tensor]) throws(TorchError) -> [Tensor?] {
        let sources = inputs.map { Optional($0.handle) }
        var handles = [OpaquePointer?](repeating: nil, count: inputs.count)
        guard ct_gradients(scalar.handle, sources, Int32(sources.count), &handles) == 0 else {
            throw TorchError("take gradients")
        }
        return handles.map { $0.map(Tensor.init(adopting:)) }
    }
}

/// What holds for the thread or the whole process, not for a tensor.
package enum TorchRuntime {
    /// Of the libtorch that the program was built with.
    package static var version: String { String(cString: ct_version()) }

    /// Tensors that the calling thread made, less those that it freed.
    package static var liveHandles: Int { Int(ct_live_handles()) }

    /// Keeps the calling thread's kernels to this thread. Called by every thread that computes.
    package static func holdToOneThread() { ct_hold_to_one_thread() }

    /// Deterministic algorithms, no TF32, no autotuning (for CUDA; on a processor nothing changes).
    package static func requireDeterminism() throws(TorchError) {
        guard ct_require_determinism() == 0 else { throw TorchError("be deterministic") }
    }

    /// Runs without recording operations for gradients.
    package static func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
        ct_record_gradients(0)
        defer { ct_record_gradients(1) }
        return try body()
    }
}
