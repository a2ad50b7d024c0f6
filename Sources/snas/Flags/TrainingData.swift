import Configuration
import Datasets
import Formats
import Host
import Reporting

/// The training images that `--data` names, the embedded digits without it.
struct TrainingData {
    static let flags = FlagGroup(
        "images",
        [.value("data", "D", "a folder of CIFAR-10, CIFAR-100 or IDX files, or digits", standard: "digits", .folders)])

    /// Where the data set was found: from there a resume and workers find the same one.
    let location: String
    let recognised: RecognisedDataset
    let images: ImageSet

    /// Reads them as the configuration says, and tells the user what was found.
    ///
    /// - Throws: `UserError`.
    init(_ flags: CommandLineFlags, _ configuration: SearchConfiguration) throws {
        recognised = try RecognisedDataset(at: flags.values["data"] ?? "digits")
        location = recognised.location
        let found = try recognised.loadTraining(compactsLabels: configuration.data.labels == .compact)
        images = found
        let text =
            "found \(recognised.summary): \(found.images.count) training images of \(found.channels) x \(found.height) x "
            + "\(found.width), \(found.classes) classes"
        LogStream.snas.say(LogLine(.dataFound, text, ["images": .integer(found.images.count)]))
        if let note = found.labelNote { LogStream.snas.say(LogLine(.note, "note: \(note)")) }
    }
}
