import Configuration
import Exchange
import Formats
import Host
import SearchSpace

/// `snas convert`: a cell in another tool's dialect.
enum ConvertCommand {
    static let command = Command(
        CommandDescription(
            "convert", "writes a cell as other tools write it",
            forms: ["--genotype G --to FORM [--pick P] [--out F]"],
            details: [
                "Whatever --genotype reads it writes: \(forms.joined(separator: ", ")). A cell that a form cannot express is "
                    + "refused with the forms that can. json is this project's own, with all edges and where the cell came from.",
                "The result is on standard output, or in the file of --out.",
            ],
            groups: [
                GenotypeFlags.group,
                FlagGroup(
                    "what is written",
                    [
                        .value("to", "FORM", forms.joined(separator: ", "), .words(forms)),
                        .value("out", "F", "the file; without it, and as -, standard output", .files),
                    ]),
            ],
            examples: [
                "snas convert --genotype runs/digits-2-1 --to nested",
                "snas convert --genotype log.txt --pick 3 --to darts",
            ]), run)

    private static let document = "json"
    private static let forms = GenotypeForm.allCases.map(\.name) + [document]

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        guard let asked = flags.values["to"] else {
            throw UserError(.usage, "snas convert wants --to with a form: \(forms.joined(separator: ", "))")
        }
        guard let form = Spelling.name(asked, among: forms) else {
            throw UserError(
                .usage,
                "--to is '\(asked)'; it takes \(forms.joined(separator: ", "))\(NearestName.hint(for: asked, among: forms))"
            )
        }
        let out = flags.values["out"].flatMap { $0 == "-" ? nil : $0 }
        if let out { try FileSystem.checkFile(out) }
        let given = try GenotypeFlags.needed(flags, of: "convert")
        let text = try text(of: given, as: form)
        if let out {
            try FileSystem.writeAtomically(out, Array((text + "\n").utf8))
        } else {
            try StandardStreams.print(text)
        }
        return .done
    }

    private static func text(of given: GivenGenotype, as name: String) throws -> String {
        guard let form = GenotypeForm(rawValue: name) else {
            return GenotypeJSON.document(given.genotype, provenance: given.provenance).serialized(pretty: true)
        }
        do { return try form.text(of: given.genotype) } catch { throw UserError(.data, "\(error)") }
    }
}
