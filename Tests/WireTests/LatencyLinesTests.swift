import Formats
import SearchSpace
import Testing
import Wire

@Suite
struct LatencyLinesTests {
    @Test("Question and answer are read back as they were written, in one line")
    func roundTrips() throws {
        let question = LatencyQuestion(
            configuration: "space.layers = 3\n", image: ImageShape(channels: 1, height: 8, width: 10), classes: 10,
            images: 2, repeats: 5, cells: ["Genotype(a)", "b"])
        #expect(!question.line.contains("\n"))
        #expect(try LatencyQuestion(line: question.line) == question)
        let answer = LatencyAnswer(
            kernels: "avx2", software: "s 1", times: [.init(median: 5, spread: 0), .init(median: 1 << 40, spread: 7)],
            scale: 1.0625)
        #expect(try LatencyAnswer(line: answer.line) == answer)
    }

    @Test(
        "A line that lacks something, or holds what is none, is refused",
        arguments: [
            "", "{}", "[1]", "{\"kernels\":\"k\",\"software\":\"s\",\"scale\":1,\"times\":[[1]]}",
            "{\"configuration\":\"\",\"image\":[0,8,8],\"classes\":10,\"images\":1,\"repeats\":1,\"cells\":[]}",
        ])
    func refusals(line: String) {
        #expect(throws: FormatError.self) { try LatencyQuestion(line: line) }
        #expect(throws: FormatError.self) { try LatencyAnswer(line: line) }
    }
}
