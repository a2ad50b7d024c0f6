import Host
import RunStore

/// `snas export`: a trained network for other programs.
enum ExportCommand {
    private static let forms = ["onnx"]

    static let command = Command(
        CommandDescription(
            "export", "writes a retrained network for other programs",
            forms: ["--run DIR --to onnx --out F [--weights F]"],
            details: [
                "The file holds the network from pixels to logits, normalisation included, for any number of images, and says in its "
                    + "metadata which run it came from. Its input are bytes of pixels divided by 255: images x channels x height x "
                    + "width. Nothing is written into the run.",
                "A search's run is refused: retrain its cell first. Where the file is is said on standard output.",
            ],
            groups: [
                FlagGroup(
                    "what is written",
                    [
                        .value("run", "DIR", "the folder of a retraining that has ended", .folders),
                        .value("to", "FORM", "the file's form: onnx (operator set 17)", .words(forms)),
                        .value("out", "F", "the file; one that is there is replaced", .files),
                        .value("weights", "F", "weights in safetensors; without it those that the run left", .files),
                    ])
            ], examples: ["snas export --run runs/digits-retrain-2-1 --to onnx --out digits.onnx"]), run)

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        guard let run = flags.values["run"], let form = flags.values["to"], let out = flags.values["out"] else {
            throw UserError(
                .usage, "snas export wants --run with the folder of a retraining, --to onnx, and --out with a file")
        }
        guard Spelling.name(form, among: forms) != nil else {
            throw UserError(.usage, "--to is '\(form)'; it takes \(forms.joined(separator: ", "))")
        }
        try FileSystem.checkFile(out)
        try FileSystem.writeAtomically(out, try ONNXFile(ofRun: run, weightsAt: flags.values["weights"]).bytes)
        try StandardStreams.print(out)
        return .done
    }
}
