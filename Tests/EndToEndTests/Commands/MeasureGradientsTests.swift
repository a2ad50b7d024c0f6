import Formats
import Host
import Testing

/// `snas measure gradients` with real processes, on searches of seconds.
@Suite(.serialized)
struct MeasureGradientsTests {
    private func search(_ programs: Programs, _ run: String, nodes: Int, _ words: [String] = []) throws {
        let outcome = try programs.run(
            "snas",
            [
                "local", "--workers", "1", "--threads", "2", "--run", "\(programs.folder)/\(run)", "--nodes",
                "\(nodes)",
            ]
                + Programs.small() + words, name: "search")
        try #require(outcome.status == .exited(0), "\(outcome.notes)")
    }

    private func measure(_ programs: Programs, _ run: String, _ words: [String] = []) throws -> Programs.Outcome {
        try programs.run(
            "snas", ["measure", "gradients", "--run", "\(programs.folder)/\(run)"] + words, name: "measure")
    }

    @Test(
        "Of 81 children every estimator has its row, REINFORCE's bias is what draws leave of none, and one thread or two give the same bytes"
    )
    func table() throws {
        let programs = try Programs()
        try search(programs, "run", nodes: 1, ["--operations", "none,skip_connect,sep_conv_3x3"])
        let words = ["--draws", "128", "--images", "32", "--json", "--threads"]
        let first = try measure(programs, "run", words + ["1"])
        #expect(first.status == .exited(0), "\(first.notes)")
        #expect(try measure(programs, "run", words + ["2"]).output == first.output)
        let value = try JSONValue.parse(Array(first.output.utf8), source: "study")
        #expect(value["children"]?.integer == 81 && value["edges"]?.integer == 4 && value["images"]?.integer == 32)
        let rows = try #require(value["estimators"]?.elements)
        let names = rows.map { "\($0["estimator"]?.text ?? "") \($0["temperature"]?.number ?? 0)" }
        #expect(
            names == [
                "snas 1.0", "snas 0.5", "snas 0.1", "snas 0.03", "gdas 1.0", "gdas 0.1", "dsnas 0.0", "reinforce 0.0",
                "reinforce 0.0", "reinforce 0.0", "darts 0.0",
            ])
        for row in rows[7...9] {
            let (bias, error) = (try #require(row["bias"]?.number), try #require(row["bias_error"]?.number))
            #expect(bias < 4 * error && error > 0, "\(row)")
        }
        #expect(try #require(rows[7]["exact_bias"]?.number) < 1e-9)
        #expect(try #require(rows[6]["exact_bias"]?.number) > 0.01)
        let costs = rows.compactMap { $0["multiply_adds_per_image"]?.number }
        #expect(costs[0] == costs[10] && costs[0] > costs[6] && costs[6] == 3 * costs[7])
        let gradient = try #require(value["gradient"]?.elements).compactMap(\.number)
        #expect(gradient.count == 12)
        for edge in 0..<4 { #expect(abs(gradient[3 * edge..<3 * edge + 3].reduce(0, +)) < 1e-12) }
        let uniform = try measure(programs, "run", ["--alpha", "uniform", "--draws", "8", "--images", "8"])
        #expect(uniform.status == .exited(0) && uniform.output.contains("alpha uniform (entropy 4.39 nats on 4 edges)"))
        #expect(uniform.output.split(separator: "\n").count == 14, "\(uniform.output)")
    }

    @Test("A space too large, a retraining, a run that has not ended, no run and flags that make no sense are refused")
    func refusals() throws {
        let programs = try Programs()
        func expectRefusal(_ run: String, _ words: [String], _ code: ExitCode, _ part: String) throws {
            let outcome = try measure(programs, run, words)
            #expect(outcome.status == .exited(code.rawValue) && outcome.output.isEmpty, "\(outcome.notes)")
            #expect(outcome.notes.contains(part) && outcome.notes.split(separator: "\n").count == 1, "\(outcome.notes)")
        }
        try search(programs, "large", nodes: 2)
        try expectRefusal("large", [], .usage, "more than 65536 children")
        try expectRefusal("large", ["--draws", "12"], .usage, "--draws is 12; it takes a multiple of 8")
        try expectRefusal("large", ["--alpha", "warm"], .usage, "--alpha is 'warm'; it takes run or uniform")
        try expectRefusal("large", ["--images", "1"], .usage, "--images is '1'; it takes 2 to 4096")
        try FileSystem.removeTree("\(programs.folder)/large/weights.safetensors")
        try expectRefusal("large", [], .noInput, "no run of a search that has ended: weights.safetensors is missing")
        try expectRefusal("nowhere", [], .noInput, "no run of a search that has ended")
        let retraining = try programs.run(
            "snas",
            [
                "retrain", "--genotype", "SNAS_mild", "--workers", "1", "--threads", "2", "--run",
                "\(programs.folder)/retraining", "--init_channels", "4", "--layers", "3", "--epochs", "1",
                "--max_steps", "1", "--batch_size", "40", "--shards", "5", "--cutout", "false", "--auxiliary", "false",
            ], name: "retraining")
        try #require(retraining.status == .exited(0), "\(retraining.notes)")
        try expectRefusal("retraining", [], .usage, "is a retraining; alpha's gradient is a search's")
        let unnamed = try programs.run("snas", ["measure", "gradients"], name: "unnamed")
        #expect(unnamed.status == .exited(ExitCode.usage.rawValue) && unnamed.notes.contains("wants --run"))
    }
}
