import Formats
import Host
import Testing

/// `snas describe` and `snas draw` as a user runs them, and what they say to a bad genotype.
@Suite
struct GenotypeCommandTests {
    private static let text = """
        Genotype(normal=[('skip_connect', 0), ('none', 1), ('sep_conv_3x3', 2), ('sep_conv_7x7', 0)], \
        normal_concat=range(2, 4), reduce=[('conv_7x1_1x7', 0), ('none', 1), ('none', 0), ('max_pool_3x3', 2)], \
        reduce_concat=[3])
        """

    private func json(_ words: String...) throws -> JSONValue {
        let outcome = try Programs().run("snas", ["describe", "--json"] + words)
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        return try JSONValue.parse(Array(outcome.output.utf8), source: "describe")
    }

    @Test("describe --json gives the exact published numbers")
    func published() throws {
        let second = try json("--genotype", "DARTS_V2")
        #expect(second["parameters"]?.integer == 3_349_342)
        #expect(second["auxiliary_parameters"]?.integer == 476_426)
        #expect(second["macs"]?.integer == 528_359_040)
        let mild = try json("--genotype", "SNAS_mild")
        #expect(mild["parameters"]?.integer == 2_661_382)
        #expect(mild["parameters_with_pool_batch_norm"]?.integer == 2_663_542)
        let normed = try json("--genotype", "SNAS_mild_edge_all", "--pool_batch_norm")
        #expect(normed["parameters"]?.integer == 2_663_542)
        #expect(normed["parameters_without_pool_batch_norm"]?.integer == 2_661_382)
        let imageNet = try json("--genotype", "DARTS_V2", "--imagenet")
        #expect(imageNet["parameters"]?.integer == 4_718_752)
        #expect(imageNet["form"]?.text == "imageNet")
        for document in [second, mild, normed, imageNet] {
            for key in ["parameters", "macs", "memory_access_elements", "activation_elements"] {
                let parts = try #require(document["parts"]?.elements).compactMap { $0[key]?.integer }
                #expect(parts.reduce(0, +) == document[key]?.integer, "\(key)")
            }
        }
    }

    @Test("A genotype may be a text, a file of it, a run's genotype.json or a run's directory")
    func sources() throws {
        let programs = try Programs()
        try FileSystem.writeFile("\(programs.folder)/genotype.txt", Array("cell = \(Self.text)\n".utf8))
        let document = JSONValue.object(["genotype": .string(Self.text), "provenance": .null])
        try FileSystem.writeFile("\(programs.folder)/genotype.json", Array(document.serialized(pretty: true).utf8))
        let small = ["--layers", "3", "--init_channels", "4", "--classes", "7"]
        let outputs = try ["", "/genotype.txt", "/genotype.json"].map { name in
            try programs.run("snas", ["describe", "--genotype", programs.folder + name] + small).output
        }
        let direct = try programs.run("snas", ["describe", "--genotype", Self.text] + small)
        #expect(direct.output.contains("4 channels, 3 cells, images of 3 x 32 x 32, 7 classes"))
        #expect(direct.output.contains("cell 1 reduce        8 x 16 x 16"))
        for output in outputs { #expect(output == direct.output) }
    }

    @Test("draw writes both cells")
    func draw() throws {
        let programs = try Programs()
        let outcome = try programs.run(
            "snas", ["draw", "--genotype", "AmoebaNet", "--out", "\(programs.folder)/pictures"])
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(programs.text("pictures/normal.svg").contains("sep_conv_5x5"))
        #expect(programs.text("pictures/reduce.svg").contains("conv_7x1_1x7"))
    }

    @Test(
        "A cell is described for any images, and for those of the run that it is of; a run that is not over has none yet"
    )
    func images() throws {
        func parameters(_ words: [String]) throws -> Int {
            let outcome = try Programs().run("snas", ["describe", "--json"] + words)
            #expect(outcome.status == .exited(0), "\(outcome.notes)")
            return try #require(
                try JSONValue.parse(Array(outcome.output.utf8), source: "describe")["parameters"]?.integer)
        }
        let mild = ["--genotype", "SNAS_mild"]
        let papers = try parameters(mild)
        #expect(try parameters(mild + ["--image", "3x32x32"]) == papers)
        // The stem's 3 x 36 filters of 3 x 3 read one channel, not three.
        #expect(try parameters(mild + ["--image", "1x28x28"]) == papers - 2 * 108 * 9)
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        try FileSystem.createDirectory("\(programs.folder)/early")
        try FileSystem.writeFile("\(programs.folder)/early/identity", [])
        let early = try programs.run("snas", ["describe", "--genotype", "\(programs.folder)/early"], name: "early")
        #expect(early.status == .exited(ExitCode.noInput.rawValue))
        #expect(early.notes.contains("has no cell yet, for it is not over"), "\(early.notes)")
        let search = try programs.run("snas", ["local", "--workers", "1", "--run", run] + Programs.small(steps: 1))
        #expect(search.status == .exited(0), "\(search.notes)")
        let own = try parameters(["--genotype", run, "--image", "run"])
        #expect(try own == parameters(["--genotype", run, "--image", "1x8x8", "--classes", "10"]))
        #expect(try own < parameters(["--genotype", run]))
        let staged = "|nor_conv_3x3~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|none~1|nor_conv_1x1~2|"
        for (words, part) in [
            (mild + ["--image", "run"], "--image run goes with --genotype RUN"),
            (mild + ["--image", "28x28"], "it takes channels x height x width"),
            (mild + ["--image", "1x28x28", "--imagenet"], "exclude each other"),
            (["--genotype", staged, "--image", "3x30x30"], "cannot do it to a map of 15 x 15"),
        ] {
            let outcome = try programs.run("snas", ["describe"] + words)
            #expect(outcome.status != .exited(0) && outcome.notes.contains(part), "\(outcome.notes)")
        }
    }

