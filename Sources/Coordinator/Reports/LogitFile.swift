import Configuration
import Datasets
import Formats
import Training
import Wire

/// What a network says of every test image, for programs: a file of tensors that PyTorch's and NumPy's readers take.
///
/// `logits` is images x classes, `labels` the class of each image (whole numbers as floats). Images stand in the order of the data
/// set's files, however they were shared out.
struct LogitFile {
    private let file: SafetensorsFile

    /// - Parameter logits: images x classes, in the order in which the evaluation went through the images.
    init(_ logits: [Float], of data: ImageSet, _ configuration: SearchConfiguration, run: RunIdentity) {
        let (images, classes) = (data.images.count, data.classes)
        precondition(logits.count == images * classes)
        let order = ImageOrders.evaluation(of: Array(0..<images), in: data, configuration)
        var rows = [Float](repeating: 0, count: logits.count)
        for (place, image) in order.enumerated() {
            rows.replaceSubrange(
                image * classes..<(image + 1) * classes, with: logits[place * classes..<(place + 1) * classes])
        }
        file = SafetensorsFile(
            tensors: [
                .init(name: "logits", shape: [images, classes], values: rows),
                .init(name: "labels", shape: [images], values: data.images.labels.map { Float($0) }),
            ],
            metadata: [
                .init("run", .string("\(run)")), .init("data", .string(data.name)),
                .init("data_sha256", .string(Hexadecimal.string(data.digest()))),
            ])
    }

    var bytes: [UInt8] { file.serialized() }
}
