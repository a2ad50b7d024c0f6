import Host

/// Test images as a file has them, before anybody asks whether a network takes them.
struct TestImages {
    let channels: Int
    let height: Int
    let width: Int
    /// What the format says; nil where only the labels say it.
    let classes: Int?
    let part: ImagePart
}

extension RecognisedDataset {
    /// Reads and checks the test part. An evaluation is the only one who may ask.
    ///
    /// - Parameter form: what the network takes. The images are normalised with its constants.
    /// - Throws: `UserError`: noInput where there is no test part, data where it has other classes or another shape.
    package func loadTest(for form: ImageForm) throws -> ImageSet {
        let test = try readTest()
        guard form.fileLabels != nil || (test.classes ?? form.classes) == form.classes else {
            throw UserError(
                .data,
                "\(summary): a test set of \(test.classes ?? 0) classes, the network was trained on the \(form.classes) of "
                    + form.name)
        }
        guard (test.channels, test.height, test.width) == (form.channels, form.height, form.width) else {
            throw UserError(
                .data,
                "\(summary): test images of \(test.channels) x \(test.height) x \(test.width), the network takes "
                    + "\(form.channels) x \(form.height) x \(form.width) (\(form.name))")
        }
        let labels = try test.part.labels.enumerated().map { image, label throws(UserError) in
            guard let number = form.number(ofFileLabel: label) else {
                let known = form.fileLabels?.map(String.init).joined(separator: ", ") ?? "0 to \(form.classes - 1)"
                throw UserError(
                    .data,
                    "\(summary): test image \(image) has label \(label), the network was trained on the "
                        + "\(form.classes) classes of \(form.name), \(known)")
            }
            return number
        }
        return ImageSet(
            name: form.name, channels: form.channels, height: form.height, width: form.width, classes: form.classes,
            part: .test, images: ImagePart(pixels: test.part.pixels, labels: labels), mean: form.mean,
            deviation: form.deviation, cropPadding: 0, flips: false, fileLabels: form.fileLabels)
    }

    private func readTest() throws -> TestImages {
        switch self {
        case .digits: return EmbeddedDigits.test()
        case .cifar10(let folder): return try CIFARFiles.readTest10(folder)
        case .cifar100(let folder): return try CIFARFiles.readTest100(folder)
        case .idx(let folder): return try IDXFile.readTest(folder)
        }
    }
}
