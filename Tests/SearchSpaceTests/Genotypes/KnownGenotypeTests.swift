import SearchSpace
import Testing

/// Published cells by the names that people give them.
@Suite
struct KnownGenotypeTests {
    private func name(_ text: String) -> String? { KnownGenotypes.meant(by: text)?.name }

    @Test(
        "Cells are known by their authors' names, aliases and papers' spellings; capitals, hyphens and underscores do not matter"
    )
    func spellings() {
        for (text, wanted) in [
            ("DARTS", "DARTS_V2"), ("darts", "DARTS_V2"), ("darts-v1", "DARTS_V1"), ("DARTSV2", "DARTS_V2"),
            ("PC-DARTS", "PC_DARTS_cifar"), ("PCDARTS", "PC_DARTS_cifar"), ("pc_darts_CIFAR", "PC_DARTS_cifar"),
            ("PC_DARTS_cifar10", "PC_DARTS_cifar"), ("PC-DARTS-image", "PC_DARTS_image"),
            ("PC_DARTS_ImageNet", "PC_DARTS_image"), ("P-DARTS", "PDARTS"), ("pdarts", "PDARTS"), ("GDAS", "GDAS_V1"),
            ("ENAS", "ENAS"), ("ENASNet", "ENAS"), ("NASNet-A", "NASNet"), ("amoebanet", "AmoebaNet"),
            ("SNAS-mild", "SNAS_mild"), ("snas moderate edge all", "SNAS_moderate_edge_all"),
        ] { #expect(name(text) == wanted, "\(text)") }
        for text in ["", "SNAS", "DARTS_V3", "PDARTS2", "FairDARTS", "SDARTS", "DSNAS", "PNASNet", "V2", "-"] {
            #expect(name(text) == nil, "\(text)")
        }
        let names = KnownGenotypes.names + KnownGenotypes.aliases.map(\.alias)
        let folded = names.map { $0.lowercased().filter { $0.isLetter || $0.isNumber } }
        #expect(Set(folded).count == folded.count, "no spelling means two cells")
        for (alias, name) in KnownGenotypes.aliases { #expect(KnownGenotypes.named(name) != nil, "\(alias)") }
    }

    @Test("A hint names cells of the paper that was named, never those of another one whose name is near")
    func hints() {
        for (text, hint) in [
            ("DARTS_V3", "; did you mean 'DARTS_V1'?"), ("DRATS_V2", "; did you mean 'DARTS_V2'?"),
            ("PDARTS2", "; did you mean 'PDARTS'?"), ("SNAS_mld", "; did you mean 'SNAS_mild'?"),
            ("ENSA", "; did you mean 'ENAS'?"), ("GDAS_V2", "; did you mean 'GDAS_V1'?"),
            ("pc-darts-cifra", ""), ("PC_DARTS_imag", "; did you mean 'PC_DARTS_image'?"),
        ] { #expect(KnownGenotypes.hint(for: text) == hint, "\(text): \(KnownGenotypes.hint(for: text))") }
        #expect(KnownGenotypes.hint(for: "SNAS").hasPrefix("; cells of SNAS are SNAS_mild, SNAS_mild_edge_all, "))
        for other in [
            "RDARTS", "SDARTS", "SDARTS_V1", "FairDARTS", "DARTS_PT", "DARTS-ES", "DSNAS", "MNASNet", "PNASNet", "SETN",
            "DrNAS",
            "iDARTS", "SGAS",
            "EENAS", "nothing", "",
        ] { #expect(KnownGenotypes.hint(for: other) == "", "\(other): \(KnownGenotypes.hint(for: other))") }
    }

    @Test("PC-DARTS' ImageNet cell and the last node of GDAS' reduction cell are those of the authors' files")
    func cells() throws {
        let image = try #require(KnownGenotypes.named("PC_DARTS_image"))
        #expect(
            image.text
                == "Genotype(normal=[('skip_connect', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 0), ('skip_connect', 1), ('sep_conv_3x3', 1), "
                + "('sep_conv_3x3', 3), ('sep_conv_3x3', 1), ('dil_conv_5x5', 4)], normal_concat=range(2, 6), "
                + "reduce=[('sep_conv_3x3', 0), ('skip_connect', 1), ('dil_conv_5x5', 2), ('max_pool_3x3', 1), ('sep_conv_3x3', 2), "
                + "('sep_conv_3x3', 1), ('sep_conv_5x5', 0), ('sep_conv_3x3', 3)], reduce_concat=range(2, 6))")
        let gdas = try #require(KnownGenotypes.named("GDAS_V1"))
        #expect(
            gdas.reduce.suffix(2).map(\.operation) == [.sepConv5x5, .sepConv5x5]
                && gdas.reduce.suffix(2).map(\.from) == [0, 1])
    }
}