    @Test("Bad genotypes are refused with one sentence, the evidence and the exit code")
    func refused() throws {
        let programs = try Programs()
        func expect(
            _ genotype: String?, _ code: ExitCode, _ parts: String..., extra: [String] = [],
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let words = genotype.map { ["--genotype", $0] } ?? []
            let outcome = try programs.run("snas", ["describe"] + words + extra)
            #expect(outcome.status == .exited(code.rawValue), "\(outcome.notes)", sourceLocation: sourceLocation)
            #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
            #expect(outcome.notes.split(separator: "\n").count == 1, "\(outcome.notes)", sourceLocation: sourceLocation)
            for part in parts {
                #expect(outcome.notes.contains(part), "\(outcome.notes)", sourceLocation: sourceLocation)
            }
        }
        try expect(nil, .usage, "wants --genotype")
        try expect("DARTS_V3", .usage, "'DARTS_V3'", "did you mean 'DARTS_V1'", "SNAS_mild")
        try expect("\(programs.folder)/nowhere.txt", .noInput, "nowhere.txt")
        try expect(programs.folder, .noInput, "genotype.txt")
        let late = Self.text.split(separator: "3x3', 2)").joined(separator: "3x3', 3)")
        try expect(late, .usage, "normal node 3 has an edge from node 3, which is not an earlier one")
        let unknown = Self.text.split(separator: "sep_conv_7x7").joined(separator: "sep_conv_9x9")
        try FileSystem.writeFile("\(programs.folder)/bad.txt", Array(unknown.utf8))
        try expect("\(programs.folder)/bad.txt", .data, "bad.txt", "unknown operation 'sep_conv_9x9'")
        try FileSystem.writeFile("\(programs.folder)/bad.json", Array("{\"genotype\": 3}".utf8))
        try expect("\(programs.folder)/bad.json", .data, "bad.json", "\"genotype\"", "(line 1, column 14: '3}')")
        try FileSystem.writeFile("\(programs.folder)/cut.json", Array("{\"genotype\": ".utf8))
        try expect("\(programs.folder)/cut.json", .data, "cut.json")
        let uneven = Self.text.split(separator: ", ('sep_conv_7x7', 0)").joined()
        try expect(uneven, .usage, "normal has 3 edges; two for each")
        try expect("NASNet", .usage, "--layers is '0'", "1 to 100", extra: ["--layers", "0"])
        let draw = try programs.run("snas", ["draw", "--genotype", "NASNet"])
        #expect(draw.status == .exited(ExitCode.usage.rawValue) && draw.notes.contains("--out"))
    }
}
