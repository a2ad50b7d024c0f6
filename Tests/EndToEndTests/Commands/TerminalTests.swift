import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What a person sees of a search in a terminal.
@Suite
struct TerminalTests {
    @Test(
        "At 80 and at 200 columns the bar stays in one line through steps and evaluations, each epoch has a line of at most 100 characters, and four lines tell the end",
        arguments: [80, 200])
    func search(columns: Int) throws {
        let programs = try Programs()
        let terminal = try PseudoTerminal(columns: columns)
        let run = "\(programs.folder)/run"
        // Epochs of four steps.
        let short = ["--set", "data.train_portion=0.11", "--networks", "soft,derived", "--evaluation_draws", "1"]
        let words = ["local", "--workers", "1", "--threads", "1", "--run", run] + Programs.small(steps: 12) + short
        let child = try programs.start(words, on: terminal, name: "search")
        terminal.read()
        #expect(programs.finish(child, name: "search", within: 60).status == .exited(0), "\(terminal.text)")

        let bars = terminal.bars
        #expect(bars.contains { $0.contains("step ") } && bars.contains { $0.contains("evaluating epoch") })
        let (rows, hasFullBar) = terminal.screen(columns: columns)
        #expect(!hasFullBar && !rows.contains { $0.hasPrefix("[") }, "\(rows)")
        let wide = terminal.text.split(separator: "\r\n").map { String($0.split(separator: "\u{1B}[K").last ?? "") }
        let epochs = wide.filter { $0.hasPrefix("epoch ") }
        #expect(epochs.count == 3 && epochs.allSatisfy { $0.count <= 100 && $0.contains("derived") }, "\(epochs)")
        let block = wide.suffix(4).map { String($0.prefix { $0 != " " }) }
        #expect(block == ["found:", "how", "where:", "next:"], "\(wide.suffix(5))")
        #expect(wide.last == "next:      snas retrain --genotype \(run)", "\(wide.suffix(1))")
    }

    @Test("A bar follows a terminal that is made narrower, and a stopped search leaves none behind")
    func resized() throws {
        let programs = try Programs()
        let terminal = try PseudoTerminal(columns: 200)
        let words = ["local", "--workers", "1", "--threads", "1", "--run", "\(programs.folder)/run"]
        let child = try programs.start(words + Programs.endless(), on: terminal, name: "search")
        #expect(terminal.read { _ in terminal.bars.contains { $0.count > 79 } })
        terminal.resize(columns: 80)
        #expect(terminal.read { _ in terminal.bars.last.map { $0.count < 80 && $0.contains("left") } ?? false })
        child.send(signal: SIGTERM)
        terminal.read()
        #expect(programs.finish(child, name: "search", within: 60).status == .exited(ExitCode.temporary.rawValue))
        let last = terminal.screen(columns: 80).rows.filter { !$0.isEmpty }.last ?? ""
        #expect(!last.contains("images/s") && !last.hasPrefix("["), "\(last)")
    }

    @Test(
        "The last sentence of a program is marked by a colour in a terminal, and by none where NO_COLOR or a dumb terminal says so"
    )
    func colours() throws {
        let programs = try Programs()
        for (environment, start) in [
            ([:], "\u{1B}[31msnas:\u{1B}[0m unknown command"), (["NO_COLOR": "1"], "snas: unknown command"),
            (["TERM": "dumb"], "snas: unknown command"), (["NO_COLOR": ""], "\u{1B}[31msnas:"),
        ] {
            let terminal = try PseudoTerminal(columns: 80)
            let child = try programs.start(["lokal"], on: terminal, name: "colour", environment: environment)
            terminal.read()
            #expect(programs.finish(child, name: "colour", within: 60).status == .exited(64))
            #expect(terminal.text.hasPrefix(start), "\(terminal.text)")
        }
    }
}
