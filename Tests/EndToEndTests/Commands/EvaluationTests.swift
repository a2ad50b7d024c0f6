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

    /// Not accuracies: of images that are near a tie of two classes one libtorch or another turns several at once, by a ten-thousandth
    /// of the loss. Weighed by images the losses moved by 0.002 at most, weighed by shards by 0.15 to 0.54.
    @Test("One image more in a recalibration, alone in its shard, moves no reported loss by 0.02")
    func oneImageMore() throws {
        let even = try lastEpoch(recalibrationImages: 64)
        let odd = try lastEpoch(recalibrationImages: 65)
        for network in ["soft", "hard", "derived", "top2"] {
            let (former, latter) = (even[network]?["loss"]?.number, odd[network]?["loss"]?.number)
            #expect(abs(try #require(former) - #require(latter)) < 0.02, "\(network)")
        }
    }
}
