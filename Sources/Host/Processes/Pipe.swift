import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// A pipe between processes; what is still open of it is closed with this object. No child inherits an end that it is not given.
package final class Pipe {
    /// Readable when something was written, and at its end when nobody has the other end open any more.
    package private(set) var reading: Int32
    /// Nobody but this process has it, unless it is given to a child.
    package private(set) var writing: Int32

    /// - Throws: `SystemError`.
    package init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemError("create", "a pipe") }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        closeReading()
        closeWriting()
    }

    /// For a pipe that a child reads: with its last reader gone a write says so.
    package func closeReading() {
        if reading >= 0 { close(reading) }
        reading = -1
    }

    /// For a pipe that a child writes: with its last writer gone it is at its end.
    package func closeWriting() {
        if writing >= 0 { close(writing) }
        writing = -1
    }
}
