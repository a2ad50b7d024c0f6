import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Presets of an installed program, which are named by a word.
@Suite
struct InstalledPresetTests {
    @Test(
        "--config takes an installed preset's name; a file of that name comes first, and another name is refused with the nearest"
    )
    func byName() throws {
        let programs = try Programs()
        let bin = "\(programs.folder)/usr/bin"
        let configs = "\(programs.folder)/usr/share/snas/configs"
        try FileSystem.createDirectory(bin)
        try FileSystem.createDirectory(configs)
        try FileSystem.writeFile("\(configs)/quick.yaml", Array("training:\n  epochs: none\n".utf8))
        try FileSystem.writeFile("\(configs)/slow.yaml", [])
        // Not a link: the program asks the system where it lies.
        let copied = try ChildProcess("cp", ["\(programs.bin)/snas", "\(programs.bin)/snas-worker", bin])
        #expect(copied.wait() == .exited(0))
        func refusal(_ given: String) throws -> (status: ProcessStatus, notes: String) {
            let words = #"cd "$1" && exec usr/bin/snas local --config "$2""#
            let child = try ChildProcess(
                "sh", ["-c", words, "sh", programs.folder, given], outputPath: "/dev/null",
                errorPath: "\(programs.folder)/err")
            return (child.wait(), programs.text("err"))
        }
        let installed = try refusal("quick")
        #expect(installed.status == .exited(78) && installed.notes.contains("\(configs)/quick.yaml"), "\(installed)")
        let misspelt = try refusal("quik")
        #expect(
            misspelt.status == .exited(66)
                && misspelt.notes.contains(
                    "--config 'quik' is no file and none of the presets in \(configs); did you mean 'quick'?; they are quick, slow"
                ),
            "\(misspelt)")
        try FileSystem.writeFile("\(programs.folder)/quick", Array("nonsense:\n  epochs: 1\n".utf8))
        let file = try refusal("quick")
        #expect(
            file.status == .exited(78) && file.notes.contains("nonsense") && !file.notes.contains(configs), "\(file)")
        let path = try refusal("./quik.yaml")
        #expect(path.status == .exited(66) && !path.notes.contains("presets"), "\(path)")
    }
}
