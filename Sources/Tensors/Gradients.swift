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

    /// Keeps the calling thread's operators of libtorch to this thread. Called by every thread that computes.
    package static func holdToOneThread() { ct_hold_to_one_thread() }

    /// How many threads compute the parts of what the calling thread asks the kernels for, this one included. The others end with it,
    /// or when it asks for fewer. No bit of a result depends on how many there are.
    ///
    /// - Throws: `TorchError` where there are none to be had; then the calling thread is alone.
    package static func useThreads(_ count: Int) throws(TorchError) {
        guard ct_use_threads(Int32(clamping: count)) == 0 else { throw TorchError("start \(count) threads") }
    }

    /// Runs `task` for every part on the threads of `useThreads`: what the kernels do with a pass.
    ///
    /// - Parameter task: told the part and which thread computes it, from 0 on; false fails.
    /// - Throws: `TorchError` naming the first part that failed. The others ran all the same.
    package static func run(
        parts: Int, _ task: @Sendable (_ part: Int, _ thread: Int) -> Bool
    ) throws(TorchError) {
        let status = withoutActuallyEscaping(task) { task in
            withUnsafePointer(to: task) { task in
                ct_run_parts(
                    Int32(clamping: parts),
                    { context, part, thread in
                        guard let context else { return 1 }
                        let task = context.assumingMemoryBound(to: (@Sendable (Int, Int) -> Bool).self).pointee
                        return task(Int(part), Int(thread)) ? 0 : 1
                    }, UnsafeMutableRawPointer(mutating: task))
            }
        }
        guard status == 0 else { throw TorchError("compute \(parts) parts") }
    }

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
