import SearchSpace
import Testing

/// Genotypes in texts as people have them.
@Suite
struct GenotypeDocumentTests {
    private static let first =
        "Genotype(normal=[('skip_connect', 0), ('none', 1)], normal_concat=[2], "
        + "reduce=[('max_pool_3x3', 0), ('none', 1)], reduce_concat=[2])"
    private static let second = first.replacing("skip_connect", with: "sep_conv_3x3")
    private static let third = first.replacing("skip_connect", with: "dil_conv_5x5")

    private func picked(_ text: String, _ pick: String? = nil) throws -> GenotypeDocument.Found {
        try GenotypeDocument(Array(text.utf8)).picked(pick)
    }

    private func firstOperation(_ text: String, _ pick: String? = nil) throws -> Operation? {
        try picked(text, pick).genotype.normal.first?.operation
    }

    private func refusal(_ text: String, _ pick: String? = nil) -> String {
        do {
            let found = try picked(text, pick)
            return "not refused: \(found.number)"
        } catch { return "\(error)" }
    }

    /// As DARTS, PC-DARTS and SNAS log: a time in front, other calls with brackets, tensors over several lines.
    private static let log = """
        11/30 02:15:01 PM gpu device = 0
        11/30 02:15:01 PM args = Namespace(arch_learning_rate=0.0003, betas=(0.5, 0.999), data='../data', set={})
        11/30 02:15:02 PM param size = 1.930842MB
        11/30 02:15:03 PM epoch 0 lr 2.500000e-02
        11/30 02:15:03 PM genotype = \(first)
        tensor([[0.1250, 0.1250, 0.1249],
                [0.1251, 0.1250, 0.1250]], device='cuda:0', grad_fn=<SoftmaxBackward>)
        11/30 02:15:04 PM train 000 2.35e+00 12.5 | loss (mean) | 3 |
        11/30 02:20:03 PM # epoch 1 of 50 #1
        11/30 02:20:03 PM genotype = \(second)
        11/30 02:20:03 PM genotype_edge_all = \(third)
        11/30 02:20:04 PM valid_acc 45.320000

        """

