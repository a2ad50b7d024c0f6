import Formats
import TestSupport
import Testing

/// Headers of safetensors files that lie: ranges that overlap or leave holes, lengths and shapes that do not fit.
extension FuzzTests {
    private struct Claim {
        var kind: SafetensorsKind
        var shape: [Int]
        var start: Int
        var end: Int

        var member: JSONValue {
            .object([
                "dtype": .string(kind.rawValue), "shape": .array(shape.map { .integer($0) }),
                "data_offsets": .array([.integer(start), .integer(end)]),
            ])
        }
    }

    /// Whether every byte belongs to exactly one tensor and every tensor has the bytes of its shape: the rules, counted byte by byte.
    private static func isTrue(_ claims: [Claim], bytes: Int) -> Bool {
        var owners = [Int](repeating: 0, count: bytes)
        for claim in claims {
            guard claim.start >= 0, claim.end <= bytes, claim.start <= claim.end, claim.shape.allSatisfy({ $0 >= 0 })
            else {
                return false
            }
            guard claim.shape.reduce(1, *) * claim.kind.bits == 8 * (claim.end - claim.start) else { return false }
            for byte in claim.start..<claim.end { owners[byte] += 1 }
        }
        // An empty tensor lies between two others, or at an end.
        let isBetween = claims.allSatisfy { claim in
            claim.start < claim.end || claims.allSatisfy { $0.end <= claim.start || $0.start >= claim.start }
        }
        return isBetween && owners.allSatisfy { $0 == 1 }
    }

    @Test("Of made-up headers exactly those are read in which every byte belongs to one tensor of its size")
    func lyingHeaders() {
        var read = 0
        var refused = 0
        Self.forEachSeed(4000, "safetensors headers") { mutator in
            var claims: [Claim] = []
            var end = 0
            for _ in 0..<1 + mutator.below(4) {
                let kind = mutator.pick(SafetensorsKind.allCases.filter { $0.bits >= 8 })
                let shape = (0..<mutator.below(3)).map { _ in mutator.below(4) }
                let size = shape.reduce(1, *) * kind.bits / 8
                claims.append(Claim(kind: kind, shape: shape, start: end, end: end + size))
                end += size
            }
            var bytes = end
            if mutator.isChosen(outOf: 2) {
                let own = mutator.below(claims.count)
                let change = mutator.below(9) - 4
                switch mutator.below(6) {
                case 0: claims[own].start += change
                case 1: claims[own].end += change
                case 2:
                    claims[own].start += change
                    claims[own].end += change
                case 3: claims[own].shape.append(mutator.below(3))
                case 4: bytes = max(0, bytes + change)
                default: claims[own] = claims[mutator.below(claims.count)]
                }
            }
            let members = claims.enumerated().map { JSONValue.Member("t\($0)", $1.member) }
            let turn = mutator.below(members.count)
            let text = JSONValue.object(Array(members[turn...] + members[..<turn])).serialized()
            var file = (0..<8).map { UInt8(truncatingIfNeeded: text.utf8.count >> (8 * $0)) }
            file += Array(text.utf8) + [UInt8](repeating: 7, count: bytes)
            let isRead = (try? SafetensorsHeader(of: file, source: "w")) != nil
            if isRead { read += 1 } else { refused += 1 }
            if isRead != Self.isTrue(claims, bytes: bytes) {
                Issue.record("seed \(mutator.seed): \(text) of \(bytes) bytes")
            }
        }
        #expect(read > 0 && refused > 0)
    }
}
