import Formats
import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// `snas launch` with real workers behind a program that stands for ssh: it runs the last of its words on this machine, as the shell of
/// the host that it was told would.
@Suite
struct LaunchTests {
    /// Writes the program; each call adds a line with the host to `calls`, and its process to `ssh-HOST`.
    private func ssh(_ programs: Programs) throws -> String {
        let path = "\(programs.folder)/ssh"
        let script = """
            #!/bin/sh
            printf '%s\\n' "$@" >> \(programs.folder)/words
            env >> \(programs.folder)/words
            host=
            for word in "$@"; do before=$host; host=${last:-}; last=$word; done
            echo "$host" >> \(programs.folder)/calls
            case $host in
            dark) echo "ssh: connect to host dark port 22: No route to host" >&2; exit 255 ;;
            changed) echo "Host key verification failed." >&2; exit 255 ;;
            esac
            echo $$ > \(programs.folder)/ssh-$host
            unset XDG_CACHE_HOME
            HOME=\(programs.folder)/home-$host
            mkdir -p "$HOME"
            # A session's process and the ssh that leads to it are two: the one may be killed without the other.
            # What runs in the background gets no standard input but one that is named.
            exec 3<&0
            sh -c "$last" <&3 3<&- &
            exec 3<&- 0</dev/null
            wait $!
            """
        try FileSystem.writeFile(path, Array(script.utf8))
        chmod(path, 0o755)
        return path
    }

    private func words(_ programs: Programs, hosts: String, steps: Int = 4, _ more: [String] = []) throws -> [String] {
        ["launch", "--hosts", hosts, "--ssh", try ssh(programs), "--run", "\(programs.folder)/run"]
            + Programs.small(steps: steps, epochs: 100_000) + more
    }

    private func quiet(steps: Int = 4, _ more: [String] = []) throws -> String? {
        let programs = try Programs()
        return try programs.run(
            "snas",
            ["local", "--workers", "1", "--threads", "2", "--run", "\(programs.folder)/run"]
                + Programs.small(steps: steps, epochs: 100_000) + more
        ).fingerprint
    }

    @Test(
        "A search on two hosts comes to the bits of one on this machine; a third cannot be reached, a fourth has another key"
    )
    func search() throws {
        let programs = try Programs()
        let hosts = "\(programs.folder)/hosts"
        try FileSystem.writeFile(hosts, Array("a threads=1\ndark\nb slots=2\nchanged\n".utf8))
        let outcome = try programs.run("snas", try words(programs, hosts: hosts, ["--min_workers", "3"]), within: 60)
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(try outcome.fingerprint == quiet(["--min_workers", "1"]))
        #expect(outcome.notes.contains("changed is left out: Host key verification failed."))
        #expect(outcome.notes.contains("dark: ssh: connect to host dark port 22: No route to host; it is tried again"))
        for name in ["a", "b", "b-2"] {
            #expect(programs.text("run/workers/\(name).log").contains("ready, 1 threads"), "\(name)")
        }
        let secrets = programs.text("words").split(separator: "\n").filter { $0.contains("secret-key") }
        #expect(secrets.isEmpty, "keys are handed over standard input alone")
        #expect(!programs.text("words").isEmpty)
    }

    @Test("A worker whose ssh is killed goes on, is not started twice and leaves at the end: the same bits")
    func cut() throws {
        let programs = try Programs()
        let steps = 40
        // No step is computed before both workers are there: one whose ssh is killed earlier is rightly started again.
        let child = try programs.start(
            "snas", try words(programs, hosts: "a,b", steps: steps, ["--min_workers", "2"]), name: "launch")
        #expect(programs.wait(for: "\"step\"", lines: 4, in: "run/journal.jsonl"))
        for host in ["a", "b"] {
            let ssh = try #require(Int32(programs.text("ssh-\(host)").split(separator: "\n").first ?? ""))
            kill(ssh, SIGKILL)
        }
        let outcome = programs.finish(child, name: "launch", within: 120)
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(try outcome.fingerprint == quiet(steps: steps, ["--min_workers", "1"]))
        #expect(programs.text("calls").split(separator: "\n").sorted() == ["a", "b"], "\(outcome.notes)")
    }

    @Test("Workers whose launcher is killed end with their coordinator; the same command goes on to the same bits")
    func killed() throws {
        let programs = try Programs()
        let steps = 40
        let more = ["--start_or_resume", "--checkpoint_interval_s", "0"]
        let first = try programs.start("snas", try words(programs, hosts: "a", steps: steps, more), name: "first")
        #expect(programs.wait(for: "\"step\"", lines: 4, in: "run/journal.jsonl"))
        let session = try #require(Int32(programs.text("ssh-a").split(separator: "\n").first ?? ""))
        first.send(signal: SIGKILL)
        _ = first.wait()
        let second = try programs.run(
            "snas", try words(programs, hosts: "a", steps: steps, more), name: "second", within: 120)
        #expect(second.status == .exited(0), "\(second.notes)")
        #expect(try second.fingerprint == quiet(steps: steps, ["--checkpoint_interval_s", "0"]))
        // Ten seconds without launcher and coordinator, and some until the worker has noticed.
        for _ in 0..<600 where kill(session, 0) == 0 { usleep(100_000) }
        #expect(kill(session, 0) != 0, "the first launcher's ssh and its worker are there still")
    }

