import Host
import Testing
import Wire

import Launching

@Suite("A worker's place on a host")
struct WorkerSlotTests {
    private let worker = WorkerIdentity(high: 1, low: 2)

    /// A worker that has said who it is at 1 s.
    private func running() -> WorkerSlot {
        var slot = WorkerSlot(at: .zero)
        #expect(slot.look(members: [], at: .zero) == .start)
        slot.met(worker, at: .seconds(1))
        return slot
    }

    @Test(
        "Exit codes whose reason will hold next time leave a host out at once, with the worker's last words",
        arguments: [64, 65, 66, 76, 77, 78] as [Int32])
    func leftOut(code: Int32) {
        var slot = running()
        #expect(
            slot.ended(.exited(code), lastWords: LastWords("no such thing"), at: .seconds(2))
                == .leftOut(reason: "no such thing"))
        #expect(slot.state == .leftOut)
        #expect(slot.look(members: [], at: .seconds(10_000)) == .none)
    }

    @Test("Other exit codes start a worker again after 1, 2, 4 seconds and so on, at most 60; a long run begins anew")
    func again() {
        var slot = WorkerSlot(at: .zero)
        var now = Duration.zero
        var waits: [Double] = []
        for _ in 0..<8 {
            #expect(slot.look(members: [], at: now) == .start)
            guard case .again(_, let seconds?) = slot.ended(.exited(75), lastWords: nil, at: now) else {
                Issue.record("not again")
                return
            }
            waits.append(seconds)
            #expect(slot.look(members: [], at: now + .seconds(seconds) - .milliseconds(1)) == .none)
            now += .seconds(seconds)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60])
        #expect(slot.look(members: [], at: now) == .start)
        slot.met(worker, at: now)
        #expect(
            slot.ended(.exited(69), lastWords: LastWords("gone"), at: now + .seconds(61))
                == .again(reason: "gone", afterSeconds: 1))
    }

    @Test("A worker whose ssh was cut is not started twice: not while the coordinator counts it, nor for 20 s after")
    func cut() {
        var slot = running()
        #expect(
            slot.ended(.exited(255), lastWords: LastWords("Connection reset"), at: .seconds(5))
                == .again(reason: "Connection reset", afterSeconds: nil))
        for second in 6...300 { #expect(slot.look(members: [worker], at: .seconds(second)) == .none) }
        for second in 301...320 { #expect(slot.look(members: [], at: .seconds(second)) == .none) }
        // It comes back over a new connection of its own.
        #expect(slot.look(members: [worker], at: .seconds(320)) == .none)
        #expect(slot.look(members: [], at: .seconds(340)) == .none)
        #expect(slot.look(members: [], at: .seconds(341)) == .none)
        #expect(slot.look(members: [], at: .seconds(341)) == .start)
    }

    @Test("An ssh that is killed counts as cut, and one that could not connect is tried again")
    func killed() {
        var slot = running()
        #expect(
            slot.ended(.signalled(9), lastWords: nil, at: .seconds(2))
                == .again(reason: "the connection was cut", afterSeconds: nil))
        var other = WorkerSlot(at: .zero)
        _ = other.look(members: [], at: .zero)
        #expect(
            other.ended(
                .exited(255), lastWords: LastWords("connect to host h port 22: Connection refused"), at: .seconds(1))
                == .again(reason: "connect to host h port 22: Connection refused", afterSeconds: 1))
    }

    @Test(
        "What only the user can mend of ssh leaves a host out",
        arguments: [
            "Host key verification failed.", "me@gpu01: Permission denied (publickey).",
        ])
    func refusals(words: String) {
        var slot = WorkerSlot(at: .zero)
        _ = slot.look(members: [], at: .zero)
        #expect(slot.ended(.exited(255), lastWords: LastWords(words), at: .seconds(1)) == .leftOut(reason: words))
    }

    @Test("An ssh that does not come to a worker within two minutes is given up")
    func hung() {
        var slot = WorkerSlot(at: .zero)
        _ = slot.look(members: [], at: .zero)
        #expect(slot.look(members: [], at: .seconds(120)) == .none)
        #expect(slot.look(members: [], at: .seconds(121)) == .giveUp)
        guard case .again = slot.ended(.signalled(9), lastWords: nil, at: .seconds(121)) else {
            Issue.record("it is not tried again")
            return
        }
    }

    @Test("A worker that was told to leave is not started again, however it ends")
    func drained() {
        var slot = running()
        slot.leave()
        #expect(slot.ended(.exited(75), lastWords: nil, at: .seconds(3)) == .done)
        #expect(slot.look(members: [], at: .seconds(1000)) == .none && slot.isOver)
    }

    @Test("The reason is what ssh said last where ssh failed, and what the worker said last where the worker did")
    func reasons() {
        for (line, sentence, isWorkers) in [
            ("snas-worker: the key is not on the list", "the key is not on the list", true),
            ("snas-worker 4711: ready, 2 threads", "ready, 2 threads", true),
            (#"{"time":"t","message":"leaving: signal 15"}"#, "leaving: signal 15", true),
            (
                "ssh: connect to host h port 22: Connection refused",
                "ssh: connect to host h port 22: Connection refused", false
            ),
            ("snas-worker is not on h: install it", "snas-worker is not on h: install it", false),
        ] {
            #expect(LastWords(line).sentence == sentence && LastWords(line).isWorkers == isWorkers)
        }
        var slot = running()
        #expect(
            slot.ended(.exited(255), lastWords: LastWords("snas-worker 7: ready"), at: .seconds(2))
                == .again(reason: "the connection was cut", afterSeconds: nil))
    }
}
