#if canImport(Glibc)
    import Glibc
#endif

/// A thread of the operating system: blocking C calls and long computations stay off Swift's cooperative pool.
///
/// `@unchecked Sendable`: `handle` is written once before the initializer returns; `isUnjoined` is written by `join`, which is
/// called once, and read by `deinit`, when nobody else holds the thread.
package final class NativeThread: @unchecked Sendable {
    private var handle = pthread_t()
    /// Started, and nobody has waited for its end.
    private var isUnjoined = false

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// - Parameter stackBytes: autograd recurses; the default of secondary threads is too small for deep networks.
    package init(name: String, stackBytes: Int = 64 << 20, _ body: @escaping @Sendable () -> Void) throws {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)
        let box = Unmanaged.passRetained(Box(body))
        let status = pthread_create(
            &handle, &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        guard status == 0 else {
            box.release()
            throw SystemError("start thread", name, errorNumber: status)
        }
        isUnjoined = true
    }

    /// Waits until the thread's body has returned. Called once.
    package func join() {
        isUnjoined = false
        pthread_join(handle, nil)
    }

    /// A thread that nobody waits for cleans up after itself.
    deinit { if isUnjoined { pthread_detach(handle) } }
}
