import Configuration
import Estimation
import SearchSpace
import Testing
import Training
import Wire

/// DSNAS' steps: one round of children, and edges that are decided before the search is over.
@Suite
struct EarlyFixingTests {
    private func search(gap: Double = 0.3) throws -> MadeUpSearch {
        try MadeUpSearch.configured {
            $0.method.search = .dsnas
            $0.architecture.earlyFixing = gap
            $0.architecture.learningRate = 0.05
            $0.architecture.locStd = 1.5
            $0.architecture.weightDecay = 0.1
            $0.training.epochs = 4
        }
    }

    @Test("A step is one round in which each shard computes a child, with both gradients")
    func oneRound() throws {
        var search = try search(gap: 0)
        let next = search.run.nextRound()
        let job = try #require(next).job
        #expect(job.mixing == .categorical && job.yields == [.weightGradient, .alphaGradient, .statistics])
        #expect(search.advance() != nil && search.run.state.step == 1 && job.images == .gradientBatch)
        _ = search.finish()
        #expect(search.run.state.architecture?.fixedRows.isEmpty == true, "without a gap nothing is decided")
    }

    @Test("An edge whose two best operations are far apart keeps its alpha through all steps, and draws nothing else")
    func decided() throws {
        var search = try search()
        while search.run.state.architecture?.fixedRows.isEmpty == true, search.advance() != nil {}
        let decided = try #require(search.run.state.architecture)
        #expect(search.run.state.step == 3, "between two epochs")
        let rows = search.space.shape.rows
        let probabilities = decided.alpha.probabilities().entries
        for (row, places) in rows.enumerated() {
            let sorted = probabilities[places].sorted(by: >)
            #expect((sorted[0] - sorted[1] >= 0.3) == decided.fixedRows.contains(row))
        }
        #expect(decided.fixedRows.count < rows.count)
        while search.run.evaluating { _ = search.advance() }
        let next = search.run.nextRound()
        let job = try #require(next).job
        for step in 0..<20 {
            var later = job
            later.step = UInt64(100 + step)
            let child = later.sample(0, noise: .independent, shape: search.space.shape, seed: 2)
            let mixture = try #require(child).mixture
            for row in decided.fixedRows {
                let best = rows[row].max { probabilities[$0] < probabilities[$1] }
                #expect(mixture.entries[rows[row]].firstIndex(of: 1) == best)
            }
        }
        _ = search.finish()
        let last = try #require(search.run.state.architecture)
        #expect(Set(last.fixedRows).isSuperset(of: decided.fixedRows))
        for (row, places) in rows.enumerated() {
            let stayed = last.alpha.entries[places] == decided.alpha.entries[places]
            #expect(stayed == decided.fixedRows.contains(row))
        }
    }

    @Test("A checkpoint knows which edges are decided, and refuses edges that there are not")
    func checkpoint() throws {
        var search = try search()
        while search.run.state.step < 6, search.advance() != nil {}
        let state = search.run.state
        #expect(state.architecture?.fixedRows.isEmpty == false)
        let files = state.checkpointFiles(runIdentity: "r", configuration: "c")
        var read = try self.search().run.state
        try read.restore(tensors: files[0].bytes, counters: files[1].bytes, source: "checkpoint")
        #expect(read.architecture == state.architecture)
        let text = String(decoding: files[1].bytes, as: UTF8.self)
        let wrong = text.replacing(/"fixed_rows" *: *\[/, with: "\"fixed_rows\": [999, ")
        #expect(wrong != text)
        var other = try self.search().run.state
        #expect(throws: (any Error).self) {
            try other.restore(tensors: files[0].bytes, counters: Array(wrong.utf8), source: "checkpoint")
        }
    }
}

extension TrainingRun {
    /// Whether an evaluation's round is next.
    fileprivate var evaluating: Bool {
        var copy = self
        return copy.nextRound()?.place != nil
    }
}
