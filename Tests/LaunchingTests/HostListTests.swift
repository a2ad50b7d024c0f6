import Testing

import Launching

@Suite("Lists of hosts")
struct HostListTests {
    @Test(
        "A host file has a line a host with its settings; comments, empty lines and line ends of other systems are passed over"
    )
    func file() throws {
        let list = try HostList(
            parsing:
                "# all of them\n\ngpu01\r\n  gpu02:2222\tslots=2 threads=8   # a comment\nme@[fd00::1]:22 device=cuda:0 data=/a/b=c\n"
        )
        var second = WorkerHost("gpu02", port: 2222)
        second.slots = 2
        second.threads = 8
        var third = WorkerHost("me@fd00::1", port: 22)
        third.device = "cuda:0"
        third.data = "/a/b=c"
        #expect(list.hosts[0] == WorkerHost("gpu01"))
        #expect(list.hosts[1] == second)
        #expect(list.hosts.count == 3 && list.hosts[2] == third)
    }

    @Test("A mistake is told with its line and column")
    func mistakes() {
        for (text, line, column, part) in [
            ("gpu01\n gpu02 slot=2", 2, 8, "'slot' is no setting of a host; did you mean 'slots'?"),
            ("gpu01 slots=0", 1, 13, "slots is '0'; it takes 1 to 1024"),
            ("gpu01 slots=2 slots=3", 1, 15, "slots is given twice"),
            ("gpu01 threads", 1, 7, "'threads' is no setting"),
            ("gpu01:ssh", 1, 7, "'ssh' is no port"),
            ("gpu01:70000", 1, 7, "'70000' is no port"),
            ("-oProxyCommand=x", 1, 1, "begins with '-'"),
            ("me@-x", 1, 1, "is no host"),
            ("gpu01;reboot", 1, 1, "is no host"),
            ("gpu01 data=images", 1, 12, "a folder of that host, from the root"),
            ("gpu01 device=tpu", 1, 14, "device is 'tpu'"),
            ("gpu01\ngpu02\ngpu01", 3, 1, "gpu01 is there already, in line 1"),
            ("a slots=1000\nb slots=25", 2, 1, "more than 1024 workers"),
            ("# nobody\n", 1, 1, "there is no host"),
        ] {
            let error = #expect(throws: HostListError.self) { try HostList(parsing: text) }
            #expect(error?.line == line && error?.column == column, "\(text): \(String(describing: error))")
            #expect(error?.reason.contains(part) == true, "\(text): \(String(describing: error))")
        }
    }

    @Test("Names with commas between them are a list; what is wrong in it is told with its column")
    func names() throws {
        #expect(try HostList(ofNames: "a,b:22").hosts == [WorkerHost("a"), WorkerHost("b", port: 22)])
        for (text, column) in [("a,,b", 3), ("a, b", 3), ("a,-b", 3), ("a,b:x", 5), ("a,a", 3), ("", 1)] {
            let error = #expect(throws: HostListError.self) { try HostList(ofNames: text) }
            #expect(error?.column == column && error?.line == nil, "\(text): \(String(describing: error))")
        }
    }

    @Test("What a host's key and logs are called is a plain name, whatever the host is called")
    func labels() {
        #expect(WorkerHost("me@gpu01", port: 22).label == "me-gpu01-22")
        #expect(WorkerHost("fd00::1").label == "fd00--1")
        #expect(WorkerHost(".hidden").label == "hidden")
        #expect(WorkerHost(String(repeating: "x", count: 200)).label.count == 56)
    }
}