    @Test("A host that is taken out of the file is let go, one that is added is taken in, and mistakes change nothing")
    func hostFile() throws {
        let programs = try Programs()
        let hosts = "\(programs.folder)/hosts"
        try FileSystem.writeFile(hosts, Array("a\n".utf8))
        let child = try programs.start(
            "snas", try words(programs, hosts: hosts, steps: 100_000), name: "launch")
        #expect(programs.wait(for: "\"step\"", lines: 2, in: "run/journal.jsonl"))
        try FileSystem.writeAtomically(hosts, Array("a\nb slot=1\n".utf8))
        #expect(programs.wait(for: "hosts:2:3: 'slot' is no setting of a host", lines: 1, in: "launch.err"))
        try FileSystem.writeAtomically(hosts, Array("b\n".utf8))
        #expect(programs.wait(for: "a let go: no longer so in", lines: 1, in: "launch.err"))
        #expect(programs.wait(for: "b taken in: new in", lines: 1, in: "launch.err"))
        #expect(programs.wait(for: "left: the program that started it lets it go", lines: 1, in: "launch.err"))
        #expect(programs.wait(for: "is ready", lines: 2, in: "launch.err"))
        child.send(signal: SIGINT)
        let outcome = programs.finish(child, name: "launch", within: 60)
        #expect(outcome.status == .exited(ExitCode.temporary.rawValue), "\(outcome.notes)")
    }

    @Test("A host without the program is sent it once, and starts what was verified there")
    func copy() throws {
        let programs = try Programs()
        let outcome = try programs.run("snas", try words(programs, hosts: "a", ["--copy"]), within: 120)
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(try outcome.fingerprint == quiet())
        let place = "\(programs.folder)/home-a/.cache/snas"
        let folder = try #require(try FileSystem.list(place).first)
        #expect(FileSystem.exists("\(place)/\(folder)/snas-worker"))
        #expect(programs.text("calls") == "a\na\na\n", "looked for, sent, started: \(programs.text("calls"))")
        try FileSystem.removeTree("\(programs.folder)/run")
        let again = try programs.run("snas", try words(programs, hosts: "a", ["--copy"]), name: "again", within: 120)
        #expect(again.status == .exited(0) && again.fingerprint == outcome.fingerprint, "\(again.notes)")
        #expect(programs.text("calls") == "a\na\na\na\na\n", "looked for and started: \(programs.text("calls"))")
    }

    @Test("A run all of whose hosts are left out ends at once, and says why")
    func nobody() throws {
        let programs = try Programs()
        let outcome = try programs.run("snas", try words(programs, hosts: "changed"), within: 30)
        #expect(outcome.status == .exited(ExitCode.unavailable.rawValue), "\(outcome.notes)")
        #expect(outcome.notes.contains("every host of --hosts is left out, and the run stopped after step 0"))
    }

    @Test("What cannot be hosts, a command or an address is refused in a sentence, before a run is made")
    func refusals() throws {
        let programs = try Programs()
        for (words, code, sentence) in [
            (["launch"], ExitCode.usage, "--hosts is missing"),
            (["launch", "--hosts", "a,-b"], .usage, "column 3: '-b' begins with '-'"),
            (["launch", "--hosts", "/nowhere/hosts"], .noInput, "there is no host file /nowhere/hosts"),
            (["launch", "--hosts", "a", "--ssh", "ssh 'x"], .usage, "with every quote closed"),
            (["launch", "--hosts", "a", "--advertise", "x y"], .usage, "--advertise: "),
            (["launch", "--hosts", "a", "--bind", "ipc://x"], .usage, "which no other machine reaches"),
            (["resume", "x", "--hosts", "a", "--workers", "2"], .usage, "with --hosts each host's line says it"),
            (["retrain", "--genotype", "SNAS_mild", "--ssh", "x"], .usage, "--ssh goes with --hosts"),
        ] {
            let outcome = try programs.run("snas", words, under: ["/usr/bin/env", "-C", programs.folder], within: 30)
            #expect(outcome.status == .exited(code.rawValue), "\(words): \(outcome.notes)")
            #expect(outcome.notes.contains(sentence), "\(words): \(outcome.notes)")
        }
        #expect(!FileSystem.exists("\(programs.folder)/runs"))
    }
}
