/// Why a text is no genotype of this space.
package struct GenotypeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What does not fit, in words for the person who gave the text.
    package let reason: String
    /// Where it stands, once the text is at hand; nil where it is not one place that is wrong.
    package let place: TextPlace?
    /// The byte where it stands, as long as lines were not counted yet: they are counted once, for the error that is told.
    let offset: Int?

    /// - Parameter offset: the byte of the text that is being read.
    init(reason: String, at offset: Int? = nil) {
        (self.reason, self.offset, self.place) = (reason, offset, nil)
    }

    private init(reason: String, place: TextPlace?) {
        (self.reason, self.offset, self.place) = (reason, nil, place)
    }

    /// With line, column and what stands there.
    func placed(in bytes: [UInt8]) -> GenotypeError {
        guard let offset else { return self }
        return GenotypeError(reason: reason, place: TextPlace(offset, in: bytes))
    }

    /// With a remedy or what else there is behind the reason.
    func adding(_ words: String) -> GenotypeError { GenotypeError(reason: reason + words, place: place) }

    /// The reason, and in brackets the place: which file it is in is known to the caller.
    package var description: String { reason + (place.map { " (\($0))" } ?? "") }
}
