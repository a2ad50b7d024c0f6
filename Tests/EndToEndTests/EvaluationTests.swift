import Formats
import Host
import Testing

/// What an evaluation says, with real processes.
@Suite
struct EvaluationTests {
    /// The last epoch of a short search.
    private func lastEpoch(recalibrationImages: Int) throws -> JSONValue {
        let programs = try Programs()
        let outcome = try programs.run(
            "snas",
            [
                "local", "--workers", "1", "--threads", "2", "--run", "\(programs.folder)/run", "--init_channels", "4",
                "--layers", "3", "--batch_size", "40", "--shards", "5", "--epochs", "3", "--train_portion", "0.8",
                "--drop_path_prob", "0", "--recalibration_images", "\(recalibrationImages)",
            ])
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        let lines = programs.text("run/metrics.jsonl").split(separator: "\n").filter {
            $0.contains("\"kind\":\"epoch\"")
        }
        return try JSONValue.parse(Array(try #require(lines.last).utf8), source: "metrics")
    }

    @Test("One image more in a recalibration, alone in its shard, moves no reported accuracy by a point")
    func oneImageMore() throws {
        let even = try lastEpoch(recalibrationImages: 64)
        let odd = try lastEpoch(recalibrationImages: 65)
        for network in ["soft", "hard", "derived", "top2"] {
            let (former, latter) = (even[network]?["accuracy"]?.number, odd[network]?["accuracy"]?.number)
            #expect(abs(try #require(former) - #require(latter)) < 0.01, "\(network)")
        }
    }
}
