import Host
import Testing
import Worker

@Suite
struct ThreadedMapTests {
    @Test("Results come in the order of their things, whoever computed them", arguments: [1, 3, 8])
    func order(threads: Int) throws {
        for count in [0, 1, 7] {
            #expect(try ThreadedMap.map(Array(0..<count), threads: threads) { 10 * $0 } == (0..<count).map { 10 * $0 })
        }
    }

    @Test("What fails for one of them fails for all")
    func failure() {
        #expect(throws: UserError.self) {
            try ThreadedMap.map(Array(0..<5), threads: 2) { number in
                guard number != 3 else { throw UserError(.data, "three") }
                return number
            }
        }
    }
}
