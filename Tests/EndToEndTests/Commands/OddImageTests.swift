import Host
import Testing

/// Images whose sides are odd, or become odd when a network halves them, through every command that builds a network of them.
@Suite
struct OddImageTests {
    /// 60 images of three classes for training, 15 for a test, as IDX files.
    private func write(side: UInt8, to folder: String) throws {
        try FileSystem.createDirectory(folder)
        for (name, count) in [("train", 60), ("t10k", 15)] {
            var pixels: [UInt8] = []
            for image in 0..<count {
                // A stripe whose place is the class, and something that differs from image to image.
                for row in 0..<Int(side) {
                    let isStripe = row % 3 == image % 3
                    pixels += (0..<Int(side)).map { UInt8(isStripe ? 200 : (7 * image + 3 * row + $0) % 37) }
                }
            }
            let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, side, 0, 0, 0, side]
            let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, UInt8(count)]
            try FileSystem.writeFile("\(folder)/\(name)-images-idx3-ubyte", images + pixels)
            try FileSystem.writeFile(
                "\(folder)/\(name)-labels-idx1-ubyte", labels + (0..<count).map { UInt8($0 % 3) })
        }
    }

    /// 9 pixels become 5 and 3, 30 become 15 and 8.
    @Test(
        "A cell is searched, trained with an auxiliary head, tested and exported on images of 9 x 9 and of 30 x 30",
        arguments: [9, 30])
    func everyCommand(side: Int) throws {
        let programs = try Programs()
        try write(side: UInt8(side), to: "\(programs.folder)/data")
        let (search, training) = ("\(programs.folder)/search", "\(programs.folder)/training")
        let words = [
            "--data", "\(programs.folder)/data", "--init_channels", "4", "--layers", "3", "--batch_size", "12",
            "--shards", "3", "--max_steps", "2", "--train_portion", "0.8", "--workers", "1", "--threads", "2",
        ]
        func finish(_ words: [String]) throws -> Programs.Outcome {
            let outcome = try programs.run("snas", words, name: words[0])
            #expect(outcome.status == .exited(0), "\(words): \(outcome.notes)")
            return outcome
        }
        let found = try finish(
            ["local", "--run", search, "--nodes", "2", "--recalibration_images", "24", "--networks", "derived"] + words)
        #expect(found.fingerprint != nil)
        let trained = try finish(["retrain", "--genotype", search, "--auxiliary", "true", "--run", training] + words)
        #expect(trained.fingerprint != nil && trained.notes.contains("auxiliary") == false, "\(trained.notes)")
        let tested = try finish(["evaluate", "--run", training, "--workers", "1", "--threads", "1"])
        #expect(tested.output.contains("test images = 15 (IDX, 3 classes)"), "\(tested.output)")
        let file = "\(programs.folder)/network.onnx"
        #expect(try finish(["export", "--run", training, "--to", "onnx", "--out", file]).output == "\(file)\n")
        #expect(try finish(["describe", "--genotype", search, "--image", "run"]).output.contains("\(side) x \(side)"))
    }
}
