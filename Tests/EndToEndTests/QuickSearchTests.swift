import Formats
import Host
import Testing

/// The README's first command, as it stands.
@Suite
struct QuickSearchTests {
    private static let preset =
        FileSystem.parent(of: FileSystem.parent(of: FileSystem.parent(of: #filePath))) + "/configs/quick.yaml"

    @Test("The quick search moves alpha, and the derived network reaches 95 % on at least 300 held-out images")
    func quickSearch() throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let outcome = try programs.run(
            "snas", ["local", "--config", Self.preset, "--workers", "2", "--threads", "1", "--run", run])
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first?.hasPrefix("genotype = Genotype(normal=[('") == true)
        #expect(lines.dropFirst().first?.hasPrefix("Best-Genotype=Genotype(normal=[('") == true)
        #expect(outcome.fingerprint?.count == 64)
        let epochs = try programs.text("run/metrics.jsonl").split(separator: "\n")
            .map { try JSONValue.parse(Array($0.utf8), source: "metrics") }.filter { $0["kind"]?.text == "epoch" }
        #expect(epochs.count == 40)
        let last = try #require(epochs.last)
        #expect(try #require(last["derived"]?["accuracy"]?.number) >= 0.95)
        #expect(try #require(last["derived"]?["images"]?.integer) >= 300)
        // The gap: four networks an epoch. At the last temperature a soft sample is all but hard.
        for epoch in epochs {
            for network in ["soft", "hard", "derived", "top2"] {
                // Part of the held-out images before the last epoch.
                let images = epoch[network]?["images"]?.integer
                #expect(images == (epoch == last ? last["derived"]?["images"]?.integer : 256), "\(network)")
                #expect(epoch[network]?["draws"]?.integer == (["soft", "hard"].contains(network) ? 4 : 1))
                #expect((epoch[network]?["standard_error"]?.number != nil) == ["soft", "hard"].contains(network))
            }
        }
        let (soft, hard) = (last["soft"]?["accuracy"]?.number, last["hard"]?["accuracy"]?.number)
        #expect(abs(try #require(soft) - #require(hard)) < 0.02)
        #expect(try #require(last["entropy"]?.number) <= 0.85 * 58.2)
        #expect(last["credits"]?["normal"]?.elements?.count == 14)
        let rows = try #require(last["probabilities"]?["reduce"]?.elements)
        for row in rows {
            guard case .object(let members) = row else { throw UserError(.internalFault, "a row is no object") }
            #expect(members.count == 8 && abs(members.compactMap(\.value.number).reduce(0, +) - 1) < 1e-5)
        }
        #expect(rows.count == 14)
        for file in [
            "normal.svg", "reduce.svg", "curves.svg", "genotype.json", "genotype.txt", "alphas.safetensors",
            "weights.safetensors", "configuration.yaml", "journal.jsonl", "log.txt",
        ] { #expect((FileSystem.size("\(run)/\(file)") ?? 0) > 100, "\(file)") }
        let weights = try SafetensorsFile.parse(
            try FileSystem.readFile("\(run)/weights.safetensors", limitBytes: 1 << 26), source: "weights")
        #expect(weights["stem.0.weight"]?.shape == [24, 1, 3, 3])
        #expect(weights.tensors.allSatisfy { tensor in tensor.values.allSatisfy { $0.isFinite } })
    }
}
