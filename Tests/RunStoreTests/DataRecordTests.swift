import Datasets
import Formats
import Host
import RunStore
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Where a run's data set lay is a hint; its digest says whether it is the run's own.
@Suite
struct DataRecordTests {
    /// CIFAR-10's layout with five files of two images.
    private static func makeImages(in folder: String, first: UInt8 = 0) throws {
        try FileSystem.createDirectory(folder)
        for file in 1...5 {
            let images = [UInt8(file - 1), UInt8(file + 4)].flatMap { label in
                [label] + [UInt8](repeating: first &+ label, count: 3072)
            }
            try FileSystem.writeFile("\(folder)/data_batch_\(file).bin", images)
        }
    }

    @Test("A data set that has moved is found where the user says, and the run knows its new place from then on")
    func moved() throws {
        let folder = try RunFolder()
        let above = FileSystem.parent(of: folder.path)
        try Self.makeImages(in: "\(above)/old")
        let run = try RunDirectory.create(folder.path)
        let data = try RecognisedDataset(at: "\(above)/old").loadTraining()
        let written = try DataRecord(data, at: "\(above)/old")
        try written.write(to: run)
        #expect(try DataRecord(of: run) == written)
        let form = try #require(written.form)
        #expect([form.channels, form.height, form.width, form.classes] == [3, 32, 32, 10])
        try FileSystem.rename("\(above)/old", to: "\(above)/new\nplace")
        #expect { try written.load(from: nil, compactsLabels: false) } throws: {
            $0.userSentence.contains("say with --data where it is now")
                && ($0 as? any UserFacingError)?.exitCode == .noInput
        }
        let (_, found) = try written.load(from: "\(above)/new\nplace", compactsLabels: false)
        #expect(found.location == "\(above)/new\nplace" && found.digest == written.digest)
        try found.write(to: run)
        #expect(try DataRecord(of: run).load(from: nil, compactsLabels: false).data.images.count == 10)
    }

    @Test("Another data set in the old one's place is refused by its digest, wherever it lies")
    func other() throws {
        let folder = try RunFolder()
        let above = FileSystem.parent(of: folder.path)
        try Self.makeImages(in: "\(above)/data")
        let record = try DataRecord(try RecognisedDataset(at: "\(above)/data").loadTraining(), at: "\(above)/data")
        try Self.makeImages(in: "\(above)/data", first: 9)
        for place in [nil, "\(above)/data", "digits"] {
            #expect { try record.load(from: place, compactsLabels: false) } throws: {
                $0.userSentence.contains("the run began with \(record.digest)")
                    && ($0 as? any UserFacingError)?.exitCode == .data
            }
        }
    }

    @Test("A place is kept from the root, whatever folder the process stood in")
    func absolute() throws {
        let here = try FileSystem.absolutePath(".")
        #expect(here.hasPrefix("/") && !here.hasSuffix("/."))
        #expect(try FileSystem.absolutePath("./a/./b") == "\(here)/a/b")
        #expect(try FileSystem.absolutePath("../x") == "\(FileSystem.parent(of: here))/x".replacing("//", with: "/"))
        #expect(try FileSystem.absolutePath("/a//b/../c/") == "/a/b/../c")
        let digits = try RecognisedDataset(at: "digits").loadTraining()
        #expect(try DataRecord(digits, at: "digits").location == "digits")
    }

    @Test("The record of an earlier version is read, a newline in its location too")
    func earlier() throws {
        let folder = try RunFolder()
        let run = try RunDirectory.create(folder.path)
        let digest = String(repeating: "ab", count: 32)
        for location in ["digits", "data", "a\nb"] {
            try folder.write("data.txt", "\(location)\n\(digest)\n")
            let record = try DataRecord(of: run)
            #expect(record.location == location && record.digest == digest && record.form == nil)
        }
        try folder.write("data.txt", "digits\n")
        #expect { try DataRecord(of: run) } throws: { $0.userSentence.contains("should hold a location and a digest") }
        try folder.write("data.json", "{}")
        #expect { try DataRecord(of: run) } throws: { $0.userSentence.contains("does not say where the data set lay") }
    }
}
