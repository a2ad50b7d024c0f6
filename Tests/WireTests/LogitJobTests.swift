import Formats
import Optimization
import Testing
import Wire

/// Jobs that ask for logits.
@Suite
struct LogitJobTests {
    private func isRead(_ yields: RoundYields, shards: Int) -> Bool {
        let blob = BlobReference(digest: XXH3.hash128([1]), byteCount: 4)
        let opening = RoundOpening(
            job: RoundJob(
                .heldOut, mixing: .none, yields: yields, step: 0, epoch: 0, stepInEpoch: 0, shardCount: shards,
                imageCount: 1 << 20),
            assignment: NodeAssignment(attempt: 1, nodes: [TreeNode(level: 0, index: 0)]), weights: blob,
            statistics: blob)
        let envelope = Envelope(
            run: RunIdentity(high: 3, low: 4), generation: 5, round: 6, node: TreeNode(level: 1, index: 2),
            message: .roundOpened(opening))
        return (try? Envelope.decode(ByteView(envelope.encoded().frame), block: nil)) == envelope
    }

    @Test("Logits come with predictions and nothing else, from as many shards as a payload has parts beside the counts")
    func readers() {
        #expect(isRead(.predictions, shards: 5) && isRead([.predictions, .logits], shards: 5))
        #expect(!isRead(.logits, shards: 5) && !isRead([.statistics, .logits], shards: 5))
        #expect(!isRead([.statistics, .predictions, .logits], shards: 5))
        let most = WireLimits.payloadParts - 1
        #expect(isRead([.predictions, .logits], shards: most) && !isRead([.predictions, .logits], shards: most + 1))
    }
}
