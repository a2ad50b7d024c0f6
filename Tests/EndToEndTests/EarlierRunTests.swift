import Formats
import Host
import Testing

/// Runs that an earlier version left, made before folders had a format's number: `Fixtures/format-1` holds a search and a
/// retraining of its cell, three steps each on the digits.
@Suite
struct EarlierRunTests {
    /// A copy, for a run's folder may be written to.
    private func copy(_ name: String, _ programs: Programs) throws -> String {
        let fixture = "\(FileSystem.parent(of: #filePath))/Fixtures/format-1/\(name)"
        #expect(Tools.run(words: ["cp", "-r", fixture, programs.folder]))
        return "\(programs.folder)/\(name)"
    }

    @Test("Status, evaluation and the cell of an earlier version's run are read as that version read them")
    func reading() throws {
        let programs = try Programs()
        let retraining = try copy("retraining", programs)
        let search = try copy("search", programs)
        let status = try programs.run("snas", ["status", search, "--json"])
        #expect(status.status == .exited(0) && status.output.contains("\"finished\""), "\(status.notes)")
        let evaluation = try programs.run("snas", ["evaluate", "--run", retraining, "--json"])
        let value = try JSONValue.parse(Array(evaluation.output.utf8), source: "evaluation")
        // As the version that made the run says.
        #expect(value["top1"]?["hits"]?.integer == 32 && value["images"]?.integer == 297, "\(evaluation.notes)")
        let loss = try #require(value["loss"]?.number)
        #expect(abs(loss - 2.340717765217277) < 1e-5)
        let cell = try programs.run("snas", ["describe", "--genotype", search])
        #expect(cell.status == .exited(0) && cell.output.contains("normal"), "\(cell.notes)")
    }

    @Test("Such a run is not continued where the bits cannot be kept, and the sentence says how to go on")
    func continuing() throws {
        let programs = try Programs()
        let search = try copy("search", programs)
        let resumed = try programs.run("snas", ["resume", search])
        #expect(resumed.status == .exited(ExitCode.protocolMismatch.rawValue), "\(resumed.notes)")
        #expect(
            resumed.notes.contains("was begun by an earlier snas, which did not know")
                && resumed.notes.contains("begins anew with --config \(search)/configuration.yaml"))
        let anew = try programs.run(
            "snas",
            [
                "local", "--config", "\(search)/configuration.yaml", "--data", "digits", "--run",
                "\(programs.folder)/anew", "--workers", "1",
            ])
        #expect(anew.status == .exited(0) && anew.fingerprint != nil, "\(anew.notes)")
        try FileSystem.writeFile("\(search)/format", Array("9\n".utf8))
        for words in [["resume", search], ["evaluate", "--run", search]] {
            let refused = try programs.run("snas", words)
            #expect(refused.status == .exited(ExitCode.protocolMismatch.rawValue))
            #expect(refused.notes.contains("has format 9, which a newer snas wrote"), "\(refused.notes)")
        }
    }
}
