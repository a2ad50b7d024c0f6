import Formats
import SearchSpace
import Testing
import Wire

@Suite
struct TrainingLinesTests {
    @Test("Every line is read back as it was written, in one line")
    func roundTrips() throws {
        let constants = TrainingConstants(
            configuration: "space.layers = 3\ndata.flip = 0\n", dataLocation: "a \"folder\"", dataDigest: "ab")
        #expect(!constants.line.contains("\n"))
        #expect(try TrainingConstants(line: constants.line) == constants)
        let greeting = TrainerGreeting(
            probe: Digest128(high: 1, low: .max), mathTable: Digest128(high: 0, low: 7), processor: "p", software: "s",
            trainingImages: 750, judgeImages: 749)
        #expect(try TrainerGreeting(line: greeting.line) == greeting)
        let genotype = try #require(KnownGenotypes.named("SNAS_mild"))
        let job = TrainingJob(number: 12, genotype: genotype, seed: 3)
        #expect(try TrainingJob(line: job.line) == job)
        for loss in [0.1 + 0.2, 2, nil] {
            let outcome = TrainingOutcome(
                number: 12, loss: loss, hits: 5, fingerprint: "f", processorSeconds: 1.25)
            #expect(try TrainingOutcome(line: outcome.line) == outcome)
        }
    }

    @Test(
        "A line that lacks something, or holds what is none, is refused",
        arguments: [
            "", "{}", "[1]", "{\"job\":1,\"genotype\":\"Genotype()\",\"seed\":1}",
            "{\"job\":-1,\"genotype\":\"\",\"seed\":1}",
            "{\"job\":1,\"hits\":2,\"fingerprint\":\"f\",\"cpu_seconds\":1}",
            "{\"probe\":\"12\",\"math_table\":\"12\"}",
        ])
    func refusals(line: String) {
        #expect(throws: FormatError.self) { try TrainingJob(line: line) }
        #expect(throws: FormatError.self) { try TrainingOutcome(line: line) }
        #expect(throws: FormatError.self) { try TrainerGreeting(line: line) }
        #expect(throws: FormatError.self) { try TrainingConstants(line: line) }
    }
}
