import Coordinator
import HTTP
import Host
import Testing

@Suite("Lines of a file in parts")
struct PageLinesTests {
    @Test("A part ends with a line's end, the next begins behind it, and what has no end yet waits")
    func parts() throws {
        let folder = try ScratchFolder(prefix: "snas-lines-")
        let path = "\(folder.path)/lines"
        #expect(RunPages.lines(of: path, from: nil).status == 404)
        try FileSystem.writeFile(path, Array("one\ntwo\nthr".utf8))
        let first = RunPages.lines(of: path, from: nil)
        #expect(first.status == 206 && first.body == Array("one\ntwo\n".utf8))
        #expect(first.headers["Content-Range"] == "bytes 0-7/11")
        #expect(RunPages.lines(of: path, from: 8).status == 416, "no whole line yet")
        #expect(RunPages.lines(of: path, from: 11).status == 416 && RunPages.lines(of: path, from: 99).status == 416)
        try FileSystem.appendFile(path, Array("ee\n".utf8))
        let second = RunPages.lines(of: path, from: 8)
        #expect(second.status == 206 && second.body == Array("three\n".utf8))
        #expect(second.headers["Content-Range"] == "bytes 8-13/14")
        #expect(RunPages.lines(of: path, from: nil).status == 200)
    }
}
