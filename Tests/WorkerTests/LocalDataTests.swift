import Configuration
import Datasets
import Formats
import Host
import Network
import Testing
import Wire
import Worker

/// A worker's own copy of the data set.
@Suite
struct LocalDataTests {
    @Test(
        "A worker numbers the labels of its copy as the run's configuration says, and refuses the copy where that differs"
    )
    func numbering() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let labels: [UInt8] = [0, 1, 5, 5, 1, 0, 0, 1, 5, 5, 1, 0]
        let count = UInt8(labels.count)
        let pixels = labels.indices.flatMap { [UInt8](repeating: UInt8($0), count: 64) }
        try FileSystem.writeFile(
            "\(folder)/train-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 8, 0, 0, 0, 8] + pixels)
        try FileSystem.writeFile("\(folder)/train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, count] + labels)
        var search = SearchConfiguration()
        (search.space.initChannels, search.space.layers, search.training.batchSize, search.training.shards) = (
            2, 3, 4, 1
        )
        let set = try RecognisedDataset(at: folder).loadTraining(compactsLabels: true)
        func prepare() throws -> Preparation {
            let welcome = Welcome(
                configuration: search.canonicalText, dataDigest: set.digest(),
                data: Blob(ByteView(set.canonicalBytes()), pieceBytes: 524_288).reference,
                layoutDigest: XXH3.hash128([]),
                pieceBytes: 524_288)
            return try NetworkPreparation(dataFolder: folder, cacheFolder: nil, device: "cpu", path: .kernels)
                .prepare(welcome, data: nil)
        }
        #expect(throws: UserError.self) { try prepare() }
        search.data.labels = .compact
        guard case .ready = try prepare() else {
            Issue.record("the copy is not taken")
            return
        }
    }
}
