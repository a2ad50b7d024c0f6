import Formats
import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// `snas doctor --hosts`, with a program in place of ssh that runs on this machine what ssh would run on the host.
@Suite
struct HostsDoctorTests {
    private static let ssh = """
        #!/bin/sh
        for word; do host=$last last=$word; done
        case $host in
        gone) echo "ssh: connect to host gone port 22: No route to host" >&2; exit 255 ;;
        esac
        exec sh -c "$last"
        """

    private func start(_ programs: Programs, _ words: [String], name: String) throws -> ChildProcess {
        let ssh = "\(programs.folder)/ssh"
        try FileSystem.writeFile(ssh, Array(Self.ssh.utf8))
        chmod(ssh, 0o755)
        return try programs.start(
            "snas",
            ["doctor", "--json", "--runs", programs.folder, "--ssh", ssh, "--bind", "tcp://127.0.0.1:*"]
                + Programs.small()
                + words, name: name)
    }

    private func findings(_ outcome: Programs.Outcome) throws -> [String: JSONValue] {
        let document = try JSONValue.parse(Array(outcome.output.utf8), source: "findings")
        let list = try #require(document["findings"]?.elements, "\(outcome.notes)")
        return Dictionary(list.map { ($0["subject"]?.text ?? "", $0) }, uniquingKeysWith: { first, _ in first })
    }

    @Test(
        "Hosts are looked at before anything starts: what one has and does in numbers, and why others could have no worker"
    )
    func hosts() throws {
        let programs = try Programs()
        let list = "\(programs.folder)/hosts"
        try FileSystem.writeFile(list, Array("near threads=1\ngone\nbare data=\(programs.folder)/nothing\n".utf8))
        let look = try start(programs, ["--hosts", list], name: "look")
        let shut = try start(programs, ["--hosts", "far", "--advertise", "127.0.0.1:9"], name: "shut")
        let looked = programs.finish(look, name: "look", within: 120)
        let found = try findings(looked)
        #expect(looked.status == .exited(ExitCode.unavailable.rawValue), "one bad host is enough: \(looked.notes)")
        let near = try #require(found["near"])
        #expect(near["verdict"]?.text != "failure", "\(near)")
        #expect(
            near["program"]?.text == "\(programs.bin)/snas-worker"
                && near["version"]?.text?.hasPrefix("snas-worker ") == true)
        for (name, range) in [
            ("cores", 1...4096.0), ("available_bytes", 1e6...1e16), ("needed_bytes", 1e7...1e11),
            ("clock_offset_s", -5...5.0),
            ("clock_uncertainty_s", 0...10.0), ("round_trip_ms", 0.001...10_000), ("threads", 1...1.0),
            ("images_per_second", 1...1e6),
            ("bytes_per_second", 1e3...1e12), ("transfer_ms_per_step", 0.01...1e5), ("compute_ms_per_step", 0.1...1e5),
            ("transfer_share", 1e-6...0.999999),
        ] {
            let value = near[name]?.number
            #expect(value.map(range.contains) == true, "\(name) is \(String(describing: value))")
        }
        #expect(found["gone"]?["verdict"]?.text == "failure")
        #expect(found["gone"]?["text"]?.text?.contains("No route to host") == true)
        #expect(found["bare"]?["verdict"]?.text == "failure")
        #expect(found["bare"]?["text"]?.text?.contains("there is no folder \(programs.folder)/nothing") == true)
        #expect(found["search"]?["text"]?.text?.hasPrefix("1 workers on 1 of 3 hosts, 1 threads") == true, "\(found)")
        let missed = programs.finish(shut, name: "shut", within: 120)
        let far = try #require(try findings(missed)["far"])
        #expect(missed.status == .exited(ExitCode.unavailable.rawValue) && far["verdict"]?.text == "failure")
        #expect(far["text"]?.text?.contains("no coordinator answered at tcp://127.0.0.1:9") == true, "\(far)")
        #expect(far["images_per_second"]?.number ?? 0 > 0, "its work is known all the same")
    }

    @Test(
        "Settings and hosts without each other, keys beside hosts and a mistake in the file are refused before anything is looked at"
    )
    func refused() throws {
        let programs = try Programs()
        let list = "\(programs.folder)/hosts"
        try FileSystem.writeFile(list, Array("near\nfar slot=2\n".utf8))
        for (words, code, part) in [
            (["--layers", "3"], ExitCode.usage, "--layers goes with --hosts"),
            (["--hosts", "near", "--keys", "/keys"], .usage, "--keys is of no use with --hosts"),
            (["--hosts", list], .configuration, "hosts:2:5: 'slot' is no setting of a host"),
            (["--hosts", "near", "--layers", "0"], .usage, "layers"),
        ] {
            let outcome = try programs.run("snas", ["doctor", "--runs", programs.folder] + words, name: "refused")
            #expect(
                outcome.status == .exited(code.rawValue) && outcome.notes.contains(part), "\(words): \(outcome.notes)")
        }
    }
}
