import Formats

/// Bytes that somebody keeps, read where they lie: a part of a frame that came, of weights that go out. Copies of a view are
/// free, and what it shows lives as long as one of them.
///
/// `@unchecked Sendable`: the bytes are not written once a view of them is made.
package struct ByteView: @unchecked Sendable, Equatable {
    private let bytes: UnsafeRawBufferPointer
    /// Owns the bytes: whoever passes them on without this view has to hold it.
    package let keeper: any AnyObject & Sendable

    /// - Parameters:
    ///   - bytes: valid and unchanged while `keeper` lives.
    package init(_ bytes: UnsafeRawBufferPointer, keptBy keeper: any AnyObject & Sendable) {
        self.bytes = bytes
        self.keeper = keeper
    }

    /// A copy in memory of its own.
    package init(copying bytes: UnsafeRawBufferPointer) {
        let store = ByteStore(count: bytes.count)
        store.bytes.copyMemory(from: bytes)
        self.init(UnsafeRawBufferPointer(store.bytes), keptBy: store)
    }

    /// A copy of the array's bytes.
    package init(_ array: [UInt8]) { self = array.withUnsafeBytes { ByteView(copying: $0) } }

    /// In bytes, of this part alone.
    package var count: Int { bytes.count }

    /// - Parameter body: is given the bytes where they lie; they are valid until it returns.
    package func withUnsafeBytes<Answer, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        defer { withExtendedLifetime(keeper) {} }
        return try body(bytes)
    }

    /// A part, nothing copied. Precondition: it lies inside.
    package subscript(range: Range<Int>) -> ByteView {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return ByteView(UnsafeRawBufferPointer(rebasing: bytes[range]), keptBy: keeper)
    }

    /// A copy, for what is short or must outlive every view.
    package var array: [UInt8] { withUnsafeBytes { Array($0) } }

    /// By the bytes, wherever they lie.
    package static func == (left: ByteView, right: ByteView) -> Bool {
        left.withUnsafeBytes { left in right.withUnsafeBytes { left.elementsEqual($0) } }
    }
}

/// Memory that is written once, by who made it, and only read from then on.
private final class ByteStore: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer

    /// With no more alignment than `malloc` gives by itself, so that what was freed is taken again.
    init(count: Int) { bytes = .allocate(byteCount: count, alignment: 16) }

    deinit { bytes.deallocate() }
}