    @Test("Of a log the last genotype is taken, or the one that is picked by its number or name, with line and column")
    func logs() throws {
        let last = try picked(Self.log)
        #expect(
            last.genotype.normal[0].operation == .dilConv5x5 && last.name == "genotype_edge_all" && last.number == 3)
        #expect(last.place.line == 11 && last.place.column == 39 && last.place.excerpt == "Genotype(normal=[('dil_c")
        #expect(try firstOperation(Self.log, "genotype") == .sepConv3x3, "of several with a name the last")
        #expect(try firstOperation(Self.log, "1") == .skipConnect)
        #expect(try firstOperation(Self.log, "genotype-edge-all") == .dilConv5x5)
        #expect(
            refusal(Self.log, "4") == "there is no genotype 4; there are 3, with the names genotype, genotype_edge_all")
        #expect(refusal(Self.log, "0").hasPrefix("there is no genotype 0; there are 3"))
        #expect(
            refusal(Self.log, "DARTS").hasPrefix("there is no genotype 'DARTS'; there are 3, with the names genotype,"))
    }

    @Test("Other systems' line ends, a mark of the order of bytes, UTF-16 and bytes that are no UTF-8 change nothing")
    func bytes() throws {
        let expected = try picked(Self.log).genotype
        let crlf = Self.log.replacing("\n", with: "\r\n")
        var odd = Array(Self.log.utf8)
        odd.replaceSubrange(0..<2, with: [0xFF, 0xC3])
        let pairs = crlf.utf16.map { (low: UInt8($0 & 255), high: UInt8($0 >> 8)) }
        let little: [UInt8] = [0xFF, 0xFE] + pairs.flatMap { [$0.low, $0.high] }
        let big: [UInt8] = [0xFE, 0xFF] + pairs.flatMap { [$0.high, $0.low] }
        let marked: [UInt8] = [0xEF, 0xBB, 0xBF] + Array(Self.log.utf8)
        for bytes in [Array(crlf.utf8), marked, odd, little, big] {
            let found = try GenotypeDocument(bytes).picked()
            #expect(found.genotype == expected && found.place.line == 11 && found.number == 3)
        }
    }

    /// As the authors' files: imports, lists of names, texts over several lines, aliases, comments.
    private static let file = """
        from collections import namedtuple

        Genotype = namedtuple('Genotype', 'normal normal_concat reduce reduce_concat')

        class OwnGenotype(NamedTuple):
            pass

        PRIMITIVES = [
            'none',
            'max_pool_3x3',
        ]
        LAYERS = 20

        \(first.replacing("Genotype(", with: "FIRST = Genotype(\n  ").replacing("], ", with: "],\n  "))

        # OLD = \(third)
        '''
        OLDER = \(third)
        '''
        SECOND = genotypes.\(second)  # \(third)
        THIRD: Genotype = \\
            \(third)

        DARTS = FIRST
        BEST = DARTS
        Networks = {'FIRST': FIRST, 'fourth': \(first.replacing("max_pool_3x3", with: "avg_pool_3x3"))}

        def derive(gene_normal):
            return Genotype(normal=gene_normal, normal_concat=range(2, 6), reduce=None, reduce_concat=[])
        """

    @Test(
        "Of a Python file assignments, values of dictionaries and aliases have names; comments, long texts and code do not count"
    )
    func pythonFile() throws {
        #expect(try firstOperation(Self.file, "FIRST") == .skipConnect)
        #expect(try firstOperation(Self.file, "SECOND") == .sepConv3x3)
        #expect(try firstOperation(Self.file, "THIRD") == .dilConv5x5)
        #expect(try firstOperation(Self.file, "BEST") == .skipConnect, "an alias of an alias")
        let fourth = try picked(Self.file, "fourth")
        #expect(fourth.genotype.reduce[0].operation == .avgPool3x3 && fourth.number == 4)
        #expect(try picked(Self.file).number == 4)
        let sentence = refusal(Self.file, "OLD")
        #expect(
            sentence.hasPrefix("there is no genotype 'OLD'; there are 4, with the names FIRST, SECOND, ")
                && sentence.hasSuffix("fourth, BEST, DARTS"), "\(sentence)")
    }

    @Test(
        "Saved output is read: this project's three lines and its log, Katib's Best-Genotype, NAS-Bench-201's strings, lines of JSON"
    )
    func outputs() throws {
        let own = "genotype = \(Self.first)\nBest-Genotype=\(Self.second.filter { $0 != " " })\nfingerprint = 0923c6\n"
        let found = try picked(own)
        #expect(found.name == "Best-Genotype" && found.number == 2 && found.genotype.normal[0].operation == .sepConv3x3)
        #expect(try firstOperation(own, "genotype") == .skipConnect)
        let log =
            "2026-11-30T11:52:24.078Z epoch 1 genotype = \(Self.third)\n2026-11-30T11:52:24.079Z epoch 2/2: none 7.14 %\n"
        #expect(try firstOperation(log) == .dilConv5x5)
        let katib = """
            >>> All Primitives
            ['separable_convolution_3x3', 'none']

            Model genotype = Genotype(normal=[[('max_pooling_3x3', 0), ('none', 1)]], normal_concat=range(2, 3), \
            reduce=[[('none', 0), ('none', 1)]], reduce_concat=range(2, 3))
            Final best Prec@1 = 45.3%

            Best-Genotype=Genotype(normal=[[('skip_connection',1),('none',0)]],normal_concat=range(2,3),reduce=[[('none',0),\
            ('none',1)]],reduce_concat=range(2,3))
            """
        #expect(try picked(katib).form == .katib && firstOperation(katib) == Operation.none)
        #expect(try firstOperation(katib, "1") == .maxPool3x3)
        let benchmark = """
            [2026-11-30] [epoch 0] Structure(4 nodes with |avg_pool_3x3~0|+|none~0|none~1|)
            | a table | with ~ and 3~|
            <<<--->>> The 1-th epoch : |nor_conv_3x3~0|+|none~0|skip_connect~1|
            """
        let structure = try picked(benchmark)
        #expect(structure.form == .nasBench201 && structure.number == 2 && structure.genotype.normal.count == 3)
        #expect(try firstOperation(benchmark, "1") == .avgPool3x3)
        let lines =
            "{\"epoch\": 0, \"genotype\": \"\(Self.first)\"}\n{\"epoch\": 1, \"genotype\": \"\(Self.second)\"}\n"
        #expect(try picked(lines).number == 2 && firstOperation(lines) == .sepConv3x3)
        #expect(
            try firstOperation(
                "x = 1\nbest = {'normal': [('none', 0), ('none', 1)], 'normal_concat': [2], "
                    + "'reduce': [('none', 0), ('none', 1)], 'reduce_concat': [2]}\n") == Operation.none)
        let yaml =
            "final_model_cfg:\n  genotypes:\n    CNNGenotype(normal_0=[('skip_connect', 0, 2), ('none',\n      1, 2)], "
            + "reduce_1=[('none', 0, 2), ('none', 1, 2)], normal_0_concat=[2],\n      reduce_1_concat=[2])\n  seed: 1\n"
        #expect(try picked(yaml).form == .awNAS && firstOperation(yaml) == .skipConnect)
    }

    @Test("A damaged genotype is said to be one, and others can still be picked; without any, it is said what there is")
    func damaged() throws {
        let log = "genotype = \(Self.first)\ngenotype = Genotype(normal=[('skip\n12:00 genotype = \(Self.second)\n"
        #expect(try picked(log).number == 3)
        #expect(refusal(log, "2") == "a quoted text has no end (line 2, column 30: ''skip')")
        let cut = "genotype = \(Self.first)\ngenotype = Genotype(normal=[('none', 0"
        #expect(
            refusal(cut)
                == "',' or ')' expected, in the last of 2 genotypes; --pick 1 to 1 takes another (line 2, column 39: the line ends)"
        )
        #expect(try firstOperation(cut, "1") == .skipConnect)
        #expect(refusal("nothing here\n").hasPrefix("no genotype in it: no Genotype(...)"))
        #expect(refusal("{\"a\": 1}").hasPrefix("no genotype in it"))
        // A document that ends in the middle is damaged, though the text in it is whole.
        #expect(
            refusal("{\"genotype\": \"\(Self.first)\", \"normal\": [").contains("a value expected (line 1, column "))
        #expect(refusal("def f():\n  return Genotype(normal=a, normal_concat=b)\n").hasPrefix("no genotype in it"))
    }

    @Test("Long texts that are made to be read again and again are read once")
    func hostile() throws {
        for part in [
            "Genotype(", "Genotype(#", "x=(", "x=(#", "x=[f(\n", "|none~0|+", "'''", "'''\"\"\"", "x = [\n", "= ",
            "x = y\n",
            "Genotype(normal=[", "genotype = Genotype(normal=[('none', 0), ",
        ] {
            let text = String(repeating: part, count: (256 << 10) / part.utf8.count)
            let sentence = refusal(text)
            #expect(
                !sentence.isEmpty && !sentence.contains("not refused") && sentence.utf8.count < 500,
                "\(part): \(sentence.prefix(500))")
        }
        // A log of 4 MiB with 16,000 genotypes.
        let line =
            "11/30 02:15:03 PM genotype = \(Self.first)\n11/30 02:15:04 PM train 000 2.35e+00 12.5 (a=1, b=[2])\n"
        let long = String(repeating: line, count: (4 << 20) / line.utf8.count) + "genotype = \(Self.third)\n"
        let found = try picked(long)
        #expect(found.genotype.normal[0].operation == .dilConv5x5 && found.number > 16_000)
        #expect(try firstOperation(long, "16000") == .skipConnect)
    }
}
