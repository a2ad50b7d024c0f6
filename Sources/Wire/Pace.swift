/// How often the two sides of a run speak, and how long a silence either takes: the coordinator's settings, which its workers learn
/// from their welcome. Were they to differ, the one with the shorter patience would give up a peer that is well.
package struct Pace: Sendable, Hashable {
    /// Between two signs of life of a side that has nothing else to say.
    package let beatMilliseconds: Int
    /// Silence after which the other side counts as gone.
    package let silenceMilliseconds: Int

    /// What a welcome may name: up to a beat a minute, and a day of silence.
    private static let beats = 1...60_000
    private static let silences = 2...86_400_000

    /// - Returns: nil for values that no configuration allows, or a silence within two beats.
    package init?(beatMilliseconds: Int, silenceMilliseconds: Int) {
        guard Self.beats.contains(beatMilliseconds), Self.silences.contains(silenceMilliseconds),
            silenceMilliseconds > 2 * beatMilliseconds
        else { return nil }
        self.beatMilliseconds = beatMilliseconds
        self.silenceMilliseconds = silenceMilliseconds
    }

    private init(standardBeat beat: Int, silence: Int) { (beatMilliseconds, silenceMilliseconds) = (beat, silence) }

    /// Two seconds and half a minute.
    package static let standard = Pace(standardBeat: 2000, silence: 30_000)

    func encode(into writer: inout ByteWriter) {
        writer.append(UInt32(beatMilliseconds))
        writer.append(UInt32(silenceMilliseconds))
    }

    init(from reader: inout ByteReader) throws(WireError) {
        let (beat, silence) = (Int(try reader.read(UInt32.self)), Int(try reader.read(UInt32.self)))
        guard let pace = Pace(beatMilliseconds: beat, silenceMilliseconds: silence) else {
            throw WireError("a beat every \(beat) ms and a silence of \(silence) ms")
        }
        self = pace
    }
}
