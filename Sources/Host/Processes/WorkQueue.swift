#if canImport(Glibc)
    import Glibc
#endif

/// Hands work from one thread to several, in order.
///
/// `@unchecked Sendable`: every access to `items` and `isClosed` is made under `mutex`.
package final class WorkQueue<Item: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var items: [Item] = []
    private var isClosed = false

    /// Empty and open.
    package init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// At the end; wakes whoever waits.
    package func append(_ new: [Item]) {
        pthread_mutex_lock(mutex)
        items += new
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Throws away what nobody has taken yet.
    package func removeAll() {
        pthread_mutex_lock(mutex)
        items = []
        pthread_mutex_unlock(mutex)
    }

    /// Takes all that is there, without waiting.
    package func takeAll() -> [Item] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        defer { items = [] }
        return items
    }

    /// Waits for work; nil once the queue is closed.
    package func next() -> Item? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while items.isEmpty, !isClosed { pthread_cond_wait(condition, mutex) }
        return isClosed ? nil : items.removeFirst()
    }

    /// Whoever waits gets nil, now and from then on; what nobody has taken is never handed out by `next`.
    package func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}
