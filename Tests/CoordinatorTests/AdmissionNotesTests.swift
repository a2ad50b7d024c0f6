import Messaging
import Reporting
import Testing

import Coordinator

struct AdmissionNotesTests {
    @Test("The same refusal is said once a minute with its count, however often it comes; another one at once")
    func paced() throws {
        var notes = AdmissionNotes(nil)
        #expect(notes.lines([], [], at: .zero).isEmpty)
        #expect(notes.lines([.brokenOff, .mechanismMismatch], [], at: .zero).count == 1)
        for second in 1..<60 { #expect(notes.lines([.brokenOff], [], at: .seconds(second)).isEmpty) }
        let again = notes.lines([.brokenOff], [], at: .seconds(60))
        // One at once with the first, 59 later.
        #expect(again.count == 1 && again.allSatisfy { $0.sentence.contains("(and 60 times since") })
        let key = try CurveKeyPair.generated().publicKey
        let denied = DeniedConnection(address: "10.0.0.2", key: key, verdict: .unknown(remark: ""))
        let lines = notes.lines([.denied(status: 400)], [denied], at: .seconds(61))
        #expect(lines.count == 1, "the authenticator's words, not the monitor's too")
        #expect(lines.allSatisfy { $0.sentence.contains("10.0.0.2") && $0.sentence.contains("\(key)") })
    }

    @Test("A thousand strangers within a minute fill no log, and after it there is room again")
    func bounded() throws {
        var notes = AdmissionNotes(nil)
        let key = try CurveKeyPair.generated().publicKey
        func strangers(_ numbers: Range<Int>) -> [DeniedConnection] {
            numbers.map {
                DeniedConnection(address: "10.0.\($0 / 256).\($0 % 256)", key: key, verdict: .unknown(remark: ""))
            }
        }
        #expect(notes.lines([], strangers(0..<1000), at: .zero).count == RepeatedLines.limit)
        #expect(notes.lines([], strangers(1000..<1010), at: .seconds(61)).count == 10)
    }
}
